"""What no fact, rule or missing word may ever do, tried over all packs that ship."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.law.actions import Action
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Fact, undetermined
from facewarden.law.loading import builtin_folder, load_packs, select_packs
from facewarden.law.rules import OnUndetermined
from facewarden.law.scenarios import load_scenarios
from facewarden.law.schema import FACT_BY_NAME, FactKind

PACKS = load_packs([builtin_folder()])
ALL = LawEngine(PACKS)
DAY = date(2026, 11, 22)
PLACES = ["US-IL", "US-IN", "US-MD", "IT", "border"]
WORDS = ["", "nothing", "downtown chicago", "www.illinois.gov /x"]
HOSTS = ["facebook.com", "example.org", "x.com"]
# Facts of scenarios that end in an allow: somewhere to start from that random facts would rarely reach.
LAWFUL = [
    scenario
    for pack in PACKS
    for scenario in load_scenarios(pack)
    if scenario.expect == "allow" and scenario.action in (Action.SEARCH, Action.COLLECT, Action.ENROL, Action.ACCOUNT)
]


def values(name):
    spec = FACT_BY_NAME[name]
    if spec.kind is FactKind.YES_NO:
        return st.booleans()
    if spec.kind is FactKind.NUMBER:
        return st.integers(0, 20991231)
    choices = spec.values or (HOSTS if "domains" in name else WORDS if "text" in name else PLACES)
    if spec.kind is FactKind.SET:
        return st.frozensets(st.sampled_from(choices), max_size=3)
    return st.sampled_from(choices)


@st.composite
def acts(draw):
    """An act whose facts are lawful by some pack, then changed, forgotten or dropped here and there."""
    scenario = draw(st.sampled_from(LAWFUL))
    facts = dict(scenario.facts)
    for name in draw(st.lists(st.sampled_from(sorted(ALL.needs(scenario.action, DAY))), max_size=6)):
        match draw(st.sampled_from(["value", "unknown", "drop"])):
            case "value":
                facts[name] = Fact(draw(values(name)), "drawn")
            case "unknown":
                facts[name] = undetermined("drawn")
            case _:
                facts.pop(name, None)
    return scenario.action, facts


def engine_of(names):
    return LawEngine(replace(pack, requires=()) for pack in PACKS if pack.pack_id in names)


BASE = engine_of({"facewarden-base"})
DEFAULT = LawEngine(select_packs(PACKS))
WITHOUT_PERMITS = LawEngine(replace(pack, rules=tuple(rule for rule in pack.rules if rule.forbids)) for pack in PACKS)


@settings(max_examples=150, deadline=None)
@given(acts())
def test_adding_forbids_never_allows(act):
    action, facts = act
    if ALL.decide(action, facts, DAY).allowed:
        assert DEFAULT.decide(action, facts, DAY).allowed
    if DEFAULT.decide(action, facts, DAY).allowed:
        assert BASE.decide(action, facts, DAY).allowed


@settings(max_examples=60, deadline=None)
@given(acts())
def test_removing_a_permit_never_allows(act):
    action, facts = act
    assert not WITHOUT_PERMITS.decide(action, facts, DAY).allowed


@settings(max_examples=150, deadline=None)
@given(acts(), st.data())
def test_forgetting_a_fact_turns_no_refusal_into_an_allow_unless_every_ground_lets_unknowns_pass(act, data):
    action, facts = act
    before = DEFAULT.decide(action, facts, DAY)
    name = data.draw(st.sampled_from(sorted(ALL.needs(action, DAY) & facts.keys())))
    after = DEFAULT.decide(action, {**facts, name: undetermined("forgotten")}, DAY)
    if not before.allowed and after.allowed:
        passing = {d.rule.rule_id for d in DEFAULT.rules if d.rule.on_undetermined is OnUndetermined.PASS}
        assert set(before.rules) <= passing
        assert name in after.undetermined, "what passed unseen is counted"


@settings(max_examples=150, deadline=None)
@given(acts(), st.data())
def test_dropping_or_renaming_a_fact_never_allows_what_was_refused(act, data):
    action, facts = act
    before = DEFAULT.decide(action, facts, DAY)
    for name in data.draw(st.lists(st.sampled_from(sorted(facts)), max_size=3)):
        dropped = {key: fact for key, fact in facts.items() if key != name}
        renamed = {**dropped, name + "s": facts[name]}
        if not before.allowed:
            assert not DEFAULT.decide(action, dropped, DAY).allowed
        assert not DEFAULT.decide(action, renamed, DAY).allowed


@pytest.mark.parametrize("action", Action)
def test_no_act_is_allowed_on_no_facts_by_any_set_of_packs(action):
    for law in (BASE, DEFAULT, ALL):
        assert not law.decide(action, {}, DAY).allowed
        unknown = {name: undetermined("t") for name in FACT_BY_NAME}
        assert not law.decide(action, unknown, DAY).allowed

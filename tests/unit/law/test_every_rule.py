"""Every rule of every pack that ships: refused, allowed, at its first and last second, and with each fact missing.

Made from the packs themselves: a rule that a scenario beside its pack does not show speaking fails here by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import combinations, product
from zoneinfo import ZoneInfo

import pytest

from facewarden.law.actions import Action
from facewarden.law.decision import LAW_ERROR
from facewarden.law.engine import DatedRule, LawEngine
from facewarden.law.facts import Fact, Facts, Value
from facewarden.law.loading import builtin_folder, load_packs, select_packs
from facewarden.law.photo import PhotoEvidence, PhotoReader
from facewarden.law.rules import OnUndetermined
from facewarden.law.scenarios import load_scenarios
from facewarden.law.schema import FACT_BY_NAME, FactKind

from .metres import moved

PACKS = {pack.pack_id: pack for pack in load_packs([builtin_folder()])}
ENGINES = {pack_id: LawEngine(select_packs(PACKS.values(), {pack_id: pack.binds})) for pack_id, pack in PACKS.items()}
RULES: dict[str, DatedRule] = {
    dated.rule.rule_id: dated for engine in ENGINES.values() for dated in engine.rules if dated.rule.forbids
}
ELSEWHERE = ("US-WA", "FR", "elsewhere")
SECOND = timedelta(seconds=1)


def speaks(dated: DatedRule, action: Action, facts: Facts, when) -> tuple[str, ...] | None:
    """The facts for whose absence the rule speaks, () if it speaks on known ones, None if it is silent."""
    decision = ENGINES[dated.pack.pack_id].decide(action, facts, when)
    assert LAW_ERROR not in decision.rules
    found = [ground for ground in decision.grounds if ground.rule == dated.rule.rule_id]
    return found[0].undetermined if found else None


def shown() -> dict[str, tuple[Action, Facts]]:
    """For each rule an act and facts on which it speaks for certain, from the scenarios."""
    found: dict[str, tuple[Action, Facts]] = {}
    for pack in PACKS.values():
        for scenario in load_scenarios(pack):
            for rule_id in scenario.rules - found.keys():
                dated = RULES.get(rule_id)
                if dated and speaks(dated, scenario.action, scenario.facts, scenario.day) == ():
                    found[rule_id] = scenario.action, scenario.facts
    return found


SHOWN = shown()


ONLY_WITHOUT_A_FACT = {"base.search_purpose"}
"""Its closed list holds every purpose that there is: it bars only a search of which nobody knows one."""


def test_every_rule_is_shown_speaking_by_a_scenario_of_its_pack():
    assert RULES.keys() - SHOWN.keys() == ONLY_WITHOUT_A_FACT


def midday(dated: DatedRule) -> datetime:
    """Noon of the rule's first day, where the pack is."""
    return datetime.combine(dated.effective, time(12), dated.pack.timezone)


@pytest.mark.parametrize("rule_id", sorted(SHOWN))
def test_a_rule_speaks_from_its_first_second_to_its_last_and_no_longer(rule_id):
    dated, (action, facts) = RULES[rule_id], SHOWN[rule_id]
    first = datetime.combine(dated.effective, time(0), dated.pack.timezone)
    instants = {first - SECOND: None, first: ()}
    if dated.expires is not None:
        end = datetime.combine(dated.expires + timedelta(days=1), time(0), dated.pack.timezone)
        instants |= {end - SECOND: (), end: None}
    for instant, expected in instants.items():
        for zone in (UTC, ZoneInfo("America/Chicago"), dated.pack.timezone):
            assert speaks(dated, action, facts, instant.astimezone(zone)) == expected, (instant, zone)
    assert speaks(dated, action, facts, dated.effective - timedelta(days=1)) is None
    assert speaks(dated, action, facts, dated.effective) == ()


def others(name: str, dated: DatedRule, value: Value) -> list[Value]:
    """Other values that the fact could have, those that the rule names first."""
    spec = FACT_BY_NAME[name]
    words = re.findall(r'"([^"]*)"', dated.rule.source)
    named = [word for word in words if spec.kind is not FactKind.SET and spec.accepts(word)]
    if spec.kind is FactKind.YES_NO:
        found: list[Value] = [True, False]
    elif spec.kind is FactKind.NUMBER:
        found = [0, 20_200_101, 20_991_231]
    elif spec.kind is FactKind.TEXT:
        found = [*named, *(spec.values or filter(spec.accepts, ELSEWHERE))]
    else:
        members = [word for word in (*words, *(spec.values or ELSEWHERE)) if spec.accepts(frozenset({word}))]
        found = [frozenset(), *(frozenset({member}) for member in members)]
        found += [frozenset(pair) for pair in combinations(dict.fromkeys(members[:8]), 2)]
    return [item for item in dict.fromkeys(found) if item != value]


def changed(dated: DatedRule, facts: Facts) -> Iterator[dict[str, Fact]]:
    """The facts with one, then two, then three of those that the rule reads otherwise."""
    choices = {name: others(name, dated, facts[name].value) for name in dated.rule.reads if name in facts}
    for size in (1, 2, 3):
        for names in combinations(choices, size):
            for values in product(*(choices[name][:12] for name in names)):
                yield {**facts, **{name: Fact(value, "other") for name, value in zip(names, values, strict=True)}}


@pytest.mark.parametrize("rule_id", sorted(SHOWN))
def test_a_rule_is_silent_on_other_facts(rule_id):
    dated, (action, facts) = RULES[rule_id], SHOWN[rule_id]
    when = midday(dated)
    assert any(speaks(dated, action, other, when) is None for other in changed(dated, facts))


@pytest.mark.parametrize("rule_id", sorted(SHOWN))
def test_a_missing_fact_never_lets_anything_pass_that_the_rule_does_not_let_pass(rule_id):
    dated, (action, facts) = RULES[rule_id], SHOWN[rule_id]
    when = midday(dated)
    for name in dated.rule.reads:
        unknown = {**facts, name: Fact(None, "looked for and not found")}
        absent = {other: fact for other, fact in facts.items() if other != name}
        if dated.rule.on_undetermined is not OnUndetermined.PASS:
            assert speaks(dated, action, unknown, when) is not None, name
        assert speaks(dated, action, absent, when) is not None, name  # nobody looked: not even `pass` passes


# -- boundaries in space ------------------------------------------------------------------------------------------

READER = PhotoReader.load()
STATE_LINE_ROAD = (41.60, -87.5255)
"""On the line between Illinois, to the west, and Indiana."""
BESSANS = (45.30, 7.0975)
"""On the line between France, to the west, and Italy, in the Graian Alps."""


@pytest.mark.parametrize(
    ("rule_id", "point", "inside"),
    [
        ("filing.taken_in_illinois", STATE_LINE_ROAD, -1),
        ("consent.illinois_photo", STATE_LINE_ROAD, -1),
        ("italy.photo", BESSANS, 1),
    ],
)
def test_a_rule_about_a_place_speaks_up_to_its_line_and_in_the_band_along_it(rule_id, point, inside):
    dated = RULES[rule_id]
    known = {**SHOWN[rule_id][1], "source_place": Fact("US", "test"), "url_place": Fact("FR", "test")}
    known |= {name: Fact("FR", "test") for name in ("server_place", "upload_place")}
    said = {}
    for metres in (-3_000, -300, 300, 3_000):
        latitude, longitude = moved(*point, metres * inside)
        found = READER.read(PhotoEvidence(tags={}, latitude_deg=latitude, longitude_deg=longitude))
        facts = {**known, **{name: found[name] for name in ("place_taken", "places_claimed", "position_state")}}
        said[metres] = speaks(dated, Action.COLLECT, facts, midday(dated))
    assert said == {-3_000: None, -300: (), 300: (), 3_000: ()}

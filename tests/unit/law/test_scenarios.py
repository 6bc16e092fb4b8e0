"""Every shipped scenario holds, every rule has one, and a wrong one fails."""

from dataclasses import replace

import pytest

from facewarden.errors import UnavailableError
from facewarden.law.decision import Verdict
from facewarden.law.loading import builtin_folder, load_packs
from facewarden.law.scenarios import load_scenarios, read_scenarios, run_scenarios

from .builders import PERMIT, rule, write_pack

PACKS = load_packs([builtin_folder()])
OUTCOMES = run_scenarios(PACKS)
GOOD = '[[scenario]]\nname = "n"\naction = "search"\nday = 2026-01-01\nexpect = "refuse"\n'


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda item: f"{item.scenario.pack_id}: {item.scenario.name}")
def test_a_shipped_scenario_holds(outcome):
    assert outcome.passed, outcome.to_json()


def test_every_rule_that_forbids_has_a_scenario_in_which_it_speaks():
    spoken = {name for outcome in OUTCOMES for name in outcome.rules}
    forbids = {rule.rule_id for pack in PACKS for rule in pack.rules if rule.forbids}
    assert forbids - spoken == set()


def test_every_pack_with_rules_has_a_scenario_that_allows():
    allowed = {o.scenario.pack_id for o in OUTCOMES if o.verdict is Verdict.ALLOW}
    assert {pack.pack_id for pack in PACKS if pack.rules} == allowed


def test_a_wrong_scenario_fails():
    scenario = OUTCOMES[0].scenario
    wrong_verdict = replace(scenario, expect=Verdict.QUARANTINE)
    wrong_rules = replace(scenario, rules=frozenset({"nobody.says"}))
    assert [item.passed for item in run_scenarios(PACKS, [scenario, wrong_verdict, wrong_rules])] == [
        True,
        False,
        False,
    ]
    report = run_scenarios(PACKS, [wrong_rules])[0].to_json()
    assert report["passed"] is False
    assert report["expected"]["rules"] == ["nobody.says"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[scenari]]", "unknown field 'scenari'"),
        (GOOD.replace("name", "nome"), "unknown field 'nome'"),
        (GOOD.replace("day = 2026-01-01\n", ""), "lacks the field 'day'"),
        (GOOD.replace("search", "dance"), "dance"),
        (GOOD.replace("refuse", "perhaps"), "perhaps"),
        (GOOD + 'facts = { colour = "red" }', "no fact 'colour'"),
        (GOOD + 'facts = { case_state = "opne" }', "no fact 'case_state'"),
        (GOOD + 'facts = { actor_roles = ["king"] }', "no fact 'actor_roles'"),
        (GOOD + 'unknown = ["colour"]', "no fact 'colour'"),
        ("not toml", "Expected"),
    ],
)
def test_a_malformed_scenario_is_refused_by_name(text, reason):
    with pytest.raises(ValueError, match=reason):
        read_scenarios(text, "p")


def test_scenarios_are_read_from_beside_the_pack(tmp_path):
    (pack,) = load_packs([write_pack(tmp_path / "p", PERMIT, rule("t.r", "when { true }"))])
    assert load_scenarios(pack) == ()
    (tmp_path / "p" / "scenarios.toml").write_text(GOOD + 'rules = ["t.r"]')
    assert [item.passed for item in run_scenarios([pack])] == [True]
    (tmp_path / "p" / "scenarios.toml").write_text("nonsense")
    with pytest.raises(UnavailableError, match="scenarios of the law pack test"):
        load_scenarios(pack)
    assert load_scenarios(replace(pack, folder=None)) == ()

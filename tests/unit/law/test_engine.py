"""The engine decides closed: every failure is a refusal with a ground."""

from datetime import UTC, date, datetime

import cedarpy
import pytest

from facewarden.errors import UnavailableError
from facewarden.law.actions import Action
from facewarden.law.decision import LAW_ERROR, NO_PERMIT, Verdict
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Fact, undetermined
from facewarden.law.loading import load_packs

from .builders import LAWFUL, PERMIT, facts, lawful, rule, write_pack

TODAY = date(2026, 11, 22)


def engine(tmp_path, *policies, **fields):
    return LawEngine(load_packs([write_pack(tmp_path / "pack", *policies, **fields)]))


@pytest.fixture(scope="module")
def base():
    from facewarden.law.loading import builtin_folder

    return LawEngine(load_packs([builtin_folder() / "facewarden-base"]))


@pytest.mark.parametrize("action", Action)
def test_a_lawful_act_of_each_kind_is_allowed(base, action):
    decision = base.decide(action, lawful(action), TODAY)
    assert decision.allowed
    assert decision.grounds == ()
    assert decision.undetermined == ()


@pytest.mark.parametrize("action", Action)
def test_an_act_without_any_fact_is_refused(base, action):
    decision = base.decide(action, {}, TODAY)
    assert decision.verdict is Verdict.REFUSE
    assert decision.grounds


@pytest.mark.parametrize(("action", "name"), [(a, n) for a in Action for n in LAWFUL[a]])
def test_dropping_any_fact_that_a_rule_reads_refuses(base, action, name):
    given = dict(lawful(action))
    del given[name]
    decision = base.decide(action, given, TODAY)
    decided_by_others = {
        (Action.SEARCH, "size_acceptance"),  # the gallery is within the size
        (Action.SEARCH, "reasonable_suspicion"),  # the probe shows nothing that asks for it
        (Action.VIEW, "examination_stage"),  # a candidate needs no examination to be seen
        (Action.REVIEW, "examiner_independent"),  # asked of the second examiner only
        (Action.REVIEW, "release_purpose"),  # a candidate suffices
        (Action.RELEASE, "release_purpose"),  # two agree, whatever it is for
        (Action.RELEASE, "examination_stage"),
        (Action.RELEASE, "examiner_independent"),
        (Action.VIEW, "actor_roles"),  # a candidate of the own case suffices
        (Action.ERASE, "duty"),  # the officer suffices
        (Action.SUPPRESS, "duty"),
        (Action.ACCOUNT, "duty"),
        (Action.SOURCE, "duty"),
        (Action.HOLD, "duty"),
        (Action.HOLD, "hold_change"),  # a privacy officer may do either
        (Action.ORDER, "duty"),
        (Action.ORDER, "order_change"),
        (Action.ANSWER, "duty"),
        (Action.TELL, "duty"),
        (Action.VIEW, "org_agreement"),  # the own case suffices
        (Action.ACCOUNT, "case_member"),  # asked for changes of cases
        (Action.ACCOUNT, "target_is_actor"),  # asked for changes of users, keys and settings
        (Action.ACCOUNT, "target_held"),
        (Action.ACCOUNT, "target_roles"),
        (Action.ACCOUNT, "actor_runs_installation"),
        (Action.ACCOUNT, "org_country_permitted"),  # the body is of this country
        (Action.ACCOUNT, "target_org_same"),
        (Action.BACK_UP, "newest_ledger"),  # asked where a backup is restored
        (Action.BACK_UP, "org_agreement"),  # an operator is of the own house
    }
    assert decision.allowed is ((action, name) in decided_by_others)


@pytest.mark.parametrize("action", Action)
def test_a_renamed_fact_is_a_law_error(base, action):
    for name in LAWFUL[action]:
        given = dict(lawful(action))
        given[name + "x"] = given.pop(name)
        assert base.decide(action, given, TODAY).rules == (LAW_ERROR,)


@pytest.mark.parametrize(
    ("name", "value"),
    [("case_member", "yes"), ("case_state", "opne"), ("case_state", True), ("actor_roles", frozenset({"king"}))],
)
def test_a_fact_of_the_wrong_type_or_spelling_is_a_law_error(base, name, value):
    assert base.decide(Action.SEARCH, lawful(Action.SEARCH, **{name: value}), TODAY).rules == (LAW_ERROR,)


def test_every_ground_is_kept(base):
    decision = base.decide(Action.SEARCH, lawful(Action.SEARCH, case_state="closed", case_member=False), TODAY)
    assert decision.rules == ("base.case_open", "base.case_member")
    assert all(ground.citation and ground.text and ground.remedy for ground in decision.grounds)


def test_the_operator_never_searches_whatever_other_role_they_hold(base):
    roles = frozenset({"operator", "investigator"})
    assert base.decide(Action.SEARCH, lawful(Action.SEARCH, actor_roles=roles), TODAY).rules == (
        "base.search_not_operator",
    )


def test_training_that_was_looked_for_and_not_found_passes_and_is_counted(base):
    given = dict(lawful(Action.SEARCH))
    given["user_training"] = undetermined("no training records are kept")
    decision = base.decide(Action.SEARCH, given, TODAY)
    assert decision.allowed
    assert decision.undetermined == ("user_training",)


def test_an_act_that_no_pack_permits_is_refused(tmp_path):
    only_view = PERMIT.replace("action,", 'action == Action::"view",')
    decision = engine(tmp_path, only_view).decide(Action.SEARCH, {}, TODAY)
    assert decision.rules == (NO_PERMIT,)


def test_an_error_inside_cedar_is_a_refusal(base, tmp_path, monkeypatch):
    def fail(*_args):
        raise RuntimeError("broken")

    monkeypatch.setattr(cedarpy, "is_authorized", fail)
    assert base.decide(Action.SEARCH, lawful(Action.SEARCH), TODAY).rules == (LAW_ERROR,)


def test_a_diagnostics_error_is_a_refusal_though_cedar_allows(base, monkeypatch):
    answer = {"decision": "Allow", "diagnostics": {"reason": ["base.permit_search"], "errors": ["skipped"]}}
    monkeypatch.setattr(cedarpy, "is_authorized", lambda *_args: cedarpy.AuthzResult(answer))
    assert base.decide(Action.SEARCH, lawful(Action.SEARCH), TODAY).rules == (LAW_ERROR,)


def test_no_decision_is_a_refusal(base, monkeypatch):
    answer = {"decision": "NoDecision", "diagnostics": {"reason": [], "errors": []}}
    monkeypatch.setattr(cedarpy, "is_authorized", lambda *_args: cedarpy.AuthzResult(answer))
    assert base.decide(Action.SEARCH, lawful(Action.SEARCH), TODAY).rules == (LAW_ERROR,)


def test_an_instant_without_time_zone_is_refused(base):
    assert base.decide(Action.SEARCH, lawful(Action.SEARCH), datetime(2026, 1, 1)).rules == (LAW_ERROR,)  # noqa: DTZ001


def test_quarantine_is_neither_allow_nor_refusal_and_yields_to_a_refusal(tmp_path):
    law = engine(
        tmp_path,
        PERMIT,
        rule(
            "t.q",
            'when { context.case_state == "closed" }',
            undetermined="quarantine",
            undetermined_reason="a person looks",
        ),
        rule("t.r", "unless { context.case_member }"),
    )
    unknown = {"case_state": undetermined("lost"), "case_member": Fact(True, "t")}
    decision = law.decide(Action.SEARCH, unknown, TODAY)
    assert decision.verdict is Verdict.QUARANTINE
    assert not decision.allowed
    assert decision.to_json()["decision"] == "refuse"
    assert decision.grounds[0].undetermined == ("case_state",)
    assert law.decide(Action.SEARCH, unknown | facts({"case_member": False}), TODAY).verdict is Verdict.REFUSE
    assert law.decide(Action.SEARCH, facts({"case_state": "open", "case_member": True}), TODAY).allowed


def test_an_unknown_exception_excuses_nobody_even_where_unknowns_pass(tmp_path):
    law = engine(
        tmp_path,
        PERMIT,
        rule(
            "t.x",
            'when { context.case_state == "closed" } unless { context.case_member }',
            undetermined="pass",
            undetermined_reason="test",
        ),
    )
    closed = Fact("closed", "t")
    assert law.decide(Action.SEARCH, {"case_state": closed, "case_member": Fact(True, "t")}, TODAY).allowed
    unknown = law.decide(Action.SEARCH, {"case_state": closed, "case_member": undetermined("t")}, TODAY)
    assert unknown.rules == ("t.x",)
    passing = {"case_state": undetermined("t"), "case_member": Fact(False, "t")}
    assert law.decide(Action.SEARCH, passing, TODAY).allowed
    del passing["case_state"]
    assert law.decide(Action.SEARCH, passing, TODAY).rules == ("t.x",), "nobody looked: that never passes"


@pytest.mark.parametrize(
    ("as_of", "refused"),
    [
        (datetime(2022, 5, 11, 4, 59, 59, tzinfo=UTC), False),  # 23:59:59 of the day before in Illinois
        (datetime(2022, 5, 11, 5, 0, 0, tzinfo=UTC), True),  # its first second
        (datetime(2027, 5, 12, 4, 59, 59, tzinfo=UTC), True),  # its last second
        (datetime(2027, 5, 12, 5, 0, 0, tzinfo=UTC), False),
        (date(2022, 5, 10), False),
        (date(2022, 5, 11), True),
        (date(2027, 5, 11), True),
        (date(2027, 5, 12), False),
    ],
)
def test_a_rule_holds_from_the_first_second_of_its_first_day_to_the_last_of_its_last_there(tmp_path, as_of, refused):
    law = engine(
        tmp_path,
        PERMIT.replace("@text", '@effective("2000-01-01") @expires("2100-01-01") @text'),
        rule("t.dated", 'when { context.case_state == "closed" }'),
        expires="2027-05-11",
    )
    decision = law.decide(Action.SEARCH, facts({"case_state": "closed"}), as_of)
    assert decision.allowed is not refused
    assert decision.as_of == as_of.isoformat()


def test_days_in_utc_end_at_midnight_utc(tmp_path):
    law = engine(
        tmp_path,
        PERMIT.replace("@text", '@effective("2000-01-01") @expires("2100-01-01") @text'),
        rule("t.dated", 'when { context.case_state == "closed" }', expires="2027-05-11"),
        timezone='"UTC"',
    )
    closed = facts({"case_state": "closed"})
    assert not law.decide(Action.SEARCH, closed, datetime(2027, 5, 11, 23, 59, 59, tzinfo=UTC)).allowed
    assert law.decide(Action.SEARCH, closed, datetime(2027, 5, 12, tzinfo=UTC)).allowed


def test_an_engine_without_rules_does_not_start():
    with pytest.raises(UnavailableError):
        LawEngine([])


def test_the_engine_shows_its_packs_and_rules(base):
    assert [pack.pack_id for pack in base.packs] == ["facewarden-base"]
    assert {dated.rule.rule_id for dated in base.rules} >= {"base.case_open", "base.permit_search"}


def test_many_days_are_decided_though_few_are_kept_compiled(base, monkeypatch):
    monkeypatch.setattr("facewarden.law.engine._SLICES_KEPT", 3)
    given = lawful(Action.SEARCH)
    assert all(base.decide(Action.SEARCH, given, date(2026, 1, day)).allowed for day in range(1, 12))
    assert len(base._slices) <= 3


def test_a_decision_is_plain_data_in_the_shape_of_law_check(base):
    document = base.decide(Action.SEARCH, lawful(Action.SEARCH, case_state="closed"), TODAY).to_json()
    assert document["decision"] == document["verdict"] == "refuse"
    (ground,) = document["grounds"]
    assert ground["rule"] == "base.case_open"
    assert {"citation", "text", "effective", "expires"} <= ground.keys()
    assert document["facts"]["actor_roles"] == {"value": ["investigator"], "origin": "test"}
    assert document["as_of"] == "2026-11-22"
    assert document["packs"].keys() == {"facewarden-base"}

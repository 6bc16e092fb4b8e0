"""Users approved, changed, held, idle and gone: who may do it, what it cuts, and that nobody does it to themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from facewarden.domain.accounts import AccountState, Role, Scope
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import JobId
from facewarden.domain.jobs import JobState
from facewarden.errors import BadUseError, NotPermittedError
from facewarden.law.actions import Action
from facewarden.services.law.facts import actor_facts
from facewarden.services.refusal import RefusedError
from tests.integration.accounts.people import AGENCY, House


def refused(act, *arguments, **named) -> tuple[str, ...]:
    with pytest.raises(RefusedError) as caught:
        act(*arguments, **named)
    return caught.value.decision.rules


def test_another_bodys_users_are_approved_by_its_own_administrator(staffed: House) -> None:
    house = staffed
    assert refused(house.add_user, "bo", Role.INVESTIGATOR) == ("base.account_own_administrator",)
    assert house.add_user("bo", Role.INVESTIGATOR, by="adm")
    assert "base.account_users" in refused(house.add_user, "cy", Role.INVESTIGATOR, by="ana")


def test_an_administrator_cannot_approve_change_invite_or_reinstate_themselves(staffed: House) -> None:
    house = staffed
    adm, people = house.actor("adm"), house.of.people
    assert refused(people.members.change_roles, adm, "adm", [Role.INVESTIGATOR]) == ("base.account_not_oneself",)
    assert refused(people.welcome.invite, adm, "adm") == ("base.account_not_oneself",)
    assert "base.account_not_oneself" in refused(people.members.reinstate, adm, "adm")
    later = house.of.clock.now() + timedelta(days=90)
    assert refused(people.members.record_training, adm, "adm", "By myself", later) == ("base.account_not_oneself",)
    for act in (people.members.suspend, people.members.end):
        with pytest.raises(BadUseError) as caught:
            act(adm, "adm", "a reason")
        assert caught.value.code == "not_oneself"


def test_an_administrator_makes_no_operator(staffed: House) -> None:
    house = staffed
    assert refused(house.add_user, "bo", Role.OPERATOR, by="adm") == ("base.account_operator_role",)
    assert refused(house.of.people.members.change_roles, house.actor("adm"), "ana", [Role.OPERATOR]) == (
        "base.account_operator_role",
    )


def test_another_agencys_people_are_nobody_one_knows(staffed: House) -> None:
    house = staffed
    house.other_body("Harbour Police")
    house.add_user("hal", Role.ORG_ADMINISTRATOR, "Harbour Police")
    for actor in ("adm", "ova"):
        for act in (house.of.people.members.suspend, house.of.people.members.hold):
            with pytest.raises(BadUseError) as caught:
                act(house.actor(actor), "hal", "a reason")
            assert caught.value.code == "unknown_user"


def test_training_has_an_end_and_without_it_in_force_nobody_searches(staffed: House) -> None:
    house = staffed
    house.add_user("bo", Role.INVESTIGATOR, by="adm", trained=False)
    members, now = house.of.people.members, house.of.clock.now()

    def grounds() -> tuple[str, ...]:
        return house.of.gate.decide(Action.SEARCH, actor_facts(house.actor("bo"), house.of.clock.now())).rules

    assert "base.search_training" in grounds()
    members.record_training(house.actor("adm"), "bo", "County academy", now + timedelta(days=30), b"certificate")
    assert "base.search_training" not in grounds()
    house.time.ahead = timedelta(days=30)
    assert "base.search_training" in grounds()


@pytest.mark.parametrize(("title", "days"), [("", 30), ("County academy", -1), ("County academy", 4_000)])
def test_a_certificate_that_cannot_be_is_refused(staffed: House, title: str, days: int) -> None:
    house = staffed
    ends = house.of.clock.now() + timedelta(days=days)
    with pytest.raises(BadUseError):
        house.of.people.members.record_training(house.actor("adm"), "ana", title, ends)


def test_suspending_cuts_sessions_keys_and_work_and_hides_the_reason(staffed: House) -> None:
    house = staffed
    ana = house.actor("ana")
    token = house.of.sign_in.open_session(ana.user, "password")
    house.of.people.api_keys.make(ana, "nightly", "opens cases", [Scope.CASES])
    lease = house.of.records.jobs.start("ingest", {}, ana.user.user_id)
    cut = house.of.people.members.suspend(house.actor("adm"), "ana", "Ravensworth is on leave.")
    assert (cut.sessions, cut.keys, cut.work) == (1, 1, 1)
    with pytest.raises(NotPermittedError):
        house.of.sign_in.actor_of(token)
    job = house.of.records.jobs.find(JobId(lease.job_id))
    assert job is not None
    assert (job.state, job.failure) == (JobState.FAILED, "account_ended")
    assert b"Ravensworth" not in house.stored()
    assert house.entries()[-1].details == {"state": "suspended", "sessions": 1, "keys": 1, "work": 1}
    house.of.people.members.reinstate(house.actor("adm"), "ana")
    assert house.user("ana").state is AccountState.ACTIVE


def test_what_an_overseer_holds_only_an_overseer_lifts(staffed: House) -> None:
    house = staffed
    members = house.of.people.members
    assert refused(members.hold, house.actor("adm"), "ana", "a reason") == ("base.account_hold",)
    members.hold(house.actor("ova"), "ana", "Forty searches in ten minutes.")
    assert refused(members.reinstate, house.actor("adm"), "ana") == ("base.account_hold",)
    assert "base.account_hold" in refused(members.reinstate, house.operator, "ana")
    with pytest.raises(BadUseError) as caught:
        members.suspend(house.actor("adm"), "ana", "to take the hold over")
    assert caught.value.code == "account_held"
    members.reinstate(house.actor("ova"), "ana")
    assert house.user("ana").state is AccountState.ACTIVE


def test_whoever_left_is_ended_for_good_and_named_for_nothing(staffed: House) -> None:
    house = staffed
    members = house.of.people.members
    members.end(house.operator, "adm", "Left the service.")
    assert house.user("adm").state is AccountState.ENDED
    assert house.organisation(AGENCY).administrator_id is None
    with pytest.raises(BadUseError) as caught:
        members.reinstate(house.operator, "adm")
    assert caught.value.code == "account_ended"
    with pytest.raises(NotPermittedError):
        house.of.sign_in.open_session(house.user("adm"), "password")


def test_who_was_not_here_for_ninety_days_is_suspended_and_the_last_operator_is_not(staffed: House) -> None:
    house = staffed
    house.time.ahead = timedelta(days=60)
    house.of.sign_in.open_session(house.user("ova"), "password")
    members, now = house.of.people.members, house.of.clock.now()
    assert members.suspend_idle(now + timedelta(days=29))["users"] == 0
    counts = members.suspend_idle(now + timedelta(days=31))
    assert (counts["users"], counts["kept"]) == (2, 1)
    states = {name: house.user(name).state for name in ("ana", "adm", "ova", "operator")}
    assert [name for name, state in states.items() if state is AccountState.SUSPENDED] == ["ana", "adm"]
    assert members.suspend_idle(now + timedelta(days=31))["users"] == 0
    changed = [e for e in house.entries() if e.event is AuditEvent.USER_CHANGED]
    assert {e.actor for e in changed[-2:]} == {None}


def test_the_only_operator_is_neither_suspended_nor_ended(house: House) -> None:
    house.of.accounts.add_user(house.operator, house.organisation("Operations"), "op2", "", [Role.OPERATOR], None, None)
    members = house.of.people.members
    members.suspend(house.operator, "op2", "Not needed.")
    members.reinstate(house.operator, "op2")
    members.end(house.actor("op2"), "operator", "Left.")
    with pytest.raises(BadUseError) as caught:
        members.end(house.actor("operator"), "op2", "Left.")
    assert caught.value.code == "last_operator"

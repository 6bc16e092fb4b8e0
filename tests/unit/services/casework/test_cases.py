"""Who may change a case: its members and an administrator, and nobody who only knows its number."""

from __future__ import annotations

import pytest

from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import CaseState, Purpose
from facewarden.errors import BadUseError
from facewarden.services.refusal import RefusedError
from tests.unit.services.actors import actor_of
from tests.unit.web.builders import populated


@pytest.fixture
def installation():
    return populated()


@pytest.fixture
def case(installation):
    investigator = actor_of(installation, "investigator")
    return installation.cases.open(investigator, "HP-1", Purpose.INVESTIGATE_CRIME, "Theft")


def test_a_colleague_who_knows_the_case_does_not_add_themselves(installation, case):
    examiner = actor_of(installation, "examiner")
    with pytest.raises(RefusedError) as caught:
        installation.cases.add_member(examiner, case, "examiner")
    assert "base.account_change_case" in caught.value.decision.rules
    assert examiner.user.user_id not in installation.cases.find(examiner, case.case_id).members


def test_a_colleague_who_is_no_member_does_not_close_the_case(installation, case):
    with pytest.raises(RefusedError):
        installation.cases.close(actor_of(installation, "examiner"), case)


def test_who_came_to_a_case_is_on_record(installation, case):
    investigator, examiner = actor_of(installation, "investigator"), actor_of(installation, "examiner")
    installation.cases.add_member(investigator, case, "examiner")
    changes = [entry for entry in installation.log.entries() if entry.event is AuditEvent.CASE_CHANGED]
    assert [(entry.details["user_id"], entry.details["users"]) for entry in changes] == [
        (examiner.user.user_id, 2),
    ]


def test_who_is_taken_off_a_case_works_on_it_no_more_and_that_is_on_record(installation, case):
    investigator, examiner = actor_of(installation, "investigator"), actor_of(installation, "examiner")
    both = installation.cases.add_member(investigator, case, "examiner")
    with pytest.raises(RefusedError):
        installation.cases.remove_member(actor_of(installation, "overseer"), both, "examiner")
    alone = installation.cases.remove_member(investigator, both, "examiner")
    assert alone.members == case.members
    assert installation.cases.list(examiner) == []
    assert installation.search.ask(examiner, alone).verdict.value == "refuse"
    last = list(installation.log.entries())[-1]
    assert (last.event, last.details) == (AuditEvent.CASE_CHANGED, {"users": 1, "user_id": examiner.user.user_id})


def test_the_last_one_stays_and_a_closed_case_keeps_who_worked_on_it(installation, case):
    investigator = actor_of(installation, "investigator")
    with pytest.raises(BadUseError) as caught:
        installation.cases.remove_member(investigator, case, "investigator")
    assert caught.value.code == "last_member"
    closed = installation.cases.close(investigator, case)
    for change in (installation.cases.add_member, installation.cases.remove_member):
        with pytest.raises(BadUseError) as caught:
            change(investigator, closed, "examiner")
        assert caught.value.code == "case_closed"


def test_a_colleague_added_by_somebody_who_saw_the_case_open_does_not_open_it_again(installation, case):
    investigator = actor_of(installation, "investigator")
    installation.cases.close(investigator, case)
    with pytest.raises(BadUseError) as caught:
        installation.cases.add_member(investigator, case, "examiner")
    assert caught.value.code == "case_changed"
    found = installation.cases.find(investigator, case.case_id)
    assert (found.state, found.members) == (CaseState.CLOSED, case.members)

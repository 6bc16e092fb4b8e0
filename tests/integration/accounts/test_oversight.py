"""Unusual use told from the records, to the overseer it concerns, on record; and an account held on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from facewarden.domain.accounts import AccountState, Role
from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import Purpose
from facewarden.domain.ids import FaceNumber, PhotoId, SearchId, random_id
from facewarden.domain.oversight import Unusual
from facewarden.domain.searches import Candidate, SearchRecord
from facewarden.errors import BadUseError
from facewarden.services.people.oversight import Review
from facewarden.services.refusal import RefusedError
from tests.integration.accounts.people import House


@pytest.fixture
def searched(staffed: House) -> House:
    """Ana searched twenty times within ten minutes, at noon, and found nobody."""
    ana = staffed.actor("ana")
    case = staffed.of.cases.open(ana, "2026/1", Purpose.FIND_MISSING_PERSON, "")
    noon = staffed.of.clock.now().replace(hour=17, minute=0) - timedelta(days=2)
    for number in range(20):
        at = noon + number * timedelta(seconds=30)
        search_id = SearchId(random_id("srch"))
        record = SearchRecord(search_id, case.case_id, ana.user.user_id, at, 1_000, 0.5, "pack", 0, ())
        staffed.of.records.searches.add(record)
    return staffed


def test_the_overseer_sees_who_searched_how_and_holds_the_account(searched: House) -> None:
    overseer, people = searched.actor("ova"), searched.of.people
    before = len(searched.entries())
    review = people.oversight.review(overseer)
    notices = review.notices
    assert {notice.unusual: notice.count for notice in notices} == {Unusual.BURST: 20, Unusual.NO_CANDIDATES: 20}
    assert {searched.named(notice.user_id) for notice in notices} == {"ana"}
    (entry,) = searched.entries()[before:]  # one look, one entry
    assert (entry.event, entry.verdict, entry.actor) == (AuditEvent.USE_REVIEWED, "allow", overseer.user.user_id)
    assert len(review.searches) == 20
    assert review.searches[0].searched_at > review.searches[-1].searched_at
    people.members.hold(overseer, notices[0].user_id, notices[0].why)
    assert searched.user("ana").state is AccountState.SUSPENDED


def test_an_overseer_of_another_body_sees_nothing_of_it_and_who_runs_the_installation_everything(
    searched: House,
) -> None:
    searched.other_body("Harbour Police")
    searched.add_user("hov", Role.OVERSEER, "Harbour Police")
    searched.add_user("oov", Role.OVERSEER, "Operations")
    oversight = searched.of.people.oversight
    assert oversight.review(searched.actor("hov")) == Review([], [])
    assert len(oversight.review(searched.actor("oov")).notices) == 2


def test_nobody_else_reviews_and_days_have_bounds(searched: House) -> None:
    for name in ("ana", "adm", "operator"):
        with pytest.raises(RefusedError) as refused:
            searched.of.people.oversight.review(searched.actor(name))
        assert refused.value.decision.rules == ("base.account_review_use",)
    for days in (0, 400):
        with pytest.raises(BadUseError):
            searched.of.people.oversight.review(searched.actor("ova"), days)
    assert searched.of.people.oversight.review(searched.actor("ova"), 1).notices == []


def test_the_daily_round_counts_and_names_nobody(searched: House) -> None:
    counts = searched.of.people.oversight.count(searched.of.clock.now())
    assert counts == {
        "burst": 1,
        "off_hours": 0,
        "no_candidates": 1,
        "same_person": 0,
        "same_picture": 0,
        "no_outcome": 0,
    }


def test_one_person_first_under_case_after_case_is_told_without_which(staffed: House) -> None:
    ana, now = staffed.actor("ana"), staffed.of.clock.now()
    photos = [PhotoId(random_id("pho")) for _ in range(4)]
    for number in range(3):
        # Another photo of them is in front each time; the one behind it is grouped with it.
        first = Candidate(1, FaceNumber(7), photos[number], 0.9, None, None, "Press", None, None, 1)
        also = replace(first, rank=2, photo_id=photos[number + 1])
        case = staffed.of.cases.open(ana, f"2026/{number}", Purpose.FIND_MISSING_PERSON, "")
        search_id = SearchId(random_id("srch"))
        record = SearchRecord(search_id, case.case_id, ana.user.user_id, now, 1_000, 0.5, "pack", 0, (first, also))
        staffed.of.records.searches.add(record)
    told = [
        n for n in staffed.of.people.oversight.review(staffed.actor("ova")).notices if n.unusual is Unusual.SAME_PERSON
    ]
    assert [(notice.user_id, notice.count) for notice in told] == [(ana.user.user_id, 3)]
    assert not any(photo in repr(told) for photo in photos)


def test_cases_that_were_left_open_are_told(searched: House) -> None:
    ana = searched.actor("ana")
    for number in range(2, 4):
        case = searched.of.cases.open(ana, f"2026/{number}", Purpose.FIND_MISSING_PERSON, "")
        record = SearchRecord(
            SearchId(random_id("srch")), case.case_id, ana.user.user_id, case.opened_at, 1_000, 0.5, "pack", 0, ()
        )
        searched.of.records.searches.add(replace(record))
    searched.time.ahead = timedelta(days=31)
    told = [n.unusual for n in searched.of.people.oversight.review(searched.actor("ova"), 366).notices]
    assert Unusual.NO_OUTCOME in told

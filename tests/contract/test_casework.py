"""What leads, releases and looks promise, whatever keeps them; and what cases, probes and searches hold beside."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from facewarden.domain.cases import CaseBasis, CaseDetails, CaseState, SoughtFor
from facewarden.domain.examinations import (
    Comparison,
    Conclusion,
    Finding,
    Lead,
    LeadId,
    LeadState,
    LineupPlace,
    Recall,
    Release,
    ReleaseId,
    ReleaseKind,
    SecondExamination,
)
from facewarden.domain.gallery import StoredProbe
from facewarden.domain.ids import FaceNumber, PhotoId, SearchId, random_id
from facewarden.domain.searches import Candidate, Edit, EditKind, ProbeKind, ProbeOrigin, SearchBasis, SearchRecord
from facewarden.testing.gallery import NOON

MADE = Comparison(
    {"ears": Finding.SIMILAR, "nose": Finding.NOT_COMPARABLE}, "Kerbe im Ohr, Ärmel.", Conclusion.SUPPORTS_SAME
)
ORIGIN = ProbeOrigin(
    ProbeKind.VIDEO_STILL,
    "attested by whoever sent it",
    "ab" * 32,
    date(2026, 1, 2),
    False,
    True,
    (Edit(EditKind.ROTATE, (90.0,)), Edit(EditKind.CROP, (0.1, 0.0, 1.0, 0.5))),
)
DETAILS = CaseDetails(
    "nibrs-group-a",
    "120",
    "crime_of_violence",
    SoughtFor.CONDUCT,
    CaseBasis.WARRANT,
    "W-17",
    date(2026, 12, 1),
    date(2026, 5, 5),
    True,
    NOON,
)


def searched(house):
    user, case = house.case()
    candidates = tuple(
        Candidate(rank, FaceNumber(70 + rank), PhotoId(f"ph_{rank}"), 0.95, None, None, "Press", None, None, 1)
        for rank in (1, 2)
    )
    basis = SearchBasis("1", "portraits", 20, ORIGIN, {"facewarden-base": "1+ab"})
    record = SearchRecord(
        SearchId(random_id("sea")), case.case_id, user.user_id, NOON, 9, 0.9, "pack", 4, candidates, basis=basis
    )
    house.searches.add(record)
    return user, case, record


def lead_of(user, case, record, rank=1):
    places = (
        LineupPlace(1, FaceNumber(71), PhotoId("ph_1"), True),
        LineupPlace(2, FaceNumber(9), PhotoId("ph_9"), False),
    )
    return Lead(
        LeadId(random_id("lead")),
        case.case_id,
        record.search_id,
        rank,
        LeadState.AWAITING_SECOND,
        user.user_id,
        NOON,
        5,
        MADE,
        places,
        NOON + timedelta(days=90),
    )


def test_what_was_stated_of_a_case_comes_back_and_may_change(house) -> None:
    _, case = house.case()
    changed = replace(case, details=DETAILS, state=CaseState.CLOSED)
    assert house.cases.change(case, changed)
    assert house.cases.find(case.case_id) == changed
    alone = replace(changed, members=frozenset())
    assert house.cases.change(changed, alone)
    assert house.cases.find(case.case_id) == alone


@pytest.mark.parametrize("was", [{"state": CaseState.OPEN}, {"members": frozenset()}, {"details": CaseDetails()}])
def test_a_case_that_somebody_else_changed_is_not_changed(house, was) -> None:
    _, case = house.case()
    now = replace(case, state=CaseState.CLOSED, details=DETAILS)
    assert house.cases.change(case, now)
    assert not house.cases.change(replace(now, **was), case)
    assert house.cases.find(case.case_id) == now


def test_a_probe_and_a_search_keep_where_the_picture_comes_from(house) -> None:
    _, _, record = searched(house)
    assert house.searches.find(record.search_id) == record
    probe = StoredProbe("prb_1", "ca_1", "us_1", (house.make.detected(),), NOON, NOON + timedelta(minutes=5), ORIGIN)
    house.probes.add(probe, b"pixels")
    changed = replace(probe, faces=(), origin=replace(ORIGIN, edits=()))
    house.probes.change(changed)
    assert house.probes.find("prb_1") == (changed, b"pixels")


def test_a_lead_comes_back_whole_and_newest_first(house) -> None:
    user, case, record = searched(house)
    first, second = lead_of(user, case, record), replace(lead_of(user, case, record, 2), first_at=NOON + timedelta(1))
    assert house.leads.add(first)
    assert house.leads.add(second)
    assert house.leads.find(first.lead_id) == first
    assert house.leads.find(LeadId("lead_0")) is None
    assert list(house.leads.of_case(case.case_id)) == [second, first]
    done = replace(
        first,
        state=LeadState.AGREED,
        second=SecondExamination(user.user_id, NOON, NOON + timedelta(hours=1), 8, {1: MADE, 2: MADE}),
        outcome="later",
        outcome_at=NOON,
    )
    at_work = replace(
        first,
        state=LeadState.SECOND_AT_WORK,
        second=SecondExamination(user.user_id, NOON, draft={"f1_notes": "Kerbe, “links”"}),
    )
    assert house.leads.change(first, at_work)
    assert house.leads.find(first.lead_id) == at_work
    assert list(house.leads.unfinished()) == [second, at_work]
    assert house.leads.change(at_work, done)
    assert house.leads.find(first.lead_id) == done
    assert list(house.leads.unfinished()) == [second]


def test_one_candidate_has_one_lead_and_one_change_from_a_state(house) -> None:
    user, case, record = searched(house)
    lead = lead_of(user, case, record)
    assert house.leads.add(lead)
    assert not house.leads.add(lead_of(user, case, record))
    begun = replace(lead, state=LeadState.SECOND_AT_WORK, second=SecondExamination(user.user_id, NOON))
    assert house.leads.change(lead, begun)
    assert not house.leads.change(lead, begun)


def test_a_lead_that_another_second_examiner_took_over_is_not_changed(house) -> None:
    user, case, record = searched(house)
    lead = lead_of(user, case, record)
    house.leads.add(lead)
    begun = replace(lead, state=LeadState.SECOND_AT_WORK, second=SecondExamination(user.user_id, NOON))
    later = replace(begun, second=SecondExamination(user.user_id, NOON + timedelta(days=2)))
    assert house.leads.change(lead, begun)
    assert house.leads.change(begun, later)
    assert not house.leads.change(begun, replace(begun, state=LeadState.AGREED))
    assert house.leads.find(lead.lead_id) == later


def test_an_erased_face_is_gone_from_the_second_examiners_set(house) -> None:
    user, case, record = searched(house)
    photos = house.make.photos(house.source(), 2)
    house.gallery.add(photos, [], None)
    numbers = [change.face_number for change in house.feed.changes(0, 10)]
    ids = [photo.photo.photo_id for photo in photos]
    places = tuple(LineupPlace(at + 1, numbers[at], ids[at], at == 0) for at in range(2))
    lead = replace(lead_of(user, case, record), lineup=places)
    house.leads.add(lead)
    house.withdrawals.erase([ids[0]])
    found = house.leads.find(lead.lead_id)
    assert found is not None
    assert found.lineup == places[1:]
    assert found.real_place is None


def test_what_left_a_refuted_lead_is_to_be_called_back_until_it_was(house) -> None:
    user, case, record = searched(house)
    lead = lead_of(user, case, record)
    house.leads.add(lead)
    release = Release(
        ReleaseId(random_id("rel")),
        ReleaseKind.LEAD,
        case.case_id,
        lead.lead_id,
        "Prosecutor",
        "a@example.org",
        "cd" * 32,
        user.user_id,
        NOON,
        9,
    )
    bundle = replace(release, release_id=ReleaseId(random_id("rel")), kind=ReleaseKind.DISCOVERY, lead_id=None)
    house.releases.add(release)
    house.releases.add(bundle)
    assert house.releases.to_recall() == []
    refuted_at = NOON + timedelta(hours=2)
    house.leads.change(lead, replace(lead, state=LeadState.REFUTED, outcome_at=refuted_at))
    told = {recall.release.release_id: recall for recall in house.releases.to_recall()}
    assert told[bundle.release_id] == Recall(bundle, lead.lead_id, refuted_at)
    assert set(told) == {release.release_id, bundle.release_id}
    house.releases.recalled(release.release_id, NOON)
    house.releases.recalled(bundle.release_id, refuted_at)
    assert house.releases.to_recall() == []
    assert {r.recalled_at for r in house.releases.of_case(case.case_id)} == {NOON, refuted_at}


def test_a_bundle_made_before_a_lead_or_after_its_end_is_not_called_back_for_it(house) -> None:
    user, case, record = searched(house)
    refuted = replace(lead_of(user, case, record), state=LeadState.REFUTED, outcome_at=NOON + timedelta(hours=2))
    house.leads.add(refuted)
    for hours in (-1, 3):
        bundle = (ReleaseId(random_id("rel")), ReleaseKind.DISCOVERY, case.case_id, None, "Defence", "d@example.org")
        house.releases.add(Release(*bundle, "cd" * 32, user.user_id, NOON + timedelta(hours=hours), 9))
    assert house.releases.to_recall() == []


def test_who_looked_at_a_search_is_known(house) -> None:
    user, _, record = searched(house)
    assert house.looks.by(record.search_id) == frozenset()
    house.looks.note(record.search_id, user.user_id, NOON)
    house.looks.note(record.search_id, user.user_id, NOON + timedelta(hours=1))
    assert house.looks.by(record.search_id) == {user.user_id}

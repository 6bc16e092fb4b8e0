"""A second examiner who wants to know which face is meant: by a bundle, by a search of their own, by the page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from facewarden.domain.examinations import LeadState
from facewarden.services.casework.examining import READS_LOG
from facewarden.services.refusal import RefusedError
from tests.unit.services.casework.test_examining import OTHER, SAME, concluded, proposed
from tests.unit.web.builders import populated
from tests.unit.web.fakes import drawn

TO = ("Public defender", "defender@law.test")


@pytest.fixture
def installation():
    return populated()


def _search_under(installation, examiner, case, picture):
    probe = installation.search.upload(examiner, case, picture)
    return installation.search.run_uploaded(examiner, case, probe.probe_id, 1, 10).record


def _refused(act):
    with pytest.raises(RefusedError) as caught:
        act()
    return caught.value.decision.rules == ("base.second_independent",)


def test_whoever_took_the_bundle_for_the_defence_examines_nothing_in_it_second(installation):
    _, examiner, case, lead = proposed(installation)
    examining = installation.casework.examining
    installation.casework.reporting.discovery(examiner, case, *TO)
    assert _refused(lambda: examining.begin_second(examiner, lead.lead_id))
    assert not examining.may_be_second(examiner, lead)


def test_a_bundle_taken_while_at_work_ends_what_its_taker_may_conclude(installation):
    _, examiner, case, lead = proposed(installation)
    examining = installation.casework.examining
    begun = examining.begin_second(examiner, lead.lead_id)
    installation.casework.reporting.discovery(examiner, case, *TO)
    made = {place.place: SAME if place.real else OTHER for place in begun.lineup}
    assert _refused(lambda: examining.conclude_second(examiner, lead.lead_id, made))
    assert examining.find(examiner, lead.lead_id)[0].state is LeadState.SECOND_AT_WORK


@pytest.mark.parametrize("under", ["the same case", "a case of their own"])
def test_whoever_searches_the_probe_of_the_lead_themselves_cannot_conclude_on_it(installation, under):
    _, examiner, case, lead = proposed(installation)
    examining = installation.casework.examining
    begun = examining.begin_second(examiner, lead.lead_id)
    own = case if under == "the same case" else installation.cases.open(examiner, "B-2", case.purpose, "Theft")
    listed = _search_under(installation, examiner, own, drawn(2))
    real = next(place.face_number for place in begun.lineup if place.real)
    assert real in {candidate.face_number for candidate in listed.candidates}
    made = {place.place: SAME if place.real else OTHER for place in begun.lineup}
    assert _refused(lambda: examining.conclude_second(examiner, lead.lead_id, made))


def test_a_colleague_who_looked_at_another_list_of_the_case_with_this_candidate_is_not_blind(installation):
    investigator, examiner, case, lead = proposed(installation)
    again = _search_under(installation, investigator, case, drawn(2))
    installation.viewing.search(examiner, again.search_id)
    assert not installation.casework.examining.may_be_second(examiner, lead)


def test_a_search_for_somebody_else_leaves_a_second_examiner_blind(installation):
    _, examiner, case, lead = proposed(installation)
    other = _search_under(installation, examiner, case, drawn(5))
    real = next(place.face_number for place in lead.lineup if place.real)
    assert real not in {candidate.face_number for candidate in other.candidates}
    assert concluded(installation.casework.examining, examiner, lead).state is LeadState.AGREED


@pytest.mark.parametrize("role", sorted(READS_LOG))
def test_nobody_who_reads_the_log_examines_second(installation, role):
    """Its entries name the photo that the first examiner looked at, and those of the set."""
    _, examiner, _, lead = proposed(installation)
    examining = installation.casework.examining
    reader = replace(examiner, user=replace(examiner.user, roles=examiner.user.roles | {role}))
    assert _refused(lambda: examining.begin_second(reader, lead.lead_id))
    assert not examining.may_be_second(reader, lead)
    assert examining.waiting_for(reader) == []
    assert examining.may_be_second(examiner, lead)

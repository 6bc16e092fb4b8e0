"""Two people examine, each without the other: who may, what they see, and what their conclusions make of a lead."""

from datetime import timedelta

import pytest

from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import Purpose
from facewarden.domain.examinations import Comparison, Conclusion, Finding, LeadState
from facewarden.errors import BadUseError, UnavailableError
from facewarden.services.refusal import RefusedError
from tests.unit.services.actors import actor_of
from tests.unit.web.builders import populated
from tests.unit.web.fakes import drawn

SAME = Comparison(
    {"ears": Finding.SIMILAR, "nose": Finding.SIMILAR}, "The same notch in the left ear.", Conclusion.SUPPORTS_SAME
)
OTHER = Comparison({"ears": Finding.DIFFERENT}, "", Conclusion.SUPPORTS_DIFFERENT)
OPEN = Comparison({}, "", Conclusion.INSUFFICIENT)


@pytest.fixture
def installation():
    return populated()


@pytest.fixture
def examining(installation):
    return installation.casework.examining


def searched(installation):
    """The investigator's case, with the examiner as its second member, and one search in it."""
    investigator, examiner = actor_of(installation, "investigator"), actor_of(installation, "examiner")
    case = installation.cases.open(investigator, "HP-1", Purpose.INVESTIGATE_CRIME, "Theft")
    case = installation.cases.add_member(investigator, case, "examiner")
    probe = installation.search.upload(investigator, case, drawn(2))
    result = installation.search.run_uploaded(investigator, case, probe.probe_id, 1, 10)
    return investigator, examiner, case, result.record


def proposed(installation, made=SAME):
    investigator, examiner, case, record = searched(installation)
    lead = installation.casework.examining.first(investigator, record.search_id, 1, made)
    return investigator, examiner, case, lead


def concluded(examining, examiner, lead, of_candidate=SAME, of_others=OTHER):
    begun = examining.begin_second(examiner, lead.lead_id)
    made = {place.place: of_candidate if place.real else of_others for place in begun.lineup}
    return examining.conclude_second(examiner, lead.lead_id, made)


def test_two_who_agree_make_a_lead_and_both_are_on_record(installation, examining):
    _, examiner, _, lead = proposed(installation)
    assert lead.state is LeadState.AWAITING_SECOND
    done = concluded(examining, examiner, lead)
    assert done.state is LeadState.AGREED
    told = [(e.event, e.details.get("stage"), e.details.get("conclusion")) for e in installation.log.entries()]
    assert (AuditEvent.REVIEW_RECORDED, "first", "supports_same") in told
    assert (AuditEvent.REVIEW_RECORDED, "second", "supports_same") in told
    assert told[-1][0] is AuditEvent.LEAD_AGREED


@pytest.mark.parametrize("made", [OTHER, OPEN])
def test_a_first_conclusion_that_supports_nothing_is_kept_and_makes_no_lead(installation, examining, made):
    _investigator, examiner, case, lead = proposed(installation, made)
    assert lead.state is LeadState.REJECTED
    assert lead.lineup == ()
    assert examining.of_case(examiner, case) == [lead]
    with pytest.raises(BadUseError) as caught:
        examining.begin_second(examiner, lead.lead_id)
    assert caught.value.code == "not_waiting"


@pytest.mark.parametrize(("of_candidate", "of_others"), [(OTHER, OTHER), (OPEN, OTHER), (SAME, SAME)])
def test_a_disagreement_stops_the_lead(installation, examining, of_candidate, of_others):
    _, examiner, _, lead = proposed(installation)
    assert concluded(examining, examiner, lead, of_candidate, of_others).state is LeadState.STOPPED
    assert lead.lead_id not in installation.probes.kept, "nobody needs the probe's face any more"


def test_nobody_is_second_to_themselves(installation, examining):
    investigator, _, _, lead = proposed(installation)
    with pytest.raises(RefusedError) as caught:
        examining.begin_second(investigator, lead.lead_id)
    assert caught.value.decision.rules == ("base.second_independent",)


def test_whoever_saw_the_list_examines_nothing_in_it_second(installation, examining):
    _, examiner, _, lead = proposed(installation)
    installation.viewing.search(examiner, lead.search_id)
    with pytest.raises(RefusedError) as caught:
        examining.begin_second(examiner, lead.lead_id)
    assert caught.value.decision.rules == ("base.second_independent",)


def test_the_list_is_closed_to_the_second_until_they_concluded(installation, examining):
    _, examiner, _, lead = proposed(installation)
    examining.begin_second(examiner, lead.lead_id)
    for look in (
        lambda: installation.viewing.search(examiner, lead.search_id),
        lambda: installation.viewing.photo(examiner, lead.search_id, 1, crop=True, max_side_px=100),
    ):
        with pytest.raises(RefusedError) as caught:
            look()
        assert caught.value.decision.rules == ("base.view_blind",)
    concluded(examining, examiner, lead)
    installation.viewing.search(examiner, lead.search_id)


def test_the_second_sees_the_candidate_among_others_in_an_order_that_tells_nothing(installation, examining):
    places = []
    for _ in range(12):
        _, examiner, _, lead = proposed(populated_again := populated())
        sitting_of = populated_again.casework.examining
        sitting_of.begin_second(examiner, lead.lead_id)
        sitting = sitting_of.sitting(examiner, lead.lead_id)
        assert len(sitting.places) >= 3
        assert len({face.photo.photo_id for face in sitting.places.values()}) == len(sitting.places)
        places.append(lead.real_place.place)
    assert len(set(places)) > 1


def test_every_face_that_the_second_sees_is_decided_and_logged_first(installation, examining):
    _, examiner, _, lead = proposed(installation)
    examining.begin_second(examiner, lead.lead_id)
    before = installation.log.size()
    assert examining.face(examiner, lead.lead_id, 1, 200)[:2] == b"\xff\xd8"
    entry = next(iter(installation.log.entries(before)))
    assert entry.event is AuditEvent.PHOTO_VIEW_DECIDED
    assert entry.verdict == "allow"
    assert "similarity" not in entry.details
    assert "rank" not in entry.details


def test_a_stranger_to_the_case_learns_nothing_of_its_leads(installation, examining):
    _, _, _, lead = proposed(installation)
    outsider = actor_of(installation, "org-administrator")
    for act in (examining.find, examining.begin_second, examining.probe_face):
        with pytest.raises(BadUseError) as caught:
            act(outsider, lead.lead_id)
        assert caught.value.code == "unknown_lead"


def test_of_two_who_conclude_at_once_the_first_counts(installation, examining):
    _, examiner, _case, lead = proposed(installation)
    begun = examining.begin_second(examiner, lead.lead_id)
    made = {place.place: SAME if place.real else OTHER for place in begun.lineup}
    wait = installation.casework.leads.change

    def faster(done, before):
        installation.casework.leads.change = wait
        examining.conclude_second(examiner, lead.lead_id, dict.fromkeys(made, OPEN))
        return wait(done, before)

    installation.casework.leads.change = faster
    with pytest.raises(BadUseError) as caught:
        examining.conclude_second(examiner, lead.lead_id, made)
    assert caught.value.code == "not_waiting"
    assert "nothing of yours was taken" in caught.value.next_step
    assert examining.find(examiner, lead.lead_id)[0].state is LeadState.STOPPED


def test_a_candidate_is_examined_first_only_once(installation, examining):
    investigator, _, _, lead = proposed(installation)
    with pytest.raises(BadUseError) as caught:
        examining.first(investigator, lead.search_id, 1, OTHER)
    assert caught.value.code == "examined_before"
    assert examining.find(investigator, lead.lead_id)[0].first == SAME


@pytest.mark.parametrize("full", ["probes", "leads"])
def test_where_the_disk_takes_no_lead_none_is_begun_and_no_face_stays(installation, examining, monkeypatch, full):
    investigator, _, case, record = searched(installation)
    kept = set(installation.probes.kept)

    def takes_none(*_):
        raise UnavailableError("disk_full", "The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(getattr(examining, f"_{full}"), "add", takes_none)
        with pytest.raises(UnavailableError):
            examining.first(investigator, record.search_id, 1, SAME)
    assert examining.of_case(investigator, case) == []
    assert set(installation.probes.kept) == kept
    lead = examining.first(investigator, record.search_id, 1, SAME)
    assert examining.probe_face(investigator, lead.lead_id)


def test_a_candidate_erased_while_the_second_looks_stops_the_lead(installation, examining):
    _, examiner, _, lead = proposed(installation)
    begun = examining.begin_second(examiner, lead.lead_id)
    installation.gallery.hidden.add(lead.real_place.face_number)
    with pytest.raises(BadUseError) as caught:
        examining.face(examiner, lead.lead_id, lead.real_place.place, 200)
    assert caught.value.code == "not_a_candidate"
    left = {place.place: OTHER for place in begun.lineup if not place.real}
    done = examining.conclude_second(examiner, lead.lead_id, left)
    assert (done.state, done.outcome) == (LeadState.STOPPED, "erased")


def test_every_face_needs_a_conclusion(installation, examining):
    _, examiner, _, lead = proposed(installation)
    begun = examining.begin_second(examiner, lead.lead_id)
    made = {place.place: OPEN for place in begun.lineup[1:]}
    with pytest.raises(BadUseError) as caught:
        examining.conclude_second(examiner, lead.lead_id, made)
    assert caught.value.code == "conclusion_missing"


def test_an_examination_that_was_left_is_taken_over_after_a_day(installation, examining):
    investigator, examiner, case, lead = proposed(installation)
    examining.begin_second(examiner, lead.lead_id)
    installation.add_user("third", *examiner.user.roles, organisation=examiner.organisation)
    case = installation.cases.add_member(investigator, case, "third")
    third = actor_of(installation, "third")
    with pytest.raises(BadUseError):
        examining.begin_second(third, lead.lead_id)
    installation.clock.pass_time(hours=25)
    assert examining.begin_second(third, lead.lead_id).second.by == third.user.user_id
    with pytest.raises(BadUseError) as caught:
        examining.sitting(examiner, lead.lead_id)
    assert caught.value.code == "not_at_work"


def test_the_probes_face_is_kept_for_the_lead_and_for_no_rejected_candidate(installation, examining):
    _investigator, examiner, _, lead = proposed(installation)
    installation.clock.pass_time(minutes=31)
    installation.search.destroy_expired()
    assert examining.probe_face(examiner, lead.lead_id)[:2] == b"\xff\xd8"
    assert lead.probe_until - lead.first_at == timedelta(days=90)
    _, _, _, rejected = proposed(fresh := populated(), OTHER)
    assert rejected.lead_id not in fresh.probes.kept


def test_without_the_probe_nothing_is_concluded(installation, examining):
    investigator, _, _, record = searched(installation)
    installation.clock.pass_time(minutes=31)
    with pytest.raises(BadUseError) as caught:
        examining.first(investigator, record.search_id, 1, SAME)
    assert caught.value.code == "probe_gone"


def test_an_examination_waits_for_those_who_saw_nothing_of_it_and_for_nobody_else(installation, examining):
    investigator, examiner, case, lead = proposed(installation)
    everybody = installation.cases.colleagues(examiner)
    assert examining.who_may_be_second(lead, case, everybody) == [examiner.user]
    assert examining.waiting_for(examiner) == [(lead, case)]
    assert examining.waiting_for(investigator) == []
    begun = examining.begin_second(examiner, lead.lead_id)
    assert examining.waiting_for(examiner) == [(begun, case)], "begun, and theirs to go on with"
    concluded(examining, examiner, lead)
    assert examining.waiting_for(examiner) == []


def test_nothing_waits_for_somebody_who_looked_or_in_a_closed_case(installation, examining):
    investigator, examiner, case, lead = proposed(installation)
    installation.cases.close(investigator, case)
    assert examining.waiting_for(examiner) == []
    installation.viewing.search(examiner, lead.search_id)
    assert examining.who_may_be_second(lead, case, installation.cases.colleagues(examiner)) == []


def test_what_the_second_filled_in_is_kept_until_they_conclude(installation, examining):
    _, examiner, _, lead = proposed(installation)
    examining.begin_second(examiner, lead.lead_id)
    examining.keep_draft(examiner, lead.lead_id, {"f1_notes": "A notch."})
    assert examining.sitting(examiner, lead.lead_id).lead.second.draft == {"f1_notes": "A notch."}
    assert concluded(examining, examiner, lead).second.draft is None


def test_nothing_is_kept_of_somebody_who_is_not_at_work_nor_more_than_a_form_holds(installation, examining):
    investigator, examiner, _, lead = proposed(installation)
    with pytest.raises(BadUseError) as caught:
        examining.keep_draft(investigator, lead.lead_id, {"f1_notes": "A notch."})
    assert caught.value.code == "not_at_work"
    examining.begin_second(examiner, lead.lead_id)
    with pytest.raises(BadUseError) as caught:
        examining.keep_draft(examiner, lead.lead_id, {"f1_notes": "a" * 70_000})
    assert caught.value.code == "draft_too_long"
    concluded(examining, examiner, lead)
    with pytest.raises(BadUseError) as caught:
        examining.keep_draft(examiner, lead.lead_id, {"f1_notes": "late"})
    assert "over" in caught.value.what


def test_what_one_filled_in_is_not_for_whoever_takes_it_over(installation, examining):
    investigator, examiner, case, lead = proposed(installation)
    installation.add_user("third", *examiner.user.roles, organisation=examiner.organisation)
    installation.cases.add_member(investigator, case, "third")
    examining.begin_second(examiner, lead.lead_id)
    examining.keep_draft(examiner, lead.lead_id, {"f1_conclusion": "supports_same"})
    installation.clock.pass_time(hours=25)
    other = actor_of(installation, "third")
    assert [known.lead_id for known, _ in examining.waiting_for(other)] == [lead.lead_id]
    assert examining.begin_second(other, lead.lead_id).second.draft is None

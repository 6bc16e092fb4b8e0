"""Examinations by two people: the first compares and concludes, the second does the same among look-alikes, blind.

Never lets anybody be second to themselves, never tells the second a score, a rank or the first's conclusion, and never
lets a lead pass on which the two disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from facewarden.domain.accounts import Actor, Role, User
from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import Case, CaseState
from facewarden.domain.examinations import (
    Comparison,
    Lead,
    LeadId,
    LeadState,
    SecondExamination,
)
from facewarden.domain.gallery import GalleryFace, StoredProbe
from facewarden.domain.ids import UserId, random_id
from facewarden.domain.searches import SearchRecord
from facewarden.errors import BadPhotoError, BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import (
    CaseRecords,
    Clock,
    GalleryRecords,
    LeadRecords,
    Looks,
    PhotoDecoder,
    Probes,
    SearchRecords,
)
from facewarden.services.casework.conclusions import (
    checked_comparison,
    checked_draft,
    examined_before,
    not_waiting,
    not_yours,
    probe_gone,
    whole,
)
from facewarden.services.casework.lineup import Lineups
from facewarden.services.casework.probes import ProbePicture
from facewarden.services.casework.viewing import face_crop, gone, search_of
from facewarden.services.gate import Gate, Passage
from facewarden.services.law.facts import FactDict, actor_facts, case_facts

PROBE_KEPT = timedelta(days=90)  # a second examiner and a report need the face; a court's discovery takes weeks
READS_LOG = frozenset({Role.AUDITOR, Role.OVERSEER, Role.PRIVACY_OFFICER, Role.OPERATOR})
"""Roles that may read the log (`base.read_log_role`): it names the photo that the first examiner opened."""
AT_WORK_LIMIT = timedelta(hours=24)  # a second examination that was begun and left may be taken over


@dataclass(frozen=True, slots=True)
class Sitting:
    """What the second examiner works with: the places that may still be shown, by number, and the probe's face."""

    lead: Lead
    case: Case
    places: Mapping[int, GalleryFace]
    probe: ProbePicture


class Examining:
    """Examinations of candidates."""

    def __init__(
        self,
        cases: CaseRecords,
        searches: SearchRecords,
        leads: LeadRecords,
        looks: Looks,
        gallery: GalleryRecords,
        lineups: Lineups,
        decoder: PhotoDecoder,
        probes: Probes,
        gate: Gate,
        clock: Clock,
    ) -> None:
        self._cases = cases
        self._searches = searches
        self._leads = leads
        self._looks = looks
        self._gallery = gallery
        self._lineups = lineups
        self._decoder = decoder
        self._probes = probes
        self._gate = gate
        self._clock = clock

    # -- leads -----------------------------------------------------------------------------------------------

    def of_case(self, actor: Actor, case: Case) -> Sequence[Lead]:
        """The leads of a case that the actor is a member of, newest first; empty for any other."""
        if actor.user.user_id not in case.members:
            return ()
        return self._leads.of_case(case.case_id)

    def find(self, actor: Actor, lead_id: str) -> tuple[Lead, Case]:
        """The lead and its case; raises BadUseError, with one wording for absent and not theirs."""
        lead = self._leads.find(LeadId(lead_id))
        case = self._cases.find(lead.case_id) if lead else None
        if lead is None or case is None or actor.user.user_id not in case.members:
            raise BadUseError(
                "unknown_lead", "There is no such lead among yours.", next_step="Open your case and choose one."
            )
        return lead, case

    def may_be_second(self, actor: Actor, lead: Lead) -> bool:
        """True if the actor is one of `who_may_be_second`."""
        case = self._cases.find(lead.case_id)
        return case is not None and bool(self.who_may_be_second(lead, case, [actor.user]))

    def who_may_be_second(self, lead: Lead, case: Case, users: Sequence[User]) -> Sequence[User]:
        """Those of these users who are members of the case, know nothing of the candidate and do not read the log."""
        blind = self._blind(lead, case)
        return [user for user in users if user.user_id in blind and not user.roles & READS_LOG]

    def _blind(self, lead: Lead, case: Case) -> frozenset[UserId]:
        """The members of the case who neither examined it first, nor made or saw a list that tells the candidate.

        Such a list is that of the lead's search; any of the same case with the candidate's person in it; and, from that
        search on, one of any case: whoever examines second has the probe's face before them, and could search it.
        """
        record = self._searches.find(lead.search_id)
        if record is None:
            return case.members - {lead.first_by} - self._looks.by(lead.search_id)
        groups = {known.group or known.rank for known in record.candidates if known.rank == lead.rank}
        faces = [known.face_number for known in record.candidates if (known.group or known.rank) in groups]
        telling = {record.search_id: record.user_id, **self._searches.listing(faces, case.case_id, record.searched_at)}
        seen = frozenset[UserId]().union(*(self._looks.by(search_id) for search_id in telling))
        return case.members - {lead.first_by} - frozenset(telling.values()) - seen

    def waiting_for(self, actor: Actor) -> Sequence[tuple[Lead, Case]]:
        """The leads of open cases that this actor may examine second now, or is at work on; oldest first."""
        found = []
        for lead in self._leads.unfinished():
            case = self._cases.find(lead.case_id)
            if case is None or case.state is not CaseState.OPEN or actor.user.user_id not in case.members:
                continue
            taken = lead.state is LeadState.SECOND_AT_WORK and not self._left(lead)
            if self._at_work(actor, lead) or (not taken and self.who_may_be_second(lead, case, [actor.user])):
                found.append((lead, case))
        return sorted(found, key=lambda known: known[0].first_at)

    # -- first -----------------------------------------------------------------------------------------------

    def first(self, actor: Actor, search_id: str, rank: int, made: Comparison) -> Lead:
        """The lead that the first examiner's conclusion makes: awaiting a second, or rejected.

        Raises RefusedError; BadUseError where the candidate is gone, was examined before, or the probe is destroyed.
        """
        checked_comparison(made)
        record, case = search_of(actor, search_id, self._searches, self._cases)
        candidate = next((known for known in record.candidates if known.rank == rank), None)
        if candidate is None or not self._gallery.showable([candidate.face_number]):
            raise gone()
        lead_id = LeadId(random_id("lead"))
        stage = {"photo_was_candidate": Fact(True, "records: searches")}
        passage = self._enter(actor, case, lead_id, "first", stage, record)
        kept = self._own_probe(actor, search_id)
        wanted = made.conclusion.for_same
        now = self._clock.now()
        lead = Lead(
            lead_id,
            case.case_id,
            record.search_id,
            rank,
            LeadState.AWAITING_SECOND if wanted else LeadState.REJECTED,
            actor.user.user_id,
            now,
            passage.audit_index,
            made,
            self._lineups.of(candidate, record) if wanted else (),
            now + PROBE_KEPT if wanted else None,
        )
        self._add(lead, kept)
        self._record(actor, lead, "first", made)
        return lead

    def _add(self, lead: Lead, kept: tuple[StoredProbe, bytes]) -> None:
        """The lead in the records, its probe's face before it: a lead without one could be examined by nobody."""
        if lead.probe_until is not None:
            probe, content = kept
            self._probes.add(replace(probe, probe_id=lead.lead_id, expires_at=lead.probe_until), content)
        added = False
        try:
            added = self._leads.add(lead)
        finally:
            if not added:
                self._probes.destroy([lead.lead_id])
        if not added:
            raise examined_before()

    # -- second ----------------------------------------------------------------------------------------------

    def begin_second(self, actor: Actor, lead_id: str) -> Lead:
        """The lead with the actor at work as second examiner; from now on the search's list is closed to them.

        Raises RefusedError for whoever searched, examined first or saw the list; BadUseError where it awaits nobody.
        """
        lead, case = self.find(actor, lead_id)
        if self._at_work(actor, lead):
            return lead
        self._enter_second(actor, case, lead)
        now = self._clock.now()
        if lead.state is not LeadState.AWAITING_SECOND and not self._left(lead):
            raise not_waiting()
        begun = replace(lead, state=LeadState.SECOND_AT_WORK, second=SecondExamination(actor.user.user_id, now))
        if not self._leads.change(lead, begun):
            raise not_waiting()
        details = {"lead_id": lead.lead_id, "case_id": case.case_id, "stage": "second"}
        self._gate.note(AuditEvent.REVIEW_BEGUN, actor=actor.user.user_id, subject=lead.lead_id, details=details)
        return begun

    def sitting(self, actor: Actor, lead_id: str) -> Sitting:
        """What the actor, at work as second examiner, compares; raises BadUseError for anybody else."""
        lead, case = self.find(actor, lead_id)
        if not self._at_work(actor, lead):
            raise not_yours(lead)
        faces = self._gallery.showable([place.face_number for place in lead.lineup])
        places = {place.place: faces[place.face_number] for place in lead.lineup if place.face_number in faces}
        return Sitting(lead, case, places, self.probe_picture(actor, lead_id))

    def keep_draft(self, actor: Actor, lead_id: str, filled: Mapping[str, str]) -> None:
        """Keeps what the actor, at work as second examiner, filled in so far, by the name of the field.

        It binds nobody, and is gone once they conclude or somebody takes over. BadUseError for anybody else, and for
        more than a form of theirs holds.
        """
        lead, _ = self.find(actor, lead_id)
        if lead.second is None or not self._at_work(actor, lead):
            raise not_yours(lead)
        kept = replace(lead.second, draft=checked_draft(filled))
        if not self._leads.change(lead, replace(lead, second=kept)):
            raise not_yours(self.find(actor, lead_id)[0])

    def face(self, actor: Actor, lead_id: str, place: int, max_side_px: int) -> bytes:
        """The face at that place as a fresh JPEG, decided and recorded as a view; raises RefusedError, BadUseError."""
        sitting = self.sitting(actor, lead_id)
        found = sitting.places.get(place)
        if found is None:
            raise gone()
        facts = {
            **actor_facts(actor, self._clock.now()),
            **case_facts(sitting.case, actor, self._clock.now()),
            "photo_was_candidate": Fact(False, "not told: a blind examination"),
            "photo_state": Fact(found.photo.state.value, "records: photos"),
            "examination_stage": Fact("second", "records: leads"),
        }
        self._gate.enter(
            Action.VIEW,
            facts,
            AuditEvent.PHOTO_VIEW_DECIDED,
            actor=actor.user.user_id,
            subject=found.photo.photo_id,
            details={"lead_id": lead_id, "stage": "second"},
        )
        content = self._gallery.photo_content(found.photo.photo_id)
        return self._decoder.render(content, max_side_px=max_side_px, crop=face_crop(found))

    def probe_face(self, actor: Actor, lead_id: str) -> bytes:
        """The probe's face kept for this lead, as a JPEG, for members of its case; BadUseError `probe_gone`."""
        return self._kept_probe(actor, lead_id)[1]

    def probe_picture(self, actor: Actor, lead_id: str) -> ProbePicture:
        """Where the face lies in `probe_face`, and that picture's size."""
        probe, content = self._kept_probe(actor, lead_id)
        photo = self._decoder.decode([content])[0]
        if isinstance(photo, BadPhotoError):
            raise probe_gone()
        return ProbePicture(probe, photo.width_px, photo.height_px)

    def conclude_second(self, actor: Actor, lead_id: str, made: Mapping[int, Comparison]) -> Lead:
        """The lead, agreed or stopped, after the second's conclusion on every place that may still be shown.

        They agree if the second, too, found support for one person in the candidate, and in no look-alike. A
        candidate erased in the meantime stops the lead. BadUseError where a place lacks a conclusion, or somebody
        else concluded in the meantime.
        """
        sitting = self.sitting(actor, lead_id)
        lead, case = sitting.lead, sitting.case
        kept = whole(made, sitting.places)
        passage = self._enter_second(actor, case, lead)
        now = self._clock.now()
        began = lead.second.began_at if lead.second else now
        second = SecondExamination(actor.user.user_id, began, now, passage.audit_index, kept)
        real = lead.real_place.place if lead.real_place and lead.real_place.place in kept else None
        agreed = real is not None and {place for place in kept if kept[place].conclusion.for_same} == {real}
        state = LeadState.AGREED if agreed else LeadState.STOPPED
        done = replace(lead, state=state, second=second, outcome="" if real is not None else "erased")
        if not self._leads.change(lead, done):
            raise not_waiting()
        if not agreed:
            self._probes.destroy([lead.lead_id])  # nobody needs it any more
        self._record(actor, done, "second", kept[real] if real is not None else None)
        event = AuditEvent.LEAD_AGREED if agreed else AuditEvent.LEAD_STOPPED
        details = {"case_id": case.case_id, "search_id": lead.search_id}
        self._gate.note(event, actor=actor.user.user_id, subject=lead.lead_id, details=details)
        return done

    # -- inside ----------------------------------------------------------------------------------------------

    def _at_work(self, actor: Actor, lead: Lead) -> bool:
        mine = lead.second is not None and lead.second.by == actor.user.user_id
        return lead.state is LeadState.SECOND_AT_WORK and mine

    def _left(self, lead: Lead) -> bool:
        """Whether whoever began the second examination left it for so long that somebody else may take it over."""
        began = lead.second.began_at if lead.second and lead.state is LeadState.SECOND_AT_WORK else None
        return began is not None and self._clock.now() - began > AT_WORK_LIMIT

    def _enter_second(self, actor: Actor, case: Case, lead: Lead) -> Passage:
        record = self._searches.find(lead.search_id)
        stage = {
            "photo_was_candidate": Fact(True, "records: leads"),
            "examiner_independent": Fact(self.may_be_second(actor, lead), "records: searches, leads, looks"),
        }
        return self._enter(actor, case, lead.lead_id, "second", stage, record)

    def _enter(
        self, actor: Actor, case: Case, lead_id: LeadId, stage: str, more: FactDict, record: SearchRecord | None
    ) -> Passage:
        facts = {
            **actor_facts(actor, self._clock.now()),
            **case_facts(case, actor, self._clock.now()),
            "examination_stage": Fact(stage, "given"),
            "examiner_independent": Fact(False, "the first examiner knows the list"),
            "release_purpose": Fact("lead", "an examination is made for a lead"),
            **more,
        }
        details: dict[str, str | int] = {"stage": stage, "case_id": case.case_id}
        if record is not None:
            details["search_id"] = record.search_id
        return self._gate.enter(
            Action.REVIEW,
            facts,
            AuditEvent.REVIEW_DECIDED,
            actor=actor.user.user_id,
            subject=lead_id,
            details=details,
        )

    def _record(self, actor: Actor, lead: Lead, stage: str, made: Comparison | None) -> None:
        details: dict[str, str | int] = {
            "stage": stage,
            "case_id": lead.case_id,
            "search_id": lead.search_id,
            "conclusion": made.conclusion.value if made else "erased",
        }
        self._gate.note(AuditEvent.REVIEW_RECORDED, actor=actor.user.user_id, subject=lead.lead_id, details=details)

    def _own_probe(self, actor: Actor, search_id: str) -> tuple[StoredProbe, bytes]:
        found = self._probes.find(search_id)
        if found is None or found[0].user_id != actor.user.user_id or found[0].expires_at <= self._clock.now():
            raise probe_gone()
        return found

    def _kept_probe(self, actor: Actor, lead_id: str) -> tuple[StoredProbe, bytes]:
        lead, _ = self.find(actor, lead_id)
        found = self._probes.find(lead.lead_id)
        if found is None or found[0].expires_at <= self._clock.now():
            raise probe_gone()
        return found

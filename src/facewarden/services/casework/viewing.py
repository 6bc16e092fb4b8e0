"""Shows past searches and candidates' photos to those who may see them, and records each look before it is given.

Never shows a photo that was not a candidate in one of the viewer's searches, nor one the records hide by now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import Case
from facewarden.domain.examinations import LeadState
from facewarden.domain.gallery import GalleryFace
from facewarden.domain.ids import SearchId
from facewarden.domain.photos import PhotoState
from facewarden.domain.searches import Candidate, SearchRecord
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import CaseRecords, Clock, GalleryRecords, LeadRecords, Looks, PhotoDecoder, SearchRecords
from facewarden.services.gate import Gate
from facewarden.services.law.facts import FactDict, actor_facts, case_facts

CROP_MARGIN = 0.6  # of the face's box on each side: hair, ears and chin belong to a comparison


@dataclass(frozen=True, slots=True)
class ShownCandidate:
    """A candidate that may be shown at this moment, with the face as the records hold it."""

    candidate: Candidate
    face: GalleryFace


class Viewing:
    """Past searches and the photos of their candidates."""

    def __init__(
        self,
        cases: CaseRecords,
        gallery: GalleryRecords,
        searches: SearchRecords,
        decoder: PhotoDecoder,
        gate: Gate,
        clock: Clock,
        leads: LeadRecords,
        looks: Looks,
    ) -> None:
        self._leads = leads
        self._looks = looks
        self._cases = cases
        self._gallery = gallery
        self._searches = searches
        self._decoder = decoder
        self._gate = gate
        self._clock = clock

    def search(self, actor: Actor, search_id: str) -> tuple[SearchRecord, tuple[ShownCandidate, ...]]:
        """The search and those of its candidates that may still be shown; raises RefusedError, BadUseError."""
        record, case, shown = self._found(actor, search_id)
        self._gate.enter(
            Action.VIEW,
            self._facts(actor, case, PhotoState.ACTIVE, record),  # no other photo is among those shown
            AuditEvent.SEARCH_VIEW_DECIDED,
            actor=actor.user.user_id,
            subject=record.search_id,
            details={"case_id": case.case_id, "candidates": len(shown)},
        )
        self._note_look(actor, record)
        return record, shown

    def _found(self, actor: Actor, search_id: str) -> tuple[SearchRecord, Case, tuple[ShownCandidate, ...]]:
        record, case = search_of(actor, search_id, self._searches, self._cases)
        shown = self._gallery.showable([candidate.face_number for candidate in record.candidates])
        return (
            record,
            case,
            tuple(
                ShownCandidate(
                    # Searches keep no address: it is sealed with the photo, and gone when the photo is.
                    replace(candidate, url=shown[candidate.face_number].photo.url),
                    shown[candidate.face_number],
                )
                for candidate in record.candidates
                if candidate.face_number in shown
            ),
        )

    def _note_look(self, actor: Actor, record: SearchRecord) -> None:
        """From now on the actor cannot examine this search's candidates blindly."""
        self._looks.note(record.search_id, actor.user.user_id, self._clock.now())

    def _facts(self, actor: Actor, case: Case, photo_state: PhotoState, record: SearchRecord) -> FactDict:
        blind = any(
            lead.search_id == record.search_id
            and lead.state is LeadState.SECOND_AT_WORK
            and lead.second is not None
            and lead.second.by == actor.user.user_id
            for lead in self._leads.of_case(case.case_id)
        )
        return {
            **actor_facts(actor, self._clock.now()),
            **case_facts(case, actor, self._clock.now()),
            "photo_was_candidate": Fact(True, "records: searches"),
            "photo_state": Fact(photo_state.value, "records: photos"),
            "blind_duty": Fact(blind, "records: leads"),
        }

    def of_case(self, actor: Actor, case: Case) -> Sequence[SearchRecord]:
        """The searches of a case of the actor's organisation, newest first; empty for anybody else's.

        Their candidates are as they were found: only `search` says which may be shown now.
        """
        if case.organisation_id != actor.organisation.organisation_id or actor.user.user_id not in case.members:
            return ()
        return sorted(self._searches.of_case(case.case_id), key=lambda record: record.searched_at, reverse=True)

    def photo(self, actor: Actor, search_id: str, rank: int, *, crop: bool, max_side_px: int) -> bytes:
        """The photo of the candidate of that rank as a fresh JPEG without metadata, the face alone if `crop`.

        Raises RefusedError, and BadUseError `not_a_candidate` where there is none that may be shown.
        """
        record, case, shown = self._found(actor, search_id)
        found = next((item for item in shown if item.candidate.rank == rank), None)
        if found is None:
            raise gone()
        photo = found.face.photo
        self._gate.enter(
            Action.VIEW,
            self._facts(actor, case, photo.state, record),
            AuditEvent.PHOTO_VIEW_DECIDED,
            actor=actor.user.user_id,
            subject=photo.photo_id,
            details={"search_id": record.search_id},
        )
        self._note_look(actor, record)
        content = self._gallery.photo_content(photo.photo_id)
        return self._decoder.render(content, max_side_px=max_side_px, crop=face_crop(found.face) if crop else None)


def search_of(actor: Actor, search_id: str, searches: SearchRecords, cases: CaseRecords) -> tuple[SearchRecord, Case]:
    """The search and its case; raises BadUseError, with one wording for absent and not theirs."""
    record = searches.find(SearchId(search_id))
    case = cases.find(record.case_id) if record else None
    if record is None or case is None or actor.user.user_id not in case.members:
        raise BadUseError(
            "unknown_search", "There is no such search among yours.", next_step="Open your case and choose a search."
        )
    return record, case


def gone() -> BadUseError:
    """The candidate may no longer be shown."""
    return BadUseError(
        "not_a_candidate",
        "This candidate can no longer be shown.",
        "Its photo was erased, is held, or was never a candidate of this search.",
        "Go back to the case; what is left can still be looked at and finished.",
    )


def face_crop(face: GalleryFace) -> tuple[int, int, int, int]:
    """The face with a margin, as (left, top, right, bottom) in pixels, inside the photo."""
    box, photo = face.face.box, face.photo
    margin_px = CROP_MARGIN * max(box.width_px, box.height_px)
    return (
        max(0, int(box.left - margin_px)),
        max(0, int(box.top - margin_px)),
        min(photo.width_px, int(box.right + margin_px)),
        min(photo.height_px, int(box.bottom + margin_px)),
    )

"""Searches the gallery for one face of one probe, under one case.

Never enrols a probe, never keeps its template, never keeps a face of it that was not picked, and never shows a
face that the records do not show at this moment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import Case
from facewarden.domain.faces import DetectedFace
from facewarden.domain.gallery import StoredProbe
from facewarden.domain.ids import SearchId, random_id
from facewarden.domain.searches import UNATTESTED, Candidate, ProbeOrigin, SearchBasis, SearchRecord
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.decision import Decision
from facewarden.matching.calibration import Calibration
from facewarden.matching.grouping import groups, same_level
from facewarden.ports import (
    Acceptances,
    Clock,
    FaceEngine,
    GalleryRecords,
    IndexFeed,
    PhotoDecoder,
    Probes,
    SearchRecords,
)
from facewarden.services.casework.policy import (
    CANDIDATE_FMR,
    LIMIT_DEFAULT,
    LIMIT_MAX,
    LIMIT_MIN,
    Policies,
    Policy,
)
from facewarden.services.casework.probedesk import ProbeDesk
from facewarden.services.casework.probes import PROBE_CROP_SIDE_PX, SeenProbe, lone_crop, pick, placed_in
from facewarden.services.collecting.index import IndexKeeper
from facewarden.services.gate import Gate, Passage


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, and what allowed it."""

    record: SearchRecord
    decision: Decision
    probe_face: DetectedFace
    probe_faces: int


class Search(ProbeDesk):
    """One probe, one face, one case, one answer."""

    def __init__(
        self,
        gallery: GalleryRecords,
        feed: IndexFeed,
        index: IndexKeeper,
        decoder: PhotoDecoder,
        engine: FaceEngine,
        calibration: Calibration,
        threshold: float,
        probes: Probes,
        searches: SearchRecords,
        acceptances: Acceptances,
        gate: Gate,
        clock: Clock,
        keyed: Callable[[bytes], bytes],
        at_once: int,
    ) -> None:
        self.policies = Policies(acceptances, calibration, engine.card, gate, clock)
        super().__init__(feed, decoder, engine, self.policies, probes, searches, gate, clock, keyed, at_once)
        self._gallery = gallery
        self._index = index
        self._calibration = calibration
        self._threshold = threshold

    def ask(self, actor: Actor, case: Case) -> Decision:
        """What the law would say to a search under that case at this moment; nothing is recorded or done."""
        return self._gate.decide(Action.SEARCH, self._facts(actor, case))

    def threshold(self) -> float:
        """The similarity below which nobody is a candidate now: by policy, never below the calibrated one."""
        return self._threshold_by(self.policies.current())

    def _threshold_by(self, policy: Policy) -> float:
        stricter = policy.candidate_fmr < CANDIDATE_FMR
        return max(self._threshold, self.policies.threshold(policy)) if stricter else self._threshold

    def run_uploaded(self, actor: Actor, case: Case, probe_id: str, face_number: int, limit: int) -> SearchResult:
        """The answer for one face of an uploaded probe.

        The probe is destroyed with it. Only the picked face stays, as `searched_face`, until the probe's time is over.
        """
        probe, content = self.probe(actor, probe_id)
        if probe.case_id != case.case_id:
            raise BadUseError(
                "probe_of_other_case",
                "This probe was uploaded under another case.",
                next_step="Open that case, or upload the photo under this one.",
            )
        content = self._worked(content, probe.origin)
        result, seen = self._answer(actor, case, content, face_number, limit, probe.origin, probe.faces)
        self._keep_face_alone(probe, content, result, seen)
        return result

    def _keep_face_alone(self, probe: StoredProbe, content: bytes, result: SearchResult, seen: SeenProbe) -> None:
        """Puts the searched face, cut out, in the place of the whole probe, with the time that the probe had left."""
        crop = lone_crop(result.probe_face, seen)
        alone = self._decoder.render(content, max_side_px=PROBE_CROP_SIDE_PX, crop=crop)
        face = placed_in(crop, result.probe_face.scaled(1 / seen.photo.scale), PROBE_CROP_SIDE_PX)
        self._probes.destroy([probe.probe_id])
        # Filed under the search's id: the face is found from the search, and nothing leads back to the upload.
        self._probes.add(replace(probe, probe_id=result.record.search_id, faces=(face,)), alone)

    def run(
        self,
        actor: Actor,
        case: Case,
        content: bytes,
        face_number: int | None,
        limit: int = LIMIT_DEFAULT,
        origin: ProbeOrigin = UNATTESTED,
    ) -> SearchResult:
        """The answer for one face of a probe. `face_number` counts from 1, largest face first; None: the only one.

        Raises RefusedError, BadPhotoError (no face), BadUseError (several faces and none picked; lists the boxes).
        """
        told = replace(origin, original_sha256=hashlib.sha256(content).hexdigest())
        return self._answer(actor, case, content, face_number, limit, told)[0]

    def _answer(
        self,
        actor: Actor,
        case: Case,
        content: bytes,
        face_number: int | None,
        limit: int,
        origin: ProbeOrigin,
        known: tuple[DetectedFace, ...] = (),
    ) -> tuple[SearchResult, SeenProbe]:
        if not LIMIT_MIN <= limit <= LIMIT_MAX:
            raise BadUseError(
                "bad_limit",
                f"The limit is {LIMIT_MIN} to {LIMIT_MAX} candidates.",
                next_step="Give a number between the two, or none.",
            )
        with self._turn:
            # 1. the law, before anything is decoded
            passage = self._enter(actor, case, AuditEvent.SEARCH_DECIDED, origin)
            with self._failure_recorded(actor, case, passage):
                return self._compared(actor, case, passage, content, face_number, limit, origin, known)

    def _compared(
        self,
        actor: Actor,
        case: Case,
        passage: Passage,
        content: bytes,
        face_number: int | None,
        limit: int,
        origin: ProbeOrigin,
        known: tuple[DetectedFace, ...],
    ) -> tuple[SearchResult, SeenProbe]:
        # 2. one face, of those that were shown if there are any; the others are dropped
        seen, turned = (SeenProbe(known, self._decoded(content)), None) if known else self._see_upright(content)
        if turned is not None:
            origin = replace(origin, edits=(*origin.edits, turned))
        face = pick(seen.faces, face_number)
        card = self._engine.card
        template = self._engine.templates([seen.photo.pixels], [face], card.probe_views)[0]
        # 3. scan, exact re-rank, and what the records show at this moment
        policy = self.policies.current()
        limit, threshold = min(limit, policy.list_length), self._threshold_by(policy)
        gallery_size = self._feed.summary().faces
        candidates = self._grouped(self._candidates(template, limit, gallery_size, threshold))
        packs = dict(passage.decision.packs)
        record = SearchRecord(
            SearchId(random_id("sea")),
            case.case_id,
            actor.user.user_id,
            self._clock.now(),
            gallery_size,
            threshold,
            card.pack_id,
            passage.audit_index,
            candidates,
            basis=SearchBasis(card.version, self._calibration.set_name, limit, origin, packs),
        )
        # 4. the outcome is on record before it is shown
        self._put_on_record(record, limit)
        return SearchResult(record, passage.decision, face, len(seen.faces)), seen

    def _put_on_record(self, record: SearchRecord, limit: int) -> None:
        self._searches.add(record)
        self._gate.note(
            AuditEvent.SEARCH_FINISHED,
            actor=record.user_id,
            subject=record.search_id,
            details={
                "case_id": record.case_id,
                "candidates": len(record.candidates),
                "gallery_size": record.gallery_size,
                "limit": limit,
                "decision_index": record.audit_index,
            },
        )

    def _candidates(
        self, template: NDArray[np.float32], limit: int, gallery_size: int, threshold: float
    ) -> tuple[Candidate, ...]:
        scored = [hit for hit in self._index.scan(template, limit) if hit.similarity >= threshold]
        shown = self._gallery.showable([hit.face_number for hit in scored])
        return tuple(
            Candidate(
                rank,
                hit.face_number,
                shown[hit.face_number].photo.photo_id,
                round(hit.similarity, 4),
                self._calibration.fmr_range(hit.similarity),
                self._calibration.expected_lookalikes(hit.similarity, gallery_size),
                shown[hit.face_number].source_name,
                shown[hit.face_number].photo.url,
                shown[hit.face_number].photo.captured_at,
            )
            for rank, hit in enumerate((hit for hit in scored if hit.face_number in shown), start=1)
        )

    def _grouped(self, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """The same, each with the rank of the first one that seems to show the same person."""
        if len(candidates) < 2:
            return tuple(replace(candidate, group=candidate.rank) for candidate in candidates)
        numbers, templates = self._gallery.templates([candidate.face_number for candidate in candidates])
        at = {int(number): place for place, number in enumerate(numbers)}
        known = [candidate for candidate in candidates if int(candidate.face_number) in at]
        ordered = templates[[at[int(candidate.face_number)] for candidate in known]]
        first = groups(ordered, [candidate.photo_id for candidate in known], same_level(self._calibration))
        of = {candidate.rank: known[leader].rank for candidate, leader in zip(known, first, strict=True)}
        return tuple(replace(candidate, group=of.get(candidate.rank, candidate.rank)) for candidate in candidates)

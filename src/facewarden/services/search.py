"""Searches the gallery for one face of one probe, under one case.

Never enrols a probe, never keeps its template, never keeps a face of it that was not picked, and never shows a
face that the records do not show at this moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import Case
from facewarden.domain.faces import DetectedFace
from facewarden.domain.gallery import StoredProbe
from facewarden.domain.ids import SearchId, random_id
from facewarden.domain.photos import DecodedPhoto
from facewarden.domain.searches import Candidate, SearchRecord
from facewarden.errors import BadPhotoError, BadUseError, Error, UnavailableError
from facewarden.law.actions import Action
from facewarden.law.decision import Decision
from facewarden.matching.calibration import Calibration
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
from facewarden.services.facts import FactDict, actor_facts, case_facts, gallery_facts
from facewarden.services.gate import Gate, Passage
from facewarden.services.index import IndexKeeper
from facewarden.services.probes import PROBE_CROP_SIDE_PX, ProbePicture, SeenProbe, lone_crop, pick, placed_in

LIMIT_DEFAULT = 20
LIMIT_MIN, LIMIT_MAX = 2, 50  # FBI NGI-IPS gives 2 to 50 candidates (GAO-16-267)
PROBE_LIFE = timedelta(minutes=30)  # a face is picked and compared within minutes; the rest dies with the idle session
GALLERY_ACCEPTED = "gallery_over_measured"
CANDIDATE_FMR = 1e-3  # of the easiest cohort: an examiner then sees a look-alike or two in a gallery of some 1,000


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, and what allowed it."""

    record: SearchRecord
    decision: Decision
    probe_face: DetectedFace
    probe_faces: int


class Search:
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
    ) -> None:
        self._gallery = gallery
        self._feed = feed
        self._index = index
        self._decoder = decoder
        self._engine = engine
        self._calibration = calibration
        self._threshold = threshold
        self._probes = probes
        self._searches = searches
        self._acceptances = acceptances
        self._gate = gate
        self._clock = clock

    def ask(self, actor: Actor, case: Case) -> Decision:
        """What the law would say to a search under that case at this moment; nothing is recorded or done."""
        return self._gate.decide(Action.SEARCH, self._facts(actor, case))

    def upload(self, actor: Actor, case: Case, content: bytes) -> StoredProbe:
        """The probe, kept encrypted until its face is picked or PROBE_LIFE is over; raises RefusedError first."""
        passage = self._enter(actor, case, AuditEvent.PROBE_RECEIVED)
        with self._failure_recorded(actor, case, passage):
            seen = self._see(content)
            now = self._clock.now()
            self.destroy_expired()
            probe = StoredProbe(random_id("prb"), case.case_id, actor.user.user_id, seen.faces, now, now + PROBE_LIFE)
            self._probes.add(probe, content)
        return probe

    def probe(self, actor: Actor, probe_id: str) -> tuple[StoredProbe, bytes]:
        """The actor's own probe and its file; raises BadUseError when it is gone or somebody else's."""
        found = self._probes.find(probe_id)
        if found is None or found[0].user_id != actor.user.user_id or found[0].expires_at <= self._clock.now():
            raise BadUseError(
                "probe_gone",
                "This probe is no longer here.",
                "It is destroyed once one face of it was searched, and half an hour after it was uploaded.",
                "Upload the photo again.",
            )
        return found

    def picture(self, actor: Actor, probe_id: str) -> ProbePicture:
        """The actor's probe with the size of the picture its boxes lie on; raises BadUseError, BadPhotoError."""
        probe, content = self.probe(actor, probe_id)
        photo = self._decoder.decode([content])[0]
        if isinstance(photo, BadPhotoError):
            raise photo
        return ProbePicture(probe, photo.width_px, photo.height_px)

    def rendering(self, actor: Actor, probe_id: str, max_side_px: int) -> bytes:
        """The actor's probe as a fresh JPEG without metadata."""
        return self._decoder.render(self.probe(actor, probe_id)[1], max_side_px=max_side_px, crop=None)

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
        result, seen = self._answer(actor, case, content, face_number, limit)
        self._keep_face_alone(probe, content, result, seen)
        return result

    def searched_face(self, actor: Actor, search_id: str) -> bytes | None:
        """The face that the actor searched for, as a JPEG; None once its time is over."""
        found = self._searched(actor, search_id)
        return found[1] if found else None

    def searched_picture(self, actor: Actor, search_id: str) -> ProbePicture | None:
        """Where the face lies in `searched_face`, and that picture's size; None once its time is over."""
        found = self._searched(actor, search_id)
        photo = self._decoder.decode([found[1]])[0] if found else None
        if found is None or not isinstance(photo, DecodedPhoto):
            return None
        return ProbePicture(found[0], photo.width_px, photo.height_px)

    def _searched(self, actor: Actor, search_id: str) -> tuple[StoredProbe, bytes] | None:
        found = self._probes.find(search_id)
        if found is None or found[0].user_id != actor.user.user_id or found[0].expires_at <= self._clock.now():
            return None
        return found

    def _keep_face_alone(self, probe: StoredProbe, content: bytes, result: SearchResult, seen: SeenProbe) -> None:
        """Puts the searched face, cut out, in the place of the whole probe, with the time that the probe had left."""
        crop = lone_crop(result.probe_face, seen)
        alone = self._decoder.render(content, max_side_px=PROBE_CROP_SIDE_PX, crop=crop)
        face = placed_in(crop, result.probe_face.scaled(1 / seen.photo.scale), PROBE_CROP_SIDE_PX)
        self._probes.destroy([probe.probe_id])
        # Filed under the search's id: the face is found from the search, and nothing leads back to the upload.
        self._probes.add(replace(probe, probe_id=result.record.search_id, faces=(face,)), alone)

    def run(
        self, actor: Actor, case: Case, content: bytes, face_number: int | None, limit: int = LIMIT_DEFAULT
    ) -> SearchResult:
        """The answer for one face of a probe. `face_number` counts from 1, largest face first; None: the only one.

        Raises RefusedError, BadPhotoError (no face), BadUseError (several faces and none picked; lists the boxes).
        """
        return self._answer(actor, case, content, face_number, limit)[0]

    def _answer(
        self, actor: Actor, case: Case, content: bytes, face_number: int | None, limit: int
    ) -> tuple[SearchResult, SeenProbe]:
        if not LIMIT_MIN <= limit <= LIMIT_MAX:
            raise BadUseError(
                "bad_limit",
                f"The limit is {LIMIT_MIN} to {LIMIT_MAX} candidates.",
                next_step="Give a number between the two, or none.",
            )
        # 1. the law, before anything is decoded
        passage = self._enter(actor, case, AuditEvent.SEARCH_DECIDED)
        with self._failure_recorded(actor, case, passage):
            return self._compared(actor, case, passage, content, face_number, limit)

    @contextmanager
    def _failure_recorded(self, actor: Actor, case: Case, passage: Passage) -> Iterator[None]:
        """Puts on record that what was allowed came to nothing: no face, several and none picked, not an image."""
        try:
            yield
        except Error as error:
            self._gate.note(
                AuditEvent.SEARCH_FAILED,
                actor=actor.user.user_id,
                subject=case.case_id,
                details={"code": error.code, "decision_index": passage.audit_index},
            )
            raise

    def _compared(
        self, actor: Actor, case: Case, passage: Passage, content: bytes, face_number: int | None, limit: int
    ) -> tuple[SearchResult, SeenProbe]:
        # 2. one face; the others are dropped
        seen = self._see(content)
        face = pick(seen.faces, face_number)
        views = self._engine.card.probe_views
        template = self._engine.templates([seen.photo.pixels], [face], views)[0]
        # 3. scan, exact re-rank, and what the records show at this moment
        gallery_size = self._feed.summary().faces
        candidates = self._candidates(template, limit, gallery_size)
        record = SearchRecord(
            SearchId(random_id("sea")),
            case.case_id,
            actor.user.user_id,
            self._clock.now(),
            gallery_size,
            self._threshold,
            self._engine.card.pack_id,
            passage.audit_index,
            candidates,
        )
        # 4. the outcome is on record before it is shown
        self._searches.add(record)
        self._gate.note(
            AuditEvent.SEARCH_FINISHED,
            actor=actor.user.user_id,
            subject=record.search_id,
            details={
                "case_id": case.case_id,
                "candidates": len(candidates),
                "gallery_size": gallery_size,
                "decision_index": passage.audit_index,
            },
        )
        return SearchResult(record, passage.decision, face, len(seen.faces)), seen

    def destroy_expired(self) -> int:
        """How many probes were destroyed because their time was over."""
        expired = list(self._probes.expired(self._clock.now()))
        self._probes.destroy(expired)
        return len(expired)

    def _facts(self, actor: Actor, case: Case) -> FactDict:
        accepted = self._acceptances.find(f"{GALLERY_ACCEPTED}:{self._engine.card.pack_id}") is not None
        return {
            **actor_facts(actor, self._clock.now()),
            **case_facts(case, actor),
            **gallery_facts(self._feed.summary().faces, self._engine.card, accepted),
        }

    def _enter(self, actor: Actor, case: Case, event: AuditEvent) -> Passage:
        return self._gate.enter(
            Action.SEARCH, self._facts(actor, case), event, actor=actor.user.user_id, subject=case.case_id
        )

    def _see(self, content: bytes) -> SeenProbe:
        photo = self._decoder.decode([content])[0]
        if isinstance(photo, BadPhotoError):
            raise photo
        faces = self._engine.detect([photo.pixels])[0]
        if not faces:
            raise BadPhotoError(
                "no_face",
                f"No face was found in this photo of {photo.width_px} x {photo.height_px} pixels.",
                "The face may be turned away, covered, lying on its side, or smaller than the detector sees.",
                "Crop the photo around the face, turn it upright, or use another one.",
            )
        return SeenProbe(faces, photo)

    def _candidates(self, template: NDArray[np.float32], limit: int, gallery_size: int) -> tuple[Candidate, ...]:
        scored = [hit for hit in self._index.scan(template, limit) if hit.similarity >= self._threshold]
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


def candidate_threshold(calibration: Calibration) -> float:
    """The similarity below which nobody is a candidate: where the easiest cohort measured reaches CANDIDATE_FMR.

    Raises UnavailableError where the calibration is too small to tell.
    """
    known = [calibration.threshold(CANDIDATE_FMR, cohort.name) for cohort in calibration.cohorts]
    told = [threshold for threshold in known if threshold is not None]
    if not told:
        raise UnavailableError(
            "calibration_too_small",
            f"The calibration holds too few pairs to tell a false match rate of {CANDIDATE_FMR}.",
            next_step="Calibrate the face pack with a larger set.",
        )
    return min(told)

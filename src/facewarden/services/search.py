"""Searches the gallery for one face of one probe, under one case.

Never enrols a probe, never keeps its template, never keeps a face of it that was not picked, and never shows a
face that the records do not show at this moment.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from facewarden.errors import BadPhotoError, BadUseError, UnavailableError
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

LIMIT_DEFAULT = 20
LIMIT_MIN, LIMIT_MAX = 2, 50  # FBI NGI-IPS gives 2 to 50 candidates (GAO-16-267)
PROBE_LIFE = timedelta(minutes=30)  # a face is picked and compared within minutes; the rest dies with the idle session
PROBE_CROP_MARGIN = 0.6  # of the face's box on each side, as for candidates: hair, ears and chin belong to a comparison
PROBE_CROP_SIDE_PX = 1_024  # what a comparison on a large screen shows
GALLERY_ACCEPTED = "gallery_over_measured"
CANDIDATE_FMR = 1e-3  # of the easiest cohort: an examiner then sees a look-alike or two in a gallery of some 1,000


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, and what allowed it."""

    record: SearchRecord
    decision: Decision
    probe_face: DetectedFace
    probe_faces: int


@dataclass(frozen=True, slots=True)
class SeenProbe:
    """A probe with the faces seen in it, both in pixels of the decoded picture."""

    faces: tuple[DetectedFace, ...]
    photo: DecodedPhoto


@dataclass(frozen=True, slots=True)
class ProbePicture:
    """An uploaded probe as it is shown: its faces, and the size of the picture that their boxes lie on."""

    probe: StoredProbe
    width_px: int
    height_px: int


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
        self._enter(actor, case, AuditEvent.PROBE_RECEIVED)
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
            raise BadUseError("probe_of_other_case", "This probe was uploaded under another case.")
        result, photo = self._answer(actor, case, content, face_number, limit)
        crop = padded_box(result.probe_face, photo)
        alone = self._decoder.render(content, max_side_px=PROBE_CROP_SIDE_PX, crop=crop)
        self._probes.destroy([probe_id])
        # Filed under the search's id: so the face is found from the search, and nothing leads back to the upload.
        kept = StoredProbe(
            result.record.search_id, case.case_id, probe.user_id, (), probe.uploaded_at, probe.expires_at
        )
        self._probes.add(kept, alone)
        return result

    def searched_face(self, actor: Actor, search_id: str) -> bytes | None:
        """The face that the actor searched for, as a JPEG; None once its time is over."""
        found = self._probes.find(search_id)
        if found is None or found[0].user_id != actor.user.user_id or found[0].expires_at <= self._clock.now():
            return None
        return found[1]

    def run(
        self, actor: Actor, case: Case, content: bytes, face_number: int | None, limit: int = LIMIT_DEFAULT
    ) -> SearchResult:
        """The answer for one face of a probe. `face_number` counts from 1, largest face first; None: the only one.

        Raises RefusedError, BadPhotoError (no face), BadUseError (several faces and none picked; lists the boxes).
        """
        return self._answer(actor, case, content, face_number, limit)[0]

    def _answer(
        self, actor: Actor, case: Case, content: bytes, face_number: int | None, limit: int
    ) -> tuple[SearchResult, DecodedPhoto]:
        if not LIMIT_MIN <= limit <= LIMIT_MAX:
            raise BadUseError("bad_limit", f"The limit is {LIMIT_MIN} to {LIMIT_MAX} candidates.")
        # 1. the law, before anything is decoded
        passage = self._enter(actor, case, AuditEvent.SEARCH_DECIDED)
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
        return SearchResult(record, passage.decision, face, len(seen.faces)), seen.photo

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


def padded_box(face: DetectedFace, photo: DecodedPhoto) -> tuple[int, int, int, int]:
    """The face with a margin, as (left, top, right, bottom) in pixels of the oriented original, inside it."""
    box = face.box
    margin_px = PROBE_CROP_MARGIN * max(box.width_px, box.height_px)
    return (
        int(max(0.0, box.left - margin_px) / photo.scale),
        int(max(0.0, box.top - margin_px) / photo.scale),
        int(min(float(photo.width_px), box.right + margin_px) / photo.scale),
        int(min(float(photo.height_px), box.bottom + margin_px) / photo.scale),
    )


def pick(faces: tuple[DetectedFace, ...], face_number: int | None) -> DetectedFace:
    """The face of that number, from 1; the only face for None. Raises BadUseError listing the boxes."""
    if face_number is None and len(faces) == 1:
        return faces[0]
    if face_number is not None and 1 <= face_number <= len(faces):
        return faces[face_number - 1]
    boxes = "; ".join(
        f"{number}: {face.box.width_px:.0f} x {face.box.height_px:.0f} px at ({face.box.left:.0f}, {face.box.top:.0f})"
        for number, face in enumerate(faces, start=1)
    )
    if face_number is None:
        raise BadUseError(
            "several_faces",
            f"{len(faces)} faces are in this photo: {boxes}.",
            next_step="Pick one with --face NUMBER.",
        )
    raise BadUseError(
        "no_such_face",
        f"There is no face {face_number} in this photo: {boxes}.",
        next_step="Give one of these numbers.",
    )

"""Opt-out: a person asks, a privacy officer looks and confirms, the face goes and stays out.

Never erases a face that no officer confirmed, and never compares a request's photo for anybody but that officer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.erasing import (
    Erasure,
    ErasureReason,
    NewSuppression,
    OptOutRequest,
    RequestCandidate,
    RequestState,
)
from facewarden.domain.ids import FaceNumber, random_id
from facewarden.domain.photos import DecodedPhoto
from facewarden.errors import BadPhotoError, BadUseError
from facewarden.law.actions import Action
from facewarden.matching.calibration import Calibration
from facewarden.matching.similarity import similarity_matrix
from facewarden.ports import Clock, FaceEngine, GalleryRecords, OptOutRequests, PhotoDecoder
from facewarden.services.accounts import check_place
from facewarden.services.erasing import Erasing
from facewarden.services.facts import actor_facts
from facewarden.services.gate import Gate
from facewarden.services.index import IndexKeeper

BEHALVES = ("self", "child", "parent", "estate", "attorney", "image_victim")
IDENTITY_CHECKS = ("in_person", "video_call", "attorney", "court_order", "known_to_officer")
"""How an officer may have checked, outside this program, who asks; no document is kept."""
DUE_DAYS_US, DUE_DAYS = 45, 30  # 45 days (Cal. Civ. Code 1798.130(a)(2)); one month (GDPR 12(3))
CANDIDATES_MAX = 500
PHOTO_BYTES_MAX = 20_000_000
PEOPLE_MAX = 3
"""Different people that one face may meet above the barring threshold before the request is suspect: a person and
two who look alike. An averaged face meets many."""


@dataclass(frozen=True, slots=True)
class Review:
    """What an officer sees of a request. `suspect`: it meets more different people than one face should."""

    request: OptOutRequest
    candidates: tuple[RequestCandidate, ...]
    gallery_size: int
    people: int

    @property
    def suspect(self) -> bool:
        return self.people > PEOPLE_MAX


@dataclass(frozen=True, slots=True)
class Levels:
    """Similarities: from `shown` an officer sees a face, from `same` two faces count as one person's."""

    shown: float
    same: float


class OptOut:
    """Requests from their coming to their end."""

    def __init__(
        self,
        requests: OptOutRequests,
        gallery: GalleryRecords,
        index: IndexKeeper,
        decoder: PhotoDecoder,
        engine: FaceEngine,
        calibration: Calibration,
        levels: Levels,
        erasing: Erasing,
        gate: Gate,
        clock: Clock,
    ) -> None:
        self._requests = requests
        self._gallery = gallery
        self._index = index
        self._decoder = decoder
        self._engine = engine
        self._calibration = calibration
        self._levels = levels
        self._erasing = erasing
        self._gate = gate
        self._clock = clock

    def submit(self, content: bytes, *, face_number: int | None, place: str | None, behalf: str) -> OptOutRequest:
        """The request, waiting. Nothing is compared: who asks learns nothing. BadPhotoError, BadUseError.

        Needs no account. `face_number` from 1, the largest first, where the photo shows several faces.
        """
        check_place(place)
        if behalf not in BEHALVES:
            raise BadUseError(
                "bad_behalf", "That is not on anybody's behalf.", next_step=f"Say one of: {', '.join(BEHALVES)}."
            )
        if len(content) > PHOTO_BYTES_MAX:
            raise BadUseError(
                "photo_too_large",
                f"A photo has at most {PHOTO_BYTES_MAX // 1_000_000} MB.",
                next_step="Crop it around the face, or save it smaller.",
            )
        photo = self._decode(content)
        faces = self._engine.detect([photo.pixels])[0]
        if not faces:
            raise BadPhotoError("no_face", "No face was found in this photo.", "", "Give one with your face upright.")
        if face_number is None and len(faces) > 1:
            raise BadUseError(
                "several_faces", f"There are {len(faces)} faces in this photo.", next_step="Say which: --face 1 to N."
            )
        at = (face_number or 1) - 1
        if not 0 <= at < len(faces):
            raise BadUseError(
                "bad_face", "There is no face of that number.", next_step=f"Say one from 1 to {len(faces)}."
            )
        now = self._clock.now()
        days = DUE_DAYS_US if place is not None and place.startswith("US") else DUE_DAYS
        request = OptOutRequest(
            random_id("req"),
            RequestState.WAITING,
            faces[at],
            place,
            behalf,
            now,
            now + timedelta(days=days),
            None,
            None,
        )
        self._gate.note(AuditEvent.OPT_OUT_RECEIVED, actor=None, subject=request.request_id)
        self._requests.add(request, content)
        return request

    def waiting(self, actor: Actor) -> Sequence[OptOutRequest]:
        """The requests that nobody has handled, the one due first at the head; raises RefusedError."""
        self._enter(actor, AuditEvent.OPT_OUT_REVIEWED, actor.organisation.organisation_id)
        return self._requests.waiting()

    def review(self, actor: Actor, request_id: str) -> Review:
        """The request with the faces of the gallery that may be the requester's; raises RefusedError, BadUseError."""
        request = self._waiting(request_id)
        self._enter(actor, AuditEvent.OPT_OUT_REVIEWED, request_id)
        return self._review(request, self._template(request))

    def approve(
        self,
        actor: Actor,
        request_id: str,
        face_numbers: Sequence[int],
        above: float | None = None,
        identity_checked: str | None = None,
    ) -> Erasure:
        """The erasure, done, with the face kept out from its first moment.

        Erased are the photos of the confirmed faces: those named, or every candidate at least `above`. None at all
        is well: the face is kept out all the same. `identity_checked` is the method of a check made outside this
        program, one of IDENTITY_CHECKS; it goes to the log. RefusedError; BadUseError for a face that is no
        candidate, and for `above` where the request is suspect.
        """
        if identity_checked is not None and identity_checked not in IDENTITY_CHECKS:
            raise BadUseError(
                "bad_identity_check",
                "That is no identity check.",
                next_step=f"Say {' or '.join(IDENTITY_CHECKS)}.",
            )
        request = self._waiting(request_id)
        template = self._template(request)
        review = self._review(request, template)
        candidates = {candidate.face_number: candidate for candidate in review.candidates}
        strangers = [number for number in face_numbers if number not in candidates]
        if strangers:
            raise BadUseError(
                "no_candidate", f"Face {strangers[0]} is no candidate of this request.", next_step="See: optout list"
            )
        if above is not None and review.suspect:
            raise BadUseError(
                "request_suspect",
                f"This face meets {review.people} different people: it may be an averaged face.",
                "Erasing all of them would take out people who did not ask.",
                "Look at each face, and confirm those of one person by number.",
            )
        chosen = {FaceNumber(number) for number in face_numbers}
        chosen |= {n for n, c in candidates.items() if above is not None and c.similarity >= above}
        suppression = NewSuppression(random_id("sup"), template, self._engine.card.pack_id)
        details = {"request_id": request_id, "basis": identity_checked or "identity_not_checked"}
        self._enter(actor, AuditEvent.SUPPRESSION_DECIDED, suppression.suppression_id, details)
        return self._erasing.erase(
            actor,
            [],
            ErasureReason.OPT_OUT,
            face_numbers=sorted(chosen),
            request_id=request_id,
            suppression=suppression,
        )

    def _enter(
        self, actor: Actor, event: AuditEvent, subject: str, details: Mapping[str, str | int] | None = None
    ) -> None:
        facts = actor_facts(actor, self._clock.now())
        self._gate.enter(Action.SUPPRESS, facts, event, actor=actor.user.user_id, subject=subject, details=details)

    def _waiting(self, request_id: str) -> OptOutRequest:
        request = self._requests.find(request_id)
        if request is None or request.state is not RequestState.WAITING:
            raise BadUseError("request_unknown", "No such request is waiting.", next_step="List them: optout list")
        return request

    def _decode(self, content: bytes) -> DecodedPhoto:
        photo = self._decoder.decode([content])[0]
        if isinstance(photo, BadPhotoError):
            raise photo
        return photo

    def _template(self, request: OptOutRequest) -> NDArray[np.float32]:
        photo = self._decode(self._requests.content(request.request_id))
        if request.face is None:
            raise BadUseError("request_closed", "This request is closed already.", next_step="Have a new one made.")
        views = self._engine.card.probe_views
        template: NDArray[np.float32] = self._engine.templates([photo.pixels], [request.face], views)[0]
        return template

    def _review(self, request: OptOutRequest, template: NDArray[np.float32]) -> Review:
        hits = [hit for hit in self._index.scan(template, CANDIDATES_MAX) if hit.similarity >= self._levels.shown]
        shown = self._gallery.showable([hit.face_number for hit in hits])
        size = self._index.size()
        candidates = tuple(
            RequestCandidate(
                hit.face_number,
                shown[hit.face_number].photo.photo_id,
                round(hit.similarity, 4),
                self._calibration.fmr_range(hit.similarity),
                self._calibration.expected_lookalikes(hit.similarity, size),
                shown[hit.face_number].source_name,
            )
            for hit in hits
            if hit.face_number in shown
        )
        near = [candidate.face_number for candidate in candidates if candidate.similarity >= self._levels.same]
        return Review(request, candidates, size, self._people(near))

    def _people(self, face_numbers: Sequence[FaceNumber]) -> int:
        """How many different people these seem to be: each face is the first's whom it is like, or a new one."""
        _, templates = self._gallery.templates(face_numbers)
        firsts: list[NDArray[np.float32]] = []
        for template in templates:
            if not firsts or similarity_matrix(template[np.newaxis], np.stack(firsts)).max() < self._levels.shown:
                firsts.append(template)
        return len(firsts)

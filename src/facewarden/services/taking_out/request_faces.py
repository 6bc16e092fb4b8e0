"""The face of a request: found in its photos, checked to be one person's, made into a template.

Never compares it with the gallery, and never keeps a photo.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.faces import DetectedFace
from facewarden.domain.photos import DecodedPhoto
from facewarden.errors import BadPhotoError, BadUseError, UnavailableError
from facewarden.matching.similarity import similarity_matrix
from facewarden.ports import FaceEngine, PhotoDecoder
from facewarden.services.taking_out.request_form import RequestForm

WAITING_MAX = 8
"""Requests whose photos are looked at or wait for it: anybody may send some made to take ten seconds each."""


@dataclass(frozen=True, slots=True)
class SeenFace:
    """The face of a request: where it lies in the first photo, and its template."""

    face: DetectedFace
    template: NDArray[np.float32]


class RequestFaces:
    """Sees the face that a form names."""

    def __init__(self, decoder: PhotoDecoder, engine: FaceEngine, same: float) -> None:
        """`same` is the similarity from which two faces count as one person's."""
        self._decoder = decoder
        self._engine = engine
        self._same = same
        self._room, self._turn = threading.BoundedSemaphore(WAITING_MAX), threading.Lock()

    @property
    def pack_id(self) -> str:
        """The face models that templates are made by."""
        return self._engine.card.pack_id

    def see(self, photos: Sequence[bytes], form: RequestForm) -> SeenFace:
        """The face; one request at a time, so that those who search here are decoded for beside it.

        Raises BadPhotoError, BadUseError; UnavailableError `requests_busy` where WAITING_MAX are at it.
        """
        with self._in_turn():
            return self._seen(photos, form)

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self._room.acquire(blocking=False):
            raise UnavailableError(
                "requests_busy",
                "Too many photos of requests are being looked at.",
                next_step="Send it again in a few minutes.",
            )
        try:
            with self._turn:
                yield
        finally:
            self._room.release()

    def _seen(self, photos: Sequence[bytes], form: RequestForm) -> SeenFace:
        decoded = [self._decoded(content) for content in photos]
        faces = [self._picked(photo, form, single=at == 0) for at, photo in enumerate(decoded)]
        views = self._engine.card.probe_views
        templates = self._engine.templates([photo.pixels for photo in decoded], faces, views)
        if len(templates) > 1 and similarity_matrix(templates[:1], templates[1:]).min() < self._same:
            raise BadUseError(
                "different_faces",
                "These photos do not seem to show the same person.",
                "Each further photo is compared with the first, with nothing else.",
                "Send one request for each person, or leave out the photo that is least alike.",
            )
        mean = templates.mean(axis=0)
        return SeenFace(faces[0], (mean / np.linalg.norm(mean)).astype(np.float32))

    def _decoded(self, content: bytes) -> DecodedPhoto:
        photo = self._decoder.decode([content])[0]
        if isinstance(photo, BadPhotoError):
            raise photo
        return photo

    def _picked(self, photo: DecodedPhoto, form: RequestForm, *, single: bool) -> DetectedFace:
        faces = self._engine.detect([photo.pixels])[0]
        if not faces:
            raise BadPhotoError("no_face", "No face was found in this photo.", "", "Give one with your face upright.")
        face = _pick(faces, form) if single else _pick(faces, RequestForm())
        if face.quality.failing():
            raise BadPhotoError(
                "face_unclear",
                "The face in this photo is too small, too blurred, too dark or turned too far.",
                f"It falls short in: {', '.join(face.quality.failing())}.".replace("_", " "),
                "Give a sharper photo, in which the face looks at the camera.",
            )
        return face

    def alike(self, template: NDArray[np.float32], templates: NDArray[np.float32]) -> NDArray[np.int64]:
        """The rows of `templates` (N, dimension) that count as the same person's, in order."""
        return np.flatnonzero(similarity_matrix(template[np.newaxis], templates)[0] >= self._same)


def _pick(faces: Sequence[DetectedFace], form: RequestForm) -> DetectedFace:
    """The face that the form names; the only one if it names none. `faces`: the largest first."""
    if form.from_left is not None:
        faces, number = sorted(faces, key=lambda face: face.box.left), form.from_left
    elif form.face_number is not None:
        number = form.face_number
    elif len(faces) > 1:
        raise BadUseError(
            "several_faces", f"There are {len(faces)} faces in this photo.", next_step="Say which, or crop the photo."
        )
    else:
        number = 1
    if not 1 <= number <= len(faces):
        raise BadUseError("bad_face", "There is no face of that number.", next_step=f"Say one from 1 to {len(faces)}.")
    return faces[number - 1]

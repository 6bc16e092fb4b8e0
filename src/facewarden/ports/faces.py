"""Photos, faces and the index: what services need of them. Never says how it is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.faces import DetectedFace, PackCard
from facewarden.domain.gallery import (
    IndexChange,
)
from facewarden.domain.photos import DecodedPhoto, OfferedFile
from facewarden.errors import BadPhotoError


class PhotoFiles(Protocol):
    """Files offered for collection, in a stable order."""

    def count(self) -> int: ...

    def read(self) -> Iterable[OfferedFile]:
        """Each file with its bytes, or with the error that reading it met."""
        ...


class PhotoDecoder(Protocol):
    """Files to pixels, in a process that can be lost."""

    def decode(self, files: Sequence[bytes]) -> list[DecodedPhoto | BadPhotoError]:
        """For each file its pixels, or why it cannot be used. Never raises for a bad file."""
        ...

    def render(self, content: bytes, *, max_side_px: int, crop: tuple[int, int, int, int] | None) -> bytes:
        """A fresh JPEG without metadata of the oriented photo: cropped to (left, top, right, bottom) px of the
        oriented original, then reduced to `max_side_px`."""
        ...

    def glance(self, content: bytes, *, max_side_px: int) -> DecodedPhoto:
        """The photo at no more than that size, reduced while it is decoded; raises BadPhotoError."""
        ...

    def cut_out(
        self, content: bytes, boxes: Sequence[tuple[int, int, int, int]], *, max_side_px: int
    ) -> list[NDArray[np.uint8]]:
        """Only those boxes (as for `render`), each uint8, (height, width, 3), RGB, at most `max_side_px` long.

        Their number times `max_side_px` squared is at most 2,048 squared. Raises BadPhotoError, BadUseError.
        """
        ...


class FaceEngine(Protocol):
    """Finds faces and makes templates, with one pack."""

    @property
    def card(self) -> PackCard: ...

    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[tuple[DetectedFace, ...]]:
        """For each RGB image (height, width, 3) its faces, largest first; what one gets alone."""
        ...

    def templates(
        self, images: Sequence[NDArray[np.uint8]], faces: Sequence[DetectedFace], views: int
    ) -> NDArray[np.float32]:
        """(N, dimension), L2-normalised: of images[i] the face faces[i], averaged over `views` views."""
        ...


class FaceIndex(Protocol):
    """A rebuildable cache of all templates that follows the records' sequence."""

    @property
    def sequence(self) -> int: ...

    @property
    def fingerprint(self) -> bytes: ...

    def apply(self, changes: Sequence[IndexChange]) -> None: ...

    def search(self, probes: NDArray[np.float32], count: int) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """For each probe (Q, dimension) the face numbers and rough similarities of its nearest, best first."""
        ...

    def save(self) -> None: ...

"""The face engine: from photos to faces with landmarks and quality, and from faces to templates.

It never stores a photo or a template, and never says who somebody is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facewarden.adapters.faces_onnx.alignment import Alignment
from facewarden.adapters.faces_onnx.crew import Crew
from facewarden.adapters.faces_onnx.detector import FaceDetector
from facewarden.domain.faces import Box, DetectedFace, PackCard
from facewarden.errors import BadUseError

# Chips embedded at once: beyond this a face gets no cheaper, and memory grows (2 MB of activations a chip).
BATCH_CHIPS = 16

Image = NDArray[np.uint8]


class Embedder(Protocol):
    """What runs the embedder: takes chips uint8 (N, side, side, 3), gives descriptors float32 (N, dimension)."""

    def __call__(self, chips: NDArray[np.uint8], /) -> NDArray[np.float32]: ...


class OnnxFaceEngine:
    """Finds faces and makes templates with one pack. Holds no state between calls; threads may share it.

    `detector` looks at a photo that comes alone, with all threads; of several photos, or where others are at work, each
    is looked at by one thread of the `crew`, by `beside`. Chips are embedded likewise, so `embedder` and `beside`
    should use one thread each.
    """

    def __init__(
        self,
        card: PackCard,
        detector: FaceDetector,
        alignment: Alignment,
        embedder: Embedder,
        crew: Crew | None = None,
        beside: FaceDetector | None = None,
    ) -> None:
        self._card = card
        self._detector = detector
        self._alignment = alignment
        self._embedder = embedder
        self._crew = crew or Crew(1)
        self._beside = beside or detector

    @property
    def card(self) -> PackCard:
        """What the pack says about itself."""
        return self._card

    def detect(self, images: Sequence[Image]) -> list[tuple[DetectedFace, ...]]:
        """For each photo uint8 (H, W, 3) RGB, already oriented, its faces, largest first; () where none is seen.

        Each photo gets exactly what it gets alone. Faces below a floor of quality are in the answer too.
        """
        with self._crew.hands() as hands:
            detector = self._detector if len(images) == 1 and hands > 1 else self._beside
            all_seen = self._crew.each(lambda image: detector.detect(_checked(image)), images, hands)
        landmarks = self._alignment.landmarks(images, all_seen)
        found = []
        start = 0
        for image, seen in zip(images, all_seen, strict=True):
            end = start + len(seen.scores)
            faces = [
                self._face(image, edges, float(score), points)
                for edges, score, points in zip(seen.boxes, seen.scores, landmarks[start:end], strict=True)
            ]
            found.append(tuple(sorted(faces, key=lambda face: -face.box.area_px)))
            start = end
        return found

    def _face(
        self, image: Image, edges: NDArray[np.float64], score: float, points: NDArray[np.float64]
    ) -> DetectedFace:
        box = Box(*(float(edge) for edge in edges))
        return DetectedFace(
            box=box,
            score=score,
            landmarks=tuple((float(x), float(y)) for x, y in points),
            quality=self._alignment.quality(box, image, points),
        )

    def chips(self, images: Sequence[Image], faces: Sequence[DetectedFace], views: int = 1) -> NDArray[np.uint8]:
        """The aligned chips of faces[i] in images[i]: uint8 (N * views, side, side, 3) RGB, a face's views together."""
        side_px = self._alignment.chip_px
        chips = np.zeros((len(faces), views, side_px, side_px, 3), np.uint8)
        for row, (image, face) in enumerate(zip(images, faces, strict=True)):
            self._alignment.fill_views(chips[row], _checked(image), np.array(face.landmarks))
        return chips.reshape(-1, side_px, side_px, 3)

    def descriptors(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The embedder's own output for each chip, float32 (N, dimension), not normalised, as dlib's and OpenCV's."""
        if not len(chips):
            return np.empty((0, self._card.dimension), np.float32)
        with self._crew.hands() as hands:
            # Parts of equal size, as many for each thread: nobody waits for the last one.
            rounds = -(-len(chips) // (BATCH_CHIPS * hands))
            parts = np.array_split(chips, min(len(chips), rounds * hands))
            return np.concatenate(self._crew.each(self._embedder, parts, hands))

    def templates(self, images: Sequence[Image], faces: Sequence[DetectedFace], views: int) -> NDArray[np.float32]:
        """The templates of faces[i] in images[i]: float32 (N, dimension) of length 1.

        A template is the mean descriptor of `views` chips (1 to 6, or 1 to 2, as the pack has them: mirrored and with
        other paddings), brought to length 1; the similarity of two is their inner product, -1 to 1. BadUseError for
        another number of views.
        """
        most = self._alignment.most_views
        if not 1 <= views <= most:
            raise BadUseError(
                code="faces_views",
                what=f"A template is made of 1 to {most} views, not of {views}.",
                next_step="Ask for another number of views.",
            )
        descriptors = self.descriptors(self.chips(images, faces, views))
        means = descriptors.reshape(len(faces), views, self._card.dimension).mean(axis=1)
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        templates: NDArray[np.float32] = (means / lengths).astype(np.float32)
        return templates


def _checked(image: Image) -> Image:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise BadUseError(
            code="faces_image_shape",
            what="A photo must be bytes in rows of red, green and blue.",
            next_step="Decode it first.",
        )
    return image

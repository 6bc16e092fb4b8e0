"""The face engine: from photos to faces with landmarks and quality, and from faces to templates.

It never stores a photo or a template, and never says who somebody is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facewarden.adapters.faces_onnx import chips as chip_cutter
from facewarden.adapters.faces_onnx import quality
from facewarden.adapters.faces_onnx.crew import Crew
from facewarden.adapters.faces_onnx.detector import FaceDetector
from facewarden.adapters.faces_onnx.landmarks import LandmarkFinder
from facewarden.domain.faces import Box, DetectedFace, PackCard
from facewarden.errors import BadUseError

# The landmark trees were trained with dlib's square boxes. Measured on 1,398 portraits where both detectors see one
# face: dlib's box has 0.842 of CenterFace's height and lies 0.037 of it lower (medians; docs/adr/0002-detector.md).
BOX_SIDE_SHARE = 0.842
BOX_DROP_SHARE = 0.037
# Paddings of the chips that are averaged, the usual one first: (padding, mirrored).
_VIEWS = ((0.25, False), (0.25, True), (0.2, False), (0.2, True), (0.3, False), (0.3, True))
MOST_VIEWS = len(_VIEWS)
# Chips embedded at once: beyond this a face gets no cheaper, and memory grows (2 MB of activations a chip).
BATCH_CHIPS = 16

Image = NDArray[np.uint8]


class Embedder(Protocol):
    """What runs the embedder: takes chips uint8 (N, 150, 150, 3), gives descriptors float32 (N, 128)."""

    def __call__(self, chips: NDArray[np.uint8], /) -> NDArray[np.float32]: ...


class OnnxFaceEngine:
    """Finds faces and makes templates with one pack. Holds no state between calls; threads may share it.

    `detector` looks at a photo that comes alone, with all threads; of several photos each is looked at by one thread
    of the `crew`, by `beside`. Chips are embedded likewise, so `embedder` and `beside` should use one thread each.
    """

    def __init__(
        self,
        card: PackCard,
        detector: FaceDetector,
        landmarks: LandmarkFinder,
        embedder: Embedder,
        crew: Crew | None = None,
        beside: FaceDetector | None = None,
    ) -> None:
        self._card = card
        self._detector = detector
        self._landmarks = landmarks
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
        detector = self._detector if len(images) == 1 else self._beside
        all_seen = self._crew.each(lambda image: detector.detect(_checked(image)), images)
        landmarks = self._landmarks.find_all(images, [alignment_boxes(seen.boxes) for seen in all_seen])
        found = []
        start = 0
        for image, seen in zip(images, all_seen, strict=True):
            end = start + len(seen.scores)
            faces = [
                _face(image, edges, float(score), points)
                for edges, score, points in zip(seen.boxes, seen.scores, landmarks[start:end], strict=True)
            ]
            found.append(tuple(sorted(faces, key=lambda face: -face.box.area_px)))
            start = end
        return found

    def chips(self, images: Sequence[Image], faces: Sequence[DetectedFace]) -> NDArray[np.uint8]:
        """The aligned chip of faces[i] in images[i]: uint8 (N, 150, 150, 3) RGB, as dlib's get_face_chip."""
        chips = np.zeros((len(faces), chip_cutter.CHIP_PX, chip_cutter.CHIP_PX, 3), np.uint8)
        for row, (image, face) in enumerate(zip(images, faces, strict=True)):
            chips[row] = chip_cutter.cut(_checked(image), chip_cutter.place(_points(face)))
        return chips

    def descriptors(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The embedder's own output for each chip, float32 (N, 128), not normalised: what dlib gives."""
        if not len(chips):
            return np.empty((0, self._card.dimension), np.float32)
        # Parts of equal size, as many for each thread: nobody waits for the last one.
        rounds = -(-len(chips) // (BATCH_CHIPS * self._crew.threads))
        parts = np.array_split(chips, min(len(chips), rounds * self._crew.threads))
        return np.concatenate(self._crew.each(self._embedder, parts))

    def templates(self, images: Sequence[Image], faces: Sequence[DetectedFace], views: int) -> NDArray[np.float32]:
        """The templates of faces[i] in images[i]: float32 (N, dimension) of length 1.

        A template is the mean descriptor of `views` chips (1 to 6: mirrored and with other paddings), brought to
        length 1; the similarity of two is their inner product, -1 to 1. BadUseError for another number of views.
        """
        if not 1 <= views <= MOST_VIEWS:
            raise BadUseError(
                code="faces_views",
                what=f"A template is made of 1 to {MOST_VIEWS} views, not of {views}.",
                next_step="Ask for another number of views.",
            )
        side = chip_cutter.CHIP_PX
        chips = np.zeros((len(faces), views, side, side, 3), np.uint8)
        for row, (image, face) in enumerate(zip(images, faces, strict=True)):
            _fill_views(chips[row], _checked(image), _points(face))
        descriptors = self.descriptors(chips.reshape(-1, side, side, 3))
        means = descriptors.reshape(len(faces), views, self._card.dimension).mean(axis=1)
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        templates: NDArray[np.float32] = (means / lengths).astype(np.float32)
        return templates


def alignment_boxes(boxes: NDArray[np.float64]) -> NDArray[np.int64]:
    """The squares that the landmark trees expect, int64 (N, 4) with inclusive ends, for detector boxes (N, 4)."""
    height = boxes[:, 3] - boxes[:, 1]
    side = np.maximum(np.floor(height * BOX_SIDE_SHARE + 0.5), 1.0)
    left = np.floor((boxes[:, 0] + boxes[:, 2] - side) / 2 + 0.5)
    top = np.floor((boxes[:, 1] + boxes[:, 3] - side) / 2 + height * BOX_DROP_SHARE + 0.5)
    return np.stack([left, top, left + side - 1, top + side - 1], axis=1).astype(np.int64)


def _face(image: Image, edges: NDArray[np.float64], score: float, points: NDArray[np.int64]) -> DetectedFace:
    box = Box(*(float(edge) for edge in edges))
    return DetectedFace(
        box=box,
        score=score,
        landmarks=tuple((float(x), float(y)) for x, y in points),
        quality=quality.measure(box, points, chip_cutter.cut(image, chip_cutter.place(points))),
    )


def _fill_views(chips: NDArray[np.uint8], image: Image, points: NDArray[np.int64]) -> None:
    for place, (padding, mirrored) in enumerate(_VIEWS[: len(chips)]):
        if mirrored:
            chips[place] = chips[place - 1, :, ::-1]
        else:
            chips[place] = chip_cutter.cut(image, chip_cutter.place(points, padding))


def _points(face: DetectedFace) -> NDArray[np.int64]:
    return np.array(face.landmarks).astype(np.int64)


def _checked(image: Image) -> Image:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise BadUseError(
            code="faces_image_shape",
            what="A photo must be bytes in rows of red, green and blue.",
            next_step="Decode it first.",
        )
    return image

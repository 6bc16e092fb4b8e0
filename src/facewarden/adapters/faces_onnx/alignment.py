"""What differs between packs once a detector has seen a face: landmarks, the chip that is cut, and how it is measured.

It never looks for a face, never runs an embedder, and never keeps a photo.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facewarden.adapters.faces_onnx import chips as chip_cutter
from facewarden.adapters.faces_onnx import quality
from facewarden.adapters.faces_onnx.landmarks import LandmarkFinder
from facewarden.adapters.faces_onnx.sightings import Sightings
from facewarden.domain.faces import Box, FaceQuality

# The landmark trees were trained with dlib's square boxes. Measured on 1,398 portraits where both detectors see one
# face: dlib's box has 0.842 of CenterFace's height and lies 0.037 of it lower (medians; docs/adr/0002-detector.md).
BOX_SIDE_SHARE = 0.842
BOX_DROP_SHARE = 0.037
# Paddings of the chips that are averaged, the usual one first: (padding, mirrored).
_VIEWS = ((0.25, False), (0.25, True), (0.2, False), (0.2, True), (0.3, False), (0.3, True))

Image = NDArray[np.uint8]


class Alignment(Protocol):
    """Where the landmarks of faces lie and how they are cut out; `chip_px` and `most_views` are the pack's."""

    @property
    def chip_px(self) -> int: ...

    @property
    def most_views(self) -> int: ...

    def landmarks(self, images: Sequence[Image], seen: Sequence[Sightings]) -> NDArray[np.float64]:
        """(N, 5, 2) as x, y in pixels: of every face of every photo, in their order."""
        ...

    def fill_views(self, chips: NDArray[np.uint8], image: Image, points: NDArray[np.float64]) -> None:
        """Puts a face into uint8 (views, chip_px, chip_px, 3): as it is, mirrored, then at other paddings if any."""
        ...

    def quality(self, box: Box, image: Image, points: NDArray[np.float64]) -> FaceQuality: ...


class DlibAlignment:
    """dlib's: landmarks by its five-point trees, chips of 150 pixels at three paddings."""

    chip_px = chip_cutter.CHIP_PX
    most_views = len(_VIEWS)

    def __init__(self, finder: LandmarkFinder) -> None:
        self.finder = finder

    def landmarks(self, images: Sequence[Image], seen: Sequence[Sightings]) -> NDArray[np.float64]:
        """The trees' landmarks in a square of each box: whole pixels."""
        return self.finder.find_all(images, [alignment_boxes(faces.boxes) for faces in seen]).astype(np.float64)

    def fill_views(self, chips: NDArray[np.uint8], image: Image, points: NDArray[np.float64]) -> None:
        """Up to six views."""
        for place, (padding, mirrored) in enumerate(_VIEWS[: len(chips)]):
            if mirrored:
                chips[place] = chips[place - 1, :, ::-1]
            else:
                chips[place] = chip_cutter.cut(image, chip_cutter.place(points.astype(np.int64), padding))

    def quality(self, box: Box, image: Image, points: NDArray[np.float64]) -> FaceQuality:
        """Measured on the chip, turn and tilt by the outer corners of the eyes and the base of the nose."""
        chip = chip_cutter.cut(image, chip_cutter.place(points.astype(np.int64)))
        right, left, nose = (complex(*points[place]) for place in (0, 2, 4))
        return quality.measure(box, quality.pose(left, right, nose, quality.NOSE_BASE_DEPTH), chip)


def alignment_boxes(boxes: NDArray[np.float64]) -> NDArray[np.int64]:
    """The squares that the landmark trees expect, int64 (N, 4) with inclusive ends, for detector boxes (N, 4)."""
    height = boxes[:, 3] - boxes[:, 1]
    side = np.maximum(np.floor(height * BOX_SIDE_SHARE + 0.5), 1.0)
    left = np.floor((boxes[:, 0] + boxes[:, 2] - side) / 2 + 0.5)
    top = np.floor((boxes[:, 1] + boxes[:, 3] - side) / 2 + height * BOX_DROP_SHARE + 0.5)
    return np.stack([left, top, left + side - 1, top + side - 1], axis=1).astype(np.int64)

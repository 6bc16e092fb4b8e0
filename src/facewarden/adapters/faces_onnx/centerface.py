"""Reads boxes of faces from the output of the CenterFace network.

It never runs the network and never chooses the size at which a photo is looked at.

CenterFace: Xu et al., CenterFace: Joint Face Detection and Alignment Using Face as Point, 2019 (arXiv:1911.03599). One
cell of its output stands for four pixels of its input: the heat of a face's centre, the log of the face's height and
width in cells, and where in the cell the centre lies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STRIDE_PX = 4
MULTIPLE_PX = 32
"""Sides of the input are multiples of this, as the network halves five times and doubles back."""
_OVERLAP_SAME_FACE = 0.3

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sightings:
    """Faces seen in one photo: boxes float64 (N, 4) as left, top, right, bottom, and scores float64 (N), 0 to 1."""

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]

    def joined(self, other: Sightings) -> Sightings:
        """Both together, each face once, the surest first."""
        boxes = np.concatenate([self.boxes, other.boxes])
        scores = np.concatenate([self.scores, other.scores])
        return once_each(boxes, scores)


def nothing_seen() -> Sightings:
    """No face."""
    return Sightings(np.empty((0, 4)), np.empty(0))


def read_sightings(heat: Array, sizes: Array, offsets: Array, floor: float) -> Sightings:
    """The faces with a score of at least `floor`, in pixels of the network's input, each once."""
    rows, columns = np.nonzero(heat[0, 0] >= floor)
    if not len(rows):
        return nothing_seen()
    scores = heat[0, 0, rows, columns].astype(np.float64)
    height, width = np.exp(sizes[0][:, rows, columns].astype(np.float64)) * STRIDE_PX
    shift = offsets[0][:, rows, columns].astype(np.float64) + 0.5
    centre_y, centre_x = (rows + shift[0]) * STRIDE_PX, (columns + shift[1]) * STRIDE_PX
    boxes = np.stack([centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2], axis=1)
    return once_each(boxes, scores)


def once_each(boxes: NDArray[np.float64], scores: NDArray[np.float64]) -> Sightings:
    """Of boxes that overlap by more than three tenths, the surest alone; surest first."""
    left = np.argsort(-scores, kind="stable")
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept: list[int] = []
    while len(left):
        best, rest = left[0], left[1:]
        kept.append(int(best))
        across = np.minimum(boxes[best, 2], boxes[rest, 2]) - np.maximum(boxes[best, 0], boxes[rest, 0])
        down = np.minimum(boxes[best, 3], boxes[rest, 3]) - np.maximum(boxes[best, 1], boxes[rest, 1])
        shared = np.maximum(across, 0.0) * np.maximum(down, 0.0)
        left = rest[shared <= _OVERLAP_SAME_FACE * (areas[best] + areas[rest] - shared)]
    return Sightings(boxes[kept], scores[kept])

"""Faces that a detector saw in one photo, each once.

It never runs a network, and never chooses the size at which a photo is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_OVERLAP_SAME_FACE = 0.3

Places = NDArray[np.float64]


def _no_points() -> Places:
    return np.empty((0, 0, 2))


@dataclass(frozen=True, slots=True)
class Sightings:
    """Faces seen in one photo: boxes float64 (N, 4) as left, top, right, bottom, and scores float64 (N), 0 to 1.

    `points` are the landmarks of a detector that gives them, float64 (N, P, 2) as x, y; P is 0 of one that gives none.
    """

    boxes: Places
    scores: NDArray[np.float64]
    points: Places = field(default_factory=_no_points)

    def joined(self, other: Sightings) -> Sightings:
        """Both together, each face once, the surest first."""
        if not len(self.scores) or not len(other.scores):
            return other if len(other.scores) else self
        together = (
            np.concatenate([mine, theirs])
            for mine, theirs in (
                (self.boxes, other.boxes),
                (self.scores, other.scores),
                (self.points, other.points),
            )
        )
        return once_each(*together)

    def scaled(self, right: float, down: float) -> Sightings:
        """The same faces in a photo `right` times as wide and `down` times as high."""
        factors = np.array([right, down])
        return Sightings(self.boxes * np.tile(factors, 2), self.scores, self.points * factors)


def nothing_seen() -> Sightings:
    """No face."""
    return Sightings(np.empty((0, 4)), np.empty(0))


def once_each(boxes: Places, scores: NDArray[np.float64], points: Places | None = None) -> Sightings:
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
    chosen = np.empty((len(kept), 0, 2)) if points is None or not points.size else points[kept]
    return Sightings(boxes[kept], scores[kept], chosen)

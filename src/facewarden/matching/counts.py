"""Scores boiled down to counts on a grid: all that a calibration keeps of anybody.

A count never understates: between two grid points it answers for the lower one. No score is kept alone with
whose it was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import BadUseError

GRID_STEP = 0.0005
"""Width of a bin in similarity. At the steepest part of the tails measured a step changes a rate by a tenth."""

_TOLERANCE = 1e-6
"""In steps: a similarity this close to a grid point counts as on it, for 0.93 / 0.0005 is not whole in binary."""


@dataclass(frozen=True, slots=True)
class ScoreCounts:
    """How many of `pairs` scores reach each grid point.

    `reaching[i]` scores are at least (first_step + i) * GRID_STEP; the first entry is `pairs`, the last above 0,
    none is larger than the one before it. Past the last, none; before the first, all.
    """

    pairs: int
    first_step: int
    reaching: tuple[int, ...]

    def __post_init__(self) -> None:
        falling = all(left >= right for left, right in pairwise(self.reaching))
        if (
            self.pairs < 1
            or not self.reaching
            or self.reaching[0] != self.pairs
            or self.reaching[-1] < 1
            or not falling
        ):
            raise BadUseError("bad_counts", "Score counts begin with all pairs, never rise and end above 0.")

    @classmethod
    def of(cls, scores: NDArray[np.floating]) -> ScoreCounts:
        """The counts of these similarities (N,), N >= 1. BadUseError for none, or for what is not -1 to 1."""
        values = np.asarray(scores, dtype=np.float64).reshape(-1)
        if not values.size or not np.all(np.abs(values) <= 1.0 + _TOLERANCE):
            raise BadUseError("bad_scores", "Scores are similarities between -1 and 1, one at least.")
        steps = np.floor(values / GRID_STEP + _TOLERANCE).astype(np.int64)
        first = int(steps.min())
        in_bin = np.bincount(steps - first)
        reaching = np.cumsum(in_bin[::-1])[::-1]
        return cls(int(values.size), first, tuple(int(n) for n in reaching))

    def at_least(self, similarity: float) -> int:
        """How many scores reach the grid point at or below this similarity: never fewer than reach itself.

        It falls or stays as the similarity rises. BadUseError for a similarity that is not a number.
        """
        return self._reaching(math.floor(_steps(similarity) + _TOLERANCE))

    def surely_at_least(self, similarity: float) -> int:
        """How many scores reach the grid point at or above this similarity: never more than reach itself."""
        return self._reaching(math.ceil(_steps(similarity) - _TOLERANCE))

    def lowest_reached_by(self, most: int) -> float:
        """The lowest grid point that no more than `most` scores reach."""
        for place, count in enumerate(self.reaching):
            if count <= most:
                return _similarity(self.first_step + place)
        return _similarity(self.first_step + len(self.reaching))

    def _reaching(self, step: int) -> int:
        place = step - self.first_step
        if place < 0:
            return self.pairs
        return self.reaching[place] if place < len(self.reaching) else 0


def _steps(similarity: float) -> float:
    if math.isnan(similarity):
        raise BadUseError("bad_similarity", "A similarity is a number between -1 and 1.")
    return max(-2.0, min(2.0, similarity)) / GRID_STEP


def _similarity(step: int) -> float:
    return round(step * GRID_STEP, 6)  # 0.938, not 0.9380000000000001: it is shown to people

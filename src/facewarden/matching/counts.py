"""Scores boiled down to counts on a grid: all that a calibration keeps of anybody.

A count never understates: between two grid points it answers for the lower one. No score is kept alone with
whose it was.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import BadUseError

GRID_STEP = 0.0005
"""Width of a bin in similarity. At the steepest part of the tails measured a step changes a rate by a tenth."""

_STEPS_A_SIDE = round(1.0 / GRID_STEP) + 1  # one more than 1.0: what lies there by rounding alone
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
        return cls.gathered([scores])

    @classmethod
    def gathered(cls, parts: Iterable[NDArray[np.floating]]) -> ScoreCounts:
        """The counts of all parts' similarities together, one part in memory at a time; errors as `of`."""
        in_bin = np.zeros(2 * _STEPS_A_SIDE + 1, np.int64)
        for part in parts:
            values = np.asarray(part, dtype=np.float64).reshape(-1)
            if not np.all(np.abs(values) <= 1.0 + _TOLERANCE):
                raise _bad_scores()
            steps = np.floor(values / GRID_STEP + _TOLERANCE).astype(np.int64)
            in_bin += np.bincount(steps + _STEPS_A_SIDE, minlength=in_bin.size)
        filled = np.flatnonzero(in_bin)
        if not filled.size:
            raise _bad_scores()
        reaching = np.cumsum(in_bin[filled[0] : filled[-1] + 1][::-1])[::-1]
        return cls(int(reaching[0]), int(filled[0]) - _STEPS_A_SIDE, tuple(int(n) for n in reaching))

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


def _bad_scores() -> BadUseError:
    return BadUseError("bad_scores", "Scores are similarities between -1 and 1, one at least.")


def _steps(similarity: float) -> float:
    if math.isnan(similarity):
        raise BadUseError("bad_similarity", "A similarity is a number between -1 and 1.")
    return max(-2.0, min(2.0, similarity)) / GRID_STEP


def _similarity(step: int) -> float:
    return round(step * GRID_STEP, 6)  # 0.938, not 0.9380000000000001: it is shown to people

"""Accuracy as ISO/IEC 19795-1 counts it: ranks, true match rates, open-set rates, with intervals over people.

It never gives a rate without the pairs behind it, and never leaves a failure to enrol out of the misses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import BadUseError
from facewarden.matching.intervals import BOOTSTRAP_REPEATS, bootstrap, clopper_pearson
from facewarden.matching.trials import MatedSearches, NonMated

LEAST_ERRORS_SHOWN = 10
"""A bench may state a rate that rests on fewer than the 30 errors of a calibration, down to this, and says how many."""

TAIL_KEPT = 10.0
"""Of the non-mated scores those above the threshold of ten times the rate asked: a resample needs no others."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of people (0 to 1) with its 95 % interval from resampling them; `people` is the denominator.

    Where every one or none succeeded, the interval is Clopper and Pearson's.
    """

    value: float
    low: float
    high: float
    people: int


@dataclass(frozen=True, slots=True)
class TrueMatch:
    """The true match rate at a false match rate of named non-mated pairs.

    `errors` of `pairs` non-mated comparisons are at or above `threshold`, so many were asked for by `fmr`. `rate`
    is None where they would be fewer than LEAST_ERRORS_SHOWN.
    """

    non_mated: str
    pairs: int
    fmr: float
    errors: int
    threshold: float | None
    rate: Rate | None


def rank_rate(searches: MatedSearches, rank: int, repeats: int = BOOTSTRAP_REPEATS) -> Rate:
    """The share of mated searches that bring the mate at that rank or better, of all that were tried."""
    if rank < 1 or not searches.people:
        raise BadUseError("bad_rank", "A rank is 1 or more, and there is a mated search at least.")
    return _share((searches.rank >= 1) & (searches.rank <= rank), repeats)


def cumulative_match(searches: MatedSearches, deepest: int) -> NDArray[np.float64]:
    """The rank rates for ranks 1 to `deepest` (the CMC curve), float64 (deepest,)."""
    found = np.bincount(searches.rank[(searches.rank >= 1) & (searches.rank <= deepest)], minlength=deepest + 1)
    rates: NDArray[np.float64] = np.cumsum(found[1:]) / max(1, len(searches.people))
    return rates


def true_match(searches: MatedSearches, pairs: NonMated, fmr: float, repeats: int = BOOTSTRAP_REPEATS) -> TrueMatch:
    """The share of mated comparisons at or above the threshold of that false match rate.

    The threshold is the highest score that `fmr` of the pairs reach. The interval resamples people: mated and
    non-mated comparisons with their people, the threshold anew each time.
    """
    if not 0.0 < fmr < 1.0 or not searches.people:
        raise BadUseError("bad_fmr", f"A false match rate lies between 0 and 1, not at {fmr}; a probe is needed.")
    allowed = math.floor(fmr * len(pairs.scores))
    if allowed < LEAST_ERRORS_SHOWN:
        return TrueMatch(pairs.name, len(pairs.scores), fmr, allowed, None, None)
    tail = _Tail(searches, pairs, fmr)
    everyone = np.ones(len(tail.people), dtype=np.int64)
    value, threshold = tail.rate(everyone)
    interval = bootstrap(lambda drawn: tail.rate(drawn)[0], len(tail.people), repeats=repeats)
    errors = int(np.count_nonzero(pairs.scores >= threshold))
    rate = _widened(value, interval, len(searches.people))
    return TrueMatch(pairs.name, len(pairs.scores), fmr, errors, threshold, rate)


def error_tradeoff(searches: MatedSearches, pairs: NonMated, points: int = 200) -> NDArray[np.float64]:
    """The DET curve: (points, 3) float64 of FMR, FNMR and threshold, FMR falling from 1 to the finest shown.

    Failures to enrol are misses at every threshold. Ends where fewer than LEAST_ERRORS_SHOWN errors are left.
    """
    count = len(pairs.scores)
    falling = np.sort(pairs.scores)[::-1]
    fewest = min(LEAST_ERRORS_SHOWN, count)
    errors = np.unique(np.geomspace(fewest, count, points).astype(np.int64))[::-1]
    thresholds = falling[errors - 1]
    mated = np.nan_to_num(searches.score, nan=-2.0)
    misses = (mated[None, :] < thresholds[:, None]).mean(axis=1)
    reached = np.searchsorted(-falling, -thresholds, side="right")
    return np.column_stack([reached / count, misses, thresholds]).astype(np.float64)


class _Tail:
    """The highest non-mated scores with their people, ready to be weighted by how often each person was drawn."""

    def __init__(self, searches: MatedSearches, pairs: NonMated, fmr: float) -> None:
        self.people = tuple(dict.fromkeys(pairs.people + searches.people))
        place = {person: i for i, person in enumerate(self.people)}
        self._mated_people = np.array([place[p] for p in searches.people])
        self._mated_scores = np.nan_to_num(searches.score, nan=-2.0)
        kept = min(len(pairs.scores), math.ceil(TAIL_KEPT * fmr * len(pairs.scores)))
        top = np.argpartition(-pairs.scores, kept - 1)[:kept]
        top = top[np.argsort(-pairs.scores[top], kind="stable")]
        self._left, self._right, self._scores = pairs.left[top], pairs.right[top], pairs.scores[top]
        self._fmr = fmr
        self._lefts, self._rights = np.unique(pairs.left), np.unique(pairs.right)
        self._within = pairs.within

    def rate(self, drawn: NDArray[np.int64]) -> tuple[float, float]:
        """TMR and threshold when person i was drawn drawn[i] times; NaN where no mated person was drawn."""
        mated_weights = drawn[self._mated_people]
        reach = np.cumsum(drawn[self._left] * drawn[self._right])
        allowed = math.floor(self._fmr * self._total(drawn))
        last = int(np.searchsorted(reach, allowed, side="right")) - 1
        if not mated_weights.sum() or last < 0:
            return math.nan, math.nan
        # Scores equal to the first one beyond what is allowed would come with it: the threshold is above it.
        beyond = self._scores[last + 1] if last + 1 < len(self._scores) else np.float32(-2.0)
        threshold = float(np.nextafter(beyond, np.float32(2.0)))
        return float(mated_weights @ (self._mated_scores >= threshold) / mated_weights.sum()), threshold

    def _total(self, drawn: NDArray[np.int64]) -> int:
        """The weight of all pairs: every left with every right, without a person against itself."""
        if self._within:
            weights = drawn[np.union1d(self._lefts, self._rights)]
            return int((weights.sum() ** 2 - (weights**2).sum()) // 2)
        both = np.intersect1d(self._lefts, self._rights)
        return int(drawn[self._lefts].sum() * drawn[self._rights].sum() - (drawn[both] ** 2).sum())


def _share(hits: NDArray[np.bool_], repeats: int) -> Rate:
    values = hits.astype(np.float64)
    interval = bootstrap(lambda drawn: float(values @ drawn / drawn.sum()), len(values), repeats=repeats)
    return _widened(float(values.mean()), interval, len(values))


def _widened(value: float, interval: tuple[float, float] | None, people: int) -> Rate:
    """The rate with its interval, and at 0 or 1 with the exact bound: resampling cannot draw what was never seen."""
    low, high = interval or (0.0, 1.0)
    if value in (0.0, 1.0):
        exact_low, exact_high = clopper_pearson(round(value * people), people)
        low, high = min(low, exact_low), max(high, exact_high)
    return Rate(value, low, high, people)

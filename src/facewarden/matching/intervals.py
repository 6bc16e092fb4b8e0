"""How sure a counted rate is: exact binomial bounds, and intervals by resampling people.

It never calls comparisons independent that share a person: where people matter, people are resampled.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import BadUseError

CONFIDENCE = 0.95
"""The usual level; every interval printed says so."""

BOOTSTRAP_REPEATS = 1000
"""Enough that the ends of a 95 % interval rest on 25 resamples each."""

PRECISION = 1e-15
MOST_TERMS = 100_000  # some sqrt(trials) terms are needed; this suffices for billions of pairs
NEAREST_TO_ZERO = 1e-300


def clopper_pearson(errors: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The lowest and highest rate that the count does not rule out, two-sided: 0 <= low <= errors/trials <= high <= 1.

    Exact for independent trials (Clopper and Pearson 1934): never too narrow. Without any error the upper end is
    1 - (alpha/2)^(1/trials). BadUseError for counts that cannot be.
    """
    _check_counts(errors, trials, confidence)
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if errors == 0 else _beta_quantile(tail, errors, trials - errors + 1)
    high = 1.0 if errors == trials else _beta_quantile(1.0 - tail, errors + 1, trials - errors)
    return low, high


def bootstrap(
    statistic: Callable[[NDArray[np.int64]], float],
    people: int,
    *,
    repeats: int = BOOTSTRAP_REPEATS,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> tuple[float, float] | None:
    """The interval of a statistic when the people are drawn again with replacement; None if it never has a value.

    `statistic` gets how often each person was drawn, int64 (people,), and gives a number, NaN where a draw has
    none (those are left out). Percentile interval; the same seed gives the same interval.
    """
    if people < 1 or repeats < 1:
        raise BadUseError("bad_count", "An interval needs at least one person and one repeat.")
    source = np.random.default_rng(seed)
    values = []
    for _ in range(repeats):
        drawn = np.bincount(source.integers(0, people, people), minlength=people).astype(np.int64)
        value = statistic(drawn)
        if not math.isnan(value):
            values.append(value)
    if not values:
        return None
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail])
    return float(low), float(high)


def _check_counts(errors: int, trials: int, confidence: float) -> None:
    if trials < 1 or not 0 <= errors <= trials or not 0.0 < confidence < 1.0:
        raise BadUseError("bad_count", f"{errors} errors in {trials} trials at confidence {confidence} cannot be.")


def _beta_quantile(probability: float, a: float, b: float) -> float:
    """x with I_x(a, b) = probability, by bisection down to neighbouring doubles."""
    low, high = 0.0, 1.0
    while low < (middle := (low + high) / 2.0) < high:
        if _beta_cdf(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return high


def _beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b) (DLMF 8.17.22, by Lentz's continued fraction)."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (a + 1.0) / (a + b + 2.0):  # the fraction converges quickly below this point only
        return 1.0 - _beta_cdf(1.0 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) / (a * _beta_fraction(x, a, b))


def _beta_fraction(x: float, a: float, b: float) -> float:
    """1 + d1/(1 + d2/(1 + ...)) of DLMF 8.17.22, by the modified Lentz method (Thompson and Barnett 1986)."""
    value, upper, lower = 1.0, 1.0, 0.0
    for term in range(1, MOST_TERMS):
        m = term // 2
        if term % 2:
            step = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            step = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        lower = 1.0 / _away_from_zero(1.0 + step * lower)
        upper = _away_from_zero(1.0 + step / upper)
        value *= upper * lower
        if abs(upper * lower - 1.0) < PRECISION:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > NEAREST_TO_ZERO else NEAREST_TO_ZERO

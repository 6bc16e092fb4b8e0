"""A calibrated number as people read it: a range, rounded away from flattery, the same wherever it stands.

Never extrapolates, and never rounds a look-alike away.
"""

from __future__ import annotations

import math

Range = tuple[float, float]
UNTOLD = "cannot be told"


def lookalikes(expected: Range | None) -> str:
    """How many other people in a gallery would score as high: a range, or that it cannot be told."""
    if expected is None:
        return UNTOLD
    low, high = rounded(expected[0], down=True), rounded(expected[1])
    return low if low == high else f"{low} to {high}"


def false_match_rate(fmr: Range | None) -> str:
    """The share of pairs of different people that score as high: 1 in so many, worst cohort first."""
    if fmr is None:
        return UNTOLD
    worst, best = _one_in(fmr[1]), _one_in(fmr[0])
    return f"1 in {worst}" if worst == best else f"1 in {worst} to 1 in {best}"


def rounded(value: float, *, down: bool = False) -> str:
    """Two significant digits, rounded away from flattery: up, or `down` for the low end of a range."""
    if value <= 0:
        return "0"
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    count = value / step
    near = round(count)
    whole = near if abs(count - near) < 1e-6 else (math.floor(count) if down else math.ceil(count))
    return f"{whole * step:,.10f}".rstrip("0").rstrip(".")


def _one_in(rate: float) -> str:
    return rounded(1 / rate, down=True) if rate > 0 else "more than was measured"

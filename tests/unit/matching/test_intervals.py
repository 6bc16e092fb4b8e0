"""Binomial bounds and intervals over people."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import BadUseError
from facewarden.matching.intervals import bootstrap, clopper_pearson


def binomial_tail(errors: int, trials: int, rate: float) -> float:
    """P(X <= errors), straight from the definition."""
    return math.fsum(math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(errors + 1))


counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_the_ends_are_where_the_binomial_leaves_the_stated_tail(count):
    errors, trials = count
    low, high = clopper_pearson(errors, trials)
    assert 0.0 <= low <= errors / trials <= high <= 1.0
    if errors < trials:
        assert binomial_tail(errors, trials, high) == pytest.approx(0.025, rel=1e-6)
    if errors > 0:
        assert 1.0 - binomial_tail(errors - 1, trials, low) == pytest.approx(0.025, rel=1e-6)


@pytest.mark.parametrize(("errors", "trials", "low", "high"), [(0, 10, 0, 0.30850), (5, 10, 0.18709, 0.81291)])
def test_the_ends_are_those_of_the_published_tables(errors, trials, low, high):
    assert clopper_pearson(errors, trials) == pytest.approx((low, high), abs=1e-5)


def test_millions_of_pairs_are_no_trouble():
    low, high = clopper_pearson(500, 1_124_250)
    assert (low, high) == pytest.approx((4.06615e-4, 4.85478e-4), rel=1e-5)


@pytest.mark.parametrize(("errors", "trials"), [(0, 0), (-1, 5), (6, 5)])
def test_counts_that_cannot_be_are_refused(errors, trials):
    with pytest.raises(BadUseError):
        clopper_pearson(errors, trials)


def test_an_interval_over_people_holds_the_mean_and_repeats_itself():
    values = np.random.default_rng(0).random(200)

    def mean(drawn: np.ndarray) -> float:
        return float(values @ drawn / drawn.sum())

    low, high = bootstrap(mean, 200, repeats=400)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / math.sqrt(200), rel=0.25)
    assert bootstrap(mean, 200, repeats=400) == (low, high)


def test_a_statistic_that_never_has_a_value_has_no_interval():
    assert bootstrap(lambda drawn: math.nan, 5, repeats=10) is None
    with pytest.raises(BadUseError):
        bootstrap(lambda drawn: 0.0, 0)

"""Made-up templates spread as the measured ones do."""

from __future__ import annotations

import numpy as np
import pytest

from facewarden.errors import BadUseError
from facewarden.matching.population import assumed_population, measured_population, population_of
from facewarden.matching.similarity import checked_templates
from facewarden.matching.trials import EnrolledSet

TRUTH = assumed_population(32)


def pairs(people: int, seed: int = 0):
    middles = TRUTH.people(people, seed)
    return TRUTH.pictures(middles, seed + 1), TRUTH.pictures(middles, seed + 2, hard=True)


def similarity(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", left, right)


def test_the_same_seed_makes_the_same_faces_and_another_makes_others():
    middles = TRUTH.people(10, 5)
    assert np.array_equal(middles, TRUTH.people(10, 5))
    assert not np.array_equal(middles, TRUTH.people(10, 6))
    assert np.array_equal(TRUTH.pictures(middles, 1), TRUTH.pictures(middles, 1))
    assert not np.array_equal(TRUTH.pictures(middles, 1), TRUTH.pictures(middles, 2))


def test_pictures_are_templates_and_mates_are_closer_than_others():
    first, second = pairs(400)
    checked_templates(first, 32)
    checked_templates(second, 32)
    assert np.median(similarity(first, second)) > np.quantile(similarity(first, np.roll(second, 1, axis=0)), 0.99)


def test_hard_mates_differ_more_widely_than_plain_ones():
    middles = TRUTH.people(3000, 0)
    first = TRUTH.pictures(middles, 1)
    plain = similarity(first, TRUTH.pictures(middles, 2))
    hard = similarity(first, TRUTH.pictures(middles, 2, hard=True))
    assert np.quantile(hard, 0.02) < np.quantile(plain, 0.02)
    assert np.mean(hard) == pytest.approx(np.mean(plain), abs=0.02)


def test_a_population_measured_from_templates_makes_templates_that_spread_alike():
    first, second = pairs(2000)
    made = measured_population(first, first[:200], second[:200], "a test")
    middles = made.people(2000, 9)
    again, mates = made.pictures(middles, 10), made.pictures(middles, 11, hard=True)
    for mine, theirs in (
        (similarity(again, np.roll(again, 1, axis=0)), similarity(first, np.roll(first, 1, axis=0))),
        (similarity(again, mates), similarity(first, second)),
    ):
        assert np.mean(mine) == pytest.approx(np.mean(theirs), abs=0.02)
        assert np.std(mine) == pytest.approx(np.std(theirs), rel=0.3)
    assert again.mean(axis=0) == pytest.approx(first.mean(axis=0), abs=0.02)


def test_an_enrolled_set_gives_the_population_of_its_pairs():
    first, second = pairs(200)
    names = tuple(f"p{i}" for i in range(200))
    probes = EnrolledSet((*names[:60], "stranger"), (*names[:60], "stranger"), second[[*range(60), 150]])
    made = population_of(probes, EnrolledSet(names[::-1], names[::-1], first[::-1]), "a test")
    expected = measured_population(first[::-1], second[:60], first[:60], "a test")
    assert np.array_equal(made.scales, expected.scales)
    assert np.array_equal(made.within, expected.within)


def test_too_few_templates_make_no_population():
    first, second = pairs(40)
    for gallery, count in ((first[:31], 31), (first, 29)):
        with pytest.raises(BadUseError):
            measured_population(gallery, first[:count], second[:count], "a test")

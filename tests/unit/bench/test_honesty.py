"""Halves and absent probes, on templates whose answers are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from facewarden.bench.honesty import absent_probes, halves
from facewarden.matching.similarity import normalised

PEOPLE = tuple(f"p{number:04}" for number in range(900))


def drawn(shift=None):
    random = np.random.default_rng(3)
    rows = random.normal(size=(len(PEOPLE), 32))
    if shift is not None:
        rows[shift] += 1.5
    return normalised(rows)


def test_what_one_half_foretells_the_other_meets_where_both_are_alike():
    rows = drawn()
    told = [row for row in halves(PEOPLE, rows, rows) if row["expected"] is not None]
    assert [row["fmr"] for row in told] == [1e-2, 1e-3, 1e-2, 1e-3]
    for row in told:
        assert row["expected"] == pytest.approx(row["fmr"] * (row["people"] - 1), rel=0.2)
        assert row["kept"]


def test_a_rate_that_half_the_people_cannot_tell_is_said_to_be_so():
    rows = drawn()
    assert [row["expected"] for row in halves(PEOPLE, rows, rows) if row["fmr"] == 1e-4] == [None, None]


def test_a_promise_that_is_not_kept_is_reported():
    """Positive control: the people of one half resemble each other, those of the other do not."""
    order = np.random.default_rng(19795).permutation(len(PEOPLE))
    rows = drawn(shift=order[len(order) // 2 :])
    told = halves(PEOPLE, rows, rows)
    assert not any(row["kept"] for row in told if row["expected"] is not None)


def test_an_absent_probe_that_brings_somebody_back_is_counted_and_its_mate_is_not():
    gallery = np.eye(4, dtype=np.float32)
    probes = normalised(np.array([[1, 0, 0, 0], [1, 1, 0, 0]], np.float32))
    found = absent_probes(
        SimpleNamespace(people=("a", "b"), searched=probes, raw=probes),
        SimpleNamespace(people=("a", "b", "c", "d"), enrolled=gallery, raw=gallery),
        threshold=0.7,
        distance=0.8,
    )
    assert found["facewarden"]["fpir"] == found["dlib"]["fpir"] == 0.5  # b's probe is near a, who is another
    assert found["facewarden"]["mates_found"] == found["dlib"]["mates_found"] == 2
    assert found["facewarden"]["candidates"] == 0.5
    assert found["gallery"] == 3

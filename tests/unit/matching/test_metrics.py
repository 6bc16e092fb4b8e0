"""Trials and rates: mates found, misses counted, thresholds and intervals right."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.errors import BadUseError
from facewarden.matching import metrics
from facewarden.matching.assessment import GALLERY_GALLERY, PROBE_GALLERY, assess
from facewarden.matching.metrics import (
    cumulative_match,
    error_tradeoff,
    rank_rate,
    true_match,
)
from facewarden.matching.similarity import normalised
from facewarden.matching.trials import EnrolledSet, mated_searches, non_mated

DIMENSION = 24


def people(count: int, first: int = 0) -> tuple[str, ...]:
    return tuple(f"p{i:04d}" for i in range(first, first + count))


def pictures(names: tuple[str, ...], noise: float, seed: int, failed: frozenset[str] = frozenset()) -> EnrolledSet:
    """One template for each name but the failed: the person's own direction with noise."""
    source = np.random.default_rng(seed)
    enrolled = tuple(name for name in names if name not in failed)
    own = np.stack([np.random.default_rng(int(name[1:])).standard_normal(DIMENSION) for name in enrolled])
    rows = normalised(own + 1.0 + noise * source.standard_normal(own.shape))
    return EnrolledSet(names, enrolled, rows)


@pytest.fixture(scope="module")
def sets() -> tuple[EnrolledSet, EnrolledSet]:
    probes = pictures(people(60, 0) + people(5, 900), 0.8, 1, frozenset({"p0003"}))  # p0900 ... have no mate
    return probes, pictures(people(300), 0.8, 2, frozenset({"p0004", "p0200"}))


def test_pairs_are_all_pairs_of_different_people(sets):
    probes, gallery = sets
    across, within = non_mated("across", *sets), non_mated("within", gallery)
    mates = len(set(probes.enrolled) & set(gallery.enrolled))
    assert len(across.scores) == 64 * 298 - mates
    assert len(within.scores) == 298 * 297 // 2
    for pairs, left, right in ((across, probes, gallery), (within, gallery, gallery)):
        assert not np.any(pairs.left == pairs.right)
        for i in (0, 17, len(pairs.scores) - 1):
            one = left.rows[left.enrolled.index(pairs.people[pairs.left[i]])]
            other = right.rows[right.enrolled.index(pairs.people[pairs.right[i]])]
            assert pairs.scores[i] == pytest.approx(one @ other, abs=1e-6)


def test_pairs_come_out_the_same_however_they_are_batched(sets, monkeypatch):
    whole = non_mated("within", sets[1])
    monkeypatch.setattr("facewarden.matching.trials.PEOPLE_AT_ONCE", 7)
    assert np.array_equal(non_mated("within", sets[1]).scores, whole.scores)


def test_a_rank_counts_those_at_least_as_high(sets):
    probes, gallery = sets
    found = mated_searches(probes, gallery)
    assert found.people == people(60)
    scores = probes.rows @ gallery.rows.T
    for i, person in enumerate(found.people):
        if person in ("p0003", "p0004"):
            assert found.rank[i] == 0
            assert math.isnan(found.score[i])
            continue
        row = scores[probes.enrolled.index(person)]
        mate = gallery.enrolled.index(person)
        assert found.rank[i] == 1 + sum(row[j] >= row[mate] for j in range(len(row)) if j != mate)
        assert found.score[i] == pytest.approx(row[mate], abs=1e-6)
        assert found.best_other[i] == pytest.approx(np.delete(row, mate).max(), abs=1e-6)


def test_a_tie_is_counted_against_the_mate():
    row = normalised(np.ones((1, 4)))
    probes = EnrolledSet(("a",), ("a",), row)
    gallery = EnrolledSet(("a", "b"), ("a", "b"), np.repeat(row, 2, axis=0))
    assert mated_searches(probes, gallery).rank.tolist() == [2]


def test_failures_to_enrol_are_misses_in_every_rate(sets):
    searches = mated_searches(*sets)
    assert rank_rate(searches, 300, repeats=20).value == pytest.approx(58 / 60)
    assert cumulative_match(searches, 300)[-1] == pytest.approx(58 / 60)
    assert error_tradeoff(searches, non_mated("x", *sets))[0, 1] >= 2 / 60
    assert true_match(searches, non_mated("x", *sets), 0.999, repeats=20).rate.value == pytest.approx(58 / 60)


def test_the_curve_of_ranks_is_the_rank_rates(sets):
    searches = mated_searches(*sets)
    curve = cumulative_match(searches, 20)
    assert curve.tolist() == [rank_rate(searches, k, repeats=1).value for k in range(1, 21)]
    assert np.all(np.diff(curve) >= 0)


@given(st.floats(0.0006, 0.9))
@settings(max_examples=25)
def test_a_threshold_lets_as_many_errors_through_as_were_asked(sets, fmr):
    pairs, searches = non_mated("across", *sets), mated_searches(*sets)
    found = true_match(searches, pairs, fmr, repeats=2)
    allowed = math.floor(fmr * len(pairs.scores))
    assert found.errors == np.count_nonzero(pairs.scores >= found.threshold) <= allowed
    assert np.count_nonzero(pairs.scores >= np.nextafter(np.float32(found.threshold), np.float32(-1))) > allowed
    assert found.rate.value == pytest.approx(np.mean(np.nan_to_num(searches.score, nan=-2) >= found.threshold))


def test_an_interval_holds_the_rate_and_narrows_with_more_people(sets):
    pairs, searches = non_mated("across", *sets), mated_searches(*sets)
    rate = true_match(searches, pairs, 0.01, repeats=200).rate
    assert rate.low < rate.value < rate.high
    larger = (pictures(people(240), 0.8, 1), sets[1])
    more = true_match(mated_searches(*larger), non_mated("across", *larger), 0.01, repeats=200).rate
    assert more.high - more.low < rate.high - rate.low


def test_resampling_people_with_weights_equals_repeating_them(sets):
    """The quick way through the tail gives what counting every pair of the drawn people gives."""
    searches = mated_searches(*sets)
    for pairs in (non_mated("across", *sets), non_mated("within", sets[1])):
        tail = metrics._Tail(searches, pairs, 0.01)
        drawn = np.random.default_rng(5).integers(0, 3, len(tail.people))
        place = {person: i for i, person in enumerate(tail.people)}
        weights = np.array([drawn[place[p]] for p in pairs.people])
        repeated = np.repeat(pairs.scores, weights[pairs.left] * weights[pairs.right])
        threshold = np.sort(repeated)[::-1][math.floor(0.01 * len(repeated))]
        mated = np.repeat(np.nan_to_num(searches.score, nan=-2), [drawn[place[p]] for p in searches.people])
        rate, found = tail.rate(drawn)
        assert tail._total(drawn) == len(repeated)
        assert found == np.nextafter(threshold, np.float32(2))
        assert rate == pytest.approx(np.mean(mated >= found))


def test_a_rate_on_too_few_errors_is_not_stated(sets):
    found = true_match(mated_searches(*sets), non_mated("across", *sets), 1e-5)
    assert found.rate is None
    assert found.threshold is None
    assert found.pairs > 0


def test_all_found_is_not_claimed_as_certain():
    names = people(50)
    same = pictures(names, 0.0, 1)
    rate = rank_rate(mated_searches(same, same), 1, repeats=50)
    assert rate.value == 1.0
    assert rate.low == pytest.approx(1 - 0.07, abs=0.01)
    assert rate.high == 1.0


def test_the_tradeoff_falls_and_stays_within_what_was_measured(sets):
    pairs = non_mated("within", sets[1])
    curve = error_tradeoff(mated_searches(*sets), pairs)
    assert curve[0, 0] == 1.0
    assert np.all(np.diff(curve[:, 0]) < 0)
    assert np.all(np.diff(curve[:, 1]) >= 0)
    assert curve[-1, 0] * len(pairs.scores) >= metrics.LEAST_ERRORS_SHOWN
    for fmr, fnmr, threshold in curve[:: max(1, len(curve) // 7)]:
        assert fmr == pytest.approx(np.mean(pairs.scores >= threshold))
        mated = np.nan_to_num(mated_searches(*sets).score, nan=-2)
        assert fnmr == pytest.approx(np.mean(mated < threshold))


def test_an_assessment_is_one_json_object_with_the_contract_s_keys(sets):
    found = assess(*sets, repeats=20)
    document = json.loads(json.dumps(found.as_json()))
    assert {"rank_1", "rank_10", "tmr", "fte"} <= set(document)
    assert list(document["tmr"]) == ["1e-3", "1e-4", "1e-5"]
    assert document["tmr"]["1e-5"] is None
    assert {t["non_mated"] for t in document["tmr_detail"]} == {PROBE_GALLERY, GALLERY_GALLERY}
    assert document["fte"] == {
        "probes": 1,
        "probes_tried": 65,
        "gallery": 2,
        "gallery_tried": 300,
        "mated_pairs_missed": 2,
    }


def test_an_assessment_without_mates_is_refused(sets):
    with pytest.raises(BadUseError):
        assess(pictures(people(3, 700), 0.1, 0), sets[1])


def test_a_set_with_a_person_twice_or_a_stranger_is_refused(sets):
    rows = sets[0].rows[:2]
    for names, enrolled in ((("a", "a"), ("a",)), (("a", "b"), ("a", "c")), (("a", "b"), ("a",))):
        with pytest.raises(BadUseError):
            EnrolledSet(names, enrolled, rows)


def test_a_part_of_a_set_keeps_its_failures(sets):
    part = sets[1].only([*people(10), "nobody"])
    assert part.people == people(10)
    assert part.failed == ("p0004",)
    assert np.array_equal(part.rows[5], sets[1].rows[sets[1].enrolled.index(part.enrolled[5])])

"""Calibration: monotone, never beyond what was measured, never flattering."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import BadUseError, DamagedError
from facewarden.matching.calibration import LEAST_ERRORS, Calibration, CohortScores, calibrate
from facewarden.matching.counts import GRID_STEP, ScoreCounts


def scores(count: int, middle: float, seed: int) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).normal(middle, 0.03, count), -1, 1).astype(np.float32)


EASY, HARD = scores(40_000, 0.80, 1), scores(10_000, 0.84, 2)
MATED = scores(90, 0.95, 3)


@pytest.fixture(scope="module")
def table() -> Calibration:
    cohorts = {
        "easy": CohortScores("probes against gallery", 300, EASY),
        "hard": CohortScores("old pictures among themselves", 100, HARD),
    }
    return calibrate(MATED, cohorts, attempted=100, pack="p/1", set_name="made up", limits=("groups: not measured",))


similarities = st.floats(-1, 1)


@given(similarities)
def test_a_count_is_never_below_the_truth_and_at_most_a_step_above(similarity):
    counts = ScoreCounts.of(EASY)
    assert np.sum(similarity <= EASY) <= counts.at_least(similarity) <= np.sum(similarity - 1.001 * GRID_STEP <= EASY)
    assert counts.surely_at_least(similarity) <= np.sum(similarity - 1e-6 <= EASY)


@given(similarities, similarities)
def test_no_rate_rises_with_the_similarity(table, one, other):
    low, high = min(one, other), max(one, other)
    below, above = table.fmr_range(low), table.fmr_range(high)
    if above is not None:
        assert below is not None
        assert above[0] <= below[0]
        assert above[1] <= below[1]
    for lower, higher in zip(table.cohort_rates(low), table.cohort_rates(high), strict=True):
        assert higher.errors <= lower.errors
    assert table.true_match_rate(high).rate <= table.true_match_rate(low).rate


@given(similarities)
def test_a_rate_rests_on_thirty_errors_or_is_not_told(table, similarity):
    for rate in table.cohort_rates(similarity):
        assert (rate.fmr is None) == (rate.errors < LEAST_ERRORS)
    found = table.fmr_range(similarity)
    if found is None:
        assert all(rate.errors < LEAST_ERRORS for rate in table.cohort_rates(similarity))
    else:
        low, high = found
        assert LEAST_ERRORS / len(EASY) <= low <= high <= 1.0
        assert high >= max(np.mean(similarity <= EASY), np.mean(similarity <= HARD))


def test_nothing_is_told_above_every_score(table):
    assert table.fmr_range(0.9999) is None
    assert table.expected_lookalikes(0.9999, 1_000_000) is None
    assert all(rate.errors == 0 for rate in table.cohort_rates(0.9999))


def test_the_range_ends_exactly_at_the_thirtieth_error(table):
    told = [s for s in np.arange(0.7, 1.0, GRID_STEP) if table.fmr_range(float(s)) is not None]
    last = max(told)
    assert max(np.sum(last - 1e-6 <= EASY), np.sum(last - 1e-6 <= HARD)) >= LEAST_ERRORS
    assert max(np.sum(last + GRID_STEP <= EASY), np.sum(last + GRID_STEP <= HARD)) < LEAST_ERRORS


def test_a_cohort_that_cannot_tell_stands_with_its_finest_rate(table):
    similarity = float(np.sort(EASY)[-35])  # few of the easy cohort score so high, enough of the hard one
    easy, hard = table.cohort_rates(similarity + GRID_STEP * 5)
    assert easy.fmr is None
    assert hard.fmr is not None
    assert table.fmr_range(similarity + GRID_STEP * 5) == (LEAST_ERRORS / len(EASY), hard.fmr)


def test_the_worst_cohort_is_not_forgotten_when_it_can_no_longer_tell():
    cohorts = {
        "large": CohortScores("", 300, np.full(100_000, 0.9)),
        "small and hard": CohortScores("", 20, np.concatenate([np.full(29, 0.9), np.full(171, 0.1)])),
    }
    table = calibrate(np.array([0.9]), cohorts, attempted=1, pack="p", set_name="s")
    assert table.fmr_range(0.9)[1] == 1.0
    cohorts["large"] = CohortScores("", 300, np.concatenate([np.full(50, 0.9), np.full(99_950, 0.1)]))
    table = calibrate(np.array([0.9]), cohorts, attempted=1, pack="p", set_name="s")
    assert table.fmr_range(0.9) == (50 / 100_000, LEAST_ERRORS / 200)


def test_lookalikes_are_the_rate_times_the_gallery(table):
    low, high = table.fmr_range(0.85)
    assert table.expected_lookalikes(0.85, 1000) == (low * 1000, high * 1000)
    assert table.expected_lookalikes(0.85, 0) == (0.0, 0.0)
    with pytest.raises(BadUseError):
        table.expected_lookalikes(0.85, -1)


@pytest.mark.parametrize("fmr", [1.0, 0.5, 0.1, 0.01, 0.003])
def test_a_threshold_keeps_its_rate_and_is_the_lowest_that_does(table, fmr):
    threshold = table.threshold(fmr, "hard")
    assert np.mean(threshold <= HARD) <= fmr
    assert np.mean(threshold - 2 * GRID_STEP <= HARD) > fmr or fmr == 1.0


def test_a_threshold_finer_than_the_cohort_can_tell_is_none(table):
    finest = LEAST_ERRORS / len(HARD)
    assert table.threshold(finest, "hard") is not None
    assert table.threshold(finest * 0.99, "hard") is None
    assert table.threshold(finest * 0.99, "easy") is not None
    assert table.cohorts[1].finest_fmr == finest


@pytest.mark.parametrize(("fmr", "cohort"), [(0.0, "hard"), (-0.1, "hard"), (1.1, "hard"), (0.1, "nobody")])
def test_a_threshold_that_cannot_be_asked_for_is_refused(table, fmr, cohort):
    with pytest.raises(BadUseError):
        table.threshold(fmr, cohort)


def test_failures_to_enrol_are_misses(table):
    everybody = table.true_match_rate(-1.0)
    assert everybody.rate == pytest.approx(0.9)
    assert everybody.pairs == 100
    assert everybody.low < 0.9 < everybody.high


def test_a_calibration_survives_its_file(table):
    assert Calibration.from_json(table.to_json()) == table
    assert Calibration.from_json(table.to_json().encode()) == table


def test_the_file_holds_words_and_counts_alone(table):
    document = json.loads(table.to_json())
    assert set(document) == {"format", "pack", "set", "grid_step", "limits", "mated", "cohorts"}
    for cohort in document["cohorts"]:
        assert set(cohort) == {"name", "description", "people", "pairs", "first_step", "reaching"}
        assert all(isinstance(n, int) for n in cohort["reaching"])


def broken(change) -> str:
    cohort = {"name": "c", "description": "", "people": 9, "pairs": 40, "first_step": 1000, "reaching": [40, 30]}
    mated = {"attempted": 5, "pairs": 4, "first_step": 1900, "reaching": [4]}
    document = {"format": "facewarden-calibration/1", "pack": "p", "set": "s", "grid_step": GRID_STEP, "limits": []}
    document |= {"mated": mated, "cohorts": [cohort]}
    change(document)
    return json.dumps(document)


def test_the_unbroken_table_is_read():
    assert Calibration.from_json(broken(lambda d: None)).cohorts[0].scores.pairs == 40


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        broken(lambda d: d.pop("mated")),
        broken(lambda d: d.update(format="facewarden-calibration/2")),
        broken(lambda d: d.update(grid_step=0.001)),
        broken(lambda d: d.update(cohorts=[])),
        broken(lambda d: d["cohorts"].append(d["cohorts"][0])),
        broken(lambda d: d["cohorts"][0].update(reaching=[30, 40])),
        broken(lambda d: d["cohorts"][0].update(reaching=[40, -1])),
        broken(lambda d: d["cohorts"][0].update(reaching=[40, 0.5])),
        broken(lambda d: d["cohorts"][0].update(reaching=[])),
        broken(lambda d: d["cohorts"][0].update(pairs=41)),
        broken(lambda d: d["mated"].update(attempted=3)),
    ],
)
def test_a_broken_table_is_refused(text):
    with pytest.raises(DamagedError):
        Calibration.from_json(text)


@pytest.mark.parametrize("bad", [[], [1.5], [float("nan")], [float("inf")]])
def test_what_is_no_score_is_refused(bad):
    with pytest.raises(BadUseError):
        ScoreCounts.of(np.array(bad))


def test_a_similarity_that_is_no_number_is_refused(table):
    with pytest.raises(BadUseError):
        table.fmr_range(float("nan"))

"""Who was taken out: three zones whose thresholds follow the vault's size and lean to keeping people out."""

from __future__ import annotations

import numpy as np
import pytest

from facewarden.errors import BadUseError
from facewarden.matching.calibration import Calibration, CohortScores, calibrate
from facewarden.matching.suppression import (
    OWN_BARRED,
    OWN_CAUGHT,
    Thresholds,
    Zone,
    suppression_thresholds,
    zones,
)


def _scores(count: int, middle: float, seed: int) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).normal(middle, 0.02, count), -1, 1).astype(np.float32)


@pytest.fixture(scope="module")
def table() -> Calibration:
    cohorts = {"others": CohortScores("others", 300, _scores(200_000, 0.80, 1))}
    return calibrate(_scores(400, 0.95, 2), cohorts, attempted=400, pack="p/1", set_name="made up", limits=())


@pytest.mark.parametrize("size", [1, 7, 50, 5_000, 1_000_000])
def test_whoever_was_taken_out_is_kept_out_whatever_the_vaults_size(table: Calibration, size: int) -> None:
    found = suppression_thresholds(table, size)
    assert table.true_match_rate(found.barred).rate >= OWN_BARRED
    assert table.true_match_rate(found.quarantined).rate >= OWN_CAUGHT
    assert found.quarantined <= found.barred


def test_a_larger_vault_never_bars_from_a_lower_similarity(table: Calibration) -> None:
    barred = [suppression_thresholds(table, size).barred for size in (1, 2, 5, 20, 100, 1_000, 100_000)]
    assert barred == sorted(barred)
    assert barred[0] < barred[-1]


def test_an_empty_vault_has_no_thresholds(table: Calibration) -> None:
    with pytest.raises(BadUseError) as refused:
        suppression_thresholds(table, 0)
    assert refused.value.code == "bad_vault_size"


def test_a_face_at_a_threshold_is_in_the_stricter_zone() -> None:
    vault = np.eye(2, 4, dtype=np.float32)

    def at(similarity: float) -> np.ndarray:
        return np.array([[0, similarity, np.sqrt(1 - similarity**2), 0]], np.float32)

    limits = Thresholds(barred=0.5, quarantined=0.25)
    for similarity, zone in (
        (0.5, Zone.BARRED),
        (0.499, Zone.QUARANTINED),
        (0.25, Zone.QUARANTINED),
        (0.249, Zone.ADMITTED),
    ):
        assert zones(at(similarity), vault, limits) == [zone]

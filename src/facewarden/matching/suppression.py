"""Whether a new face is one that is kept out: three zones, with thresholds that follow the size of the vault.

It never trades a person who was taken out for the convenience of others: where both cannot be had, it keeps people
out. docs/design/suppression.md says what that costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import BadUseError
from facewarden.matching.calibration import Calibration
from facewarden.matching.counts import GRID_STEP
from facewarden.matching.similarity import similarity_matrix

OTHERS_BARRED = 0.005
"""Of other people's faces the share that may be barred, where the calibration can tell it."""
OTHERS_QUARANTINED = 0.05
"""Of other people's faces the share that may be quarantined or barred, where the calibration can tell it."""
OWN_BARRED = 0.95
"""Of the faces of people who were taken out the share that must be barred, whatever that costs others."""
OWN_CAUGHT = 0.99
"""Of the faces of people who were taken out the share that must be barred or quarantined, whatever that costs."""


class Zone(StrEnum):
    """What becomes of a new face."""

    ADMITTED = "admitted"
    QUARANTINED = "quarantined"
    BARRED = "barred"
    CLEARED = "cleared"
    """Set aside once, and then somebody else's in the eyes of a privacy officer."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Similarities to the nearest face of the vault: at `barred` and above barred, from `quarantined` set aside."""

    barred: float
    quarantined: float


def suppression_thresholds(calibration: Calibration, vault_size: int) -> Thresholds:
    """The thresholds for a vault of that many faces, 1 or more.

    Each is the lower of two similarities: where the cohort that is easiest to tell apart reaches the share of others
    allowed, divided by the size of the vault (none, where no cohort can tell a rate so low: nothing is extrapolated);
    and the highest that still catches the wanted share of the mated pairs.
    """
    if vault_size < 1:
        raise BadUseError("bad_vault_size", f"A vault to check against has 1 face or more, not {vault_size}.")
    barred = min(
        _where_others_reach(calibration, OTHERS_BARRED / vault_size), _where_own_reach(calibration, OWN_BARRED)
    )
    quarantined = min(
        _where_others_reach(calibration, OTHERS_QUARANTINED / vault_size), _where_own_reach(calibration, OWN_CAUGHT)
    )
    return Thresholds(barred, min(barred, quarantined))


def zones(templates: NDArray[np.float32], vault: NDArray[np.float32], thresholds: Thresholds) -> list[Zone]:
    """The zone of each template (N, dimension) beside the vault's (V, dimension), V 1 or more."""
    nearest = similarity_matrix(templates, vault).max(axis=1)
    return [
        Zone.BARRED
        if similarity >= thresholds.barred
        else Zone.QUARANTINED
        if similarity >= thresholds.quarantined
        else Zone.ADMITTED
        for similarity in nearest
    ]


def _where_others_reach(calibration: Calibration, fmr: float) -> float:
    found = [calibration.threshold(fmr, cohort.name) for cohort in calibration.cohorts]
    return min((threshold for threshold in found if threshold is not None), default=float("inf"))


def _where_own_reach(calibration: Calibration, share: float) -> float:
    """The highest similarity on the grid that so many of the mated pairs, failures among the misses, surely reach."""
    mated = calibration.mated
    for step in range(round(1.0 / GRID_STEP), -1, -1):
        if mated.scores.surely_at_least(step * GRID_STEP) >= share * mated.attempted:
            return step * GRID_STEP
    return 0.0

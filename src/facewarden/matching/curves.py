"""Curves of a calibration: what a threshold costs and lets through, for each cohort, as far as it can tell.

It never draws beyond the points that rest on 30 errors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facewarden.matching.calibration import LEAST_ERRORS, Calibration
from facewarden.matching.counts import GRID_STEP

POINTS = 120  # more than a screen resolves


def tradeoffs(calibration: Calibration) -> dict[str, NDArray[np.float64]]:
    """For each cohort that can tell anything (points, 3): false match rate, false non-match rate, threshold.

    The misses are of all mated pairs, failures to enrol included, whatever the cohort.
    """
    found: dict[str, NDArray[np.float64]] = {}
    for cohort in calibration.cohorts:
        reaching = np.array(cohort.scores.reaching, dtype=np.int64)
        told = np.flatnonzero((reaching >= LEAST_ERRORS) & (reaching < cohort.scores.pairs))
        if not len(told):
            continue
        places = np.unique(told[np.linspace(0, len(told) - 1, min(POINTS, len(told))).astype(int)])
        thresholds = (cohort.scores.first_step + places) * GRID_STEP
        misses = [1.0 - calibration.true_match_rate(float(at)).rate for at in thresholds]
        found[cohort.name] = np.column_stack([reaching[places] / cohort.scores.pairs, misses, thresholds])
    return found

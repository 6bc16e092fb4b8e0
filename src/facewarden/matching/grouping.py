"""Which candidates seem to show one person: a rule on similarities alone, stated in docs/adr/0017.

It never says that two photos are of one person, and never reorders candidates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from facewarden.matching.calibration import Calibration
from facewarden.matching.similarity import similarity_matrix

SAME_FMR = 1e-3
"""Of pairs of different people so many reach the level in the hardest cohort."""


def same_level(calibration: Calibration) -> float | None:
    """The similarity from which two photos are grouped: SAME_FMR in the hardest cohort; None where none can tell."""
    told = [calibration.threshold(SAME_FMR, cohort.name) for cohort in calibration.cohorts]
    known = [level for level in told if level is not None]
    return max(known) if known else None


def groups(templates: NDArray[np.float32], photos: Sequence[str], level: float | None) -> list[int]:
    """For each template, best rank first, the place of the first one of its group; its own place if it begins one.

    One joins the first group whose every member is at least `level` close to it and of another photo: two faces of
    one photo are two people. `templates`: float32, (N, dimension), L2-normalised. None: nobody is grouped.
    """
    if level is None or not len(templates):
        return list(range(len(templates)))
    close = similarity_matrix(templates, templates) >= level
    members: dict[int, list[int]] = {}
    first: list[int] = []
    for place, photo in enumerate(photos):
        joined = next(
            (
                leader
                for leader, others in members.items()
                if all(close[place, other] and photos[other] != photo for other in others)
            ),
            place,
        )
        members.setdefault(joined, []).append(place)
        first.append(joined)
    return first

"""What a similarity means: how often other people reach it, in the sets that were measured, and no further.

It never extrapolates: where fewer than 30 comparisons of a cohort erred, that cohort cannot tell, and where none
can tell there is no number. It holds counts of scores: no template, no picture, no name.
docs/design/calibration.md says why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import BadUseError, DamagedError
from facewarden.matching.counts import GRID_STEP, ScoreCounts
from facewarden.matching.intervals import clopper_pearson

LEAST_ERRORS = 30
"""Errors that a rate must rest on: with 30 it is within 30 % of the truth at 90 % confidence (the rule of 30,
Doddington 1998), comparisons taken as independent. A rate below 30/pairs cannot be told."""

FORMAT = "facewarden-calibration/1"


@dataclass(frozen=True, slots=True)
class Cohort:
    """One named set of non-mated comparisons. `people` is how many different people are in it."""

    name: str
    description: str
    people: int
    scores: ScoreCounts

    @property
    def finest_fmr(self) -> float:
        """The lowest false match rate that this cohort can tell: 30/pairs."""
        return LEAST_ERRORS / self.scores.pairs


@dataclass(frozen=True, slots=True)
class Mated:
    """The mated comparisons: of `attempted` pairs those that could be compared are in `scores`, the rest failed to
    enrol and count as misses."""

    attempted: int
    scores: ScoreCounts


@dataclass(frozen=True, slots=True)
class CohortRate:
    """One cohort's false match rate at one similarity: `fmr` is None where it cannot tell."""

    cohort: str
    errors: int
    pairs: int
    fmr: float | None


@dataclass(frozen=True, slots=True)
class TrueMatchRate:
    """The share of mated pairs at or above a similarity, failures to enrol among the misses, and its 95 % interval."""

    rate: float
    low: float
    high: float
    pairs: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """The meaning of one pack's similarities, from one named set of pictures.

    `pack` says which weights, alignment and views made the scores; a score made otherwise means something else.
    """

    pack: str
    set_name: str
    cohorts: tuple[Cohort, ...]
    mated: Mated
    limits: tuple[str, ...]

    def __post_init__(self) -> None:
        names = [cohort.name for cohort in self.cohorts]
        if not names or len(set(names)) != len(names):
            raise BadUseError("bad_calibration", "A calibration has one cohort at least, each with its own name.")
        if self.mated.scores.pairs > self.mated.attempted:
            raise BadUseError("bad_calibration", "More mated pairs were compared than attempted.")

    def cohort_rates(self, similarity: float) -> tuple[CohortRate, ...]:
        """Each cohort's rate of non-mated comparisons at or above the similarity, in the order of the cohorts."""
        return tuple(_rate(cohort, similarity) for cohort in self.cohorts)

    def fmr_range(self, similarity: float) -> tuple[float, float] | None:
        """The false match rate at this similarity, lowest to highest cohort; None where no cohort can tell.

        A cohort that cannot tell while another can stands with its finest rate, 30/pairs: its own is lower, and
        leaving it out would make the range narrower than is known. Neither end rises with the similarity.
        """
        counted = [(cohort.scores.at_least(similarity), cohort.scores.pairs) for cohort in self.cohorts]
        if all(errors < LEAST_ERRORS for errors, _ in counted):
            return None
        bounds = [min(1.0, max(errors, LEAST_ERRORS) / pairs) for errors, pairs in counted]
        return min(bounds), max(bounds)

    def expected_lookalikes(self, similarity: float, gallery_size: int) -> tuple[float, float] | None:
        """How many other people's faces among `gallery_size` would score at least so high: `fmr_range` times it."""
        if gallery_size < 0:
            raise BadUseError("bad_gallery_size", f"A gallery has 0 faces or more, not {gallery_size}.")
        fmr = self.fmr_range(similarity)
        return None if fmr is None else (fmr[0] * gallery_size, fmr[1] * gallery_size)

    def threshold(self, fmr: float, cohort: str) -> float | None:
        """The lowest similarity on the grid with at most that false match rate in that cohort, None if it cannot tell.

        BadUseError for a cohort that was not measured or a rate outside 0 to 1.
        """
        chosen = self._cohort(cohort)
        if not 0.0 < fmr <= 1.0:
            raise BadUseError("bad_fmr", f"A false match rate is above 0 and at most 1, not {fmr}.")
        if fmr * chosen.scores.pairs < LEAST_ERRORS:
            return None
        return chosen.scores.lowest_reached_by(int(fmr * chosen.scores.pairs))

    def true_match_rate(self, similarity: float) -> TrueMatchRate:
        """The share of mated pairs that reach this similarity, rounded down: at the grid point at or above it."""
        hits = self.mated.scores.surely_at_least(similarity)
        low, high = clopper_pearson(hits, self.mated.attempted)
        return TrueMatchRate(hits / self.mated.attempted, low, high, self.mated.attempted)

    def to_json(self) -> str:
        """The calibration as a JSON text: words and counts, nothing else."""
        return json.dumps(
            {
                "format": FORMAT,
                "pack": self.pack,
                "set": self.set_name,
                "grid_step": GRID_STEP,
                "limits": list(self.limits),
                "mated": {"attempted": self.mated.attempted, **_counts_out(self.mated.scores)},
                "cohorts": [
                    {"name": c.name, "description": c.description, "people": c.people, **_counts_out(c.scores)}
                    for c in self.cohorts
                ],
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Calibration:
        """The calibration that `to_json` wrote. DamagedError for anything else."""
        try:
            table = json.loads(text)
            if table["format"] != FORMAT or table["grid_step"] != GRID_STEP:
                raise ValueError("another format or grid")
            cohorts = tuple(
                Cohort(str(c["name"]), str(c["description"]), int(c["people"]), _counts_in(c)) for c in table["cohorts"]
            )
            mated = Mated(int(table["mated"]["attempted"]), _counts_in(table["mated"]))
            limits = tuple(str(limit) for limit in table["limits"])
            return cls(str(table["pack"]), str(table["set"]), cohorts, mated, limits)
        except (KeyError, TypeError, ValueError, BadUseError) as error:
            raise DamagedError(
                "calibration_damaged", "The calibration table cannot be used.", f"{error}.", "Reinstall the face pack."
            ) from error

    def _cohort(self, name: str) -> Cohort:
        for cohort in self.cohorts:
            if cohort.name == name:
                return cohort
        measured = ", ".join(cohort.name for cohort in self.cohorts)
        raise BadUseError("unknown_cohort", f"No cohort {name} was measured.", f"Measured: {measured}.")


@dataclass(frozen=True, slots=True)
class CohortScores:
    """The raw non-mated scores of one cohort, float (N,), on their way to being counted."""

    description: str
    people: int
    scores: NDArray[np.floating]


def calibrate(
    mated: NDArray[np.floating],
    cohorts: Mapping[str, CohortScores],
    *,
    attempted: int,
    pack: str,
    set_name: str,
    limits: tuple[str, ...] = (),
) -> Calibration:
    """The calibration from scores: `mated` (N,) of `attempted` pairs, and the non-mated ones of each cohort by name.

    BadUseError for scores that are no similarities, for no cohort, or for more mated scores than attempts.
    """
    counted = tuple(Cohort(name, c.description, c.people, ScoreCounts.of(c.scores)) for name, c in cohorts.items())
    return Calibration(pack, set_name, counted, Mated(attempted, ScoreCounts.of(mated)), limits)


def _rate(cohort: Cohort, similarity: float) -> CohortRate:
    errors, pairs = cohort.scores.at_least(similarity), cohort.scores.pairs
    fmr = errors / pairs if errors >= LEAST_ERRORS else None
    return CohortRate(cohort.name, errors, pairs, fmr)


def _counts_out(scores: ScoreCounts) -> dict[str, Any]:
    return {"pairs": scores.pairs, "first_step": scores.first_step, "reaching": list(scores.reaching)}


def _counts_in(table: Mapping[str, Any]) -> ScoreCounts:
    reaching = tuple(table["reaching"])
    if not all(isinstance(n, int) for n in reaching):
        raise ValueError("a count is not a whole number")
    return ScoreCounts(int(table["pairs"]), int(table["first_step"]), reaching)

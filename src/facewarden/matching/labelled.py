"""A calibration from an operator's own set: several pictures of known people, with the groups that the set names.

It never gives a rate for a group that the set cannot tell of: that group is listed as not measured, with why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import BadUseError
from facewarden.matching.calibration import LEAST_ERRORS, Calibration, Cohort, Mated, TrueMatchRate
from facewarden.matching.counts import ScoreCounts
from facewarden.matching.intervals import clopper_pearson
from facewarden.matching.similarity import checked_templates, similarity_matrix

ROWS_AT_ONCE = 1024
GROUP_FMR = 1e-3
"""A group is measured if its own pairs can tell this false match rate: 30,000 pairs, some 245 people."""
LEAST_MATED = 30
"""Mated pairs that a group's true match rate rests on: below that its interval says nothing."""
INDEPENDENCE = (
    "Comparisons share people and are not independent: the bounds take them as independent and are too narrow."
)


@dataclass(frozen=True, slots=True)
class LabelledTemplates:
    """The pictures of a set that could be enrolled. Row i of `searched` and `enrolled`, float32 (N, dimension), is
    one picture of `people[i]`, with a probe's views and with an enrolment's; a person's pictures keep their order.

    `attempted` counts each person's pictures, failures to enrol included; `groups` maps a group's name to its people.
    """

    people: tuple[str, ...]
    searched: NDArray[np.float32]
    enrolled: NDArray[np.float32]
    attempted: Mapping[str, int]
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checked_templates(self.searched)
        checked_templates(self.enrolled)
        if not len(self.people) == len(self.searched) == len(self.enrolled):
            raise BadUseError("bad_set", "Each picture of a set has one person and two templates.")


@dataclass(frozen=True, slots=True)
class GroupRates:
    """What the set tells of one group at the shipped threshold; None and `why` where it cannot tell.

    `fmr` is of pairs within the group, `tmr` of the group's mated pairs.
    """

    group: str
    people: int
    pairs: int
    fmr: float | None
    tmr: TrueMatchRate | None
    why: str


@dataclass(frozen=True, slots=True)
class OwnCalibration:
    """The calibration, the lowest similarity with at most `fmr` in its easiest cohort, and the groups at it."""

    calibration: Calibration
    fmr: float
    threshold: float
    groups: tuple[GroupRates, ...]


def calibrate_set(found: LabelledTemplates, *, pack: str, set_name: str, fmr: float = GROUP_FMR) -> OwnCalibration:
    """The calibration of a set of people with two pictures or more of some; `pack` says how the templates were made.

    Raises BadUseError `set_too_small` where no cohort tells `fmr`, or no person has a second picture.
    """
    firsts, seconds = _first_and_later(found.people)
    attempted = sum(count - 1 for count in found.attempted.values())
    mated = _mated_scores(found, firsts, seconds)
    if not len(mated):
        raise BadUseError(
            "set_too_small", "Nobody in the set has two usable pictures.", "Mated pairs need two of one person.",
            "Put several pictures of each person into the person's folder.",
        )  # fmt: skip
    cohorts = [_cohort("gallery x gallery", "first pictures against each other", found, firsts, None)]
    if len(seconds):
        cohorts.append(_cohort("probes x gallery", "later pictures against first ones", found, seconds, firsts))
    shown = [group for group in sorted(found.groups) if _told(_members(found, firsts, found.groups[group]))]
    cohorts += [
        _cohort(name, f"first pictures within {name}", found, _members(found, firsts, found.groups[name]), None)
        for name in shown
    ]
    unmeasured = [group for group in sorted(found.groups) if group not in shown]
    limits = (
        "Groups of people not measured, the set holds too few of them: " + ", ".join(unmeasured) + "."
        if unmeasured
        else "Groups of people: those measured are cohorts of their own."
        if shown
        else "Groups of people: not measured (the set names none).",
        INDEPENDENCE,
    )
    calibration = Calibration(pack, set_name, tuple(cohorts), Mated(attempted, ScoreCounts.of(mated)), limits)
    threshold = _easiest(calibration, fmr)
    return OwnCalibration(calibration, fmr, threshold, _groups(found, firsts, seconds, calibration, threshold))


def _easiest(calibration: Calibration, fmr: float) -> float:
    known = [calibration.threshold(fmr, cohort.name) for cohort in calibration.cohorts]
    thresholds = [threshold for threshold in known if threshold is not None]
    if not thresholds:
        pairs = max(cohort.scores.pairs for cohort in calibration.cohorts)
        raise BadUseError(
            "set_too_small",
            f"The set cannot tell a false match rate of {fmr:g}.",
            f"That takes {LEAST_ERRORS / fmr:,.0f} pairs of different people; it has {pairs:,} at most.",
            f"Add people: {people_needed(fmr):,} with one picture each are enough.",
        )
    return min(thresholds)


def people_needed(fmr: float) -> int:
    """How many people, one picture each, hold pairs enough to tell that false match rate."""
    people = 2
    while people * (people - 1) / 2 < LEAST_ERRORS / fmr:
        people += 1
    return people


def _first_and_later(people: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    seen: set[str] = set()
    firsts: list[int] = []
    later: list[int] = []
    for place, person in enumerate(people):
        (later if person in seen else firsts).append(place)
        seen.add(person)
    return np.array(firsts, np.int64), np.array(later, np.int64)


def _mated_scores(found: LabelledTemplates, firsts: NDArray[np.int64], later: NDArray[np.int64]) -> NDArray[np.float32]:
    """Each later picture, as a probe, against its person's first one."""
    first_of = {found.people[place]: place for place in firsts}
    mates = np.array([first_of[found.people[place]] for place in later], np.int64)
    scores: NDArray[np.float32] = np.einsum("nd,nd->n", found.searched[later], found.enrolled[mates])
    return np.clip(scores, -1.0, 1.0)


def _cohort(
    name: str,
    what: str,
    found: LabelledTemplates,
    probes: NDArray[np.int64],
    gallery: NDArray[np.int64] | None,
) -> Cohort:
    counts = ScoreCounts.gathered(_non_mated(found, probes, gallery))
    people = len({found.people[place] for place in (*probes, *(() if gallery is None else gallery))})
    return Cohort(name, f"{what}; {people:,} people, {counts.pairs:,} pairs", people, counts)


def _non_mated(
    found: LabelledTemplates, probes: NDArray[np.int64], gallery: NDArray[np.int64] | None
) -> Iterator[NDArray[np.float32]]:
    """The scores of different people; without a gallery those within the probes, each pair of pictures once."""
    names = np.unique(np.array(found.people), return_inverse=True)[1]
    other = probes if gallery is None else gallery
    for start in range(0, len(probes), ROWS_AT_ONCE):
        rows = probes[start : start + ROWS_AT_ONCE]
        counted = names[rows][:, None] != names[other][None, :]
        if gallery is None:
            counted &= rows[:, None] < other[None, :]
        yield similarity_matrix(found.searched[rows], found.enrolled[other])[counted]


def _members(found: LabelledTemplates, places: NDArray[np.int64], group: frozenset[str]) -> NDArray[np.int64]:
    return np.array([place for place in places if found.people[place] in group], np.int64)


def _told(members: NDArray[np.int64]) -> bool:
    return len(members) * (len(members) - 1) / 2 >= LEAST_ERRORS / GROUP_FMR


def _groups(
    found: LabelledTemplates,
    firsts: NDArray[np.int64],
    later: NDArray[np.int64],
    calibration: Calibration,
    threshold: float,
) -> tuple[GroupRates, ...]:
    rates = {rate.cohort: rate for rate in calibration.cohort_rates(threshold)}
    told = []
    for group in sorted(found.groups):
        people = len(_members(found, firsts, found.groups[group]))
        pairs = people * (people - 1) // 2
        mates = _members(found, later, found.groups[group])
        attempted = sum(found.attempted[person] - 1 for person in found.groups[group] if person in found.attempted)
        tmr = None
        if attempted >= LEAST_MATED:
            hits = int(np.count_nonzero(_mated_scores(found, firsts, mates) >= threshold)) if len(mates) else 0
            tmr = TrueMatchRate(hits / attempted, *clopper_pearson(hits, attempted), attempted)
        rate = rates.get(group)
        why = [] if rate else [f"{pairs:,} pairs of different people, {LEAST_ERRORS / GROUP_FMR:,.0f} are needed"]
        why += [f"fewer than {LEAST_ERRORS} of its pairs reach the threshold"] if rate and rate.fmr is None else []
        why += [] if tmr else [f"{attempted:,} mated pairs, {LEAST_MATED} are needed"]
        told.append(GroupRates(group, people, pairs, rate.fmr if rate else None, tmr, "; ".join(why)))
    return tuple(told)

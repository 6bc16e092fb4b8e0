"""The scores of a measurement: who was compared with whom, and who could not be compared at all.

It never drops a failure to enrol: a person without a template is in the trial, as a miss. Words after ISO/IEC 19795-1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import BadUseError
from facewarden.matching.similarity import checked_templates, similarity_matrix

PEOPLE_AT_ONCE = 2048
"""Rows of a score matrix at a time: 10,000 x 2,048 scores are 80 MB."""


@dataclass(frozen=True, slots=True)
class EnrolledSet:
    """People with at most one template each. `people` are all who were tried, `rows` float32 (N, dimension) the
    templates of those that `enrolled` names, in its order; the others failed to enrol."""

    people: tuple[str, ...]
    enrolled: tuple[str, ...]
    rows: NDArray[np.float32]

    def __post_init__(self) -> None:
        checked_templates(self.rows)
        if len(set(self.people)) != len(self.people) or len(set(self.enrolled)) != len(self.enrolled):
            raise BadUseError("bad_trial", "A person is in a set once.")
        if not set(self.enrolled) <= set(self.people) or len(self.enrolled) != len(self.rows):
            raise BadUseError("bad_trial", "Each enrolled person is one of the people and has one template.")

    @property
    def failed(self) -> tuple[str, ...]:
        """Those who could not be enrolled."""
        there = set(self.enrolled)
        return tuple(person for person in self.people if person not in there)

    def only(self, people: Sequence[str]) -> EnrolledSet:
        """The part of the set that these people make up; names that are not in it are passed over."""
        wanted = set(people)
        kept = [place for place, person in enumerate(self.enrolled) if person in wanted]
        return EnrolledSet(
            tuple(person for person in self.people if person in wanted),
            tuple(self.enrolled[place] for place in kept),
            self.rows[kept],
        )


@dataclass(frozen=True, slots=True)
class NonMated:
    """The non-mated scores of one named set, float32 (pairs,), with who the two people of each pair are.

    `left` and `right` are places in `people`, int32 (pairs,). One pair of pictures is one comparison; `within` tells
    that both sides are the same set, each pair of people counted once.
    """

    name: str
    within: bool
    people: tuple[str, ...]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    scores: NDArray[np.float32]


def non_mated(name: str, left: EnrolledSet, right: EnrolledSet | None = None) -> NonMated:
    """All comparisons of different people: of `left` with `right`, or without it each pair within `left` once."""
    other = left if right is None else right
    people = tuple(dict.fromkeys(left.enrolled + other.enrolled))
    place = {person: i for i, person in enumerate(people)}
    left_places = np.array([place[p] for p in left.enrolled], dtype=np.int32)
    right_places = np.array([place[p] for p in other.enrolled], dtype=np.int32)
    parts: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]] = []
    for start in range(0, len(left_places), PEOPLE_AT_ONCE):
        scores = similarity_matrix(left.rows[start : start + PEOPLE_AT_ONCE], other.rows)
        mine = left_places[start : start + PEOPLE_AT_ONCE, None]
        counted = mine != right_places[None, :]
        if right is None:
            counted = mine < right_places[None, :]
        rows, columns = np.nonzero(counted)
        parts.append((mine[rows, 0], right_places[columns], scores[counted]))
    if not parts:
        raise BadUseError("bad_trial", "There is nobody to compare.")
    lefts, rights, all_scores = (np.concatenate(column) for column in zip(*parts, strict=True))
    return NonMated(name, right is None, people, lefts, rights, all_scores)


@dataclass(frozen=True, slots=True)
class MatedSearches:
    """Each probe's search for its mate, as ranks and scores, in the order of `people`.

    `rank` int64: 1 is best, 0 when the probe or its mate failed to enrol; of equal scores the mate comes last.
    `score` float32: the mated comparison, NaN where there is none. `best_other` float32: the best candidate of
    the same search with the mate taken out, a non-mated search; NaN where the probe failed.
    """

    people: tuple[str, ...]
    rank: NDArray[np.int64]
    score: NDArray[np.float32]
    best_other: NDArray[np.float32]


def mated_searches(probes: EnrolledSet, gallery: EnrolledSet) -> MatedSearches:
    """Every probe whose person is among the gallery's people, searched in the whole gallery."""
    in_gallery = set(gallery.people)
    people = tuple(person for person in probes.people if person in in_gallery)
    probe_place = {person: i for i, person in enumerate(probes.enrolled)}
    mate_place = {person: i for i, person in enumerate(gallery.enrolled)}
    rank = np.zeros(len(people), dtype=np.int64)
    score = np.full(len(people), np.nan, dtype=np.float32)
    best_other = np.full(len(people), np.nan, dtype=np.float32)
    for i, person in enumerate(people):
        if person not in probe_place or not len(gallery.rows):
            continue
        scores = similarity_matrix(probes.rows[probe_place[person]][None], gallery.rows)[0]
        mate = mate_place.get(person)
        others = scores if mate is None else np.delete(scores, mate)
        best_other[i] = others.max(initial=-1.0)
        if mate is not None:
            score[i] = scores[mate]
            rank[i] = 1 + np.count_nonzero(others >= scores[mate])
    return MatedSearches(people, rank, score, best_other)

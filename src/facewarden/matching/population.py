"""Made-up templates that spread as real ones do, for measuring an index at sizes nobody has pictures for.

It never says anything of accuracy: these are points, not people. What it keeps of measured templates is their mean
and how they spread, in memory only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import BadUseError
from facewarden.matching.similarity import checked_templates, normalised
from facewarden.matching.trials import EnrolledSet

SHRINKAGE = 0.5
"""Share of the within-person spread taken from the shape of all spread: 100 pairs do not fill 128 dimensions."""

# The default pack on the portraits (docs/adr/0005-index.md): length of the mean template, share of the rest that is
# within a person, and how fast the spread falls over its directions.
ASSUMED_MEAN_LENGTH = 0.931
ASSUMED_WITHIN_SHARE = 0.17
ASSUMED_DECAY_DIRECTIONS = 26.0
ASSUMED_SCALE_SIGMA = 0.8


@dataclass(frozen=True, slots=True)
class Population:
    """Where templates lie: mean (D,), and square roots (D, D) of the spread between people and within one person.

    `scales` (n,) are what the within-person spread is multiplied with, one drawn for each mate: some pairs of
    pictures differ little and some a lot, and those are the ones that an index may lose.
    """

    mean: NDArray[np.float32]
    between: NDArray[np.float32]
    within: NDArray[np.float32]
    scales: NDArray[np.float32]
    origin: str

    def people(self, count: int, seed: int) -> NDArray[np.float32]:
        """The middles of that many people, float32 (count, D), not normalised."""
        drawn = np.random.default_rng((seed, 1)).standard_normal((count, len(self.mean)), dtype=np.float32)
        return self.mean + drawn @ self.between

    def pictures(self, people: NDArray[np.float32], seed: int, *, hard: bool = False) -> NDArray[np.float32]:
        """One template of each of these people, float32 (N, D), L2-normalised; `hard` scales the spread by `scales`."""
        source = np.random.default_rng((seed, 2))
        spread = source.standard_normal(people.shape, dtype=np.float32) @ self.within
        if hard:
            spread *= np.sqrt(source.choice(self.scales, len(people)))[:, None]
        return normalised(people + spread)


def measured_population(
    gallery: NDArray[np.float32], probes: NDArray[np.float32], mates: NDArray[np.float32], origin: str
) -> Population:
    """The population that these templates suggest: `gallery` (N, D) of different people, `probes` and `mates` (M, D)
    two pictures of one person in each row. BadUseError for fewer than D people or 30 pairs."""
    for rows in (gallery, probes, mates):
        checked_templates(rows, gallery.shape[1])
    if len(gallery) < gallery.shape[1] or len(probes) != len(mates) or len(probes) < 30:
        raise BadUseError("bad_population", "A population needs more people than dimensions, and 30 mated pairs.")
    total = np.cov(gallery.astype(np.float64).T)
    difference = (probes - mates).astype(np.float64)
    sampled = difference.T @ difference / len(difference) / 2.0
    within = (1.0 - SHRINKAGE) * sampled + SHRINKAGE * (np.trace(sampled) / np.trace(total)) * total
    apart = 1.0 - np.einsum("ij,ij->i", probes, mates).astype(np.float64)
    return Population(
        mean=gallery.mean(axis=0, dtype=np.float64).astype(np.float32),
        between=_root(total - within),
        within=_root(within),
        scales=(apart / apart.mean()).clip(0.0).astype(np.float32),
        origin=origin,
    )


def population_of(probes: EnrolledSet, gallery: EnrolledSet, origin: str) -> Population:
    """The population that an enrolled set suggests; mated = the same person's name in both. Errors as above."""
    place = {person: i for i, person in enumerate(gallery.enrolled)}
    pairs = [(i, place[person]) for i, person in enumerate(probes.enrolled) if person in place]
    probe_rows, mate_rows = [i for i, _ in pairs], [mate for _, mate in pairs]
    return measured_population(gallery.rows, probes.rows[probe_rows], gallery.rows[mate_rows], origin)


def assumed_population(dimension: int, seed: int = 0) -> Population:
    """A population with the default pack's measured proportions, for where no portraits are at hand."""
    source = np.random.default_rng((seed, 3))
    axes = np.linalg.qr(source.standard_normal((dimension, dimension)))[0]
    falling = np.exp(-np.arange(dimension) * 128.0 / dimension / ASSUMED_DECAY_DIRECTIONS)
    spread = (1.0 - ASSUMED_MEAN_LENGTH**2) * falling / falling.sum()
    log_normal = np.exp(ASSUMED_SCALE_SIGMA * source.standard_normal(1000))
    return Population(
        mean=(ASSUMED_MEAN_LENGTH * axes[-1]).astype(np.float32),
        between=_root((axes * spread * (1.0 - ASSUMED_WITHIN_SHARE)) @ axes.T),
        within=_root((axes * spread * ASSUMED_WITHIN_SHARE) @ axes.T),
        scales=(log_normal / log_normal.mean()).astype(np.float32),
        origin="assumed spread",
    )


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float32]:
    """R with R.T @ R the covariance; directions that a small sample makes negative hold nothing."""
    values, axes = np.linalg.eigh(covariance)
    root: NDArray[np.float32] = (np.sqrt(values.clip(0.0))[:, None] * axes.T).astype(np.float32)
    return root

"""Whether the calibration keeps its word: thresholds from one half of the people tried on the other half, and probes
known to be absent searched at the shipped threshold, beside dlib's own default.

Never tunes anything: it reports, and says where the set cannot tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.adapters.faces_onnx.engine import OnnxFaceEngine
from facewarden.bench.portraits import Progress, largest_faces, photos_in
from facewarden.matching.calibration import LEAST_ERRORS
from facewarden.matching.counts import ScoreCounts
from facewarden.matching.intervals import clopper_pearson
from facewarden.matching.similarity import similarity_matrix
from facewarden.ports import PhotoDecoder

RATES = (1e-2, 1e-3, 1e-4)
SPLIT_SEED = 19795
REPEATS = 400
DLIB_DIMENSION = 128
DLIB_DISTANCE = 0.6
"""What the dlib example and the library face_recognition call the same person, unless told otherwise."""


class Portraits:
    """One folder's people: templates with both views, and dlib's own descriptor of the usual chip, (N, 128).

    As the product does it: a face below a quality floor is not enrolled but may be searched for.
    """

    def __init__(
        self, folder: Path, decoder: PhotoDecoder, engine: OnnxFaceEngine, progress: Progress, *, as_probes: bool
    ) -> None:
        people: list[str] = []
        searched = [np.zeros((0, engine.card.dimension), np.float32)]
        enrolled, raw = searched[:], [np.zeros((0, DLIB_DIMENSION), np.float32)]
        named = [(path.stem, path) for path in photos_in(folder)]
        for names, images, faces in largest_faces(named, decoder, engine, floors=not as_probes, progress=progress):
            people += names
            searched.append(engine.templates(images, faces, engine.card.probe_views))
            enrolled.append(engine.templates(images, faces, engine.card.enrol_views))
            raw.append(engine.descriptors(engine.chips(images, faces)))
        self.people = tuple(people)
        self.searched, self.enrolled, self.raw = (np.concatenate(part) for part in (searched, enrolled, raw))


def halves(people: Sequence[str], searched: NDArray[np.float32], enrolled: NDArray[np.float32]) -> list[dict[str, Any]]:
    """For each rate and each half: the look-alikes a search of the other half was said to meet, and those it met.

    `expected` and `seen` are means over searches of one person of the other half among the rest of it, each with its
    95 % interval from resampling its own half's people; `kept` tells that the difference of the two may be nothing.
    `expected` is None where the first half holds too few pairs to tell (30 errors).
    """
    order = np.random.default_rng(SPLIT_SEED).permutation(len(people))
    first, second = order[: len(order) // 2], order[len(order) // 2 :]
    rows = []
    for name, known, tried in (("first", first, second), ("second", second, first)):
        told, met = (_among(searched[half], enrolled[half]) for half in (known, tried))
        counts = ScoreCounts.of(told[np.triu_indices(len(told), 1)])
        for fmr in RATES:
            row = {"fmr": fmr, "threshold_from": name, "pairs": counts.pairs, "people": len(tried)}
            if fmr * counts.pairs < LEAST_ERRORS:
                rows.append(row | {"threshold": None, "expected": None})
            else:
                threshold = counts.lowest_reached_by(int(fmr * counts.pairs))
                rows.append(row | {"threshold": threshold} | _foretold(told >= threshold, met >= threshold))
    return rows


def _foretold(told: NDArray[np.bool_], met: NDArray[np.bool_]) -> dict[str, Any]:
    others = len(met) - 1
    expected, seen = _resampled(told, 1) * others, _resampled(met, 2) * others
    low, high = _middle(seen - expected)
    return {
        "expected": float(told.sum() / (len(told) * (len(told) - 1)) * others),
        "expected_interval": _middle(expected),
        "seen": float(met.sum() / len(met)),
        "seen_interval": _middle(seen),
        "kept": low <= 0.0 <= high,
    }


def absent_probes(
    probes: Portraits, gallery: Portraits, threshold: float, distance: float = DLIB_DISTANCE
) -> dict[str, Any]:
    """Each probe searched in a gallery without its mate: how often somebody comes back all the same (FPIR).

    For the product at `threshold`, and for dlib's descriptors of the same faces within `distance` of each other; 95 %
    intervals after Clopper and Pearson, searches taken as independent. `candidates` is how many come back on average.
    """
    scores = similarity_matrix(probes.searched, gallery.enrolled) >= threshold
    apart = _distances(probes.raw, gallery.raw) <= distance
    mates = np.array(probes.people)[:, None] == np.array(gallery.people)[None, :]
    return {
        "gallery": len(gallery.people) - 1,
        "searches": len(probes.people),
        "facewarden": {"threshold": threshold, **_returned(scores, mates)},
        "dlib": {"distance": distance, **_returned(apart, mates)},
    }


def _returned(near: NDArray[np.bool_], mates: NDArray[np.bool_]) -> dict[str, Any]:
    hits = near & ~mates
    some = int(hits.any(axis=1).sum())
    low, high = clopper_pearson(some, len(hits))
    return {
        "fpir": some / len(hits),
        "interval": [low, high],
        "candidates": float(hits.sum(axis=1).mean()),
        "mates_found": int((near & mates).sum()),
    }


def _among(searched: NDArray[np.float32], enrolled: NDArray[np.float32]) -> NDArray[np.float32]:
    """Everybody's similarity to everybody, one's own left out."""
    scores = similarity_matrix(searched, enrolled)
    np.fill_diagonal(scores, -1.0)
    return scores


def _resampled(hits: NDArray[np.bool_], seed: int) -> NDArray[np.float64]:
    """The share of pairs that hit, for each time the people were drawn again with replacement."""
    people, pairs = len(hits), hits.astype(np.float64)
    source = np.random.default_rng(seed)
    shares = []
    for _ in range(REPEATS):
        drawn = np.bincount(source.integers(0, people, people), minlength=people).astype(np.float64)
        shares.append(drawn @ pairs @ drawn / (people * people))
    return np.array(shares)


def _middle(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def _distances(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float64]:
    a, b = left.astype(np.float64), right.astype(np.float64)
    squared = (a * a).sum(1)[:, None] + (b * b).sum(1)[None, :] - 2 * a @ b.T
    distances: NDArray[np.float64] = np.sqrt(np.maximum(squared, 0.0))
    return distances

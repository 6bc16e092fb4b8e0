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
from facewarden.bench.portraits import BATCH, Progress, passes_floors, photos_in
from facewarden.domain.photos import DecodedPhoto
from facewarden.matching.calibration import LEAST_ERRORS
from facewarden.matching.counts import ScoreCounts
from facewarden.matching.intervals import bootstrap, clopper_pearson
from facewarden.matching.similarity import similarity_matrix
from facewarden.ports import PhotoDecoder

RATES = (1e-2, 1e-3, 1e-4)
SPLIT_SEED = 19795
DLIB_DISTANCE = 0.6
"""What the dlib example and the library face_recognition call the same person, unless told otherwise."""


class Portraits:
    """One folder's people: templates with both views, and dlib's own descriptor of the usual chip, (N, 128)."""

    def __init__(self, folder: Path, decoder: PhotoDecoder, engine: OnnxFaceEngine, progress: Progress) -> None:
        people: list[str] = []
        searched: list[NDArray[np.float32]] = []
        enrolled: list[NDArray[np.float32]] = []
        raw: list[NDArray[np.float32]] = []
        paths = photos_in(folder)
        for start in range(0, len(paths), BATCH):
            batch = paths[start : start + BATCH]
            decoded = zip(batch, decoder.decode([path.read_bytes() for path in batch]), strict=True)
            seen = [(path.stem, photo.pixels) for path, photo in decoded if isinstance(photo, DecodedPhoto)]
            found = zip(seen, engine.detect([pixels for _, pixels in seen]), strict=True)
            usable = [(name, pixels, faces[0]) for (name, pixels), faces in found if faces and passes_floors(faces[0])]
            names, images, picked = zip(*usable, strict=True) if usable else ((), (), ())
            people += names
            searched.append(engine.templates(images, picked, engine.card.probe_views))
            enrolled.append(engine.templates(images, picked, engine.card.enrol_views))
            raw.append(engine.descriptors(engine.chips(images, picked)))
            progress(start + len(batch), len(paths))
        self.tried = tuple(path.stem for path in paths)
        self.people = tuple(people)
        self.searched, self.enrolled, self.raw = (np.concatenate(part) for part in (searched, enrolled, raw))


def halves(people: Sequence[str], searched: NDArray[np.float32], enrolled: NDArray[np.float32]) -> list[dict[str, Any]]:
    """For each rate and each half: the look-alikes a search of the other half was said to meet, and those it met.

    `seen` is the mean over the other half's people, each searched among the rest of it, with its 95 % interval from
    resampling people; `expected` None where the first half holds too few pairs to tell (30 errors).
    """
    order = np.random.default_rng(SPLIT_SEED).permutation(len(people))
    first, second = order[: len(order) // 2], order[len(order) // 2 :]
    rows = []
    for name, known, tried in (("first", first, second), ("second", second, first)):
        told = ScoreCounts.of(_pairs(searched[known], enrolled[known]))
        scores = similarity_matrix(searched[tried], enrolled[tried])
        np.fill_diagonal(scores, -1.0)
        for fmr in RATES:
            row: dict[str, Any] = {"fmr": fmr, "threshold_from": name, "pairs": told.pairs, "people": len(tried)}
            if fmr * told.pairs < LEAST_ERRORS:
                rows.append(row | {"threshold": None, "expected": None, "seen": None, "interval": None, "kept": None})
                continue
            threshold = told.lowest_reached_by(int(fmr * told.pairs))
            low_high, seen = _lookalikes(scores >= threshold)
            expected = told.at_least(threshold) / told.pairs * (len(tried) - 1)
            rows.append(
                row
                | {"threshold": threshold, "expected": expected, "seen": seen, "interval": low_high}
                | {"kept": low_high[0] <= expected <= low_high[1]}
            )
    return rows


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


def _pairs(searched: NDArray[np.float32], enrolled: NDArray[np.float32]) -> NDArray[np.float32]:
    scores = similarity_matrix(searched, enrolled)
    chosen: NDArray[np.float32] = scores[np.triu_indices(len(scores), 1)]
    return chosen


def _lookalikes(hits: NDArray[np.bool_]) -> tuple[tuple[float, float], float]:
    """The interval and the mean of how many others each person's search meets."""
    people = len(hits)
    pairs = hits.astype(np.float64)

    def mean(drawn: NDArray[np.int64]) -> float:
        counts = drawn.astype(np.float64)
        return float(counts @ pairs @ counts) / (people * people) * (people - 1)

    interval = bootstrap(mean, people, repeats=400) or (0.0, 0.0)
    return interval, float(hits.sum() / people)


def _distances(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float64]:
    a, b = left.astype(np.float64), right.astype(np.float64)
    squared = (a * a).sum(1)[:, None] + (b * b).sum(1)[None, :] - 2 * a @ b.T
    distances: NDArray[np.float64] = np.sqrt(np.maximum(squared, 0.0))
    return distances

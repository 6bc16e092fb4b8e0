"""How fast the index is and whom it loses, at any size, on a made-up population.

It never states accuracy: a mate that exact search finds and the index does not is a loss of the index, nothing more.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.adapters.index_faiss.index import PLAIN_UP_TO, FaissIndex, IndexOptions, candidates_needed
from facewarden.matching.population import Population
from facewarden.matching.rerank import rerank

Templates = NDArray[np.float32]

CHUNK = 100_000
MATES = 10_000
SEARCHES = 200
SHOWN = 50
RANKS = (1, 10, 50)
CANDIDATES = (50, 100, 200, 300, 500, 1000, 2000)
PROBES_AT_ONCE = 500
_GALLERY_SEED, _PROBE_SEED = 1, 2


@dataclass(frozen=True, slots=True)
class Timing:
    """Of repeated searches, one at a time: milliseconds."""

    first_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Loss:
    """Mates that exact search has at `rank` or better, and the share of those among so many candidates of the scan."""

    rank: int
    exact_finds: int
    kept: dict[int, float]


@dataclass(frozen=True, slots=True)
class IndexMeasurement:
    """One gallery size: what it takes and what it loses. Sizes in bytes, times as named."""

    faces: int
    exact: bool
    threads: int
    candidates: int
    population: str
    build_s: float
    save_s: float
    load_s: float
    file_bytes: int
    resident_bytes: int
    scan: Timing
    scan_and_rerank: Timing
    mates: int
    losses: tuple[Loss, ...]

    def as_json(self) -> dict[str, Any]:
        """The measurement as plain values."""
        return asdict(self)


class MadeUpGallery:
    """Templates of a population in an unlinked file, read by face number: what stands for the records here.

    The first `mates` people have a second picture, the probe. Nothing is left on the disk, however the process ends.
    """

    def __init__(self, population: Population, size: int, mates: int, folder: Path | None = None) -> None:
        self.size = size
        with tempfile.TemporaryFile(dir=folder) as file:  # the mapping outlives the closed, nameless file
            file.truncate(size * len(population.mean) * 4)
            self._rows = np.memmap(file, dtype=np.float32, mode="r+", shape=(size, len(population.mean)))
        probes = []
        for start in range(0, size, CHUNK):
            people = population.people(min(CHUNK, size - start), seed=_GALLERY_SEED * 1_000_003 + start)
            self._rows[start : start + len(people)] = population.pictures(people, seed=start)
            searched = people[: max(0, mates - start)]
            if len(searched):
                probes.append(population.pictures(searched, seed=_PROBE_SEED * 1_000_003 + start, hard=True))
        self.probes = np.concatenate(probes)

    def chunks(self) -> Iterator[tuple[NDArray[np.int64], Templates]]:
        """All faces in order: numbers from 1, and templates."""
        for start in range(0, self.size, CHUNK):
            rows = np.asarray(self._rows[start : start + CHUNK])
            yield np.arange(start + 1, start + 1 + len(rows), dtype=np.int64), rows

    def templates(self, numbers: NDArray[np.int64]) -> Templates:
        """The templates of those faces, (N, dimension)."""
        return np.asarray(self._rows[numbers - 1])

    def exact_ranks(self, probes: Templates) -> NDArray[np.int64]:
        """The rank of probe i's mate, face i + 1, in the whole gallery: 1 is best."""
        own = np.einsum("ij,ij->i", probes, self._rows[: len(probes)])
        ranks = np.ones(len(probes), dtype=np.int64)
        for numbers, rows in self.chunks():
            for start in range(0, len(probes), PROBES_AT_ONCE):
                part = slice(start, start + PROBES_AT_ONCE)
                higher = probes[part] @ rows.T > own[part, None]
                mates = np.arange(start, start + len(higher)) + 1
                inside = (mates >= numbers[0]) & (mates <= numbers[-1])
                higher[np.flatnonzero(inside), mates[inside] - numbers[0]] = False  # a mate is not above itself
                ranks[part] += higher.sum(axis=1)
        return ranks


def measure_index(
    size: int,
    population: Population,
    *,
    mates: int = MATES,
    threads: int = 1,
    plain_up_to: int = PLAIN_UP_TO,
    folder: Path | None = None,
) -> IndexMeasurement:
    """Builds, saves, loads and searches an index of `size` faces; nothing is left in `folder` (default: temporary).

    Probes are second pictures of the first `mates` people, with the spread scaled as mated pairs differ. As many are
    re-ranked as the index asks for. The re-rank reads templates that lie unencrypted in the page cache: what the
    records' decryption costs comes on top and is measured with them.
    """
    dimension, options = len(population.mean), IndexOptions(plain_up_to, threads)
    taken = SHOWN if size <= plain_up_to else candidates_needed(size)
    gallery = MadeUpGallery(population, size, min(mates, size), folder)
    probes = gallery.probes
    with tempfile.TemporaryDirectory(dir=folder) as place:
        index = FaissIndex(Path(place) / "index", bytes(32), dimension, options)
        before = _resident_bytes()
        started = time.perf_counter()
        for numbers, rows in gallery.chunks():
            index.apply_arrays(numbers, rows, int(numbers[-1]))
        build_s = time.perf_counter() - started
        save_s = _seconds(index.save)
        file_bytes = (Path(place) / "index").stat().st_size
        del index
        index = FaissIndex(Path(place) / "index", bytes(32), dimension, options)
        load_s = _seconds(index.load)
    resident = max(0, _resident_bytes() - before)
    both = _timing(lambda probe: _search(index, gallery, probe, taken), probes)
    scan = _timing(lambda probe: index.search(probe[None], taken), probes)
    losses = _losses(index, gallery, probes)
    return IndexMeasurement(
        size, index.exact, threads, taken, population.origin, build_s, save_s, load_s, file_bytes, resident, scan,
        both, len(probes), losses,
    )  # fmt: skip


def _search(index: FaissIndex, gallery: MadeUpGallery, probe: Templates, candidates: int) -> NDArray[np.int64]:
    numbers, _ = index.search(probe[None], candidates)[0]
    order, _ = rerank(probe, gallery.templates(numbers), SHOWN)
    return numbers[order]


def _losses(index: FaissIndex, gallery: MadeUpGallery, probes: Templates) -> tuple[Loss, ...]:
    """Whether each mate is among the scan's candidates: the exact re-rank then puts it where exact search has it."""
    exact = gallery.exact_ranks(probes)
    deepest = max(CANDIDATES)
    place = np.full(len(probes), np.iinfo(np.int64).max)
    for start in range(0, len(probes), PROBES_AT_ONCE):
        found = index.search(probes[start : start + PROBES_AT_ONCE], deepest)
        for i, (numbers, _) in enumerate(found, start=start):
            at = np.flatnonzero(numbers == i + 1)
            if len(at):
                place[i] = at[0]
    losses = []
    for rank in RANKS:
        finds = exact <= rank
        kept = {n: float(np.mean(place[finds] < n)) for n in CANDIDATES} if finds.any() else {}
        losses.append(Loss(rank, int(finds.sum()), kept))
    return tuple(losses)


def _timing(search: Callable[[Templates], object], probes: Templates) -> Timing:
    taken = np.array([_seconds(partial(search, probe)) for probe in probes[:SEARCHES]]) * 1e3
    p50, p95, p99 = np.percentile(taken[1:], [50, 95, 99])
    return Timing(float(taken[0]), float(p50), float(p95), float(p99))


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _resident_bytes() -> int:
    """Memory of this process that is its own, not the pages of mapped files."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return int(fields["RssAnon"].split()[0]) * 1024

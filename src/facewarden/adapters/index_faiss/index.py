"""The index behind the port `FaceIndex`: follows the records' sequence, finds what is near, saves itself encrypted.

It never decides what is shown: what it finds is re-ranked from the records and joined with them. It is a cache;
losing it loses nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facewarden.adapters.index_faiss.coded import CENTROIDS, CodedGallery
from facewarden.adapters.index_faiss.locks import ReadWriteLock
from facewarden.adapters.index_faiss.plain import Found, PlainGallery
from facewarden.adapters.index_faiss.snapshot import Gallery, Snapshot, load_snapshot, save_snapshot
from facewarden.domain.gallery import IndexChange
from facewarden.errors import BadUseError
from facewarden.matching.fingerprint import EMPTY_FINGERPRINT, updated
from facewarden.matching.similarity import checked_templates

PLAIN_UP_TO = 50_000
"""Faces scanned exactly; above, as codes. There both ways take 2 ms, the codes' re-rank included (ADR 0005)."""

OVERFETCH = 100
"""Candidates to re-rank at least. From a large coded gallery the index brings more by itself: `candidates_needed`."""

NEEDED_BY_SIZE = ((1_500_000, 100), (15_000_000, 300))
"""Faces up to which so many candidates of a coded scan hold 0.999 of the mates that exact search has among its best 50:
10,000 hard mates, measured at 1 and 10 million faces (ADR 0005)."""
NEEDED_ABOVE = 1_000
"""For still larger galleries. Not measured: an extrapolation on the safe side."""

FACES_A_STEP = 20_000
"""Faces coded and added under one lock: searches wait some milliseconds at most."""
REMOVALS_A_STEP = 1_000


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """How an index works. `threads` is what one search or one batch may use of the processor."""

    plain_up_to: int = PLAIN_UP_TO
    threads: int = 1


class FaissIndex:
    """All templates by face number, in memory; safe for searches from many threads while one applies changes."""

    def __init__(self, path: Path, key: bytes, dimension: int, options: IndexOptions | None = None) -> None:
        """An empty index that will save itself at `path` under `key` (32 bytes). Touches no file."""
        self._path = path
        self._key = key
        self._dimension = dimension
        self._options = options or IndexOptions()
        self._gallery: Gallery = PlainGallery(dimension)
        self._sequence = 0
        self._fingerprint = EMPTY_FINGERPRINT
        self._guard = ReadWriteLock()
        self._changing = threading.Lock()  # one change at a time; a search never waits for it

    @property
    def sequence(self) -> int:
        """The records' sequence that this index reflects; 0 for none."""
        return self._sequence

    @property
    def count(self) -> int:
        """How many faces are in it."""
        return self._gallery.slots.count

    @property
    def fingerprint(self) -> bytes:
        """The digest over its face numbers, as `matching.fingerprint.fingerprint` gives it."""
        return self._fingerprint

    @property
    def exact(self) -> bool:
        """Whether a search's similarities are exact: so for a small gallery, not for a coded one."""
        return isinstance(self._gallery, PlainGallery)

    def apply(self, changes: Sequence[IndexChange]) -> None:
        """The index reflects the changes, which come in the order of their sequence; those it knows are skipped.

        A face that comes again replaces what was there; one that goes and is not there is passed over: a batch
        may be repeated. BadUseError, and nothing changed, for templates or an order that cannot be.
        """
        with self._changing:
            new = [change for change in changes if change.sequence > self._sequence]
            if not new:
                return
            sequences = [change.sequence for change in new]
            if sequences != sorted(sequences):
                raise BadUseError("bad_change_order", "The index was given changes out of their order.")
            final = {int(change.face_number): change.template for change in new}  # the last word on a face counts
            came = {number: template for number, template in final.items() if template is not None}
            numbers = np.fromiter(came, dtype=np.int64, count=len(came))
            templates = _stacked(list(came.values()), self._dimension)
            self._replace(np.fromiter(final, dtype=np.int64, count=len(final)), numbers, templates)
            self._sequence = sequences[-1]

    def apply_arrays(self, numbers: NDArray[np.int64], templates: NDArray[np.float32], sequence: int) -> None:
        """As `apply`, for many faces that came: numbers (N,) without repeats, templates (N, dimension)."""
        with self._changing:
            if sequence < self._sequence or len(np.unique(numbers)) != len(numbers) or len(numbers) != len(templates):
                raise BadUseError("bad_change_order", "The index was given faces twice, or an old sequence.")
            self._replace(numbers, numbers, templates)
            self._sequence = sequence

    def search(self, probes: NDArray[np.float32], count: int) -> list[Found]:
        """For each probe (Q, dimension) the numbers and rough similarities of its `count` nearest, best first.

        Fewer than `count` where the gallery is smaller; empty arrays for an empty one. More from a coded gallery, so
        that an exact re-rank of all of them finds whom exact search would: re-rank first, cut then. BadUseError for
        probes that are no templates or a count below 1.
        """
        checked_templates(probes, self._dimension)
        if count < 1:
            raise BadUseError("bad_count", f"At least 1 candidate can be asked for, not {count}.")
        with self._guard.reading():
            if isinstance(self._gallery, PlainGallery):
                return self._gallery.search(probes, count)
            count = max(count, candidates_needed(self._gallery.slots.count))
            return self._gallery.search(probes, count, self._options.threads)

    def save(self, key: bytes | None = None) -> None:
        """The file holds exactly what the index holds, encrypted, on the disk; the older file is gone.

        With `key` it is sealed under that from now on. UnavailableError if the disk refuses; the old file stays.
        """
        with self._changing:
            snapshot = Snapshot(self._gallery, self._dimension, self._sequence, self._fingerprint)
            save_snapshot(self._path, self._key if key is None else key, snapshot)
            if key is not None:
                self._key = key

    def load(self) -> bool:
        """Whether there was a file; the index is then as it was saved, else unchanged.

        DamagedError if the file does not verify: delete it and apply the records' changes from the beginning.
        """
        with self._changing:
            snapshot = load_snapshot(self._path, self._key, self._dimension)
            if snapshot is None:
                return False
            with self._guard.writing():
                self._gallery = snapshot.gallery
                self._sequence = snapshot.sequence
                self._fingerprint = snapshot.fingerprint
            return True

    def _replace(self, gone: NDArray[np.int64], numbers: NDArray[np.int64], templates: NDArray[np.float32]) -> None:
        """Faces `gone` leave where they are present, then faces `numbers` join. Called by one thread at a time."""
        checked_templates(templates, self._dimension)
        all_numbers = np.concatenate([gone, numbers])
        if all_numbers.size and int(all_numbers.min()) < 1:
            raise BadUseError("bad_face_number", "A face number is a positive integer.")
        slots = self._gallery.slots.slots_of(gone)
        for end in range(len(slots), 0, -REMOVALS_A_STEP):  # from the end: earlier slots stay where they are
            step = slots[max(0, end - REMOVALS_A_STEP) : end]
            with self._guard.writing():
                removed = self._gallery.slots.numbers[step].copy()
                self._gallery.remove(step)
                self._fingerprint = updated(self._fingerprint, removed=removed)
        for start in range(0, len(numbers), FACES_A_STEP):
            self._add(numbers[start : start + FACES_A_STEP], templates[start : start + FACES_A_STEP])

    def _add(self, numbers: NDArray[np.int64], templates: NDArray[np.float32]) -> None:
        gallery = self._gallery
        if isinstance(gallery, PlainGallery):
            if gallery.slots.count + len(numbers) <= max(self._options.plain_up_to, CENTROIDS):
                with self._guard.writing():
                    gallery.add(numbers, templates)
                    self._fingerprint = updated(self._fingerprint, added=numbers)
                return
            gallery = self._coded(gallery, templates)
        codes = gallery.encoded(templates, self._options.threads)  # the slow part, while searches go on
        with self._guard.writing():
            gallery.add(numbers, codes)
            self._gallery = gallery
            self._fingerprint = updated(self._fingerprint, added=numbers)

    def _coded(self, plain: PlainGallery, more: NDArray[np.float32]) -> CodedGallery:
        """The same faces as codes; the book is learnt from them and from those about to join."""
        gallery = CodedGallery.trained(np.concatenate([plain.templates, more]), self._options.threads)
        gallery.add(plain.slots.numbers.copy(), gallery.encoded(plain.templates, self._options.threads))
        return gallery


def candidates_needed(faces: int) -> int:
    """How many candidates of a coded scan of that many faces are to be re-ranked."""
    return next((needed for most, needed in NEEDED_BY_SIZE if faces <= most), NEEDED_ABOVE)


def _stacked(templates: list[NDArray[np.float32]], dimension: int) -> NDArray[np.float32]:
    if any(template.shape != (dimension,) for template in templates):
        raise BadUseError("bad_template", f"Templates have {dimension} numbers; one of another shape was given.")
    return np.stack(templates) if templates else np.zeros((0, dimension), dtype=np.float32)

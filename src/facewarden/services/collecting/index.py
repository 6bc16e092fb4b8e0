"""Keeps the index in step with the records, and scans it.

Never lets the index decide what is shown: what it finds is re-ranked from the records and joined with them.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.ids import FaceNumber
from facewarden.errors import DamagedError
from facewarden.matching.rerank import rerank
from facewarden.ports import FaceIndex, GalleryRecords, IndexFeed

CHANGES_A_STEP = 20_000  # 20,000 templates of 512 bytes are 10 MB: bounded memory while catching up


@dataclass(frozen=True, slots=True)
class Scored:
    """A face and its exact similarity to the probe."""

    face_number: FaceNumber
    similarity: float


class IndexKeeper:
    """The index as the searches see it: always caught up with the records first."""

    def __init__(self, index: FaceIndex, feed: IndexFeed, gallery: GalleryRecords, overfetch: int) -> None:
        self._index = index
        self._feed = feed
        self._gallery = gallery
        self._overfetch = overfetch
        self._catching_up = threading.Lock()

    def catch_up(self) -> int:
        """How many changes were applied so that the index holds what the records hold at this moment."""
        with self._catching_up:
            applied = 0
            while changes := self._feed.changes(self._index.sequence, CHANGES_A_STEP):
                self._index.apply(changes)
                applied += len(changes)
            return applied

    def check(self) -> None:
        """Nothing; raises DamagedError if the index and the records hold different faces."""
        self.catch_up()
        summary = self._feed.summary()
        if summary.sequence == self._index.sequence and summary.fingerprint != self._index.fingerprint:
            raise DamagedError(
                "index_differs",
                "The index holds other faces than the records.",
                "The saved index is older than a restored database, or was changed.",
                "Rebuild it: facewarden doctor --rebuild-index",
            )

    def size(self) -> int:
        """How many faces the records show at this moment."""
        return self._feed.summary().faces

    def save(self) -> None:
        """Writes the index to its encrypted file."""
        self._index.save()

    def rehearse(self, dimension: int) -> None:
        """Nothing; one scan is done whose answer nobody gets, so that the first real one finds everything loaded."""
        nobody = np.zeros(dimension, np.float32)
        nobody[0] = 1.0
        self.scan(nobody, 1)

    def scan(self, probe: NDArray[np.float32], count: int) -> list[Scored]:
        """The `count` nearest faces that may be shown, exactly re-ranked; `probe`: float32, (dimension,)."""
        self.catch_up()
        # The over-fetch makes up for coding loss and for faces hidden since the index was written.
        numbers, _ = self._index.search(probe[np.newaxis, :], max(count, self._overfetch))[0]
        known, templates = self._gallery.templates([FaceNumber(int(number)) for number in numbers])
        order, similarities = rerank(probe, templates, count)
        return [Scored(FaceNumber(int(known[i])), float(s)) for i, s in zip(order, similarities, strict=True)]

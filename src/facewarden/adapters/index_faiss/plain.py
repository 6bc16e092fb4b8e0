"""A small gallery, scanned exactly: every template as it is, every one compared.

It never approximates; above some fifty thousand faces the coded scan is quicker (docs/adr/0005-index.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facewarden.adapters.index_faiss.numbers import SlotTable, grown

Found = tuple[NDArray[np.int64], NDArray[np.float32]]

SCORES_AT_ONCE = 1 << 24
"""Scores held in memory at a time (64 MiB): a bench may ask with thousands of probes in one call."""


class PlainGallery:
    """Templates in memory as float32, (count, dimension), beside their face numbers."""

    def __init__(self, dimension: int) -> None:
        self._slots = SlotTable()
        self._templates = np.zeros((0, dimension), dtype=np.float32)

    @classmethod
    def restored(cls, numbers: NDArray[np.int64], templates: NDArray[np.float32]) -> PlainGallery:
        """The gallery of these faces; numbers (N,) and templates (N, dimension), as `stored` gave them."""
        gallery = cls(templates.shape[1])
        gallery.add(numbers, templates)
        return gallery

    @property
    def slots(self) -> SlotTable:
        return self._slots

    @property
    def templates(self) -> NDArray[np.float32]:
        """(count, dimension), in the order of the slots. A view: read it before the next change."""
        return self._templates[: self._slots.count]

    def add(self, numbers: NDArray[np.int64], templates: NDArray[np.float32]) -> None:
        """The faces join the gallery; none of the numbers may be in it."""
        used = self._slots.count
        self._templates = grown(self._templates, used, used + len(numbers))
        self._templates[used : used + len(numbers)] = templates
        self._slots.append(numbers)

    def remove(self, slots: NDArray[np.int64]) -> None:
        """The slots' faces are gone, their numbers in memory overwritten. `slots` ascending."""
        for slot in slots[::-1].tolist():  # from the end, so that a slot still to go is never moved
            last = self._slots.count - 1
            self._templates[slot] = self._templates[last]
            self._templates[last] = 0.0
            self._slots.move_last_to(slot)

    def search(self, probes: NDArray[np.float32], count: int) -> list[Found]:
        """For each probe the `count` nearest face numbers and their similarities, best first."""
        templates, numbers = self.templates, self._slots.numbers
        count = min(count, len(numbers))
        if count <= 0:
            return [_nothing() for _ in probes]
        step = max(1, SCORES_AT_ONCE // len(numbers))
        found: list[Found] = []
        for start in range(0, len(probes), step):
            scores = probes[start : start + step] @ templates.T
            found += [_best(row, numbers, count) for row in scores]
        return found


def _best(scores: NDArray[np.float32], numbers: NDArray[np.int64], count: int) -> Found:
    near = np.argpartition(-scores, count - 1)[:count] if count < len(scores) else np.arange(len(scores))
    order = near[np.lexsort((numbers[near], -scores[near]))]
    return numbers[order], scores[order]


def _nothing() -> Found:
    return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)

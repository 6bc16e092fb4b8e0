"""Which face number sits in which slot: a plain array, because an engine's own ids shift when faces go.

It holds eight bytes a face and no second table: a dictionary of ten million numbers would take a gigabyte to
save a removal some ten milliseconds.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Row = TypeVar("Row", bound=np.generic)

FIRST_CAPACITY = 1024


class SlotTable:
    """Face numbers by slot, 0 to count - 1 without gaps; each number at most once."""

    def __init__(self, numbers: NDArray[np.int64] | None = None) -> None:
        self._numbers = np.zeros(0, dtype=np.int64) if numbers is None else numbers.astype(np.int64)
        self._count = len(self._numbers)
        self._highest = int(self._numbers.max()) if self._count else 0

    @property
    def count(self) -> int:
        return self._count

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The numbers by slot, (count,). A view: read it before the next change."""
        return self._numbers[: self._count]

    def append(self, numbers: NDArray[np.int64]) -> None:
        """The numbers take the next slots. None of them may be in the table."""
        self._numbers = grown(self._numbers, self._count, self._count + len(numbers))
        self._numbers[self._count : self._count + len(numbers)] = numbers
        self._count += len(numbers)
        self._highest = max(self._highest, int(numbers.max(initial=0)))

    def slots_of(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The slots of those numbers that are in the table, ascending; unknown numbers are left out."""
        if not len(numbers) or int(numbers.min()) > self._highest:  # numbers ascend: new ones are told at once
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(np.isin(self.numbers, numbers)).astype(np.int64)

    def move_last_to(self, slot: int) -> None:
        """The slot is taken over by the last number, and the table is one shorter."""
        self._count -= 1
        self._numbers[slot] = self._numbers[self._count]
        self._numbers[self._count] = 0


def grown(rows: NDArray[Row], used: int, needed: int) -> NDArray[Row]:
    """The same array, or a copy of its `used` rows with room for `needed` and as much again by a half."""
    if needed <= len(rows):
        return rows
    roomier = np.zeros((max(FIRST_CAPACITY, needed, len(rows) * 3 // 2), *rows.shape[1:]), dtype=rows.dtype)
    roomier[:used] = rows[:used]
    return roomier

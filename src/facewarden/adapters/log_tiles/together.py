"""Writes what several threads bring at a time as one: one signature and one wait for the disk for all of them.

Never tells a thread that its entries are in before they are, and never leaves one waiting for a writer that failed.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from facewarden.errors import Error, UnavailableError


@dataclass(slots=True, eq=False)
class _Batch:
    entries: list[bytes]
    first: int = 0
    taken: bool = False
    error: Error | None = None


class Together:
    """Whoever gets the lock first writes for all who wait for it by then."""

    def __init__(self, write: Callable[[list[bytes]], int], lock: threading.RLock, most: int) -> None:
        """`write` puts entries in, all or none, and gives the index of the first; it never gets more than `most`."""
        self._write = write
        self._lock = lock
        self._most = most
        self._waiting: deque[_Batch] = deque()

    def add(self, entries: list[bytes]) -> range:
        """The indexes of the entries, at most `most`, once they are in; raises what writing them raised."""
        batch = _Batch(entries)
        self._waiting.append(batch)
        with self._lock:
            while not batch.taken:  # else somebody wrote it along with his own
                self._write_some()
        if batch.error is not None:
            raise batch.error
        return range(batch.first, batch.first + len(entries))

    def _write_some(self) -> None:
        """Writes those who wait longest, as many as go together."""
        batches, size = [], 0
        while self._waiting and size + len(self._waiting[0].entries) <= self._most:
            batches.append(self._waiting.popleft())
            size += len(batches[-1].entries)
        for batch in batches:
            batch.taken, batch.error = True, _interrupted()  # unless something better comes of it
        try:
            first = self._write([entry for batch in batches for entry in batch.entries])
        except Error as error:
            for batch in batches:
                batch.error = error
            return
        for batch in batches:
            batch.first, batch.error = first, None
            first += len(batch.entries)


def _interrupted() -> UnavailableError:
    return UnavailableError(
        "audit_log_interrupted",
        "An entry of the audit log was not written.",
        "The thread that wrote it along with its own was ended.",
        "Try again.",
    )

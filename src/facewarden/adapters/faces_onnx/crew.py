"""Spreads independent pieces of work over threads: ONNX Runtime and Pillow let go of the interpreter while they work.

It never changes what a piece gets: each is done alone, by one thread, in the order given.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


class Crew:
    """So many threads, started when first needed; with one, everything is done by the caller."""

    def __init__(self, threads: int) -> None:
        self.threads = max(1, threads)
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def each(self, act: Callable[[Item], Made], items: Sequence[Item]) -> list[Made]:
        """What `act` makes of each item, in their order; the first error of an item is raised."""
        if self.threads == 1 or len(items) < 2:
            return [act(item) for item in items]
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self.threads, "faces")
        return list(self._pool.map(act, items))

"""Spreads independent pieces of work over threads: ONNX Runtime and Pillow let go of the interpreter while they work.

It never changes what a piece gets: each is done alone, by one thread, in the order given.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


class Crew:
    """So many threads, started when first needed; with one, everything is done by the caller.

    They serve a caller who is alone. Callers side by side fill the processors by themselves, and each does its own:
    parting the work between threads, and waiting for the last of them, costs a tenth of it.
    """

    def __init__(self, threads: int) -> None:
        self._threads = max(1, threads)
        self._callers = 0
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    @contextmanager
    def hands(self) -> Iterator[int]:
        """How many threads a caller may use until it leaves: all, or its own alone where others are at work."""
        with self._lock:
            self._callers += 1
            hands = self._threads if self._callers == 1 else 1
        try:
            yield hands
        finally:
            with self._lock:
                self._callers -= 1

    def each(self, act: Callable[[Item], Made], items: Sequence[Item], hands: int) -> list[Made]:
        """What `act` makes of each item, in their order; the first error of an item is raised. With one hand, the
        caller does it."""
        if hands == 1 or len(items) < 2:
            return [act(item) for item in items]
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._threads, "faces")
        return list(self._pool.map(act, items))

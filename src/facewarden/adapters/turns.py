"""Turns between processes of one installation: many may enrol at a time, or one may erase.

Never knows what is done in a turn, and never leaves one behind: the system takes it back when a process dies.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from facewarden.errors import UnavailableError

WAIT_S = 300.0  # a whole erasure among ten million faces, or a batch of an ingest, is far shorter
POLL_S = 0.02


class Turns:
    """Turns over one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def enrolling(self) -> Iterator[None]:
        """A turn beside other enrolments; nothing is erased or suppressed meanwhile."""
        with self._held(fcntl.LOCK_SH, WAIT_S):
            yield

    @contextmanager
    def erasing(self, wait_s: float = WAIT_S) -> Iterator[None]:
        """The only turn. UnavailableError `turn_taken` if it did not come within `wait_s`."""
        with self._held(fcntl.LOCK_EX, wait_s):
            yield

    @contextmanager
    def _held(self, kind: int, wait_s: float) -> Iterator[None]:
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UnavailableError(
                "turn_not_accessible",
                "The data folder cannot be written to.",
                f"The system said: {error.strerror}.",
                "Check that the folder belongs to the account that runs facewarden.",
            ) from error
        try:
            last_moment_s = time.monotonic() + wait_s
            while not _taken(handle, kind):
                if time.monotonic() >= last_moment_s:
                    raise UnavailableError(
                        "turn_taken",
                        "Another process is enrolling or erasing.",
                        f"It has not let go for {wait_s:.0f} seconds.",
                        "Try again later.",
                    )
                time.sleep(POLL_S)
            yield
        finally:
            os.close(handle)  # gives the turn back


def _taken(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""Which workers of this machine are there: each holds a locked file for as long as it lives.

Never takes a worker for dead that may live: one of another machine, or one whose file is not there, cannot be told.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from facewarden.errors import UnavailableError


class FilePresence:
    """The files of one folder; the system unlocks a file when its process dies, however it dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def here(self, worker: str) -> Iterator[None]:
        """The worker is there until this is left. UnavailableError `presence_not_kept` if no file can be made."""
        path = self._folder / worker
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UnavailableError(
                "presence_not_kept",
                "The data folder cannot be written to.",
                f"The system said: {error.strerror}.",
                "Check that the folder belongs to the account that runs facewarden.",
            ) from error
        try:
            with contextlib.suppress(OSError):  # a file system without locks: then only the lease tells
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            with contextlib.suppress(OSError):
                path.unlink()
            os.close(handle)

    def dead(self, worker: str) -> bool:
        """True if the worker was on this machine and its process has ended; what it left is cleared away."""
        path = self._folder / worker
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        except OSError:
            return False
        finally:
            os.close(handle)
        return True

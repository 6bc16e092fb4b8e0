"""A file that SQLite will hold, made so that nobody else may read it, not for a moment.

Never opens one that is there: whoever closes a descriptor of a file gives back every POSIX lock that the process has
on it, SQLite's among them. Another process then takes itself for the last one, removes the write-ahead log, and what
is written to the removed one is lost (sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import errno
import os
from pathlib import Path


def make_private(path: Path) -> None:
    """Makes the file, empty and mode 0600, if it is absent; raises OSError where it cannot be had for writing."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if not path.is_file() or not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None

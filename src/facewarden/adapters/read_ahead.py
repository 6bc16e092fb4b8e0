"""Asks the system to have a file in memory soon, so that the first search does not wait for the disk.

Never reads the file itself, never asks for more than memory has room for, and never closes a file that SQLite may
hold in this process: its locks would go with it (`private_file`).
"""

from __future__ import annotations

import os
from pathlib import Path

SHARE_OF_MEMORY = 0.5  # of what is available: the models and the index need the rest
WORTHWHILE_BYTES = 64 << 20  # less is read in some hundredths of a second, by the search that needs it
_HELD: dict[tuple[int, int], int] = {}
"""The descriptor of each file asked for, by device and inode, until the process ends."""


def read_ahead(path: Path, worthwhile_bytes: int = WORTHWHILE_BYTES) -> int:
    """How many bytes the system was asked to read, from the file's first on; 0 for a small file, and where it has no
    such call.

    Returns at once; the system reads beside everything else. UnavailableError is never raised: a hint that fails
    costs time, not truth.
    """
    if not hasattr(os, "posix_fadvise"):
        return 0
    available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        seen = path.stat()
        if seen.st_size < worthwhile_bytes:
            return 0
        file = (seen.st_dev, seen.st_ino)
        if file not in _HELD:
            _HELD[file] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        wanted = min(seen.st_size, int(available * SHARE_OF_MEMORY))
        os.posix_fadvise(_HELD[file], 0, wanted, os.POSIX_FADV_WILLNEED)
    except OSError:
        return 0
    return wanted

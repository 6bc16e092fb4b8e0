"""Asks the system to have a file in memory soon, so that the first search does not wait for the disk.

Never reads the file itself, and never asks for more than memory has room for.
"""

from __future__ import annotations

import os
from pathlib import Path

SHARE_OF_MEMORY = 0.5  # of what is available: the models and the index need the rest


def read_ahead(path: Path) -> int:
    """How many bytes the system was asked to read, from the file's first on; 0 where it has no such call.

    Returns at once; the system reads beside everything else. UnavailableError is never raised: a hint that fails
    costs time, not truth.
    """
    if not hasattr(os, "posix_fadvise"):
        return 0
    available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        wanted = min(os.fstat(handle).st_size, int(available * SHARE_OF_MEMORY))
        os.posix_fadvise(handle, 0, wanted, os.POSIX_FADV_WILLNEED)
    except OSError:
        return 0
    finally:
        os.close(handle)
    return wanted

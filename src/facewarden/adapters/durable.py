"""Files that are on the disk when a call returns, their names too, for every adapter that keeps one.

Never explains what the disk refuses: its OSError goes to the adapter, which knows what it means.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

DRAFT = ".part"
"""What a file's name ends in while it is being written: a crash may leave one behind."""


def write_whole(path: Path, content: bytes) -> None:
    """The file holds the content, for its owner alone; where this raises, it is as it was."""
    draft = path.with_name(path.name + DRAFT)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        with suppress(OSError):  # what could not be written can also refuse to go
            draft.unlink(missing_ok=True)
        raise
    sync(path.parent)


def append(path: Path, line: bytes) -> None:
    """The line is at the end of the file, which is made if it is missing; where this raises, half of it may be."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    sync(path.parent)


def move_folder(draft: Path, to: Path) -> None:
    """The folder has its name, and whatever is in it is on the disk before it has.

    All disks are written out, not file by file: with a million photos that would take hours.
    """
    os.sync()
    draft.rename(to)
    sync(to.parent)


def sync(path: Path) -> None:
    """What was written to that file, or the names in that folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

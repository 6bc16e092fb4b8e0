"""Disks that take no more: by the size of a file, by room, by the number of files."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

KIB = 1024
PAGE_BYTES = 4 * KIB
LONG = bool(os.environ.get("FACEWARDEN_ATTACKS"))
long_only = pytest.mark.skipif(not LONG, reason="takes minutes: set FACEWARDEN_ATTACKS=1")


@contextlib.contextmanager
def no_larger_files(limit_kib: int | None) -> Iterator[None]:
    """This process may write no file further than to there; None: as it likes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, before if limit_kib is None else (limit_kib * KIB, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def mounted(place: Path, options: str) -> Iterator[Path]:
    """A disk in memory; the test is skipped where none can be mounted."""
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("this account may not mount a disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@contextlib.contextmanager
def filled(disk: Path, pages: int) -> Iterator[None]:
    """The disk with room for so many pages more."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, shutil.disk_usage(disk).free - pages * PAGE_BYTES))
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def filled_with_files(disk: Path, files: int) -> Iterator[None]:
    """The disk with so many files more that can be made."""
    fillers = disk / "fillers"
    fillers.mkdir()
    try:
        for number in range(os.statvfs(disk).f_favail - files):
            (fillers / str(number)).touch()
        yield
    finally:
        shutil.rmtree(fillers)

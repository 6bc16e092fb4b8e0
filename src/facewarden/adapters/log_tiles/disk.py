"""The log's folder on disk: whole files by atomic rename, appends that are durable, and a lock between processes.

It never leaves a half-written file under its final name; which writes must survive a power cut, its caller says.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from facewarden.adapters.durable import sync
from facewarden.errors import DamagedError, Error, UnavailableError

LOCK_WAIT_S = 20.0
"""A writer holds the lock for milliseconds; who waits longer faces a process that hangs."""
LOCK_POLL_S = 0.001
FOLDER_MODE = 0o700
FILE_MODE = 0o600


def unwritable(error: OSError, what: str = "The audit log cannot be written.") -> UnavailableError:
    """The error for a write that failed; whatever needs the log is refused."""
    return UnavailableError(
        "audit_log_unwritable",
        what,
        f"{error.strerror or 'The disk refused it'}.",
        "Free space or repair the disk and rights of the audit folder, then try again.",
    )


class Disk:
    """Files below `folder`, named by relative path. Raises UnavailableError where reading or writing fails."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self) -> None:
        """The folder is there, and its own name on disk."""
        try:
            self.folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            sync(self.folder.parent)
        except OSError as error:
            raise unwritable(error, "The folder of the audit log cannot be made.") from error

    def read(self, path: str, start: int = 0, count: int = -1) -> bytes | None:
        """The file's bytes, at most `count` from `start` on (-1: all); None where there is no such file."""
        try:
            with (self.folder / path).open("rb") as file:
                file.seek(start)
                return file.read(count)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise UnavailableError(
                "audit_log_unreadable",
                f"{path} of the audit log cannot be read.",
                f"{error.strerror}.",
                "Check the disk and the rights of the audit folder.",
            ) from error

    def size_bytes(self, path: str) -> int | None:
        """The file's size, None where there is no such file."""
        try:
            return (self.folder / path).stat().st_size
        except FileNotFoundError:
            return None

    def names(self, path: str) -> list[str]:
        """The names in a folder, sorted; empty where there is no such folder."""
        try:
            return sorted(entry.name for entry in (self.folder / path).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []

    def write(self, path: str, content: bytes, *, durable: bool = False) -> None:
        """Replaces the whole file at once; with `durable`, it is on disk when this returns."""
        target = self.folder / path
        draft = target.with_name(target.name + ".draft")
        try:
            if not target.parent.is_dir():
                target.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            draft.replace(target)
            if durable:
                for folder in self._folders_of(target):
                    sync(folder)
        except OSError as error:
            raise unwritable(error) from error

    def append(self, path: str, start: int, content: bytes) -> None:
        """Writes at the end of a file, which is at `start`; on disk when this returns, else not there at all."""
        try:
            handle = os.open(self.folder / path, os.O_WRONLY)
            try:
                self._append(handle, start, content)
            finally:
                os.close(handle)
        except OSError as error:
            raise unwritable(error) from error

    def _append(self, handle: int, start: int, content: bytes) -> None:
        try:
            os.ftruncate(handle, start)  # what a process that was killed left half-written
            written = 0
            while written < len(content):
                written += os.pwrite(handle, content[written:], start + written)
            os.fdatasync(handle)
        except OSError:
            with suppress(OSError):  # nobody was told of it: it must not be found later
                os.ftruncate(handle, start)
                os.fdatasync(handle)
            raise

    def sync(self, paths: Iterable[str]) -> None:
        """Brings files, written before, and their names to disk."""
        folders: set[Path] = set()
        try:
            for path in paths:
                sync(self.folder / path)
                folders.update(self._folders_of(self.folder / path))
            for folder in folders:
                sync(folder)
        except OSError as error:
            raise unwritable(error) from error

    def _folders_of(self, target: Path) -> list[Path]:
        """The folders whose names lead to a file, up to the log's own."""
        return [folder for folder in target.parents if folder.is_relative_to(self.folder)]

    def remove(self, path: str) -> None:
        """The file is gone, and its folder where that is empty now; nothing happens where there was none."""
        target = self.folder / path
        with suppress(OSError):
            target.unlink()
        if target.parent.name.endswith(".p"):
            with suppress(OSError):  # still holds another width
                target.parent.rmdir()

    @contextmanager
    def locked(self, *, shared: bool) -> Iterator[None]:
        """Holds the log's lock, alone or with other readers.

        Raises UnavailableError `audit_log_missing` where there is no log, `audit_log_busy` after LOCK_WAIT_S.
        """
        try:
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, FILE_MODE)
        except OSError as error:
            raise missing() if isinstance(error, FileNotFoundError) else unwritable(error) from error
        try:
            self._wait(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)  # gives the lock back

    def _wait(self, handle: int, kind: int) -> None:
        deadline = time.monotonic() + LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
                return
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise UnavailableError(
                        "audit_log_busy",
                        "The audit log is held by another process.",
                        f"It has not let go for {LOCK_WAIT_S:.0f} seconds.",
                        "Find the facewarden process that hangs, and end it.",
                    ) from error
            time.sleep(LOCK_POLL_S)


def missing() -> UnavailableError:
    """The error where there is no log at all; it is never silently begun anew."""
    return UnavailableError(
        "audit_log_missing",
        "There is no audit log here.",
        "Its folder was never made, or is gone.",
        "For a new installation run facewarden init; otherwise restore the audit folder from its backup.",
    )


def damaged(what: str, why: str, code: str = "audit_log_damaged") -> Error:
    """The error for a log that does not hold together: nothing is appended to it, so nothing may be done."""
    return DamagedError(
        code,
        what,
        why,
        "Run facewarden audit verify, keep the folder as it is for whoever examines it, and restore a backup.",
    )

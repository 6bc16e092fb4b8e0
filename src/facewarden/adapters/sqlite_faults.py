"""SQLite's faults in our words, for the two rooms that keep SQLite files. Never retries and never hides one."""

from __future__ import annotations

import sqlite3

from facewarden.errors import DamagedError, Error, UnavailableError

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NO_ROOM = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_DIR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
}
_NO_ACCESS = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_PRIMARY = 0xFF  # the low byte of an extended result code is the primary one


def explained(fault: sqlite3.Error, store: str) -> Error:
    """The error of ours for a fault of SQLite in `store` ("records", "keys"); the caller raises it from `fault`."""
    slug = store.replace(" ", "_")
    extended = getattr(fault, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    code = extended & _PRIMARY
    if code in _BUSY:
        return busy(store)
    if extended in _NO_ROOM:
        return _disk_full(store)
    if code == sqlite3.SQLITE_IOERR:
        return _disk_failing(store, fault)
    if code in _NO_ACCESS:
        return UnavailableError(
            f"{slug}_not_accessible",
            f"The {store} cannot be opened for writing.",
            "The file or its folder is absent, belongs to somebody else, or its disk takes no further file.",
            "Check that the data folder belongs to the account that runs facewarden, and its disk, space and files.",
        )
    if code in _DAMAGED:
        return DamagedError(
            f"{slug}_damaged",
            f"The {store} are damaged.",
            "SQLite found a page that does not make sense.",
            "Stop facewarden, keep the folder as it is, and restore the newest backup.",
        )
    return UnavailableError(
        f"{slug}_failed",
        f"The {store} could not answer.",
        f"SQLite reported {_name(fault)}.",
        "Run `facewarden doctor`.",
    )


def _disk_full(store: str) -> UnavailableError:
    return UnavailableError(
        "disk_full",
        f"The {store} could not be written.",
        "The disk is full, at a limit, or failing.",
        "Free space on the disk of the data folder, then try again: nothing was half done.",
    )


def _disk_failing(store: str, fault: sqlite3.Error) -> UnavailableError:
    return UnavailableError(
        "disk_failing",
        f"The {store} could not be read or held.",
        f"The disk failed: {_name(fault)}.",
        "Look at the disk and the system's own log; if it goes on, restore the newest backup onto another disk.",
    )


def _name(fault: sqlite3.Error) -> str:
    return getattr(fault, "sqlite_errorname", "an error")


def busy(store: str) -> UnavailableError:
    """The error for a store that another writer did not let go of in time."""
    slug = store.replace(" ", "_")
    return UnavailableError(
        f"{slug}_busy", f"The {store} are in use by another writer.", "It held them too long.", "Try again."
    )

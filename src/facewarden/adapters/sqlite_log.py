"""The write-ahead log of a SQLite file, emptied. Never reports it empty while an old page is still in it."""

from __future__ import annotations

import sqlite3
import time

from facewarden.errors import UnavailableError

PATIENCE_S = 10.0  # as long as any other wait for the file
PAUSE_S = 0.05


def empty_log(connection: sqlite3.Connection, store: str) -> None:
    """Moves the log into the file and cuts it to nothing, so that what was deleted is in neither.

    SQLite waits for readers by itself, but not for another checkpoint: that is what the repetition is for.
    UnavailableError `<store>_busy` if it never worked: then the old pages are still there.
    """
    last_moment_s = time.monotonic() + PATIENCE_S
    while True:
        row = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if row is not None and row[0] == 0:
            return
        if time.monotonic() >= last_moment_s:
            break
        time.sleep(PAUSE_S)
    raise UnavailableError(
        f"{store}_busy",
        f"The write-ahead log of the {store} could not be emptied.",
        "Another process was reading all the while.",
        "Try again: it is repeated until it succeeds.",
    )

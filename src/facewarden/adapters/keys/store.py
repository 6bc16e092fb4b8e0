"""The SQLite file behind the key vault: its tables, its connections, its transactions.

Never sees a key in the clear: what it stores is wrapped already.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

from facewarden.adapters.private_file import make_private
from facewarden.adapters.sqlite_faults import explained
from facewarden.adapters.sqlite_log import empty_log
from facewarden.errors import UnavailableError

SCHEMA_VERSION = 1
BUSY_TIMEOUT_MS = 10_000  # longer than the longest transaction here, the rotation of one block
MMAP_BYTES = 1 << 31  # SQLite's own limit; without it 200 random keys of a million take twice the time

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE keks (
    kek_id INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    block INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    stale INTEGER NOT NULL DEFAULT 0,
    UNIQUE (scope, block)
);
CREATE TABLE numbered_keys (number INTEGER PRIMARY KEY, wrapped BLOB NOT NULL, made_at INTEGER NOT NULL);
CREATE TABLE named_keys (
    block INTEGER NOT NULL,
    name TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (block, name)
) WITHOUT ROWID;
"""


class KeyStore:
    """Connections to keys.db. Safe for threads; several processes may open one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        try:
            make_private(path)
        except OSError as error:
            raise UnavailableError(
                "keys_not_accessible",
                "The key file cannot be opened for writing.",
                "The file or its folder is absent or belongs to somebody else.",
                "Check that the data folder exists and belongs to the account that runs facewarden.",
            ) from error
        with self.writing() as connection:
            self._create(connection)

    def close(self) -> None:
        """Closes every idle connection; the file can be moved afterwards."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the file."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction as the only writer: all of it is durable at the end, or nothing happened."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def forget(self) -> None:
        """Moves the write-ahead log into the file and empties it, so that no old page stays in it.

        UnavailableError if a reader held it for the whole of the busy timeout: then the old page is still there.
        """
        with self._connection() as connection:
            empty_log(connection, "keys")

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._connection() as connection:
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._borrowed()
            try:
                yield connection
            except sqlite3.IntegrityError:
                self._idle.put(connection)
                raise
            except sqlite3.Error:
                connection.close()
                raise
            except BaseException:
                self._idle.put(connection)
                raise
            self._idle.put(connection)
        except sqlite3.IntegrityError:
            raise  # means something to the caller
        except sqlite3.Error as error:
            raise explained(error, "keys") from error

    def _borrowed(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._opened()

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "secure_delete = ON",
            "temp_store = MEMORY",
            f"mmap_size = {MMAP_BYTES}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()
        return connection

    def _create(self, connection: sqlite3.Connection) -> None:
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found == SCHEMA_VERSION:
            return
        if found != 0:
            raise UnavailableError(
                "keys_schema_unknown",
                f"keys.db has schema {found}, this program knows {SCHEMA_VERSION}.",
                "It was written by another version.",
                "Start the version that wrote it, or newer.",
            )
        for statement in _SCHEMA.split(";"):
            if statement.strip():
                connection.execute(statement)
        connection.execute("INSERT INTO meta (name, value) VALUES ('generation', 0)")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

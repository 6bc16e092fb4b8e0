"""Decisions sealed under the keys of what they are about, in SQLite.

Never gives a decision whose key is destroyed, and never makes a key anew for one.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facewarden.adapters.sqlite_faults import explained
from facewarden.adapters.sqlite_log import empty_log
from facewarden.domain.decisions import KeptDecision
from facewarden.errors import DamagedError
from facewarden.ports import DataKeys

_STORE = "facts of past decisions"
_NONCE_BYTES = 12
_PAGE_ROWS = 1_000
_PURPOSE = "decision-facts/"
_STORED_PURPOSE = "purpose/" + _PURPOSE
"""How the vault names a key made by `derive`: asked for by name, a destroyed one stays gone."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS decisions (
    audit_index INTEGER PRIMARY KEY,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    of_photo INTEGER NOT NULL,
    sealed BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS decisions_by_subject ON decisions (subject);
CREATE INDEX IF NOT EXISTS decisions_by_action ON decisions (action, audit_index);
"""


class DecisionFacts:
    """The DecisionMemory port over one file. Safe for threads, and for several processes over one file."""

    def __init__(self, path: Path, keys: DataKeys) -> None:
        """Raises UnavailableError, DamagedError where the file cannot be opened."""
        self._keys = keys
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(path, timeout=10.0, check_same_thread=False, isolation_level=None)
            path.chmod(0o600)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA secure_delete = ON")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error as fault:
            raise explained(fault, _STORE) from fault

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    def newest(self) -> int | None:
        """The highest log index of any decision here, readable or not; None if there is none."""
        with self._lock:
            try:
                row = self._connection.execute("SELECT MAX(audit_index) FROM decisions").fetchone()
            except sqlite3.Error as fault:
                raise explained(fault, _STORE) from fault
        newest: int | None = row[0]
        return newest

    def keep(self, decisions: Sequence[KeptDecision]) -> None:
        """Durable at return. A photo's decision is left out where the photo's key is not (or no longer) there."""
        photos = self._keys.get_many([item.subject for item in decisions if item.of_photo])
        rows = []
        for item in decisions:
            key = photos.get(item.subject) if item.of_photo else self._keys.derive(_PURPOSE + item.subject)
            if key is not None:
                sealed = _seal(key, item.audit_index, item.document)
                rows.append((item.audit_index, item.action, item.subject, int(item.of_photo), sealed))
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("INSERT OR REPLACE INTO decisions VALUES (?, ?, ?, ?, ?)", rows)
                self._connection.execute("COMMIT")
            except sqlite3.Error as fault:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise explained(fault, _STORE) from fault

    def find(self, audit_index: int) -> KeptDecision | None:
        """The decision of that log entry; None if none was kept or what it was about is erased."""
        rows = self._rows("WHERE audit_index = ?", (audit_index,))
        return next(iter(self._opened(rows)), None)

    def of_action(self, action: str) -> Iterator[KeptDecision]:
        """Every readable decision on that act, in the order of the log."""
        last = -1
        while rows := self._rows(
            "WHERE action = ? AND audit_index > ? ORDER BY audit_index LIMIT ?", (action, last, _PAGE_ROWS)
        ):
            yield from self._opened(rows)
            last = rows[-1][0]

    def about(self, subject: str) -> Sequence[KeptDecision]:
        """Every readable decision about that subject, in the order of the log."""
        return list(self._opened(self._rows("WHERE subject = ? ORDER BY audit_index", (subject,))))

    def forget(self, *subjects: str) -> int:
        """How many decisions about these subjects were destroyed, each with its key where it is the subject's own.

        A photo's key is destroyed with its file: only the rows are left to be taken away. The write-ahead log is
        emptied, so that no old page of the file keeps what they were about.
        """
        own = [name for name in subjects if any(not row[3] for row in self._rows("WHERE subject = ?", (name,)))]
        self._keys.destroy([_STORED_PURPOSE + name for name in own])
        with self._lock:
            try:
                query = "DELETE FROM decisions WHERE subject = ?"
                gone = sum(self._connection.execute(query, (name,)).rowcount for name in subjects)
                if gone:
                    empty_log(self._connection, "facts")
            except sqlite3.Error as fault:
                raise explained(fault, _STORE) from fault
        return gone

    def _rows(self, where: str, values: tuple[object, ...]) -> list[tuple[int, str, str, int, bytes]]:
        query = "SELECT audit_index, action, subject, of_photo, sealed FROM decisions " + where  # noqa: S608 - constants
        with self._lock:
            try:
                found: list[tuple[int, str, str, int, bytes]] = self._connection.execute(query, values).fetchall()
                return found
            except sqlite3.Error as fault:
                raise explained(fault, _STORE) from fault

    def _opened(self, rows: Sequence[tuple[int, str, str, int, bytes]]) -> Iterator[KeptDecision]:
        names = {subject: subject if of_photo else _STORED_PURPOSE + subject for _, _, subject, of_photo, _ in rows}
        keys = self._keys.get_many(list(dict.fromkeys(names.values())))
        for index, action, subject, of_photo, sealed in rows:
            key = keys.get(names[subject])
            if key is not None:
                yield KeptDecision(index, action, subject, bool(of_photo), _open(key, index, sealed))


def _seal(key: bytes, index: int, document: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, zlib.compress(document, 6), _place(index))


def _open(key: bytes, index: int, sealed: bytes) -> bytes:
    try:
        return zlib.decompress(AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _place(index)))
    except (InvalidTag, ValueError, zlib.error) as error:
        raise DamagedError(
            "decision_facts_damaged",
            "The facts of a past decision do not open.",
            "facts.db was changed outside facewarden.",
            "Restore facts.db from the newest backup, or remove it: only explanations are lost.",
        ) from error


def _place(index: int) -> bytes:
    return b"decision-facts" + index.to_bytes(8, "big")

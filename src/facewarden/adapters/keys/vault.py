"""A data key for each template and each file, and the keys of the installation itself.

Three layers: the master key (never stored here) wraps a key-encryption key per block of ids, and that wraps the data
keys of its block. An erased key's old bytes open nothing once its block is rotated, and only that block must be.
Never returns a key that was destroyed, not even out of a cache that another process outdated.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import overload

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facewarden.adapters.keys.master import MASTER_KEY_BYTES
from facewarden.adapters.keys.shelves import Id, Kek, KekOf, NamedKeys, NumberedKeys, Shelf
from facewarden.adapters.keys.store import KeyStore
from facewarden.adapters.keys.wrapping import KEY_BYTES, damaged, place_of_kek, unwrap, wrap
from facewarden.errors import BadUseError, DamagedError, UnavailableError
from facewarden.ports import Clock

CACHED_KEYS = 65_536
"""Data keys kept in memory, some 10 MB; all are dropped whenever any key is destroyed."""
PAGE_ROWS = 10_000
"""Ids listed in one transaction: a long one would keep the write-ahead log from being emptied."""

_PURPOSE = "purpose/"
_CHECK, _CHECK_PLACE = b"facewarden", b"master-key-check"


class _Opened:
    """Keys in the clear, as of one generation of the file. A newer generation gets a new one of these."""

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self.keks: dict[tuple[str, int], Kek] = {}
        self.numbered: dict[int, bytes] = {}
        self.named: dict[str, bytes] = {}


class KeyVault:
    """The keys of one installation. Safe for threads, and for several processes over one file.

    A key id is a face number (a positive int: its template's key) or a name (a str: a file's key).
    UnavailableError `master_key_wrong` if the file was made under another master key.
    """

    def __init__(self, keys_db: Path, master_key: bytes, clock: Clock) -> None:
        if len(master_key) != MASTER_KEY_BYTES:
            raise BadUseError("master_key_malformed", "The master key has not 32 bytes.", "", "Read it from its file.")
        self._clock = clock
        self._master = AESGCM(master_key)
        self._opened = _Opened(-1)
        self._numbered, self._named = NumberedKeys(), NamedKeys()
        self._store = KeyStore(keys_db)
        try:
            self._check_master_key()
        except BaseException:
            self._store.close()
            raise

    def close(self) -> None:
        """Forgets every opened key and closes the file."""
        self._opened = _Opened(-1)
        self._store.close()

    def create_many(self, key_ids: Sequence[Id]) -> dict[Id, bytes]:
        """A fresh key of 32 bytes for each id, in their order, all durable at return (one commit).

        BadUseError `key_exists` if an id has a key already: none is made then.
        """
        material = os.urandom(KEY_BYTES * len(key_ids))
        keys = {key_id: material[at * KEY_BYTES : (at + 1) * KEY_BYTES] for at, key_id in enumerate(key_ids)}
        made_at = int(self._clock.now().timestamp())
        if not keys:
            return keys
        try:
            with self._store.writing() as connection:
                opened = self._current(connection)
                shelf, _ = self._shelf(key_ids[0], opened)
                shelf.insert(connection, self._kek_of(connection, opened, shelf.scope, make=True), keys, made_at)
        except sqlite3.IntegrityError as error:
            raise BadUseError(
                "key_exists", "One of these has a key already.", "Keys are never replaced.", "Use a fresh id."
            ) from error
        return keys

    def get_many(self, key_ids: Sequence[Id]) -> dict[Id, bytes]:
        """The keys of those ids that have one; destroyed and unknown ids are left out.

        DamagedError `key_damaged` if a stored key does not open.
        """
        if not key_ids:
            return {}
        with self._store.reading() as connection:
            opened = self._current(connection)
            shelf, cached = self._shelf(key_ids[0], opened)
            keys = {key_id: cached[key_id] for key_id in key_ids if key_id in cached}
            wanted = [key_id for key_id in key_ids if key_id not in keys] if len(keys) < len(key_ids) else []
            if wanted:
                read = shelf.read(connection, self._kek_of(connection, opened, shelf.scope, make=False), wanted)
                if len(cached) + len(read) > CACHED_KEYS:
                    cached.clear()
                cached.update(read)
                keys.update(read)
        return keys

    def destroy(self, key_ids: Iterable[int | str]) -> int:
        """Deletes keys, overwrites their bytes in the file, empties the write-ahead log; how many there were.

        An old copy of a wrapped key (a backup, a block of the disk) can be opened until `rotate` has run.
        """
        wanted = list(key_ids)
        if not wanted:
            return 0
        numbers = [key_id for key_id in wanted if isinstance(key_id, int)]
        names = [key_id for key_id in wanted if isinstance(key_id, str)]
        blocks = {(self._numbered.scope, self._numbered.block_of(number)) for number in numbers}
        blocks |= {(self._named.scope, self._named.block_of(name)) for name in names}
        with self._store.writing() as connection:
            gone = self._numbered.delete(connection, numbers) + self._named.delete(connection, names)
            connection.executemany("UPDATE keks SET stale = 1 WHERE scope = ? AND block = ?", sorted(blocks))
            _outdate(connection)
        self._opened = _Opened(-1)
        self._store.forget()
        return gone

    def forget_destroyed(self) -> None:
        """No key that another thread or process destroyed is in memory any more."""
        with self._store.reading() as connection:
            self._current(connection)

    def rotate(self, *, everything: bool = False) -> int:
        """Replaces the key-encryption key of each block that lost a key since its last rotation; how many data
        keys were wrapped anew.

        `everything` takes all blocks. One transaction a block; after a crash the next call does the rest.
        """
        with self._store.reading() as connection:
            rows = connection.execute("SELECT scope, block, stale FROM keks").fetchall()
        wrapped_anew = 0
        for scope, block, stale in rows:
            if stale or everything:
                with self._store.writing() as connection:
                    wrapped_anew += self._rotate_block(connection, scope, block)
        self._opened = _Opened(-1)
        self._store.forget()
        return wrapped_anew

    def derive(self, purpose: str) -> bytes:
        """The installation's key of 32 bytes for that purpose, made at the first call and the same ever after."""
        name = _PURPOSE + purpose
        found = self.get_many([name])
        if not found:
            try:
                found = self.create_many([name])
            except BadUseError:  # another process was first
                found = self.get_many([name])
        return found[name]

    def ids_made_before(self, moment: datetime) -> Iterator[int | str]:
        """The ids of all keys made before `moment`, for the search for orphans; the purposes are left out."""
        before = int(moment.timestamp())
        number = 0
        while True:
            with self._store.reading() as connection:
                numbers = connection.execute(
                    "SELECT number FROM numbered_keys WHERE number > ? AND made_at < ? ORDER BY number LIMIT ?",
                    (number, before, PAGE_ROWS),
                ).fetchall()
            if not numbers:
                break
            yield from (row[0] for row in numbers)
            number = numbers[-1][0]
        block, name = -1, ""
        while True:
            with self._store.reading() as connection:
                names = connection.execute(
                    "SELECT block, name FROM named_keys WHERE (block, name) > (?, ?) AND made_at < ?"
                    " ORDER BY block, name LIMIT ?",
                    (block, name, before, PAGE_ROWS),
                ).fetchall()
            if not names:
                return
            yield from (row[1] for row in names if not row[1].startswith(_PURPOSE))
            block, name = names[-1]

    @overload
    def _shelf(self, key_id: int, opened: _Opened) -> tuple[Shelf[int], dict[int, bytes]]: ...
    @overload
    def _shelf(self, key_id: str, opened: _Opened) -> tuple[Shelf[str], dict[str, bytes]]: ...
    def _shelf(
        self, key_id: int | str, opened: _Opened
    ) -> tuple[Shelf[int], dict[int, bytes]] | tuple[Shelf[str], dict[str, bytes]]:
        if isinstance(key_id, int):
            return self._numbered, opened.numbered
        return self._named, opened.named

    def _current(self, connection: sqlite3.Connection) -> _Opened:
        """What is opened, unless another thread or process destroyed or rotated since; asked in the transaction."""
        (generation,) = connection.execute("SELECT value FROM meta WHERE name = 'generation'").fetchone()
        opened = self._opened
        if opened.generation != generation:
            opened = self._opened = _Opened(generation)
        return opened

    def _kek_of(self, connection: sqlite3.Connection, opened: _Opened, scope: str, *, make: bool) -> KekOf:
        # A key-encryption key made here may yet be rolled back, so a writer shares none of those it meets.
        kept = {} if make else opened.keks

        def kek_of(block: int) -> Kek:
            place = (scope, block)
            kek = opened.keks.get(place) or kept.get(place) or self._stored_kek(connection, scope, block)
            if kek is None:
                if not make:
                    raise damaged()  # a data key without the key that wraps it
                kek = self._new_kek(connection, scope, block)
            kept[place] = kek
            return kek

        return kek_of

    def _stored_kek(self, connection: sqlite3.Connection, scope: str, block: int) -> Kek | None:
        row = connection.execute(
            "SELECT kek_id, wrapped FROM keks WHERE scope = ? AND block = ?", (scope, block)
        ).fetchone()
        if row is None:
            return None
        return row[0], AESGCM(unwrap(self._master, row[1], place_of_kek(row[0], scope, block)))

    def _new_kek(self, connection: sqlite3.Connection, scope: str, block: int) -> Kek:
        connection.execute("DELETE FROM keks WHERE scope = ? AND block = ?", (scope, block))
        key = os.urandom(KEY_BYTES)
        kek_id = connection.execute(
            "INSERT INTO keks (scope, block, wrapped) VALUES (?, ?, ?)", (scope, block, b"")
        ).lastrowid
        if kek_id is None:
            raise damaged()
        wrapped = wrap(self._master, key, place_of_kek(kek_id, scope, block))
        connection.execute("UPDATE keks SET wrapped = ? WHERE kek_id = ?", (wrapped, kek_id))
        return kek_id, AESGCM(key)

    def _rotate_block(self, connection: sqlite3.Connection, scope: str, block: int) -> int:
        old = self._stored_kek(connection, scope, block)
        if old is None:
            return 0
        shelf: Shelf[int] | Shelf[str] = self._numbered if scope == self._numbered.scope else self._named
        count = shelf.rewrap(connection, block, old, self._new_kek(connection, scope, block))
        _outdate(connection)
        return count

    def _check_master_key(self) -> None:
        """Stores a value under the master key the first time, opens it every other time."""
        with self._store.writing() as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = 'check'").fetchone()
            if row is None:
                value = wrap(self._master, _CHECK, _CHECK_PLACE)
                connection.execute("INSERT INTO meta (name, value) VALUES ('check', ?)", (value,))
                return
        try:
            unwrap(self._master, row[0], _CHECK_PLACE)
        except DamagedError as error:
            raise UnavailableError(
                "master_key_wrong",
                "This master key does not open keys.db.",
                "The key or the file belongs to another installation, or keys.db is damaged.",
                "Give the master key that `facewarden init` made together with this data folder.",
            ) from error


def _outdate(connection: sqlite3.Connection) -> None:
    """Tells every process that keys it holds in memory may be gone."""
    connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")

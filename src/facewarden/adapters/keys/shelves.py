"""The two tables of data keys: one by face number, made for speed, one by name. Each row is wrapped under its block's
key-encryption key. Never opens a transaction of its own: a shelf works inside its caller's.
"""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facewarden.adapters.keys.wrapping import NONCE_BYTES, damaged, unwrap, wrap

NUMBERS_PER_BLOCK_BITS = 14
"""16,384 numbered keys share a key-encryption key: rotating a block takes some 0.1 s, and 10M keys have 611 blocks."""
NAME_BLOCKS = 256
"""Named keys are spread over so many key-encryption keys by the hash of their name."""
QUERY_SIZES = (1, 16, 64, 128, 256, 512)
"""Ids a query asks for at once, padded to one of these so that SQLite meets the same few statements again."""
DENSE = 2
"""Ids at most so many times sparser than a full range are read as a range."""

Kek = tuple[int, AESGCM]
"""A key-encryption key, ready for use, with its id."""
KekOf = Callable[[int], Kek]
"""The key-encryption key of a block."""
Id = TypeVar("Id", int, str)


class Shelf(Protocol[Id]):
    """One table of wrapped data keys."""

    scope: str

    def block_of(self, key_id: Id) -> int: ...

    def insert(self, connection: sqlite3.Connection, kek_of: KekOf, keys: Mapping[Id, bytes], made_at: int) -> None:
        """Stores fresh keys; sqlite3.IntegrityError if one is there already."""
        ...

    def read(self, connection: sqlite3.Connection, kek_of: KekOf, key_ids: Sequence[Id]) -> dict[Id, bytes]:
        """The keys there are, in the clear; absent ones are left out."""
        ...

    def delete(self, connection: sqlite3.Connection, key_ids: Iterable[Id]) -> int:
        """How many there were."""
        ...

    def rewrap(self, connection: sqlite3.Connection, block: int, old: Kek, new: Kek) -> int:
        """How many keys of that block were wrapped anew."""
        ...


class NumberedKeys:
    """Keys of templates: the id is the face number."""

    scope = "number"
    _place = struct.Struct(">qq").pack  # number, key-encryption key: a row moved elsewhere does not open

    def block_of(self, key_id: int) -> int:
        return key_id >> NUMBERS_PER_BLOCK_BITS

    def insert(self, connection: sqlite3.Connection, kek_of: KekOf, keys: Mapping[int, bytes], made_at: int) -> None:
        def rows() -> Iterator[tuple[int, bytes, int]]:
            for number, key in keys.items():
                kek_id, kek = kek_of(number >> NUMBERS_PER_BLOCK_BITS)
                yield number, wrap(kek, key, self._place(number, kek_id)), made_at

        connection.executemany("INSERT INTO numbered_keys (number, wrapped, made_at) VALUES (?, ?, ?)", rows())

    def read(self, connection: sqlite3.Connection, kek_of: KekOf, key_ids: Sequence[int]) -> dict[int, bytes]:
        keys: dict[int, bytes] = {}
        place, block, kek_id, kek = self._place, -1, 0, None
        try:
            for number, wrapped in self._rows(connection, key_ids):
                if number >> NUMBERS_PER_BLOCK_BITS != block or kek is None:
                    block = number >> NUMBERS_PER_BLOCK_BITS
                    kek_id, kek = kek_of(block)
                keys[number] = kek.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], place(number, kek_id))
        except (InvalidTag, ValueError) as error:  # ValueError: cut too short for a nonce
            raise damaged() from error
        return keys

    def delete(self, connection: sqlite3.Connection, key_ids: Iterable[int]) -> int:
        return connection.executemany(
            "DELETE FROM numbered_keys WHERE number = ?", ((number,) for number in key_ids)
        ).rowcount

    def rewrap(self, connection: sqlite3.Connection, block: int, old: Kek, new: Kek) -> int:
        first = block << NUMBERS_PER_BLOCK_BITS
        rows = connection.execute(
            "SELECT number, wrapped FROM numbered_keys WHERE number BETWEEN ? AND ?",
            (first, first + (1 << NUMBERS_PER_BLOCK_BITS) - 1),
        ).fetchall()
        place, (old_id, old_kek), (new_id, new_kek) = self._place, old, new
        connection.executemany(
            "UPDATE numbered_keys SET wrapped = ? WHERE number = ?",
            (
                (wrap(new_kek, unwrap(old_kek, wrapped, place(number, old_id)), place(number, new_id)), number)
                for number, wrapped in rows
            ),
        )
        return len(rows)

    def _rows(self, connection: sqlite3.Connection, numbers: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        low, high = min(numbers), max(numbers)
        if high - low < DENSE * len(numbers):
            wanted = set(numbers)
            for row in connection.execute(
                "SELECT number, wrapped FROM numbered_keys WHERE number BETWEEN ? AND ?", (low, high)
            ):
                if row[0] in wanted:
                    yield row
            return
        for start in range(0, len(numbers), QUERY_SIZES[-1]):
            part = numbers[start : start + QUERY_SIZES[-1]]
            size = next(size for size in QUERY_SIZES if size >= len(part))
            marks = ",".join("?" * size)
            query = f"SELECT number, wrapped FROM numbered_keys WHERE number IN ({marks})"  # noqa: S608
            yield from connection.execute(query, [*part, *([part[-1]] * (size - len(part)))])


class NamedKeys:
    """Keys of files and of the installation's purposes: the id is a name."""

    scope = "name"

    def block_of(self, key_id: str) -> int:
        return hashlib.sha256(key_id.encode()).digest()[0] % NAME_BLOCKS

    def insert(self, connection: sqlite3.Connection, kek_of: KekOf, keys: Mapping[str, bytes], made_at: int) -> None:
        def rows() -> Iterator[tuple[int, str, bytes, int]]:
            for name, key in keys.items():
                block = self.block_of(name)
                kek_id, kek = kek_of(block)
                yield block, name, wrap(kek, key, self._place(name, kek_id)), made_at

        connection.executemany("INSERT INTO named_keys (block, name, wrapped, made_at) VALUES (?, ?, ?, ?)", rows())

    def read(self, connection: sqlite3.Connection, kek_of: KekOf, key_ids: Sequence[str]) -> dict[str, bytes]:
        keys: dict[str, bytes] = {}
        for name in key_ids:
            block = self.block_of(name)
            row = connection.execute(
                "SELECT wrapped FROM named_keys WHERE block = ? AND name = ?", (block, name)
            ).fetchone()
            if row is not None:
                kek_id, kek = kek_of(block)
                keys[name] = unwrap(kek, row[0], self._place(name, kek_id))
        return keys

    def delete(self, connection: sqlite3.Connection, key_ids: Iterable[str]) -> int:
        return connection.executemany(
            "DELETE FROM named_keys WHERE block = ? AND name = ?", ((self.block_of(name), name) for name in key_ids)
        ).rowcount

    def rewrap(self, connection: sqlite3.Connection, block: int, old: Kek, new: Kek) -> int:
        rows = connection.execute("SELECT name, wrapped FROM named_keys WHERE block = ?", (block,)).fetchall()
        (old_id, old_kek), (new_id, new_kek) = old, new
        connection.executemany(
            "UPDATE named_keys SET wrapped = ? WHERE block = ? AND name = ?",
            (
                (
                    wrap(new_kek, unwrap(old_kek, wrapped, self._place(name, old_id)), self._place(name, new_id)),
                    block,
                    name,
                )
                for name, wrapped in rows
            ),
        )
        return len(rows)

    @staticmethod
    def _place(name: str, kek_id: int) -> bytes:
        return kek_id.to_bytes(8, "big") + name.encode()

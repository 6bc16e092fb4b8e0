"""Arrivals of photos: which source brought which, from where, in rows whose words are sealed under the photo's key.

Never keeps a file name, an address or a person's reference in the clear, and never a host: whoever reads the file
learns that a photo has sources, and which.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql import tables_collecting as collecting
from facewarden.adapters.records_sql.times import from_us, to_us
from facewarden.domain.hosts import host_of
from facewarden.domain.ids import SourceId
from facewarden.domain.provenance import Arrival, Origin
from facewarden.errors import DamagedError
from facewarden.ports import DataKeys

NONCE_BYTES = 12
PLACE_HASH_BYTES = 16
HOSTS_PURPOSE = "collected-hosts"
REFERENCES_PURPOSE = "person-references"
_ARRIVAL, _PRINT, _HOST = b"arrival", b"print", b"host"


@dataclass(frozen=True, slots=True)
class NewArrival:
    """An arrival about to be stored, with the number of its photo and that photo's key (None: it has no file)."""

    photo_number: int
    key: bytes | None
    source_number: int
    arrival: Arrival


class ArrivalBook:
    """Writes and opens arrivals; every method works inside its caller's transaction."""

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys

    @cached_property
    def _hosts_key(self) -> bytes:
        return self._keys.derive(HOSTS_PURPOSE)

    @cached_property
    def _references_key(self) -> bytes:
        return self._keys.derive(REFERENCES_PURPOSE)

    def warm(self) -> None:
        """Has the installation's own keys at hand, so that no transaction waits for their being made."""
        _ = self._hosts_key, self._references_key

    def insert(self, connection: sa.Connection, arrivals: Sequence[NewArrival]) -> None:
        """Stores them; a place that the source brought the photo from before changes nothing."""
        hosts = self._host_numbers(connection, {host for new in arrivals if (host := host_of(new.arrival.url))})
        rows = [self._row(new, hosts) for new in arrivals]
        key_columns = ["photo_number", "source_number", "place_hash"]
        dialect.insert_new(connection, collecting.photo_sources, key_columns, rows)

    def _row(self, new: NewArrival, hosts: Mapping[str, int]) -> dict[str, Any]:
        arrival, host = new.arrival, host_of(new.arrival.url)
        reference = arrival.person_reference
        return {
            "photo_number": new.photo_number,
            "source_number": new.source_number,
            "place_hash": b"" if new.key is None else place_hash(new.key, arrival.origin),
            "host_number": hosts[host] if host else None,
            "case_id": arrival.case_id,
            "reference_hash": None if reference is None else self.reference_hash(arrival.source_id, reference),
            "arrived_at_us": to_us(arrival.arrived_at),
            "decision_index": arrival.decision_index,
            "expunge_on": arrival.expunge_on.isoformat() if arrival.expunge_on else None,
            "sealed": None if new.key is None else sealed(new.key, _ARRIVAL, new.photo_number, _words(arrival)),
        }

    def reference_hash(self, source_id: SourceId, reference: str) -> bytes:
        """The keyed hash by which a person's reference in one source's records is known again."""
        return hmac.digest(self._references_key, f"{source_id}\0{reference}".encode(), "sha256")

    def _host_numbers(self, connection: sa.Connection, names: set[str]) -> dict[str, int]:
        if not names:
            return {}
        table, key = collecting.hosts, self._hosts_key
        hashes = {hmac.digest(key, name.encode(), "sha256"): name for name in sorted(names)}
        rows = [{"host_hash": h, "sealed": sealed(key, _HOST, 0, name.encode())} for h, name in hashes.items()]
        dialect.insert_new(connection, table, ["host_hash"], rows)
        query = sa.select(table.c.host_hash, table.c.host_number)
        found = dialect.select_in(connection, query, table.c.host_hash, list(hashes))
        return {hashes[row.host_hash]: row.host_number for row in found}

    def hosts(self, connection: sa.Connection) -> dict[int, str]:
        """Every host that photos came from, by its number."""
        rows = connection.execute(sa.select(collecting.hosts.c.host_number, collecting.hosts.c.sealed))
        return {row.host_number: opened(self._hosts_key, _HOST, 0, row.sealed).decode() for row in rows}

    def first_words(self, connection: sa.Connection, photos: Mapping[int, str]) -> dict[int, tuple[str, str | None]]:
        """File name and address of photos (number to id), as the source that they are shown under first gave them.

        A photo whose key is gone, or of which nothing is known, is left out.
        """
        table, keys = collecting.photo_sources, self._keys.get_many(list(photos.values()))
        query = (
            sa.select(table.c.photo_number, table.c.sealed)
            .join(
                tables.photos,
                sa.and_(
                    tables.photos.c.photo_number == table.c.photo_number,
                    tables.photos.c.source_number == table.c.source_number,
                ),
            )
            .order_by(table.c.arrival_number)
        )
        words: dict[int, tuple[str, str | None]] = {}
        for number, content in dialect.select_in(connection, query, table.c.photo_number, list(photos)):
            key = keys.get(photos[number])
            if key is not None and content is not None and number not in words:
                document = json.loads(opened(key, _ARRIVAL, number, content))
                words[number] = document.get("name", ""), document.get("url")
        return words

    def of_photo(self, connection: sa.Connection, photo_number: int, photo_id: str) -> list[Arrival]:
        """Every arrival of the photo, the first one first."""
        table, sources = collecting.photo_sources, tables.sources
        key = self._keys.get_many([photo_id]).get(photo_id)
        query = (
            sa.select(table, sources.c.source_id)
            .join(sources, sources.c.source_number == table.c.source_number)
            .where(table.c.photo_number == photo_number)
            .order_by(table.c.arrival_number)
        )
        return [_arrival(row, key) for row in connection.execute(query).mappings()]

    def reseal(self, connection: sa.Connection, renamed: Mapping[str, str]) -> None:
        """Whatever is sealed under the keys of photos is sealed anew under those of their new ids (old id to new).

        The photos already have their new ids in the records; both keys must be there.
        """
        if not renamed:
            return
        keys = self._keys.get_many([*renamed, *renamed.values()])
        old_of = {new: old for old, new in renamed.items()}
        query = sa.select(tables.photos.c.photo_number, tables.photos.c.photo_id)
        for number, new_id in dialect.select_in(connection, query, tables.photos.c.photo_id, list(old_of)):
            old_key, new_key = keys.get(old_of[new_id]), keys.get(new_id)
            if old_key is not None and new_key is not None:
                self._reseal_one(connection, number, old_key, new_key)

    @staticmethod
    def _reseal_one(connection: sa.Connection, number: int, old_key: bytes, new_key: bytes) -> None:
        table, prints = collecting.photo_sources, collecting.photo_prints
        rows = connection.execute(
            sa.select(table.c.arrival_number, table.c.sealed).where(table.c.photo_number == number)
        )
        for arrival_number, content in rows.all():
            if content is None:
                continue
            words = opened(old_key, _ARRIVAL, number, content)
            told = json.loads(words)
            origin = Origin(told.get("name", ""), told.get("url"), told.get("person_reference"))
            changed = {
                "sealed": sealed(new_key, _ARRIVAL, number, words),
                "place_hash": place_hash(new_key, origin),
            }
            connection.execute(sa.update(table).where(table.c.arrival_number == arrival_number).values(**changed))
        content = connection.execute(sa.select(prints.c.sealed).where(prints.c.photo_number == number)).scalar()
        if content is not None:
            again = sealed(new_key, _PRINT, number, opened(old_key, _PRINT, number, content))
            connection.execute(sa.update(prints).where(prints.c.photo_number == number).values(sealed=again))


def sealed_print(key: bytes, photo_number: int, perceptual: bytes) -> bytes:
    """A photo's perceptual hash as it is stored."""
    return sealed(key, _PRINT, photo_number, perceptual)


def opened_print(key: bytes, photo_number: int, content: bytes) -> bytes:
    """The perceptual hash that was stored for that photo."""
    return opened(key, _PRINT, photo_number, content)


def sealed(key: bytes, kind: bytes, number: int, plain: bytes) -> bytes:
    """Nonce, ciphertext and tag, bound to the kind of thing and to its photo's number."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, kind + number.to_bytes(8, "big"))


def opened(key: bytes, kind: bytes, number: int, content: bytes) -> bytes:
    """What was sealed; DamagedError `provenance_damaged` if it does not open."""
    try:
        return AESGCM(key).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], kind + number.to_bytes(8, "big"))
    except (InvalidTag, ValueError) as error:
        raise DamagedError(
            "provenance_damaged",
            "What is recorded of where a photo came from does not open.",
            "The records or keys.db were changed outside facewarden, or are of two different days.",
            "Run `facewarden verify`, and restore both from the newest backups.",
        ) from error


def _words(arrival: Arrival) -> bytes:
    told = {
        "name": arrival.file_name,
        "url": arrival.url,
        "page_url": arrival.page_url,
        "server_ip": arrival.server_ip,
        "fetched_at": arrival.fetched_at.isoformat() if arrival.fetched_at else None,
        "person_reference": arrival.person_reference,
    }
    known = {name: value for name, value in told.items() if value is not None}
    return json.dumps(known, separators=(",", ":")).encode()  # ASCII: a file's name may hold half a character


def place_hash(key: bytes, origin: Origin) -> bytes:
    """By which the same place is known again, under the photo's own key."""
    place = origin.url or origin.file_name
    if origin.person_reference is not None:  # one picture may stand in the records of several people
        place += f"\0{origin.person_reference}"
    return hmac.digest(key, b"place" + place.encode("utf-8", "surrogatepass"), "sha256")[:PLACE_HASH_BYTES]


def _arrival(row: sa.RowMapping, key: bytes | None) -> Arrival:
    words: dict[str, Any] = {}
    if key is not None and row["sealed"] is not None:
        words = json.loads(opened(key, _ARRIVAL, row["photo_number"], row["sealed"]))
    fetched_at = words.get("fetched_at")
    return Arrival(
        SourceId(row["source_id"]),
        words.get("name", ""),
        words.get("url"),
        from_us(row["arrived_at_us"]),
        row["decision_index"],
        words.get("page_url"),
        words.get("server_ip"),
        datetime.fromisoformat(fetched_at) if fetched_at else None,
        row["case_id"],
        words.get("person_reference"),
        date.fromisoformat(row["expunge_on"]) if row["expunge_on"] else None,
    )

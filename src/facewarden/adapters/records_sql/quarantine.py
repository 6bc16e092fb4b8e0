"""Photos set aside for a privacy officer: encrypted files with what their source told of them, and no template.

Never shows one to anything but the officer's desk, and never keeps one longer than its day.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.tables_taking_out import quarantine
from facewarden.adapters.records_sql.times import from_us, to_us
from facewarden.domain.ids import SourceId
from facewarden.domain.photos import BookingRecord, Fetched, Manner, OfferedFile
from facewarden.domain.suppression import QuarantinedPhoto, QuarantineState
from facewarden.errors import BadUseError, DamagedError, Error
from facewarden.ports import Blobs, DataKeys

_LENGTH_BYTES = 4


class SqlQuarantine:
    """The QuarantineRecords and SetAside ports."""

    def __init__(self, database: Database, keys: DataKeys, blobs: Blobs) -> None:
        self._database = database
        self._keys = keys
        self._blobs = blobs

    def put(self, photos: Sequence[tuple[QuarantinedPhoto, OfferedFile]]) -> None:
        """Stores each with its file, the file first; one of the same source and hash changes nothing."""
        fresh = [pair for pair in photos if not self.waiting_of(SourceId(pair[0].source_id), [pair[0].content_hash])]
        if not fresh:
            return
        self._blobs.put_many({photo.quarantine_id: _packed(file) for photo, file in fresh})
        rows = [
            {
                "quarantine_id": photo.quarantine_id,
                "source_id": photo.source_id,
                "content_hash": photo.content_hash,
                "state": photo.state.value,
                "faces": photo.faces,
                "came_at_us": to_us(photo.came_at),
                "until_us": to_us(photo.until),
            }
            for photo, _ in fresh
        ]
        try:
            with self._database.writing() as connection:
                dialect.upsert(connection, quarantine, ["source_id", "content_hash"], rows)
        except Error:
            self._blobs.delete([photo.quarantine_id for photo, _ in fresh])
            raise

    def waiting(self) -> Sequence[QuarantinedPhoto]:
        """Those that nobody has decided, the one that ends first at the head."""
        return self._where(quarantine.c.state == QuarantineState.WAITING.value)

    def waiting_of(self, source_id: SourceId, content_hashes: Sequence[bytes]) -> set[bytes]:
        """Which of these files of that source wait here."""
        query = sa.select(quarantine.c.content_hash).where(
            quarantine.c.source_id == source_id, quarantine.c.state == QuarantineState.WAITING.value
        )
        with self._database.reading() as connection:
            return {row[0] for row in dialect.select_in(connection, query, quarantine.c.content_hash, content_hashes)}

    def cleared(self, content_hashes: Sequence[bytes]) -> set[bytes]:
        """Which of these files an officer found to show somebody else than whoever is kept out."""
        query = sa.select(quarantine.c.content_hash).where(quarantine.c.state == QuarantineState.ADMITTED.value)
        with self._database.reading() as connection:
            return {row[0] for row in dialect.select_in(connection, query, quarantine.c.content_hash, content_hashes)}

    def find(self, quarantine_id: str) -> tuple[QuarantinedPhoto, OfferedFile] | None:
        """The photo and its file; None if there is none that waits."""
        found = self._where(
            sa.and_(quarantine.c.quarantine_id == quarantine_id, quarantine.c.state == QuarantineState.WAITING.value)
        )
        return (found[0], _unpacked(self._blobs.get(quarantine_id))) if found else None

    def close(self, quarantine_id: str, state: QuarantineState, decided_by: str | None) -> bool:
        """Whether it was waiting; its file and key are destroyed, and the file's hash barred unless it was admitted."""
        now_us = to_us(self._database.clock.now())
        waits = sa.and_(
            quarantine.c.quarantine_id == quarantine_id, quarantine.c.state == QuarantineState.WAITING.value
        )
        with self._database.writing() as connection:
            closed = connection.execute(
                sa.update(quarantine)
                .where(waits)
                .values(state=state.value, decided_by=decided_by, decided_at_us=now_us)
            ).rowcount
        self._blobs.delete([quarantine_id])
        self._database.forget()
        return bool(closed)

    def _where(self, condition: sa.ColumnElement[bool]) -> list[QuarantinedPhoto]:
        query = sa.select(quarantine).where(condition).order_by(quarantine.c.until_us, quarantine.c.quarantine_id)
        with self._database.reading() as connection:
            return [
                QuarantinedPhoto(
                    row.quarantine_id,
                    row.source_id,
                    row.content_hash,
                    QuarantineState(row.state),
                    row.faces,
                    from_us(row.came_at_us),
                    from_us(row.until_us),
                )
                for row in connection.execute(query)
            ]


def _packed(file: OfferedFile) -> bytes:
    """The file with what its source told of it, as one encrypted file holds both."""
    if isinstance(file.content, Error):
        raise BadUseError("nothing_to_set_aside", "A file that could not be read cannot be set aside.")
    head: dict[str, Any] = {"name": file.name, "url": file.url}
    if file.fetched is not None:
        fetched = file.fetched
        head["fetched"] = {
            "manner": fetched.manner.value,
            "server_ip": fetched.server_ip,
            "page_url": fetched.page_url,
            "robots_allowed": fetched.robots_allowed,
            "robots_tags": None if fetched.robots_tags is None else sorted(fetched.robots_tags),
            "purpose_named": fetched.purpose_named,
            "subject_named": fetched.subject_named,
            "case_named": fetched.case_named,
            "fetched_at": None if fetched.fetched_at is None else fetched.fetched_at.isoformat(),
        }
    if file.record is not None:
        record = file.record
        days = {
            name: value and value.isoformat()
            for name, value in (("taken_on", record.taken_on), ("expunge_on", record.expunge_on))
        }
        head["record"] = {"person_reference": record.person_reference, **days}
    text = json.dumps(head).encode()  # ASCII: a file's name may hold half a character
    return len(text).to_bytes(_LENGTH_BYTES, "big") + text + file.content


def _unpacked(packed: bytes) -> OfferedFile:
    length = int.from_bytes(packed[:_LENGTH_BYTES], "big")
    try:
        head = json.loads(packed[_LENGTH_BYTES : _LENGTH_BYTES + length])
        fetched, record = head.get("fetched"), head.get("record")
        return OfferedFile(
            head["name"],
            packed[_LENGTH_BYTES + length :],
            head["url"],
            None if fetched is None else _fetched(fetched),
            None if record is None else _record(record),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(
            "quarantine_damaged",
            "A photo that was set aside cannot be read.",
            "It was written by another version.",
            "Decide it with that version, or let it end on its day.",
        ) from error


def _fetched(told: dict[str, Any]) -> Fetched:
    tags, at = told["robots_tags"], told["fetched_at"]
    return Fetched(
        Manner(told["manner"]),
        told["server_ip"],
        told["page_url"],
        told["robots_allowed"],
        None if tags is None else frozenset(tags),
        told["purpose_named"],
        told["subject_named"],
        told["case_named"],
        None if at is None else datetime.fromisoformat(at),
    )


def _record(told: dict[str, Any]) -> BookingRecord:
    days = [None if told[name] is None else date.fromisoformat(told[name]) for name in ("taken_on", "expunge_on")]
    return BookingRecord(told["person_reference"], days[0], days[1])

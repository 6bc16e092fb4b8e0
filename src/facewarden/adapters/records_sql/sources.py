"""Sources, the documents that permit them, and what came of them. Never keeps a permission in the clear."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from facewarden.adapters.records_sql import tables, tables_collecting
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.times import from_us, from_us_or_none, to_us, to_us_or_none
from facewarden.domain.ids import SourceId, UserId, random_id
from facewarden.domain.photos import PhotoState
from facewarden.domain.sources import LegalBasis, Source, SourceKind, SourceState
from facewarden.errors import BadUseError, Error
from facewarden.ports import Blobs


class SqlSourceRecords:
    """Sources in SQL, their permissions among the encrypted files."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def add(self, source: Source, permission: bytes | None) -> None:
        """Stores both; BadUseError `source_name_taken` (case does not count)."""
        blob_id = None if permission is None else random_id("pm")
        row = {**_row(source), "source_id": source.source_id, "permission_blob": blob_id}
        if permission is not None and blob_id is not None:
            self._blobs.put_many({blob_id: permission})
        try:
            with self._database.writing() as connection:
                taken = tables.sources.c.name_key == row["name_key"]
                if connection.execute(sa.select(tables.sources.c.source_id).where(taken)).first() is not None:
                    raise BadUseError(
                        "source_name_taken", "A source has this name.", "Case does not count.", "Choose another name."
                    )
                connection.execute(sa.insert(tables.sources), row)
        except Error:
            if blob_id is not None:
                self._blobs.delete([blob_id])
            raise

    def change(self, before: Source, after: Source, permission: bytes | None = None) -> None:
        """Has the source be `after`, with its new document if there is one; the old document is destroyed then.

        BadUseError `source_changed` if it is not `before` any more: somebody else changed it meanwhile.
        """
        blob_id = None if permission is None else random_id("pm")
        row = _row(after)
        if permission is not None and blob_id is not None:
            self._blobs.put_many({blob_id: permission})
            row["permission_blob"] = blob_id
        try:
            with self._database.writing() as connection:
                of = tables.sources.c.source_id == before.source_id
                found = connection.execute(sa.select(tables.sources).where(of)).mappings().first()
                if found is None:
                    raise source_unknown()
                if _source_of(found) != before:
                    raise BadUseError(
                        "source_changed",
                        "The source was changed meanwhile.",
                        "Somebody else did something about it a moment ago.",
                        "Look at it again: facewarden source list",
                    )
                connection.execute(sa.update(tables.sources).where(of).values(**row))
        except Error:
            if blob_id is not None:
                self._blobs.delete([blob_id])
            raise
        if blob_id is not None and found["permission_blob"] is not None:
            self._blobs.delete([found["permission_blob"]])

    def find(self, name: str) -> Source | None:
        """The source of that name (case does not count), or None."""
        query = sa.select(tables.sources).where(tables.sources.c.name_key == name.casefold())
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _source_of(row)

    def all(self) -> Sequence[Source]:
        """All, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(tables.sources).order_by("name_key")).mappings().all()
        return [_source_of(row) for row in rows]

    def counts(self) -> Mapping[SourceId, tuple[int, int]]:
        """For each source the number of active photos that it brought, others' too, and of refusals."""
        sources, photos, refusals = tables.sources, tables.photos, tables.refusals
        brought = tables_collecting.photo_sources
        active = (
            sa.select(brought.c.source_number, sa.func.count(brought.c.photo_number.distinct()))
            .join(photos, photos.c.photo_number == brought.c.photo_number)
            .where(photos.c.state == PhotoState.ACTIVE.value)
            .group_by(brought.c.source_number)
        )
        refused = sa.select(refusals.c.source_number, sa.func.count()).group_by(refusals.c.source_number)
        every = sa.select(sources.c.source_number, sources.c.source_id)
        with self._database.reading() as connection:
            ids = {row[0]: SourceId(row[1]) for row in connection.execute(every)}
            shown = {row[0]: row[1] for row in connection.execute(active)}
            kept_out = {row[0]: row[1] for row in connection.execute(refused)}
        return {source_id: (shown.get(number, 0), kept_out.get(number, 0)) for number, source_id in ids.items()}

    def permission(self, source_id: SourceId) -> bytes | None:
        """The document that permits the source, None if none was given; BadUseError if there is no such source."""
        query = sa.select(tables.sources.c.permission_blob).where(tables.sources.c.source_id == source_id)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise source_unknown()
        return None if row[0] is None else self._blobs.get(row[0])


def number_of_source(connection: sa.Connection, source_id: SourceId) -> int:
    """The source's number in the records; raises BadUseError `source_unknown`."""
    query = sa.select(tables.sources.c.source_number).where(tables.sources.c.source_id == source_id)
    number = connection.execute(query).scalar()
    if number is None:
        raise source_unknown()
    return int(number)


def source_unknown() -> BadUseError:
    """The error for a source that does not exist."""
    return BadUseError("source_unknown", "There is no such source.", "", "List them: facewarden source list.")


def _row(source: Source) -> dict[str, Any]:
    """All columns that a source's value tells."""
    return {
        "name": source.name,
        "name_key": source.name.casefold(),
        "basis": source.basis.value,
        "permission_hash": source.permission_hash,
        "contact": source.contact,
        "country": source.country,
        "hosts": json.dumps(source.hosts),
        "state": source.state.value,
        "added_at_us": to_us(source.added_at),
        "kind": source.kind.value,
        "starts_on": source.starts_on.isoformat() if source.starts_on else None,
        "ends_on": source.ends_on.isoformat() if source.ends_on else None,
        "proposed_by": source.proposed_by,
        "approved_by": source.approved_by,
        "ended_at_us": to_us_or_none(source.ended_at),
    }


def _source_of(row: sa.RowMapping) -> Source:
    return Source(
        SourceId(row["source_id"]),
        row["name"],
        LegalBasis(row["basis"]),
        row["permission_hash"],
        row["contact"],
        row["country"],
        tuple(json.loads(row["hosts"])),
        SourceState(row["state"]),
        from_us(row["added_at_us"]),
        SourceKind(row["kind"] or SourceKind.FILES.value),
        _day(row["starts_on"]),
        _day(row["ends_on"]),
        None if row["proposed_by"] is None else UserId(row["proposed_by"]),
        None if row["approved_by"] is None else UserId(row["approved_by"]),
        from_us_or_none(row["ended_at_us"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None

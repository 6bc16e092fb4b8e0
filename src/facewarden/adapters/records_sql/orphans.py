"""Keys and files that no record knows: what a crash leaves behind, found and destroyed.

Never touches one younger than the caller says: it may belong to a batch that is about to commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.schema import metadata
from facewarden.adapters.records_sql.tables_taking_out import quarantine
from facewarden.ports import Blobs, DataKeys

AT_ONCE = 10_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Swept:
    """How many keys of templates, keys of files, and files were destroyed because no record knew them."""

    template_keys: int
    file_keys: int
    files: int


class SqlOrphans:
    """Compares keys and files with the records in SQL."""

    def __init__(self, database: Database, keys: DataKeys, blobs: Blobs) -> None:
        self._database = database
        self._keys = keys
        self._blobs = blobs

    def sweep(self, min_age_s: float) -> Swept:
        """What was destroyed among keys and files older than `min_age_s`; safe at any moment, and again.

        An age below the longest batch would take the files of one that is about to commit: an hour is wise.
        """
        before = self._database.clock.now() - timedelta(seconds=min_age_s)
        files = template_keys = file_keys = 0
        for blob_ids in _parts(self._blobs.ids_written_before(before)):
            unknown = self._unknown_blobs(blob_ids)
            self._blobs.delete(unknown)
            files += len(unknown)
        for key_ids in _parts(self._keys.ids_made_before(before)):
            numbers = self._unknown_numbers([key_id for key_id in key_ids if isinstance(key_id, int)])
            names = self._unknown_blobs([key_id for key_id in key_ids if isinstance(key_id, str)])
            if numbers or names:
                self._keys.destroy([*numbers, *names])
            template_keys += len(numbers)
            file_keys += len(names)
        return Swept(template_keys, file_keys, files)

    def _unknown_numbers(self, numbers: list[int]) -> list[int]:
        query = "SELECT face_number FROM templates WHERE face_number IN"
        with self._database.reading() as connection:
            known = {row[0] for row in dialect.fetch_numbered(connection, query, numbers)}
        return [number for number in numbers if number not in known]

    def _unknown_blobs(self, blob_ids: list[str]) -> list[str]:
        known: set[str] = set()
        with self._database.reading() as connection:
            for column in _columns_naming_files():
                known.update(row[0] for row in dialect.select_in(connection, sa.select(column), column, blob_ids))
        return [blob_id for blob_id in blob_ids if blob_id not in known]


def _columns_naming_files() -> list[sa.Column[Any]]:
    """Every column that names files: those of ids under which files lie, and every column called `*_blob`."""
    named = [
        tables.photos.c.photo_id,
        tables.probes.c.probe_id,
        tables.optout_requests.c.request_id,
        tables.suppressions.c.suppression_id,
        quarantine.c.quarantine_id,
    ]
    blobs = [column for table in metadata.sorted_tables for column in table.c if column.name.endswith("_blob")]
    return [*named, *blobs]


def _parts(items: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(items)
    while part := list(islice(remaining, AT_ONCE)):
        yield part

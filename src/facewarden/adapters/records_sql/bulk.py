"""Many made-up faces at once, for measuring at size. Never writes a file of a photo: none of these can be looked at.

The rows, seals and keys are those of real faces; only the way in is shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from facewarden.adapters.records_sql import dialect, ledger, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.faces_json import face_text
from facewarden.adapters.records_sql.sealing import seal
from facewarden.adapters.records_sql.sources import source_unknown
from facewarden.adapters.records_sql.tables_collecting import photo_sources
from facewarden.adapters.records_sql.times import to_us
from facewarden.domain.faces import Box, DetectedFace, FaceQuality
from facewarden.domain.ids import SourceId, random_id
from facewarden.domain.photos import PhotoFormat, PhotoState
from facewarden.ports import DataKeys

_FACE = face_text(
    DetectedFace(
        Box(40.0, 40.0, 190.0, 190.0),
        1.0,
        ((80.0, 90.0), (150.0, 90.0), (115.0, 120.0), (90.0, 150.0), (140.0, 150.0)),
        FaceQuality(150.0, 0.1, 0.0, 0.0, 0.5),
    )
)


def insert_synthetic(
    database: Database,
    keys: DataKeys,
    source_id: SourceId,
    batches: Iterable[NDArray[np.float32]],
    pack_id: str,
    progress: Callable[[int], None] | None = None,
) -> int:
    """How many faces were stored: every row of every batch (N, dimension) is one, alone on a photo without a file.

    Each batch is one transaction: some 20,000 rows make it quick. `progress` hears the number of faces so far. The
    gallery must be one for measuring: `photo_content` finds no file, and `SqlOrphans.sweep` finds nothing amiss.
    """
    with database.reading() as connection:
        query = sa.select(tables.sources.c.source_number).where(tables.sources.c.source_id == source_id)
        source_number = connection.execute(query).scalar()
    if source_number is None:
        raise source_unknown()
    stored = 0
    for batch in batches:
        _insert(database, keys, int(source_number), batch, pack_id)
        stored += len(batch)
        if progress is not None:
            progress(stored)
    return stored


def _insert(database: Database, keys: DataKeys, source_number: int, batch: NDArray[np.float32], pack_id: str) -> None:
    now = database.clock.now()
    with database.writing() as connection:
        photo_numbers, face_numbers = ledger.reserve(connection, len(batch), len(batch))
    data_keys = keys.create_many(face_numbers)
    with database.writing() as connection:
        dialect.insert_many(connection, tables.photos, _photo_rows(photo_numbers, source_number, to_us(now)))
        _insert_arrivals(connection, photo_numbers, source_number, to_us(now))
        pairs = zip(face_numbers, photo_numbers, strict=True)
        dialect.insert_many(connection, tables.faces, ((face, photo, pack_id, _FACE) for face, photo in pairs))
        dialect.insert_many(
            connection,
            tables.templates,
            (
                (number, 1, seal(data_keys[number], number, template))
                for number, template in zip(face_numbers, batch, strict=True)
            ),
        )
        ledger.note(connection, came=face_numbers, went=[], photos=len(batch))
        ledger.note_packs(connection, [pack_id], now)


def _insert_arrivals(
    connection: sa.Connection, photo_numbers: Iterable[int], source_number: int, arrived_at_us: int
) -> None:
    """Each from that source, from no place that is known."""
    dialect.insert_many(
        connection,
        photo_sources,
        (
            (None, number, source_number, b"", None, None, None, arrived_at_us, 0, None, None)
            for number in photo_numbers
        ),
    )


def _photo_rows(photo_numbers: Iterable[int], source_number: int, collected_at_us: int) -> Iterator[tuple[Any, ...]]:
    """In the order of the table's columns."""
    for number in photo_numbers:
        yield (
            number,
            random_id("ph"),
            source_number,
            number.to_bytes(32, "big"),  # in the place of the file's keyed hash
            PhotoState.ACTIVE.value,
            PhotoFormat.JPEG.value,
            250,
            250,
            20_000,
            None,
            collected_at_us,
            0,
        )

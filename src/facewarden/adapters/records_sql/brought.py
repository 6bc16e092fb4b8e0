"""Which of some offered files their sources brought before, and from which places.

Never opens what is sealed of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.arrivals import place_hash
from facewarden.adapters.records_sql.sources import number_of_source
from facewarden.adapters.records_sql.tables_collecting import photo_sources
from facewarden.domain.ids import SourceId
from facewarden.domain.provenance import Origin, Standing
from facewarden.ports import DataKeys


class Brought:
    """What these sources brought of these files (by hash), as the caller's transaction sees it."""

    def __init__(self, connection: sa.Connection, keys: DataKeys, offered: Sequence[tuple[SourceId, bytes]]) -> None:
        """BadUseError `source_unknown`."""
        self._places: dict[tuple[SourceId, bytes], set[bytes]] = {}
        rows = [row for source_id in {source for source, _ in offered} for row in _rows(connection, source_id, offered)]
        self._keys = keys.get_many(list({photo_id for *_, photo_id in rows}))
        self._photo_of: dict[bytes, str] = {}
        for source_id, content_hash, place, photo_id in rows:
            self._places.setdefault((source_id, content_hash), set()).add(place)
            self._photo_of[content_hash] = photo_id

    def standing(self, source_id: SourceId, content_hash: bytes, origin: Origin) -> Standing:
        """What is known of that file from that source and place."""
        places = self._places.get((source_id, content_hash))
        if places is None:
            return Standing.NEW
        key = self._keys.get(self._photo_of[content_hash])
        if key is None or place_hash(key, origin) in places:  # without a key it is being erased: nothing joins it
            return Standing.BROUGHT
        return Standing.ELSEWHERE

    def note(self, source_id: SourceId, content_hash: bytes, origin: Origin) -> None:
        """That file is brought from there by now."""
        key = self._keys.get(self._photo_of.get(content_hash, ""))
        if key is not None:
            self._places.setdefault((source_id, content_hash), set()).add(place_hash(key, origin))


def _rows(
    connection: sa.Connection, source_id: SourceId, offered: Sequence[tuple[SourceId, bytes]]
) -> list[tuple[SourceId, bytes, bytes, str]]:
    photos = tables.photos
    query = (
        sa.select(photos.c.content_hash, photo_sources.c.place_hash, photos.c.photo_id)
        .join(photo_sources, photo_sources.c.photo_number == photos.c.photo_number)
        .where(photo_sources.c.source_number == number_of_source(connection, source_id))
    )
    hashes = list(dict.fromkeys(content_hash for source, content_hash in offered if source == source_id))
    return [(source_id, *row) for row in dialect.select_in(connection, query, photos.c.content_hash, hashes)]

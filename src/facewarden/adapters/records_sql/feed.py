"""The records as an index reads them: a summary to compare with, and the sequence of what came and went.

Never hands out the template of a face that may not be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.stored_templates import StoredTemplates
from facewarden.domain.gallery import GallerySummary, IndexChange
from facewarden.domain.ids import FaceNumber
from facewarden.ports import DataKeys

_CHANGES = (
    "SELECT c.sequence, c.face_number, t.sealed FROM changes c LEFT JOIN templates t"
    " ON t.face_number = c.face_number AND c.came = 1 AND t.active = 1"
    " WHERE c.sequence > ? ORDER BY c.sequence LIMIT ?"
)


class SqlIndexFeed:
    """What an index needs of the records in SQL."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._templates = StoredTemplates(database, keys)

    def summary(self) -> GallerySummary:
        """The running account; as quick for a hundred million faces as for none."""
        state = tables.gallery_state
        query = sa.select(state.c.photos, state.c.faces, state.c.sequence, state.c.fingerprint)
        with self._database.reading() as connection:
            photos, faces, sequence, fingerprint = connection.execute(query).one()
        return GallerySummary(photos, faces, sequence, fingerprint)

    def changes(self, after_sequence: int, limit: int) -> Sequence[IndexChange]:
        """Up to `limit` steps after that one, in order; empty at the end of the sequence.

        A face that came and may no longer be shown has no template any more: its coming is told as a going, and an
        index that never had it has nothing to do. All templates of one answer are rows of one array.
        """
        with self._database.reading() as connection:
            rows: list[Any] = dialect.fetch(connection, _CHANGES, (after_sequence, limit))
        sealed = [(number, content) for _, number, content in rows if content is not None]
        numbers, templates = self._templates.opened(sealed)
        template_of = dict(zip(numbers.tolist(), templates, strict=True))
        return [
            IndexChange(sequence, FaceNumber(number), template_of.get(number) if content is not None else None)
            for sequence, number, content in rows
        ]

    def other_pack(self, pack_id: str) -> str | None:
        """A pack other than that one which templates of the gallery are of; None: there is none.

        The faces are looked through only where another pack was ever used.
        """
        ever = sa.select(tables.packs.c.pack_id).where(tables.packs.c.pack_id != pack_id)
        faces = tables.faces
        still = (
            sa.select(faces.c.pack_id)
            .join(tables.templates, tables.templates.c.face_number == faces.c.face_number)
            .where(faces.c.pack_id != pack_id)
            .limit(1)
        )
        with self._database.reading() as connection:
            if connection.execute(ever.limit(1)).first() is None:
                return None
            return connection.execute(still).scalar_one_or_none()

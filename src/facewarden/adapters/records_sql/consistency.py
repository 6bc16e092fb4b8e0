"""Whether the records agree with themselves, with the keys and with the files. Never repairs what it finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.stored_templates import StoredTemplates
from facewarden.domain.photos import PhotoState
from facewarden.errors import DamagedError
from facewarden.matching.fingerprint import fingerprint
from facewarden.ports import Blobs, DataKeys

PAGE_FACES = 20_000

_COUNTS = {
    "faces lack a template": (
        "SELECT count(*) FROM faces f LEFT JOIN templates t ON t.face_number = f.face_number"
        " WHERE t.face_number IS NULL"
    ),
    "templates are shown although their photo is not active, or hidden although it is": (
        "SELECT count(*) FROM templates t JOIN faces f ON f.face_number = t.face_number"
        " JOIN photos p ON p.photo_number = f.photo_number"
        " WHERE t.active <> CASE WHEN p.state = 'active' THEN 1 ELSE 0 END"
    ),
    "faces came and went otherwise in the sequence than they are shown": (
        "SELECT count(*) FROM (SELECT face_number, SUM(2 * came - 1) AS present FROM changes GROUP BY face_number) c"
        " LEFT JOIN templates t ON t.face_number = c.face_number WHERE c.present <> COALESCE(t.active, 0)"
    ),
    "shown faces never came in the sequence": (
        "SELECT count(*) FROM templates t WHERE t.active = 1"
        " AND NOT EXISTS (SELECT 1 FROM (SELECT DISTINCT face_number FROM changes) c"
        " WHERE c.face_number = t.face_number)"
    ),
    "keys and files of erased photos are still to be destroyed": "SELECT count(*) FROM doomed",
}


class SqlConsistency:
    """Recounts what is kept as a running account, and opens what is sealed."""

    def __init__(self, database: Database, keys: DataKeys, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs
        self._templates = StoredTemplates(database, keys)

    def findings(self, *, thorough: bool = False) -> list[str]:
        """A sentence for each thing that is not as it must be; empty if all is well.

        `thorough` also opens every template and looks for every photo's file: half a minute for a million faces.
        """
        with self._database.reading() as connection:
            found = [f"The database file: {fault}." for fault in dialect.faults(connection)]
            for what, query in _COUNTS.items():
                number = connection.execute(sa.text(query)).scalar_one()
                if number:
                    found.append(f"{number:,} {what}.")
            found += self._account(connection)
        return found + list(self._unopened()) + list(self._missing_files()) if thorough else found

    @staticmethod
    def _account(connection: sa.Connection) -> Iterator[str]:
        """The running account, counted anew."""
        photos = sa.select(sa.func.count()).where(tables.photos.c.state == PhotoState.ACTIVE.value)
        active = sa.select(tables.templates.c.face_number).where(tables.templates.c.active == 1)
        numbers = np.fromiter(connection.execute(active).scalars(), np.int64)
        counted = {
            "photos": connection.execute(photos).scalar_one(),
            "faces": len(numbers),
            "sequence": connection.execute(sa.select(sa.func.max(tables.changes.c.sequence))).scalar() or 0,
            "fingerprint": fingerprint(numbers),
        }
        kept = connection.execute(sa.select(tables.gallery_state)).mappings().one()
        for name, value in counted.items():
            if kept[name] != value:
                yield f"The running account's {name} differs from what is there."

    def _unopened(self) -> Iterator[str]:
        """Pages of templates that do not open."""
        last = 0
        query = (
            "SELECT face_number, sealed FROM templates WHERE active = 1 AND face_number > ?"
            " ORDER BY face_number LIMIT ?"
        )
        while True:
            with self._database.reading() as connection:
                page = dialect.fetch(connection, query, (last, PAGE_FACES))
            if not page:
                return
            first, last = page[0][0], page[-1][0]
            try:
                self._templates.opened([(number, sealed) for number, sealed in page])
            except DamagedError as error:
                yield f"Among faces {first} to {last}: {error.what}"

    def _missing_files(self) -> Iterator[str]:
        """Photos without a file, of those that were there when it began."""
        with self._database.reading() as connection:
            photo_ids = set(connection.execute(sa.select(tables.photos.c.photo_id)).scalars())
        for blob_id in self._blobs.ids_written_before(self._database.clock.now() + timedelta(days=1)):
            photo_ids.discard(blob_id)
        if photo_ids:
            with self._database.reading() as connection:
                column = tables.photos.c.photo_id
                still = len(dialect.select_in(connection, sa.select(column), column, sorted(photo_ids)))
            if still:  # else they were erased while the files were listed
                yield f"{still:,} photos have no file."

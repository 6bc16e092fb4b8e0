"""What a restored backup still holds of the erased, and the barred and kept-out put back into it.

Never decides what is erased: it does again what the ledger says was done.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.suppressions import add_suppression
from facewarden.adapters.records_sql.times import to_us
from facewarden.domain.erasing import LedgerLine, NewSuppression
from facewarden.domain.ids import FaceNumber, PhotoId
from facewarden.ports import Blobs, DataKeys

PURPOSE = "purpose/"
"""How the vault names a key made by `derive`: it opens what is sealed in a row, and no file."""


class SqlReplays:
    """The ReplayRecords port in SQL."""

    def __init__(self, database: Database, keys: DataKeys, blobs: Blobs) -> None:
        self._database = database
        self._keys = keys
        self._blobs = blobs

    def left(self, line: LedgerLine) -> tuple[Sequence[PhotoId], Sequence[FaceNumber]]:
        """The photos that the line says went whole and the faces that were burnt, as far as the records have them."""
        photos, faces = tables.photos, tables.faces
        with self._database.reading() as connection:
            whole = dialect.select_in(connection, sa.select(photos.c.photo_id), photos.c.photo_id, line.photos)
            query = (
                sa.select(faces.c.face_number)
                .join(photos, photos.c.photo_number == faces.c.photo_number)
                .where(photos.c.photo_id.in_(line.burnt))
            )
            burnt = dialect.select_in(connection, query, faces.c.face_number, line.faces) if line.burnt else []
        return [PhotoId(row[0]) for row in whole], [FaceNumber(row[0]) for row in burnt]

    def put_back(self, lines: Sequence[LedgerLine], kept_out: Sequence[NewSuppression]) -> int:
        """How many suppressions were put back; files that may not come back are barred again, lifted faces let go.

        `kept_out` is everybody who is kept out: whom the records keep out beside them was let go since.
        """
        now_us = to_us(self._database.clock.now())
        suppressions = tables.suppressions
        with self._database.reading() as connection:
            known = set(connection.execute(sa.select(suppressions.c.suppression_id)).scalars())
        missing = [item for item in kept_out if item.suppression_id not in known]
        lifted = sorted(known - {item.suppression_id for item in kept_out})
        rows = [{**add_suppression(self._keys, item), "added_at_us": now_us} for item in missing]
        barred = {bytes.fromhex(known_hash): line.reason for line in lines for known_hash in line.hashes}
        hashes = [{"content_hash": h, "reason": reason, "barred_at_us": now_us} for h, reason in barred.items()]
        with self._database.writing() as connection:
            dialect.upsert(connection, tables.barred_photos, ["content_hash"], hashes)
            dialect.delete_in(connection, suppressions.c.suppression_id, lifted)
            if rows:
                connection.execute(sa.insert(suppressions), rows)
        return len(rows)

    def destroy(self, lines: Sequence[LedgerLine]) -> int:
        """How many keys of what the lines name were there still, and are no more; files are unlinked with them."""
        numbers = sorted({number for line in lines for number in line.faces})
        names = sorted({name for line in lines for name in (*line.photos, *line.burnt, *line.files)})
        # Asked first: each destruction writes the file of keys through, and nearly always there is nothing to destroy.
        there = [*self._keys.get_many(numbers)], [*self._keys.get_many(names)]
        gone = self._keys.destroy([*there[0], *there[1]])
        self._blobs.delete([name for name in there[1] if not name.startswith(PURPOSE)])
        return gone

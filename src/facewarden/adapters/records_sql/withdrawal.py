"""Photos held, given back, and erased. Never leaves a face in the sequence as there that may not be shown.

Nothing here asks whether it may: the caller has a decision, and has logged it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from facewarden.adapters.records_sql import burns as burnt_photos
from facewarden.adapters.records_sql import dialect, ledger, tables, tables_casework
from facewarden.adapters.records_sql.arrivals import ArrivalBook
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.times import to_us
from facewarden.domain.erasing import BurntPhoto
from facewarden.domain.gallery import PhotoOfFace
from facewarden.domain.ids import FaceNumber, PhotoId
from facewarden.domain.photos import PhotoState
from facewarden.ports import Blobs, DataKeys


class SqlWithdrawals:
    """Takes photos out of the gallery in SQL."""

    def __init__(self, database: Database, keys: DataKeys, blobs: Blobs) -> None:
        self._database = database
        self._keys = keys
        self._blobs = blobs
        self._arrivals = ArrivalBook(keys)

    def hold(self, photo_ids: Sequence[PhotoId]) -> Sequence[FaceNumber]:
        """The faces that ceased to be shown: those of active photos among these, which are held from now on."""
        return self._turn(photo_ids, PhotoState.ACTIVE, PhotoState.HELD)

    def release(self, photo_ids: Sequence[PhotoId]) -> Sequence[FaceNumber]:
        """The faces that may be shown again: those of held photos among these, which are active from now on.

        A photo whose erasure waits for its hold to end stays hidden: it is due to be erased from now on, not shown.
        """
        owed = tables.owed_erasures
        with self._database.writing() as connection:
            query = sa.select(owed.c.photo_id)
            waiting = {row[0] for row in dialect.select_in(connection, query, owed.c.photo_id, photo_ids)}
            released = {"released_at_us": to_us(self._database.clock.now())}
            dialect.update_in(connection, owed.c.photo_id, sorted(waiting), released, owed.c.released_at_us.is_(None))
        free = [photo_id for photo_id in photo_ids if photo_id not in waiting]
        return self._turn(free, PhotoState.HELD, PhotoState.ACTIVE)

    def erase(self, photo_ids: Sequence[PhotoId]) -> Sequence[FaceNumber]:
        """The faces erased with their photos: rows, templates, files, keys, and every candidate that showed one.

        The records forget in one transaction and note there what is to be destroyed; nobody sees the photos from
        then on. `finish` destroys it, here and, after a crash, at the next call. Old copies of wrapped keys open
        until `KeyVault.rotate` has run: that is the caller's next step, once for many photos.
        """
        with self._database.writing() as connection:
            numbers, _ = self.doom(connection, photo_ids)
        self.finish()
        return numbers

    def doom(self, connection: sa.Connection, photo_ids: Sequence[PhotoId]) -> tuple[list[FaceNumber], int]:
        """The faces that the records forgot in the caller's transaction, and how many candidates were redacted.

        Of a candidate that showed one only the fact stays: the search and the rank.
        """
        numbers = [face.face_number for face in self._faces(connection, photo_ids, None)]
        active = [face.face_number for face in self._faces(connection, photo_ids, PhotoState.ACTIVE)]
        shown = self._count(connection, photo_ids, PhotoState.ACTIVE)
        ledger.note(connection, came=[], went=active, photos=-shown)
        redacted = self._redact(connection, numbers)
        for table in (tables.candidates, tables_casework.lead_faces, tables.templates, tables.faces):
            dialect.delete_in(connection, table.c.face_number, numbers)
        dialect.delete_in(connection, tables.photos.c.photo_id, photo_ids)
        rows: list[dict[str, Any]] = [{"face_number": number, "blob_id": None} for number in numbers]
        rows += [{"face_number": None, "blob_id": photo_id} for photo_id in photo_ids]
        if rows:
            connection.execute(sa.insert(tables.doomed), rows)
        return numbers, redacted

    def burn(self, connection: sa.Connection, burns: Sequence[BurntPhoto]) -> tuple[list[FaceNumber], int]:
        """The faces that the records forgot in the caller's transaction, and how many candidates were redacted.

        Their photos stay, each as its burnt file; the old file and its key are doomed.
        """
        numbers = [number for burnt in burns for number in burnt.gone]
        shown = sa.select(tables.templates.c.face_number).where(tables.templates.c.active == 1)
        active = dialect.select_in(connection, shown, tables.templates.c.face_number, numbers)
        ledger.note(connection, came=[], went=[row[0] for row in active], photos=0)
        redacted = self._redact(connection, numbers)
        for table in (tables.candidates, tables_casework.lead_faces, tables.templates, tables.faces):
            dialect.delete_in(connection, table.c.face_number, numbers)
        burnt_photos.replace(connection, burns)
        # Where it came from is sealed under the old file's key, which is about to be destroyed.
        self._arrivals.reseal(connection, {burnt.photo_id: burnt.burnt_id for burnt in burns})
        rows: list[dict[str, Any]] = [{"face_number": number, "blob_id": None} for number in numbers]
        rows += [{"face_number": None, "blob_id": burnt.photo_id} for burnt in burns]
        if rows:
            connection.execute(sa.insert(tables.doomed), rows)
        return numbers, redacted

    def _redact(self, connection: sa.Connection, numbers: Sequence[FaceNumber]) -> int:
        shown = tables.candidates
        query = sa.select(shown.c.search_id, shown.c.rank)
        rows = [
            {"search_id": search_id, "rank": rank, "redacted_at_us": to_us(self._database.clock.now())}
            for search_id, rank in dialect.select_in(connection, query, shown.c.face_number, numbers)
        ]
        dialect.upsert(connection, tables.redactions, ["search_id", "rank"], rows)
        return len(rows)

    def keep_file(self, name: str, content: bytes) -> None:
        """A file kept under that name, encrypted under a key of its own; durable before the record that names it."""
        self._blobs.put_many({name: content})

    def finish(self) -> int:
        """Destroys what erased photos left: how many keys and files that were. 0 if every erasure was finished.

        1. The keys are destroyed; 2. the files unlinked; 3. the records told; 4. their write-ahead log emptied.
        """
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(tables.doomed)).all()
        if not rows:
            return 0
        self._keys.destroy([row.face_number for row in rows if row.face_number is not None])  # 1
        self._blobs.delete([row.blob_id for row in rows if row.blob_id is not None])  # 1, 2
        with self._database.writing() as connection:  # 3
            dialect.delete_in(connection, tables.doomed.c.doomed_number, [row.doomed_number for row in rows])
        self._database.forget()  # 4
        return len(rows)

    def _turn(self, photo_ids: Sequence[PhotoId], old: PhotoState, new: PhotoState) -> Sequence[FaceNumber]:
        with self._database.writing() as connection:
            return self.turn(connection, photo_ids, old, new)

    def turn(
        self, connection: sa.Connection, photo_ids: Sequence[PhotoId], old: PhotoState, new: PhotoState
    ) -> Sequence[FaceNumber]:
        """The faces of those photos that were in the old state, in the new one from now on, in that transaction."""
        numbers = [face.face_number for face in self._faces(connection, photo_ids, old)]
        photos = self._count(connection, photo_ids, old)
        shown = new is PhotoState.ACTIVE
        dialect.update_in(
            connection,
            tables.photos.c.photo_id,
            photo_ids,
            {"state": new.value},
            tables.photos.c.state == old.value,
        )
        dialect.update_in(connection, tables.templates.c.face_number, numbers, {"active": int(shown)}, sa.true())
        ledger.note(
            connection,
            came=numbers if shown else [],
            went=[] if shown else numbers,
            photos=photos if shown else -photos,
        )
        return numbers

    @staticmethod
    def _faces(connection: sa.Connection, photo_ids: Sequence[PhotoId], state: PhotoState | None) -> list[PhotoOfFace]:
        faces, photos = tables.faces, tables.photos
        query = sa.select(faces.c.face_number, photos.c.photo_id).join(
            photos, photos.c.photo_number == faces.c.photo_number
        )
        if state is not None:
            query = query.where(photos.c.state == state.value)
        rows = dialect.select_in(connection, query, photos.c.photo_id, photo_ids)
        return [PhotoOfFace(FaceNumber(number), PhotoId(photo_id)) for number, photo_id in rows]

    @staticmethod
    def _count(connection: sa.Connection, photo_ids: Sequence[PhotoId], state: PhotoState) -> int:
        query = sa.select(tables.photos.c.photo_number).where(tables.photos.c.state == state.value)
        return len(dialect.select_in(connection, query, tables.photos.c.photo_id, photo_ids))

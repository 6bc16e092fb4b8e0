"""Photos with their faces, and burnt photos put in the place of what they were.

Never shows a face whose pixels are burnt, and never touches a face that stays but for where its photo is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.faces_json import face_of, face_text
from facewarden.adapters.records_sql.schema import metadata
from facewarden.domain.erasing import BurntPhoto, SeenPhoto
from facewarden.domain.ids import FaceNumber, PhotoId
from facewarden.domain.photos import PhotoFormat, PhotoState
from facewarden.ports import Blobs


class SqlSeenPhotos:
    """The SeenPhotos port over SQL and the encrypted files."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def seen(self, face_numbers: Sequence[FaceNumber]) -> Sequence[SeenPhoto]:
        """The photos that these faces are in, whatever their state, each with all its faces; unknown ones left out."""
        faces, photos = tables.faces, tables.photos
        of_faces = sa.select(faces.c.photo_number)
        query = sa.select(photos.c.photo_id, photos.c.state, faces.c.face_number, faces.c.seen).join(
            photos, photos.c.photo_number == faces.c.photo_number
        )
        found: dict[PhotoId, tuple[PhotoState, dict[FaceNumber, Any]]] = {}
        with self._database.reading() as connection:
            numbers = [row[0] for row in dialect.select_in(connection, of_faces, faces.c.face_number, face_numbers)]
            wanted = list(dict.fromkeys(numbers))
            for row in dialect.select_in(connection, query, faces.c.photo_number, wanted):
                _, known = found.setdefault(PhotoId(row.photo_id), (PhotoState(row.state), {}))
                known[FaceNumber(row.face_number)] = face_of(row.seen)
        return [SeenPhoto(photo_id, state, known) for photo_id, (state, known) in found.items()]

    def content(self, photo_id: PhotoId) -> bytes:
        """The photo's file, whatever its state; DamagedError `blob_missing` if it is gone."""
        return self._blobs.get(photo_id)

    def keep(self, files: Mapping[PhotoId, bytes]) -> None:
        """The files stored; until a record knows them they are swept up as left over."""
        self._blobs.put_many({str(photo_id): content for photo_id, content in files.items()})


def replace(connection: sa.Connection, burns: Sequence[BurntPhoto]) -> None:
    """Every row that named a photo names the burnt one from now on, in the caller's transaction.

    The burnt faces are gone from the records already; those that stay get their place in the new file.
    """
    for burnt in burns:
        old, new = burnt.photo_id, burnt.burnt_id
        photos = tables.photos
        changed = {
            "photo_id": new,
            "format": PhotoFormat.JPEG.value,
            "width_px": burnt.width_px,
            "height_px": burnt.height_px,
            "size_bytes": burnt.size_bytes,
        }
        connection.execute(sa.update(photos).where(photos.c.photo_id == old).values(**changed))
        for number, face in burnt.kept.items():
            of_face = tables.faces.c.face_number == number
            connection.execute(sa.update(tables.faces).where(of_face).values(seen=face_text(face)))
            shown = tables.candidates.c.face_number == number
            connection.execute(sa.update(tables.candidates).where(shown).values(photo_id=new))
        for table in _others_naming_photos():
            named = table.c["photo_id"]
            connection.execute(sa.update(table).where(named == old).values(photo_id=new))


def _others_naming_photos() -> list[sa.Table]:
    """Every table of every capability that names photos, but for those changed by hand above."""
    by_hand = {tables.photos.name, tables.candidates.name}
    return [t for t in metadata.sorted_tables if "photo_id" in t.c and t.name not in by_hand]

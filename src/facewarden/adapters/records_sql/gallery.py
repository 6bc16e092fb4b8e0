"""Photos and faces in SQL, their templates sealed, their files among the encrypted ones.

Never leaves a photo half stored: what a crash leaves behind is a key or a file that no record knows, and `orphans`
takes those away.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, ledger, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.faces_json import face_of, face_text
from facewarden.adapters.records_sql.jobs import note_progress
from facewarden.adapters.records_sql.sealing import seal
from facewarden.adapters.records_sql.sources import source_unknown
from facewarden.adapters.records_sql.stored_templates import StoredTemplates, Templates
from facewarden.adapters.records_sql.times import from_text_or_none, from_us, to_text_or_none, to_us
from facewarden.domain.gallery import GalleryFace, JobLease, NewPhoto, Refusal
from facewarden.domain.ids import FaceNumber, PhotoId, SourceId
from facewarden.domain.photos import Photo, PhotoFormat, PhotoState
from facewarden.errors import BadUseError, DamagedError, Error
from facewarden.ports import Blobs, DataKeys

HASHES_AT_ONCE = 500


class SqlGalleryRecords:
    """The gallery in SQL: the one truth that every index follows."""

    def __init__(self, database: Database, keys: DataKeys, blobs: Blobs) -> None:
        self._database = database
        self._keys = keys
        self._blobs = blobs
        self._templates = StoredTemplates(database, keys)

    def known(self, source_id: SourceId, content_hashes: Sequence[bytes]) -> set[bytes]:
        """Which of these files that source already brought (admitted or held)."""
        with self._database.reading() as connection:
            number = _source_number(connection, source_id)
            return _known(connection, number, content_hashes)

    def add(self, photos: Sequence[NewPhoto], refusals: Sequence[Refusal], job: JobLease | None) -> None:
        """Stores all in one transaction together with the job's progress (photos, faces, refused added to it).

        A photo that its source already brought is left out without an error, so that a repeated step changes nothing.
        UnavailableError `lease_lost` if the job was taken over, `disk_full`: then nothing is stored.
        1. Numbers are reserved; 2. keys made; 3. files written; 4. the records commit. What 1 to 3 leave behind when
        the process dies is unknown to every reader, and swept up later.
        """
        fresh = self._fresh(photos)
        photo_numbers, face_numbers = self._reserved(fresh)  # 1
        keys = self._keys.create_many(face_numbers)  # 2
        try:
            self._blobs.put_many({new.photo.photo_id: new.content for new in fresh})  # 3; all or none
        except Error:
            with contextlib.suppress(Error):
                self._keys.destroy(face_numbers)
            raise
        try:
            with self._database.writing() as connection:  # 4
                stored, left_out = self._insert(connection, fresh, photo_numbers, face_numbers, keys)
                self._refuse(connection, refusals)
                if job is not None:
                    counts = {"photos": stored[0], "faces": stored[1], "refused": len(refusals)}
                    note_progress(connection, job, counts, added=True)
        except Error:
            with contextlib.suppress(Error):
                self._take_back(fresh, face_numbers)
            raise
        if left_out:  # another worker was quicker; the numbers of its faces stay unused
            numbers = _numbers_of(fresh, face_numbers)
            self._take_back(left_out, [number for new in left_out for number in numbers[new.photo.photo_id]])

    def _take_back(self, photos: Sequence[NewPhoto], face_numbers: Sequence[int]) -> None:
        """Destroys the files and keys of photos that were not stored; those that were after all stay."""
        photo_ids = [new.photo.photo_id for new in photos]
        query = sa.select(tables.photos.c.photo_id)
        with self._database.reading() as connection:
            stored = dialect.select_in(connection, query, tables.photos.c.photo_id, photo_ids)
        if not stored:  # else the sweep for orphans sorts them out, one by one
            self._blobs.delete(photo_ids)
            self._keys.destroy(face_numbers)

    def showable(self, face_numbers: Sequence[FaceNumber]) -> Mapping[FaceNumber, GalleryFace]:
        """Those of the faces that may be shown at this moment."""
        faces, photos, sources = tables.faces, tables.photos, tables.sources
        query = (
            sa.select(faces.c.face_number, faces.c.seen, photos, sources.c.source_id, sources.c.name)
            .join(photos, photos.c.photo_number == faces.c.photo_number)
            .join(sources, sources.c.source_number == photos.c.source_number)
            .where(photos.c.state == PhotoState.ACTIVE.value)
        )
        found: dict[FaceNumber, GalleryFace] = {}
        with self._database.reading() as connection:
            for start in range(0, len(face_numbers), HASHES_AT_ONCE):
                some = [int(number) for number in face_numbers[start : start + HASHES_AT_ONCE]]
                for row in connection.execute(query.where(faces.c.face_number.in_(some))).mappings():
                    number = FaceNumber(row["face_number"])
                    found[number] = GalleryFace(number, face_of(row["seen"]), _photo_of(row), row["name"])
        return found

    def templates(self, face_numbers: Sequence[FaceNumber]) -> Templates:
        """The numbers that may be shown and their templates, in one order: any."""
        return self._templates.of([int(number) for number in face_numbers])

    def photo_content(self, photo_id: PhotoId) -> bytes:
        """The file as collected; BadUseError `photo_unknown` if there is none that may be shown."""
        if not self._active(photo_id):
            raise _photo_unknown()
        try:
            return self._blobs.get(photo_id)
        except DamagedError as error:
            if self._active(photo_id):
                raise
            raise _photo_unknown() from error  # erased between the two lines

    def _active(self, photo_id: PhotoId) -> bool:
        query = sa.select(tables.photos.c.state).where(tables.photos.c.photo_id == photo_id)
        with self._database.reading() as connection:
            return connection.execute(query).scalar() == PhotoState.ACTIVE.value

    def _fresh(self, photos: Sequence[NewPhoto]) -> list[NewPhoto]:
        """Those not known yet, each file of a source once."""
        if not photos:
            return []
        with self._database.reading() as connection:
            known = _Known(connection, photos)
        fresh = []
        for new in photos:
            place = (known.number_of[new.photo.source_id], new.photo.content_hash)
            if place not in known:
                known.places.add(place)
                fresh.append(new)
        return fresh

    def _reserved(self, photos: Sequence[NewPhoto]) -> tuple[list[int], list[int]]:
        """Fresh numbers for photos and faces, durable at once so that none is ever given twice."""
        if not photos:
            return [], []
        with self._database.writing() as connection:
            return ledger.reserve(connection, len(photos), sum(len(new.faces) for new in photos))

    def _insert(
        self,
        connection: sa.Connection,
        photos: Sequence[NewPhoto],
        photo_numbers: Sequence[int],
        face_numbers: Sequence[int],
        keys: Mapping[int, bytes],
    ) -> tuple[tuple[int, int], list[NewPhoto]]:
        """How many photos and faces were stored, and which photos another worker had stored meanwhile."""
        numbers, left_out, photo_rows, face_rows, template_rows = _numbers_of(photos, face_numbers), [], [], [], []
        packs: set[str] = set()
        shown = 0
        known = _Known(connection, photos)
        for new, photo_number in zip(photos, photo_numbers, strict=True):
            source_number = known.number_of[new.photo.source_id]
            if (source_number, new.photo.content_hash) in known:
                left_out.append(new)
                continue
            photo_rows.append(_photo_row(new.photo, photo_number, source_number))
            active = int(new.photo.state is PhotoState.ACTIVE)
            shown += active
            for face, number in zip(new.faces, numbers[new.photo.photo_id], strict=True):
                packs.add(face.pack_id)
                face_rows.append((number, photo_number, face.pack_id, face_text(face.face)))
                template_rows.append((number, active, seal(keys[number], number, face.template)))
        dialect.insert_many(connection, tables.photos, iter(photo_rows))
        dialect.insert_many(connection, tables.faces, iter(face_rows))
        dialect.insert_many(connection, tables.templates, iter(template_rows))
        came = [row[0] for row in template_rows if row[1]]
        ledger.note(connection, came=came, went=[], photos=shown)
        ledger.note_packs(connection, packs, self._database.clock.now())
        return (len(photo_rows), len(face_rows)), left_out

    @staticmethod
    def _refuse(connection: sa.Connection, refusals: Sequence[Refusal]) -> None:
        rows = [
            {
                "source_number": _source_number(connection, refusal.source_id),
                "content_hash": refusal.content_hash,
                "ground": refusal.ground,
                "pack_version": refusal.pack_version,
                "refused_at_us": to_us(refusal.refused_at),
            }
            for refusal in refusals
        ]
        dialect.upsert(connection, tables.refusals, ["source_number", "content_hash"], rows)


class _Known:
    """Which of some photos their sources already brought, and the numbers of those sources."""

    def __init__(self, connection: sa.Connection, photos: Sequence[NewPhoto]) -> None:
        hashes: dict[SourceId, list[bytes]] = {}
        for new in photos:
            hashes.setdefault(new.photo.source_id, []).append(new.photo.content_hash)
        self.number_of = {source_id: _source_number(connection, source_id) for source_id in hashes}
        self.places = {
            (self.number_of[source_id], content_hash)
            for source_id, some in hashes.items()
            for content_hash in _known(connection, self.number_of[source_id], some)
        }

    def __contains__(self, place: tuple[int, bytes]) -> bool:
        return place in self.places


def _numbers_of(photos: Sequence[NewPhoto], face_numbers: Sequence[int]) -> dict[PhotoId, Sequence[int]]:
    """Which of the reserved numbers the faces of each photo have."""
    numbers: dict[PhotoId, Sequence[int]] = {}
    start = 0
    for new in photos:
        numbers[new.photo.photo_id] = face_numbers[start : start + len(new.faces)]
        start += len(new.faces)
    return numbers


def _source_number(connection: sa.Connection, source_id: SourceId) -> int:
    query = sa.select(tables.sources.c.source_number).where(tables.sources.c.source_id == source_id)
    number = connection.execute(query).scalar()
    if number is None:
        raise source_unknown()
    return int(number)


def _known(connection: sa.Connection, source_number: int, content_hashes: Sequence[bytes]) -> set[bytes]:
    photos, found = tables.photos, set[bytes]()
    for start in range(0, len(content_hashes), HASHES_AT_ONCE):
        some = content_hashes[start : start + HASHES_AT_ONCE]
        query = sa.select(photos.c.content_hash).where(
            photos.c.source_number == source_number, photos.c.content_hash.in_(some)
        )
        found.update(connection.execute(query).scalars())
    return found


def _photo_row(photo: Photo, photo_number: int, source_number: int) -> tuple[Any, ...]:
    """In the order of the table's columns."""
    return (
        photo_number,
        photo.photo_id,
        source_number,
        photo.content_hash,
        photo.state.value,
        photo.file_name,
        photo.url,
        photo.format.value,
        photo.width_px,
        photo.height_px,
        photo.size_bytes,
        to_text_or_none(photo.captured_at),
        to_us(photo.collected_at),
        photo.decision_index,
    )


def _photo_of(row: sa.RowMapping) -> Photo:
    return Photo(
        PhotoId(row["photo_id"]),
        SourceId(row["source_id"]),
        row["content_hash"],
        row["file_name"],
        row["url"],
        PhotoFormat(row["format"]),
        row["width_px"],
        row["height_px"],
        row["size_bytes"],
        from_text_or_none(row["captured_at"]),
        from_us(row["collected_at_us"]),
        PhotoState(row["state"]),
        row["decision_index"],
    )


def _photo_unknown() -> BadUseError:
    return BadUseError(
        "photo_unknown", "There is no such photo to show.", "It never existed, is held, or was erased.", ""
    )

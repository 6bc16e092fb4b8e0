"""Photos and faces in SQL, their templates sealed, their files among the encrypted ones.

Never leaves a photo half stored: what a crash leaves behind is a key or a file that no record knows, and `orphans`
takes those away.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, ledger, permitted, tables
from facewarden.adapters.records_sql.arrivals import ArrivalBook, NewArrival
from facewarden.adapters.records_sql.brought import Brought
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.faces_json import face_of, face_text
from facewarden.adapters.records_sql.jobs import note_progress
from facewarden.adapters.records_sql.prints import PrintBook
from facewarden.adapters.records_sql.sealing import seal
from facewarden.adapters.records_sql.sources import number_of_source
from facewarden.adapters.records_sql.stored_templates import StoredTemplates, Templates
from facewarden.adapters.records_sql.times import from_text_or_none, from_us, to_text_or_none, to_us
from facewarden.domain.gallery import GalleryFace, JobLease, Joined, NewPhoto, Refusal, Stored
from facewarden.domain.ids import FaceNumber, PhotoId, SourceId
from facewarden.domain.photos import Photo, PhotoFormat, PhotoState
from facewarden.domain.provenance import Origin, Standing
from facewarden.errors import BadUseError, DamagedError, Error
from facewarden.ports import Blobs, DataKeys


class SqlGalleryRecords:
    """The gallery in SQL: the one truth that every index follows."""

    def __init__(self, database: Database, keys: DataKeys, blobs: Blobs) -> None:
        self._database = database
        self._keys = keys
        self._blobs = blobs
        self._templates = StoredTemplates(database, keys)
        self._arrivals = ArrivalBook(keys)
        self._prints = PrintBook(keys)

    def known(self, source_id: SourceId, offered: Sequence[tuple[bytes, Origin]]) -> Sequence[Standing]:
        """Of each of these files, by its hash and where it is, whether that source brought it before (also if held)."""
        with self._database.reading() as connection:
            brought = Brought(connection, self._keys, [(source_id, content_hash) for content_hash, _ in offered])
        return [brought.standing(source_id, content_hash, origin) for content_hash, origin in offered]

    def add(self, photos: Sequence[NewPhoto], refusals: Sequence[Refusal], job: JobLease | None) -> Stored:
        """Stores all in one transaction together with the job's progress (photos, faces, refused added to it).

        A photo that its source already brought from there is left out without an error, so that a repeated step
        changes nothing; so is one from a host that was barred meanwhile. One that came from elsewhere is not stored
        again: it has one more arrival from then on. UnavailableError `lease_lost` if the job was taken over,
        `source_stopped` if its source is active no more, `disk_full`: then nothing is stored.
        1. Numbers are reserved; 2. keys made; 3. files written; 4. the records commit. What 1 to 3 leave behind when
        the process dies is unknown to every reader, and swept up later.
        """
        self._arrivals.warm()
        fresh, joining = self._sorted_out(photos)
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
                stored, late, out = self._insert(connection, fresh, photo_numbers, face_numbers, keys)
                joined, more = self._join(connection, [*joining, *late])
                self._refuse(connection, refusals)
                if job is not None:
                    note_progress(connection, job, _counts(stored, joined, refusals), added=True)
        except Error:
            with contextlib.suppress(Error):
                self._take_back(fresh, face_numbers)
            raise
        unused = [*late, *out]
        if unused:  # another worker was quicker, or the host was barred; the numbers of its faces stay unused
            numbers = _numbers_of(fresh, face_numbers)
            self._take_back(unused, [number for new in unused for number in numbers[new.photo.photo_id]])
        left_out = tuple(new.photo.photo_id for new in [*out, *more])
        return Stored(tuple(new.photo.photo_id for new in stored), tuple(joined), left_out)

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
            wanted = [int(number) for number in face_numbers]
            rows = [row._mapping for row in dialect.select_in(connection, query, faces.c.face_number, wanted)]
            shown = {row["photo_number"]: row["photo_id"] for row in rows}
            words = self._arrivals.first_words(connection, shown)
        for row in rows:
            number, told = FaceNumber(row["face_number"]), words.get(row["photo_number"], ("", None))
            found[number] = GalleryFace(number, face_of(row["seen"]), _photo_of(row, told), row["name"])
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

    def _sorted_out(self, photos: Sequence[NewPhoto]) -> tuple[list[NewPhoto], list[NewPhoto]]:
        """Those that the gallery has not, each file once, and those that it has already."""
        if not photos:
            return [], []
        with self._database.reading() as connection:
            seen = set(_Known(connection, photos).photos)
        fresh: list[NewPhoto] = []
        joining: list[NewPhoto] = []
        for new in photos:
            content_hash = new.photo.content_hash
            (joining if new.place_only or content_hash in seen else fresh).append(new)
            seen.add(content_hash)
        return fresh, joining

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
    ) -> tuple[list[NewPhoto], list[NewPhoto], list[NewPhoto]]:
        """What was stored, what the gallery has by now from somebody else, and what may not come any more."""
        if not photos:
            return [], [], []
        numbers = _numbers_of(photos, face_numbers)
        known = _Known(connection, photos)
        gate = permitted.Gatekeeper(connection, list(known.number_of.values()))
        file_keys = self._keys.get_many([new.photo.photo_id for new in photos])
        stored: list[NewPhoto] = []
        late: list[NewPhoto] = []
        out: list[NewPhoto] = []
        rows = _Rows()
        for new, photo_number in zip(photos, photo_numbers, strict=True):
            if not gate.admits(new.arrival):
                out.append(new)
            elif new.photo.content_hash in known.photos:
                late.append(new)
            else:
                stored.append(new)
                own = {number: keys[number] for number in numbers[new.photo.photo_id]}
                source_number = known.number_of[new.photo.source_id]
                rows.add(new, photo_number, source_number, own, file_keys.get(new.photo.photo_id))
        dialect.insert_many(connection, tables.photos, iter(rows.photos))
        dialect.insert_many(connection, tables.faces, iter(rows.faces))
        dialect.insert_many(connection, tables.templates, iter(rows.templates))
        self._arrivals.insert(connection, rows.arrivals)
        self._prints.insert(connection, rows.prints)
        shown = sum(new.photo.state is PhotoState.ACTIVE for new in stored)
        ledger.note(connection, came=[row[0] for row in rows.templates if row[1]], went=[], photos=shown)
        packs = {face.pack_id for new in stored for face in new.faces}
        ledger.note_packs(connection, packs, self._database.clock.now())
        return stored, late, out

    def _join(self, connection: sa.Connection, photos: Sequence[NewPhoto]) -> tuple[list[Joined], list[NewPhoto]]:
        """Gives photos that the gallery has one more arrival; and what could not join, because it is being erased."""
        if not photos:
            return [], []
        known = _Known(connection, photos)
        brought = Brought(connection, self._keys, [(new.photo.source_id, new.photo.content_hash) for new in photos])
        gate = permitted.Gatekeeper(connection, list(known.number_of.values()))
        keys = self._keys.get_many(
            [known.photos[new.photo.content_hash][1] for new in photos if new.photo.content_hash in known.photos]
        )
        joined: list[Joined] = []
        out: list[NewPhoto] = []
        arrivals: list[NewArrival] = []
        for new in photos:
            number, photo_id, state = known.photos.get(new.photo.content_hash, (0, "", ""))
            here = (new.photo.source_id, new.photo.content_hash, new.arrival.origin)
            if brought.standing(*here) is Standing.BROUGHT:
                continue
            if state in _STAYING and photo_id in keys and gate.admits(new.arrival):
                brought.note(*here)
                source_number = known.number_of[new.photo.source_id]
                arrivals.append(NewArrival(number, keys[photo_id], source_number, new.arrival))
                joined.append(Joined(new.photo.photo_id, PhotoId(photo_id)))
            else:
                out.append(new)
        self._arrivals.insert(connection, arrivals)
        return joined, out

    @staticmethod
    def _refuse(connection: sa.Connection, refusals: Sequence[Refusal]) -> None:
        number_of = {source: number_of_source(connection, source) for source in {item.source_id for item in refusals}}
        rows = [
            {
                "source_number": number_of[refusal.source_id],
                "content_hash": refusal.content_hash,
                "ground": refusal.ground,
                "pack_version": refusal.pack_version,
                "refused_at_us": to_us(refusal.refused_at),
            }
            for refusal in refusals
        ]
        dialect.upsert(connection, tables.refusals, ["source_number", "content_hash"], rows)


_STAYING = frozenset({PhotoState.ACTIVE.value, PhotoState.HELD.value})
"""Another place may join a photo in these states; one about to be erased it may not keep."""


class _Known:
    """Which of some photos the gallery has, and the numbers of their sources."""

    def __init__(self, connection: sa.Connection, photos: Sequence[NewPhoto]) -> None:
        sources = {new.photo.source_id for new in photos}
        self.number_of = {source_id: number_of_source(connection, source_id) for source_id in sources}
        table = tables.photos
        query = sa.select(table.c.content_hash, table.c.photo_number, table.c.photo_id, table.c.state)
        wanted = list(dict.fromkeys(new.photo.content_hash for new in photos))
        self.photos: dict[bytes, tuple[int, str, str]] = {
            row.content_hash: (row.photo_number, row.photo_id, row.state)
            for row in dialect.select_in(connection, query, table.c.content_hash, wanted)
        }


class _Rows:
    """What storing photos adds to each table, in the order of its columns."""

    def __init__(self) -> None:
        self.photos: list[tuple[Any, ...]] = []
        self.faces: list[tuple[int, int, str, str]] = []
        self.templates: list[tuple[int, int, bytes]] = []
        self.arrivals: list[NewArrival] = []
        self.prints: list[tuple[int, bytes, bytes]] = []

    def add(
        self, new: NewPhoto, number: int, source_number: int, keys: Mapping[int, bytes], file_key: bytes | None
    ) -> None:
        """One photo; `keys` are those of its faces' templates by their numbers, in the order of its faces."""
        self.photos.append(_photo_row(new.photo, number, source_number))
        self.arrivals.append(NewArrival(number, file_key, source_number, new.arrival))
        if new.perceptual is not None and file_key is not None:
            self.prints.append((number, file_key, new.perceptual))
        active = int(new.photo.state is PhotoState.ACTIVE)
        for face, (face_number, key) in zip(new.faces, keys.items(), strict=True):
            self.faces.append((face_number, number, face.pack_id, face_text(face.face)))
            self.templates.append((face_number, active, seal(key, face_number, face.template)))


def _numbers_of(photos: Sequence[NewPhoto], face_numbers: Sequence[int]) -> dict[PhotoId, Sequence[int]]:
    """Which of the reserved numbers the faces of each photo have."""
    numbers: dict[PhotoId, Sequence[int]] = {}
    start = 0
    for new in photos:
        numbers[new.photo.photo_id] = face_numbers[start : start + len(new.faces)]
        start += len(new.faces)
    return numbers


def _counts(stored: Sequence[NewPhoto], joined: Sequence[Joined], refusals: Sequence[Refusal]) -> dict[str, int]:
    faces = sum(len(new.faces) for new in stored)
    counts = {"photos": len(stored) + len(joined), "faces": faces, "refused": len(refusals)}
    return counts | ({"joined": len(joined)} if joined else {})


def _photo_row(photo: Photo, photo_number: int, source_number: int) -> tuple[Any, ...]:
    """In the order of the table's columns."""
    return (
        photo_number,
        photo.photo_id,
        source_number,
        photo.content_hash,
        photo.state.value,
        photo.format.value,
        photo.width_px,
        photo.height_px,
        photo.size_bytes,
        to_text_or_none(photo.captured_at),
        to_us(photo.collected_at),
        photo.decision_index,
    )


def _photo_of(row: sa.RowMapping, words: tuple[str, str | None]) -> Photo:
    return Photo(
        PhotoId(row["photo_id"]),
        SourceId(row["source_id"]),
        row["content_hash"],
        *words,
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

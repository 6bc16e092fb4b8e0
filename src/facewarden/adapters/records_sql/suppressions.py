"""Faces kept out: sealed templates in a table of their own, under keys of a purpose of their own.

Never gives a template to anything but the check of new faces, and never lists whose they are.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from facewarden.adapters.records_sql import dialect, tables, tables_collecting, tables_taking_out
from facewarden.adapters.records_sql.arrivals import opened_print
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.faces_json import face_of, face_text
from facewarden.adapters.records_sql.times import from_us
from facewarden.domain.erasing import NewSuppression
from facewarden.domain.faces import DetectedFace
from facewarden.domain.ids import random_id
from facewarden.domain.suppression import Suppression
from facewarden.errors import DamagedError
from facewarden.ports import Blobs, DataKeys

PURPOSE = "suppression/"
COPIES_PURPOSE = "near-copies"
_STORED_PURPOSE = "purpose/" + PURPOSE
"""How the vault names a key made by `derive`: asked for by name, a destroyed one stays gone."""
_NONCE_BYTES = 12
_LITTLE_ENDIAN = np.dtype("<f4")


def add_suppression(keys: DataKeys, suppression: NewSuppression) -> dict[str, Any]:
    """The row of a suppression, its template sealed under a key of its own that is durable at return."""
    key = keys.derive(PURPOSE + suppression.suppression_id)
    nonce = os.urandom(_NONCE_BYTES)
    plain = np.ascontiguousarray(suppression.template, dtype=_LITTLE_ENDIAN).tobytes()
    sealed = nonce + AESGCM(key).encrypt(nonce, plain, _place(suppression.suppression_id, suppression.pack_id))
    face = None if suppression.face is None or suppression.photo is None else face_text(suppression.face)
    return {
        "suppression_id": suppression.suppression_id,
        "pack_id": suppression.pack_id,
        "sealed": sealed,
        "face": face,
    }


class SqlSuppressions:
    """The suppression vault in SQL, as the check of new faces reads it, and the list of barred photos."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    def size(self) -> int:
        """How many faces are kept out."""
        with self._database.reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(tables.suppressions)).scalar_one())

    def pack_ids(self) -> Sequence[str]:
        """The packs that templates of the vault were made by, in order."""
        query = sa.select(tables.suppressions.c.pack_id).distinct().order_by(tables.suppressions.c.pack_id)
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def templates(self, pack_id: str) -> NDArray[np.float32]:
        """The templates (N, dimension) of the faces kept out by that pack, (0, 0) for none; for the check alone.

        DamagedError if one does not open: then no new face can be checked.
        """
        query = sa.select(tables.suppressions).where(tables.suppressions.c.pack_id == pack_id)
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        keys = self._keys.get_many([_STORED_PURPOSE + row["suppression_id"] for row in rows])
        if not rows:
            return np.empty((0, 0), np.float32)
        return np.stack([_opened(row, keys) for row in rows])

    def barred(self, content_hashes: Sequence[bytes]) -> set[bytes]:
        """Which of these files (keyed hashes) were erased and may not come back."""
        hashes = tables.barred_photos.c.content_hash
        with self._database.reading() as connection:
            return {row[0] for row in dialect.select_in(connection, sa.select(hashes), hashes, content_hashes)}

    def erased_prints(self) -> Sequence[bytes]:
        """The perceptual hashes (32 bytes each) of photos that were erased, opened for one check."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(tables_taking_out.barred_copies)).mappings().all()
        if not rows:
            return []
        cipher = AESGCM(self._keys.derive(COPIES_PURPOSE))
        return [_opened_copy(cipher, row) for row in rows]


class SqlKeptOut:
    """The KeptOut port: the same vault, for the probes of the night, for new models, and for letting go."""

    def __init__(self, database: Database, keys: DataKeys, blobs: Blobs) -> None:
        self._database = database
        self._keys = keys
        self._blobs = blobs

    def all(self) -> Sequence[Suppression]:
        """Everybody who is kept out, the first one first."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(tables.suppressions).order_by(tables.suppressions.c.added_at_us))
            return [
                Suppression(row.suppression_id, row.pack_id, from_us(row.added_at_us), row.face is not None)
                for row in rows
            ]

    def template(self, suppression_id: str) -> NewSuppression | None:
        """The template of one, None if there is no such one."""
        row = self._row(suppression_id)
        if row is None:
            return None
        keys = self._keys.get_many([_STORED_PURPOSE + suppression_id])
        return NewSuppression(suppression_id, _opened(row, keys), row["pack_id"])

    def photo(self, suppression_id: str) -> tuple[DetectedFace, bytes] | None:
        """The photo that the person chose to have kept, with the face in it; None if they did not."""
        row = self._row(suppression_id)
        if row is None or row["face"] is None:
            return None
        return face_of(row["face"]), self._blobs.get(suppression_id)

    def replace(self, suppression: NewSuppression) -> None:
        """The same face kept out by a template of another pack, sealed under the same key."""
        row = add_suppression(self._keys, suppression)
        of_it = tables.suppressions.c.suppression_id == suppression.suppression_id
        with self._database.writing() as connection:
            connection.execute(
                sa.update(tables.suppressions).where(of_it).values(pack_id=row["pack_id"], sealed=row["sealed"])
            )
        self._database.forget()

    def lift(self, suppression_id: str) -> bool:
        """Whether there was one; its row is gone, its key and the kept photo are destroyed."""
        with self._database.writing() as connection:
            gone = connection.execute(
                sa.delete(tables.suppressions).where(tables.suppressions.c.suppression_id == suppression_id)
            ).rowcount
        self._keys.destroy([_STORED_PURPOSE + suppression_id])
        self._blobs.delete([suppression_id])
        self._database.forget()
        return bool(gone)

    def _row(self, suppression_id: str) -> sa.RowMapping | None:
        query = sa.select(tables.suppressions).where(tables.suppressions.c.suppression_id == suppression_id)
        with self._database.reading() as connection:
            return connection.execute(query).mappings().first()


def bar_copies(connection: sa.Connection, keys: DataKeys, photo_ids: Sequence[str], now_us: int) -> None:
    """The perceptual hashes of these photos barred, in the caller's transaction; those that have none are passed over.

    They are read under the photos' own keys and sealed under the installation's: they outlive the photos.
    """
    photos, prints = tables.photos, tables_collecting.photo_prints
    query = sa.select(photos.c.photo_id, photos.c.photo_number, prints.c.sealed).join(
        prints, prints.c.photo_number == photos.c.photo_number
    )
    rows = dialect.select_in(connection, query, photos.c.photo_id, photo_ids)
    if not rows:
        return
    photo_keys = keys.get_many([row.photo_id for row in rows])
    cipher = AESGCM(keys.derive(COPIES_PURPOSE))
    barred = []
    for row in rows:
        key = photo_keys.get(row.photo_id)
        if key is not None:
            copy_id, nonce = random_id("cpy"), os.urandom(_NONCE_BYTES)
            plain = opened_print(key, row.photo_number, row.sealed)
            sealed = nonce + cipher.encrypt(nonce, plain, copy_id.encode())
            barred.append({"copy_id": copy_id, "sealed": sealed, "barred_at_us": now_us})
    if barred:
        connection.execute(sa.insert(tables_taking_out.barred_copies), barred)


def _opened_copy(cipher: AESGCM, row: sa.RowMapping) -> bytes:
    sealed = row["sealed"]
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], row["copy_id"].encode())
    except (InvalidTag, ValueError) as error:
        raise _damaged() from error


def _opened(row: sa.RowMapping, keys: dict[str, bytes]) -> NDArray[np.float32]:
    key = keys.get(_STORED_PURPOSE + row["suppression_id"])
    sealed = row["sealed"]
    try:
        if key is None:
            raise InvalidTag
        place = _place(row["suppression_id"], row["pack_id"])
        plain = AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
    except (InvalidTag, ValueError) as error:
        raise _damaged() from error
    return np.frombuffer(plain, dtype=_LITTLE_ENDIAN)


def _place(suppression_id: str, pack_id: str) -> bytes:
    return b"suppression\0" + suppression_id.encode() + b"\0" + pack_id.encode()


def _damaged() -> DamagedError:
    return DamagedError(
        "suppression_damaged",
        "A face or photo that is kept out cannot be read, so no new face can be checked.",
        "The records or keys.db were changed outside facewarden, or are of two different days.",
        "Restore both from the newest backups.",
    )

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

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.domain.erasing import NewSuppression
from facewarden.errors import DamagedError, UnavailableError
from facewarden.ports import DataKeys

PURPOSE = "suppression/"
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
    return {"suppression_id": suppression.suppression_id, "pack_id": suppression.pack_id, "sealed": sealed}


class SqlSuppressions:
    """The suppression vault in SQL, and the list of barred photos."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    def size(self) -> int:
        """How many faces are kept out."""
        with self._database.reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(tables.suppressions)).scalar_one())

    def templates(self, pack_id: str) -> NDArray[np.float32]:
        """The templates (N, dimension) of all faces kept out, (0, 0) for none; for the check of new faces alone.

        UnavailableError `suppression_pack_differs` if one was made by another pack: then no new face can be checked.
        DamagedError if one does not open.
        """
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(tables.suppressions)).mappings().all()
        if any(row["pack_id"] != pack_id for row in rows):
            raise UnavailableError(
                "suppression_pack_differs",
                "Faces that are kept out were recorded with another face pack.",
                "A new face cannot be compared with them, so none may be enrolled.",
                "Use the face pack that they were recorded with.",
            )
        keys = self._keys.get_many([_STORED_PURPOSE + row["suppression_id"] for row in rows])
        if not rows:
            return np.empty((0, 0), np.float32)
        return np.stack([_opened(row, keys) for row in rows])

    def barred(self, content_hashes: Sequence[bytes]) -> set[bytes]:
        """Which of these files (keyed hashes) were erased and may not come back."""
        hashes = tables.barred_photos.c.content_hash
        with self._database.reading() as connection:
            return {row[0] for row in dialect.select_in(connection, sa.select(hashes), hashes, content_hashes)}

    def lift(self, suppression_id: str) -> bool:
        """Whether there was one; its key is destroyed and its row gone."""
        with self._database.writing() as connection:
            gone = connection.execute(
                sa.delete(tables.suppressions).where(tables.suppressions.c.suppression_id == suppression_id)
            ).rowcount
        self._keys.destroy([_STORED_PURPOSE + suppression_id])
        self._database.forget()
        return bool(gone)


def _opened(row: sa.RowMapping, keys: dict[str, bytes]) -> NDArray[np.float32]:
    key = keys.get(_STORED_PURPOSE + row["suppression_id"])
    sealed = row["sealed"]
    try:
        if key is None:
            raise InvalidTag
        place = _place(row["suppression_id"], row["pack_id"])
        plain = AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
    except (InvalidTag, ValueError) as error:
        raise DamagedError(
            "suppression_damaged",
            "A face that is kept out cannot be read, so no new face can be checked.",
            "The records or keys.db were changed outside facewarden, or are of two different days.",
            "Restore both from the newest backups.",
        ) from error
    return np.frombuffer(plain, dtype=_LITTLE_ENDIAN)


def _place(suppression_id: str, pack_id: str) -> bytes:
    return b"suppression\0" + suppression_id.encode() + b"\0" + pack_id.encode()

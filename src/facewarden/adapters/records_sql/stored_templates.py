"""Sealed templates read and opened with the keys of those that still may be shown.

Never opens one whose photo is not active, and never mistakes a lost key for an erasure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.adapters.records_sql import dialect
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.sealing import opened
from facewarden.errors import DamagedError
from facewarden.ports import DataKeys

Templates = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Face numbers (N,) and their templates (N, dimension), read-only; (0,) and (0, 0) if there is none."""


class StoredTemplates:
    """The templates in the records' database."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    def of(self, face_numbers: Sequence[int]) -> Templates:
        """Those of the faces that may be shown; in no certain order."""
        query = "SELECT face_number, sealed FROM templates WHERE active = 1 AND face_number IN"
        with self._database.reading() as connection:
            rows: list[Any] = list(dialect.fetch_numbered(connection, query, face_numbers))
        return self.opened(rows)

    def opened(self, sealed: Sequence[tuple[int, bytes]]) -> Templates:
        """What rows read a moment ago hold, in their order; faces erased since are left out.

        DamagedError `template_key_missing` if a key is gone and the face is not.
        """
        keys = self._keys.get_many([row[0] for row in sealed])
        if len(keys) < len(sealed):
            lost = [row[0] for row in sealed if row[0] not in keys]
            self._expect_erased(lost)
            sealed = [row for row in sealed if row[0] in keys]
        return np.fromiter((row[0] for row in sealed), np.int64, len(sealed)), opened(sealed, keys)

    def _expect_erased(self, face_numbers: Sequence[int]) -> None:
        query = "SELECT face_number FROM templates WHERE active = 1 AND face_number IN"
        with self._database.reading() as connection:
            if list(dialect.fetch_numbered(connection, query, face_numbers)):
                raise DamagedError(
                    "template_key_missing",
                    "A template of the gallery has no key.",
                    "keys.db is older than the records, or was changed outside facewarden.",
                    "Run `facewarden verify`, and restore both from the newest backups.",
                )

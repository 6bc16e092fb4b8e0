"""What a privacy officer must ask about before a face goes: holds, and open cases. Never shows a photo that is held."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.sealing import opened
from facewarden.domain.cases import CaseState
from facewarden.domain.ids import FaceNumber
from facewarden.domain.photos import PhotoState
from facewarden.domain.requests import OpenCase
from facewarden.ports import DataKeys


class SqlRequestMatters:
    """Holds and open cases in SQL, by face."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    def held(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The faces on photos that are held, with their templates (N, dimension)."""
        faces, photos, templates = tables.faces, tables.photos, tables.templates
        query = (
            sa.select(templates.c.face_number, templates.c.sealed)
            .join(faces, faces.c.face_number == templates.c.face_number)
            .join(photos, photos.c.photo_number == faces.c.photo_number)
            .where(photos.c.state == PhotoState.HELD.value)
            .order_by(templates.c.face_number)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        keys = self._keys.get_many([int(row.face_number) for row in rows])
        known = [(int(row.face_number), row.sealed) for row in rows if row.face_number in keys]
        return np.array([number for number, _ in known], dtype=np.int64), opened(known, keys)

    def sources_of(self, face_numbers: Sequence[FaceNumber]) -> dict[FaceNumber, tuple[str, str]]:
        """The photo's id and the source's name of each face, whatever the photo's state."""
        faces, photos, sources = tables.faces, tables.photos, tables.sources
        query = (
            sa.select(faces.c.face_number, photos.c.photo_id, sources.c.name)
            .join(photos, photos.c.photo_number == faces.c.photo_number)
            .join(sources, sources.c.source_number == photos.c.source_number)
        )
        with self._database.reading() as connection:
            rows = dialect.select_in(connection, query, faces.c.face_number, face_numbers)
        return {FaceNumber(number): (photo_id, name) for number, photo_id, name in rows}

    def open_cases(self, face_numbers: Sequence[FaceNumber]) -> dict[FaceNumber, list[OpenCase]]:
        """The open cases in which each face was a candidate; faces without one are left out."""
        shown, searches, cases, bodies = tables.candidates, tables.searches, tables.cases, tables.organisations
        query = (
            sa.select(shown.c.face_number, cases.c.case_id, cases.c.number, bodies.c.name)
            .join(searches, searches.c.search_id == shown.c.search_id)
            .join(cases, cases.c.case_id == searches.c.case_id)
            .join(bodies, bodies.c.organisation_id == cases.c.organisation_id)
            .where(cases.c.state == CaseState.OPEN.value)
            .distinct()
        )
        found: dict[FaceNumber, list[OpenCase]] = {}
        with self._database.reading() as connection:
            for number, case_id, case, body in dialect.select_in(connection, query, shown.c.face_number, face_numbers):
                found.setdefault(FaceNumber(number), []).append(OpenCase(case_id, case, body))
        return found

"""Who was shown a face and when, and the seals on that. Never says who was searched for, only what was shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.tables_taking_out import seals
from facewarden.adapters.records_sql.times import from_us, to_us
from facewarden.domain.access import Seal, Showing
from facewarden.domain.ids import FaceNumber


class SqlAccesses:
    """The AccessRecords port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def showings(self, face_numbers: Sequence[FaceNumber]) -> Sequence[Showing]:
        """Every time that one of these faces was a candidate, the first one first."""
        shown, searches, cases, bodies = tables.candidates, tables.searches, tables.cases, tables.organisations
        query = (
            sa.select(
                shown.c.face_number,
                shown.c.rank,
                searches.c.search_id,
                searches.c.searched_at_us,
                searches.c.audit_index,
                cases.c.case_id,
                cases.c.purpose,
                bodies.c.name,
            )
            .join(searches, searches.c.search_id == shown.c.search_id)
            .join(cases, cases.c.case_id == searches.c.case_id)
            .join(bodies, bodies.c.organisation_id == cases.c.organisation_id)
        )
        with self._database.reading() as connection:
            rows = dialect.select_in(connection, query, shown.c.face_number, face_numbers)
        found = [
            Showing(
                FaceNumber(row.face_number),
                row.case_id,
                row.search_id,
                from_us(row.searched_at_us),
                row.name,
                row.purpose,
                row.rank,
                row.audit_index,
            )
            for row in rows
        ]
        return sorted(found, key=lambda showing: (showing.searched_at, showing.rank))

    def sealed(self, moment: datetime) -> Sequence[Seal]:
        """The seals that hold at that moment."""
        query = sa.select(seals).where(seals.c.until_us > to_us(moment))
        with self._database.reading() as connection:
            return [
                Seal(
                    row.seal_id,
                    row.case_id,
                    row.basis,
                    from_us(row.until_us),
                    row.set_by,
                    from_us(row.set_at_us),
                    row.audit_index,
                )
                for row in connection.execute(query)
            ]

    def add_seal(self, seal: Seal) -> None:
        """Durable at return."""
        row = {
            "seal_id": seal.seal_id,
            "case_id": seal.case_id,
            "basis": seal.basis,
            "until_us": to_us(seal.until),
            "set_by": seal.set_by,
            "set_at_us": to_us(seal.set_at),
            "audit_index": seal.audit_index,
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(seals), row)

"""What an officer has accepted on the record, such as a gallery beyond what a pack was measured for.

Never decides who may accept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.times import to_us
from facewarden.domain.ids import UserId


class SqlAcceptances:
    """Recorded acceptances: one value per subject, the newest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, values: Mapping[str, str], by: UserId, at: datetime, audit_index: int) -> None:
        """Stores that `by` accepted each value for its subject, all or none; older ones of a subject are replaced."""
        common = {"accepted_by": by, "accepted_at_us": to_us(at), "audit_index": audit_index}
        rows = [{"subject": subject, "value": value, **common} for subject, value in values.items()]
        with self._database.writing() as connection:
            dialect.upsert(connection, tables.acceptances, ["subject"], rows)

    def find(self, *subjects: str) -> Mapping[str, str]:
        """The values accepted for these subjects at one moment; a subject without one is left out."""
        # There are a few dozen at most: all of them are read in a third of the time that asking for two takes.
        query = sa.select(tables.acceptances.c.subject, tables.acceptances.c.value)
        with self._database.reading() as connection:
            return {subject: value for subject, value in connection.execute(query) if subject in subjects}

"""Applications for an account in SQL, encrypted whole. Never stores in the clear what a body says of itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa

from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.sealed_text import SealedText
from facewarden.adapters.records_sql.tables_people import applications
from facewarden.adapters.records_sql.times import from_us, from_us_or_none, to_us, to_us_or_none
from facewarden.domain.customers import Application, ApplicationForm, ApplicationState
from facewarden.ports import DataKeys


class SqlApplications:
    """Applications, waiting and decided."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._sealed = SealedText(keys, "applications", "application")

    def add(self, application: Application) -> None:
        """Stores it."""
        row = {
            "application_id": application.application_id,
            "state": application.state.value,
            "sealed": self._sealed.seal(application.application_id, json.dumps(asdict(application.form)).encode()),
            "received_at_us": to_us(application.received_at),
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(applications), row)

    def find(self, application_id: str) -> Application | None:
        """The application, or None."""
        with self._database.reading() as connection:
            query = sa.select(applications).where(applications.c.application_id == application_id)
            row = connection.execute(query).mappings().first()
        return None if row is None else self._application_of(row)

    def waiting(self) -> Sequence[Application]:
        """Those still to be decided, oldest first."""
        query = sa.select(applications).where(applications.c.state == ApplicationState.RECEIVED.value)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(applications.c.received_at_us)).mappings().all()
        return [self._application_of(row) for row in rows]

    def decide(self, application: Application) -> bool:
        """Stores what was decided; False if somebody decided it before."""
        here = applications.c.application_id == application.application_id
        waiting = applications.c.state == ApplicationState.RECEIVED.value
        values = {
            "state": application.state.value,
            "decided_at_us": to_us_or_none(application.decided_at),
            "decided_by": application.decided_by,
            "organisation_id": application.organisation_id,
        }
        with self._database.writing() as connection:
            return connection.execute(sa.update(applications).where(here, waiting).values(values)).rowcount == 1

    def _application_of(self, row: sa.RowMapping) -> Application:
        told = json.loads(self._sealed.open(row["application_id"], row["sealed"]))
        return Application(
            row["application_id"],
            ApplicationState(row["state"]),
            ApplicationForm(**told),
            from_us(row["received_at_us"]),
            from_us_or_none(row["decided_at_us"]),
            row["decided_by"],
            row["organisation_id"],
        )

"""Incidents: the erased or the kept-out found again. Never names who it was about but by a random id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.tables_taking_out import incidents
from facewarden.adapters.records_sql.times import from_us, from_us_or_none, to_us
from facewarden.domain.suppression import Incident, IncidentKind, IncidentState


class SqlIncidents:
    """The Incidents port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, incident: Incident) -> None:
        """Durable at return."""
        row = {
            "incident_id": incident.incident_id,
            "kind": incident.kind.value,
            "state": incident.state.value,
            "found_at_us": to_us(incident.found_at),
            "photos": incident.photos,
            "suppression_id": incident.suppression_id,
            "erasure_id": incident.erasure_id,
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(incidents), row)

    def all(self) -> Sequence[Incident]:
        """Every incident, the newest first."""
        with self._database.reading() as connection:
            return [
                Incident(
                    row.incident_id,
                    IncidentKind(row.kind),
                    IncidentState(row.state),
                    from_us(row.found_at_us),
                    row.photos,
                    row.suppression_id,
                    row.erasure_id,
                    from_us_or_none(row.closed_at_us),
                )
                for row in connection.execute(sa.select(incidents).order_by(incidents.c.found_at_us.desc()))
            ]

    def close(self, incident_id: str, moment: datetime) -> bool:
        """Whether it was open."""
        still = sa.and_(incidents.c.incident_id == incident_id, incidents.c.state == IncidentState.OPEN.value)
        change = sa.update(incidents).where(still)
        with self._database.writing() as connection:
            closed = connection.execute(change.values(state=IncidentState.CLOSED.value, closed_at_us=to_us(moment)))
        return bool(closed.rowcount)

"""What may still come in at the moment of storing: active sources, hosts that nobody barred meanwhile.

Never lets anything in that the law refused before: this only closes the time between deciding and storing.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql import tables_collecting as collecting
from facewarden.domain.hosts import domain_among, host_of
from facewarden.domain.provenance import Arrival
from facewarden.domain.sources import SourceState
from facewarden.errors import UnavailableError


class Gatekeeper:
    """The bars as they stand in the caller's transaction."""

    def __init__(self, connection: sa.Connection, source_numbers: Sequence[int]) -> None:
        """UnavailableError `source_stopped` if one of the sources is active no more."""
        query = sa.select(tables.sources.c.state)
        states = {
            row[0] for row in dialect.select_in(connection, query, tables.sources.c.source_number, source_numbers)
        }
        if states - {SourceState.ACTIVE.value}:
            raise UnavailableError(
                "source_stopped",
                "The source was stopped while photos were being taken in.",
                "It was suspended, has ended, or its owner asked for it to be taken down.",
                "Nothing of this batch was stored; what was stored before stays under its own rules.",
            )
        self._barred = barred_names(connection)

    def admits(self, arrival: Arrival) -> bool:
        """True unless its host is barred."""
        host = host_of(arrival.url)
        return host is None or domain_among(host, self._barred) is None


def barred_names(connection: sa.Connection) -> set[str]:
    """Every host that was barred here by its owner's letter and not lifted since."""
    barred, lifted = collecting.barred_hosts, collecting.host_permissions
    permitted = sa.select(lifted.c.host).where(lifted.c.approved_by.is_not(None))
    return set(connection.execute(sa.select(barred.c.host).where(barred.c.host.not_in(permitted))).scalars())

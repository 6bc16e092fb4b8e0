"""How searching is used, counted from the records. Never reads a face or a probe; of candidates, how many there were
and which photos are of whoever came first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.times import from_us, to_us
from facewarden.domain.cases import CaseState
from facewarden.domain.ids import CaseId, OrganisationId, SearchId, UserId
from facewarden.domain.oversight import CaseUse, SearchUse


class SqlUse:
    """Searches and cases, as an overseer sees them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def searches(self, since: datetime) -> Sequence[SearchUse]:
        """Every search from `since` on, oldest first."""
        searches, cases = tables.searches, tables.cases
        shown = _counted(tables.candidates, "shown")
        gone = _counted(tables.redactions, "gone")
        query = (
            sa.select(
                searches.c.search_id,
                searches.c.user_id,
                cases.c.organisation_id,
                searches.c.case_id,
                searches.c.searched_at_us,
                sa.func.coalesce(shown.c.shown, 0) + sa.func.coalesce(gone.c.gone, 0),
                sa.func.coalesce(searches.c.original_sha256, ""),
            )
            .join(cases, cases.c.case_id == searches.c.case_id)
            .outerjoin(shown, shown.c.search_id == searches.c.search_id)
            .outerjoin(gone, gone.c.search_id == searches.c.search_id)
            .where(searches.c.searched_at_us >= to_us(since))
            .order_by(searches.c.searched_at_us, searches.c.search_id)
        )
        with self._database.reading() as connection:
            first = _first_photos(connection, since)
            return [
                SearchUse(
                    SearchId(row[0]),
                    UserId(row[1]),
                    OrganisationId(row[2]),
                    CaseId(row[3]),
                    from_us(row[4]),
                    row[5],
                    frozenset(first[row[0]]),
                    row[6],
                )
                for row in connection.execute(query)
            ]

    def cases(self, opened_before: datetime) -> Sequence[CaseUse]:
        """Open cases that were opened before and have at least one search, oldest first."""
        searches, cases = tables.searches, tables.cases
        query = (
            sa.select(
                cases.c.case_id,
                cases.c.organisation_id,
                cases.c.opened_by,
                cases.c.opened_at_us,
                sa.func.count(),
                sa.func.max(searches.c.searched_at_us),
            )
            .join(searches, searches.c.case_id == cases.c.case_id)
            .where(cases.c.state == CaseState.OPEN.value, cases.c.opened_at_us < to_us(opened_before))
            .group_by(cases.c.case_id, cases.c.organisation_id, cases.c.opened_by, cases.c.opened_at_us)
            .order_by(cases.c.opened_at_us, cases.c.case_id)
        )
        with self._database.reading() as connection:
            return [
                CaseUse(
                    CaseId(row[0]), OrganisationId(row[1]), UserId(row[2]), from_us(row[3]), row[4], from_us(row[5])
                )
                for row in connection.execute(query)
            ]


def _first_photos(connection: sa.Connection, since: datetime) -> Mapping[str, set[str]]:
    """The photos of whoever came first in each search from then on: the first one, and those grouped with it."""
    searches, candidates = tables.searches, tables.candidates
    query = (
        sa.select(candidates.c.search_id, candidates.c.photo_id)
        .join(searches, searches.c.search_id == candidates.c.search_id)
        .where(searches.c.searched_at_us >= to_us(since))
        .where(sa.func.coalesce(candidates.c.same_as, candidates.c.rank) == 1)
    )
    found: dict[str, set[str]] = defaultdict(set)
    for search_id, photo_id in connection.execute(query):
        found[search_id].add(photo_id)
    return found


def _counted(table: sa.Table, name: str) -> sa.Subquery:
    """How many rows each search has in that table."""
    return sa.select(table.c.search_id, sa.func.count().label(name)).group_by(table.c.search_id).subquery(name)

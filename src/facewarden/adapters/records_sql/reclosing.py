"""What was closed for good, closed again in records that are older: after a restore.

Never opens anything, and never takes a permission away that is newer than what it closes.
"""

from __future__ import annotations

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql import tables_collecting as collecting
from facewarden.adapters.records_sql.arrivals import ArrivalBook
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.detaching import detach, split, with_other_places
from facewarden.adapters.records_sql.times import to_us
from facewarden.adapters.records_sql.withdrawal import SqlWithdrawals
from facewarden.domain.erasing import ErasureReason
from facewarden.domain.hosts import BarReason, domain_among
from facewarden.domain.provenance import Closing, Withdrawal
from facewarden.domain.sources import SourceState
from facewarden.ports import DataKeys


class SqlReclosing:
    """The ClosedAgain port over SQL."""

    def __init__(self, database: Database, keys: DataKeys, withdrawals: SqlWithdrawals) -> None:
        self._database = database
        self._withdrawals = withdrawals
        self._arrivals = ArrivalBook(keys)

    def close_again(self, closing: Closing) -> Withdrawal:
        """Its hosts barred, its sources ended, its people expunged; what only they permitted listed for erasure."""
        self._arrivals.warm()
        with self._database.writing() as connection:
            known = self._bar(connection, closing)
            ended = self._end(connection, closing)
            people = self._expunge(connection, closing)
            if known and not ended and not people:
                return Withdrawal()  # the records are newer than this
            table = collecting.photo_sources
            names = self._arrivals.hosts(connection)
            hosts = [number for number, name in names.items() if domain_among(name, closing.hosts) is not None]
            sources = sa.select(tables.sources.c.source_number).where(
                tables.sources.c.source_id.in_(closing.sources), tables.sources.c.state == SourceState.ENDED.value
            )
            gone = sa.or_(
                table.c.host_number.in_(hosts) if not known else sa.false(),
                table.c.source_number.in_(sources) if not closing.people else sa.false(),
                with_other_places(table.c.reference_hash.in_(closing.people)),
            )
            found = split(connection, gone)
            reason = ErasureReason.EXPUNGEMENT if closing.people else ErasureReason.RETENTION
            detach(connection, self._withdrawals, found, reason, None, to_us(self._database.clock.now()))
        return Withdrawal(len(found.arrivals), len(found.gone), len(found.kept))

    @staticmethod
    def _bar(connection: sa.Connection, closing: Closing) -> bool:
        """Whether the hosts were barred in these records already; permissions older than the bar lift nothing."""
        table = collecting.barred_hosts
        query = sa.select(table.c.host)
        barred = {row[0] for row in dialect.select_in(connection, query, table.c.host, closing.hosts)}
        fresh = [host for host in closing.hosts if host not in barred]
        rows = [
            {
                "host": host,
                "reason": BarReason.TAKEDOWN.value,
                "letter_hash": closing.letter_hash,
                "letter_blob": None,
                "barred_at_us": to_us(closing.at),
                "audit_index": closing.audit_index,
            }
            for host in fresh
        ]
        dialect.insert_new(connection, table, ["host"], rows)
        dialect.delete_in(connection, collecting.host_permissions.c.host, fresh)
        return not fresh

    @staticmethod
    def _end(connection: sa.Connection, closing: Closing) -> int:
        sources = tables.sources
        if closing.people:  # the source goes on, only these people's records do not
            return 0
        older = sa.and_(sources.c.source_id.in_(closing.sources), sources.c.state != SourceState.ENDED.value)
        ended = {"state": SourceState.ENDED.value, "ended_at_us": to_us(closing.at)}
        return connection.execute(sa.update(sources).where(older).values(**ended)).rowcount

    @staticmethod
    def _expunge(connection: sa.Connection, closing: Closing) -> int:
        table, sources = collecting.expunged, tables.sources
        numbers = connection.execute(
            sa.select(sources.c.source_number).where(sources.c.source_id.in_(closing.sources))
        ).scalars()
        rows = [
            {"source_number": number, "reference_hash": person, "expunged_at_us": to_us(closing.at)}
            for number in numbers
            for person in closing.people
        ]
        dialect.insert_new(connection, table, ["source_number", "reference_hash"], rows)
        return len(rows)

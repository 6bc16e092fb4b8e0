"""Where photos came from, and arrivals taken away: for letters, terms that are over and expunged records.

Never takes an arrival away without listing what nothing permits any more, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql import tables_collecting as collecting
from facewarden.adapters.records_sql.arrivals import ArrivalBook
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.detaching import Split, detach, forget_hosts, split, with_other_places
from facewarden.adapters.records_sql.prints import near_copies_of
from facewarden.adapters.records_sql.sources import number_of_source
from facewarden.adapters.records_sql.times import to_us
from facewarden.adapters.records_sql.withdrawal import SqlWithdrawals
from facewarden.domain.cases import CaseState
from facewarden.domain.erasing import ErasureReason
from facewarden.domain.ids import PhotoId, SourceId
from facewarden.domain.photos import PhotoState
from facewarden.domain.provenance import PhotoOrigins, Withdrawal
from facewarden.domain.sources import SourceState
from facewarden.ports import DataKeys

PHOTOS_AT_ONCE = 20_000  # whose arrivals go in one transaction, so that no ingest waits long for its turn


class SqlPhotoSources:
    """The PhotoSources port over SQL."""

    def __init__(self, database: Database, keys: DataKeys, withdrawals: SqlWithdrawals) -> None:
        self._database = database
        self._withdrawals = withdrawals
        self._arrivals = ArrivalBook(keys)

    def warm(self) -> None:
        """Has the installation's own keys made, so that they are among those that are backed up."""
        self._arrivals.warm()

    def origins(self, photo_id: PhotoId) -> PhotoOrigins | None:
        """Everything recorded of where the photo came from; None if there is no such photo."""
        photos = tables.photos
        query = sa.select(photos.c.photo_number, photos.c.state).where(photos.c.photo_id == photo_id)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            arrivals = self._arrivals.of_photo(connection, row.photo_number, photo_id)
            near = near_copies_of(connection, row.photo_number)
        return PhotoOrigins(photo_id, PhotoState(row.state), tuple(arrivals), tuple(near))

    def overdue(self, now: datetime, retain_days: int | None) -> int:
        """How many arrivals have a term that is over."""
        counted = sa.select(sa.func.count()).where(self._over(now, retain_days))
        with self._database.reading() as connection:
            return int(connection.execute(counted).scalar_one())

    def withdraw_overdue(self, now: datetime, retain_days: int | None) -> Withdrawal:
        """Arrivals whose term is over taken away."""
        return self._withdraw(self._over(now, retain_days), ErasureReason.RETENTION)

    @staticmethod
    def _over(now: datetime, retain_days: int | None) -> sa.ColumnElement[bool]:
        """Their source has ended, their case is closed, their own records say so, or they came so many days (UTC) ago.

        The last two end whatever that source brought of the photo. `retain_days` None: no clock runs.
        """
        table, sources, cases = collecting.photo_sources, tables.sources, tables.cases
        ended = sa.select(sources.c.source_number).where(sources.c.state == SourceState.ENDED.value)
        closed = sa.select(cases.c.case_id).where(cases.c.state == CaseState.CLOSED.value)
        term_over = table.c.expunge_on <= now.date().isoformat()
        if retain_days is not None:
            oldest = datetime.combine(now.date() - timedelta(days=retain_days - 1), time(), UTC)
            term_over |= table.c.arrived_at_us < to_us(oldest)
        return sa.or_(table.c.source_number.in_(ended), table.c.case_id.in_(closed), with_other_places(term_over))

    def withdraw_expunged(self, source_id: SourceId, references: Sequence[str]) -> Withdrawal:
        """What a source's own records brought of these people taken away; they cannot bring it again."""
        table = collecting.photo_sources
        hashes = self.people(source_id, references)
        with self._database.writing() as connection:
            number = number_of_source(connection, source_id)
            now_us = to_us(self._database.clock.now())
            rows = [{"source_number": number, "reference_hash": h, "expunged_at_us": now_us} for h in hashes]
            dialect.insert_new(connection, collecting.expunged, ["source_number", "reference_hash"], rows)
        total = Withdrawal()
        for start in range(0, len(hashes), dialect.AT_ONCE):
            some = table.c.reference_hash.in_(hashes[start : start + dialect.AT_ONCE])
            theirs = with_other_places(sa.and_(table.c.source_number == number, some))
            total = total.plus(self._withdraw(theirs, ErasureReason.EXPUNGEMENT))
        return total

    def people(self, source_id: SourceId, references: Sequence[str]) -> tuple[bytes, ...]:
        """The keyed hashes by which a source's people are known again, each once."""
        return tuple(self._arrivals.reference_hash(source_id, reference) for reference in dict.fromkeys(references))

    def expunged(self, source_id: SourceId, references: Sequence[str]) -> set[str]:
        """Those of the references whose records that source had expunged."""
        table = collecting.expunged
        hashes = {self._arrivals.reference_hash(source_id, reference): reference for reference in references}
        with self._database.reading() as connection:
            number = number_of_source(connection, source_id)
            query = sa.select(table.c.reference_hash).where(table.c.source_number == number)
            found = dialect.select_in(connection, query, table.c.reference_hash, list(hashes))
        return {hashes[row[0]] for row in found}

    def waiting(self, reason: ErasureReason) -> Sequence[PhotoId]:
        """Photos that nothing permits any more and that are still there, but for those whose hold goes on."""
        listed, photos, owed = collecting.withdrawn_photos, tables.photos, tables.owed_erasures
        query = (
            sa.select(listed.c.photo_id)
            .join(photos, photos.c.photo_id == listed.c.photo_id)
            .where(listed.c.reason == reason.value, listed.c.photo_id.not_in(sa.select(owed.c.photo_id)))
            .order_by(photos.c.photo_number)
        )
        with self._database.reading() as connection:
            return [PhotoId(photo_id) for photo_id in connection.execute(query).scalars()]

    def settle(self) -> None:
        """Forgets the list of what is erased by now, and the hosts from which nothing is left."""
        listed, photos = collecting.withdrawn_photos, tables.photos
        there = sa.exists().where(photos.c.photo_id == listed.c.photo_id)
        with self._database.writing() as connection:
            connection.execute(sa.delete(listed).where(~there))
            forget_hosts(connection)

    def due_on(self, photo_id: PhotoId, retain_days: int | None) -> date | None:
        """The day on which nothing will permit the photo any more, as far as is known today; None: no end is known."""
        table, sources = collecting.photo_sources, tables.sources
        query = (
            sa.select(table.c.source_number, table.c.arrived_at_us, table.c.expunge_on, sources.c.ends_on)
            .join(sources, sources.c.source_number == table.c.source_number)
            .join(tables.photos, tables.photos.c.photo_number == table.c.photo_number)
            .where(tables.photos.c.photo_id == photo_id)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return latest_end([tuple(row) for row in rows], retain_days)

    def _withdraw(self, condition: sa.ColumnElement[bool], reason: ErasureReason) -> Withdrawal:
        """Every arrival that meets the condition taken away, those of some thousand photos at a time."""
        table = collecting.photo_sources
        some = sa.select(table.c.photo_number).where(condition).distinct().limit(PHOTOS_AT_ONCE)
        total = Withdrawal()
        while True:
            with self._database.writing() as connection:
                found: Split = split(connection, sa.and_(condition, table.c.photo_number.in_(some)))
                detach(connection, self._withdrawals, found, reason, None, to_us(self._database.clock.now()))
            if not found.arrivals:
                return total
            total = total.plus(Withdrawal(len(found.arrivals), len(found.gone), len(found.kept)))


def latest_end(arrivals: Sequence[tuple[int, int, str | None, str | None]], retain_days: int | None) -> date | None:
    """The day on which the last source's arrivals (its number, when, expunged on, its last day) end; None: never.

    All arrivals from one source end with the first of their ends: a second address of a photo lengthens no term.
    """
    ends: dict[int, list[date]] = {}
    for source_number, arrived_at_us, expunge_on, ends_on in arrivals:
        own = ends.setdefault(source_number, [])
        if expunge_on:
            own.append(date.fromisoformat(expunge_on))
        if ends_on:
            own.append(date.fromordinal(date.fromisoformat(ends_on).toordinal() + 1))
        if retain_days is not None:
            arrived = date(1970, 1, 1).toordinal() + arrived_at_us // 86_400_000_000
            own.append(date.fromordinal(arrived + retain_days))
    if not all(ends.values()):
        return None
    return max(map(min, ends.values()), default=None)

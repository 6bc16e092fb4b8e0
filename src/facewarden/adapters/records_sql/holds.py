"""Holds in SQL: what they cover is hidden in the transaction that sets them, and shown again in the one that lifts.

Never shows a photo that another hold still covers, nor one whose erasure waited for this hold to end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables, tables_law
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.times import from_us, from_us_or_none, to_us
from facewarden.adapters.records_sql.withdrawal import SqlWithdrawals
from facewarden.domain.ids import CaseId, PhotoId, UserId
from facewarden.domain.orders import Hold, HoldKind, Lifted
from facewarden.domain.photos import PhotoState
from facewarden.errors import BadUseError


class SqlHolds:
    """Holds in SQL."""

    def __init__(self, database: Database, withdrawals: SqlWithdrawals) -> None:
        self._database = database
        self._withdrawals = withdrawals

    def add(self, hold: Hold, photo_ids: Sequence[PhotoId]) -> int:
        """How many photos ceased to be shown. A hold of that id that is there already covers these too.

        Ids that are no photo of the records are left out. BadUseError `hold_lifted` for one that was lifted.
        """
        holds, held = tables_law.holds, tables_law.held_photos
        with self._database.writing() as connection:
            known = connection.execute(
                sa.select(holds.c.lifted_at_us).where(holds.c.hold_id == hold.hold_id)
            ).one_or_none()
            if known is None:
                connection.execute(sa.insert(holds), _row_of(hold))
            elif known[0] is not None:
                raise BadUseError("hold_lifted", "This hold was lifted.", next_step="Set a new one: law hold set")
            query = sa.select(tables.photos.c.photo_id)
            wanted = list(dict.fromkeys(photo_ids))
            there = [PhotoId(row[0]) for row in dialect.select_in(connection, query, tables.photos.c.photo_id, wanted)]
            rows = [{"hold_id": hold.hold_id, "photo_id": photo_id} for photo_id in there]
            dialect.upsert(connection, held, ["hold_id", "photo_id"], rows)
            owed = tables.owed_erasures  # what another hold's end had freed waits for this one's
            dialect.update_in(connection, owed.c.photo_id, there, {"released_at_us": None}, sa.true())
            before = self._count(connection, there, PhotoState.ACTIVE)
            self._withdrawals.turn(connection, there, PhotoState.ACTIVE, PhotoState.HELD)
        return before

    def lift(self, hold_id: str, by: UserId | None, reason: str, at: datetime) -> Lifted:
        """What became of the photos that it alone covered; BadUseError `hold_unknown`, `hold_lifted`."""
        holds, held, owed = tables_law.holds, tables_law.held_photos, tables.owed_erasures
        with self._database.writing() as connection:
            self._standing(connection, hold_id)
            change = {"lifted_at_us": to_us(at), "lifted_by": by, "lift_reason": reason}
            connection.execute(sa.update(holds).where(holds.c.hold_id == hold_id).values(**change))
            covered = [
                row[0] for row in connection.execute(sa.select(held.c.photo_id).where(held.c.hold_id == hold_id))
            ]
            still = self._covered(connection, covered)
            free = [PhotoId(photo_id) for photo_id in covered if photo_id not in still]
            query = sa.select(owed.c.photo_id)
            waiting = {row[0] for row in dialect.select_in(connection, query, owed.c.photo_id, free)}
            released = {"released_at_us": to_us(at)}
            dialect.update_in(connection, owed.c.photo_id, sorted(waiting), released, owed.c.released_at_us.is_(None))
            shown = [photo_id for photo_id in free if photo_id not in waiting]
            count = self._count(connection, shown, PhotoState.HELD)
            self._withdrawals.turn(connection, shown, PhotoState.HELD, PhotoState.ACTIVE)
            found = self._found(connection, holds.c.hold_id == hold_id)[0]
        return Lifted(found, count, tuple(sorted(waiting)))

    def find(self, hold_id: str) -> Hold:
        """The hold of that id; BadUseError `hold_unknown`."""
        with self._database.reading() as connection:
            found = self._found(connection, tables_law.holds.c.hold_id == hold_id)
        if not found:
            raise _unknown()
        return found[0]

    def all(self, *, standing: bool = True) -> Sequence[Hold]:
        """Every hold, the newest first; those that stand alone unless said otherwise."""
        condition = tables_law.holds.c.lifted_at_us.is_(None) if standing else sa.true()
        with self._database.reading() as connection:
            return self._found(connection, condition)

    def of_photos(self, photo_ids: Sequence[PhotoId]) -> Mapping[PhotoId, Sequence[Hold]]:
        """The standing holds over each of these photos; photos without one are left out."""
        held = tables_law.held_photos
        with self._database.reading() as connection:
            pairs = dialect.select_in(connection, sa.select(held), held.c.photo_id, photo_ids)
            standing = {
                hold.hold_id: hold for hold in self._found(connection, tables_law.holds.c.lifted_at_us.is_(None))
            }
        found: dict[PhotoId, list[Hold]] = {}
        for hold_id, photo_id in pairs:
            if hold_id in standing:
                found.setdefault(PhotoId(photo_id), []).append(standing[hold_id])
        return found

    def _found(self, connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Hold]:
        holds, held, photos = tables_law.holds, tables_law.held_photos, tables.photos
        there = sa.select(held.c.hold_id, sa.func.count()).join(photos, photos.c.photo_id == held.c.photo_id)
        counts: dict[str, int] = {row[0]: row[1] for row in connection.execute(there.group_by(held.c.hold_id))}
        query = sa.select(holds).where(condition).order_by(holds.c.set_at_us.desc(), holds.c.hold_id)
        rows = connection.execute(query).mappings().all()
        return [replace(_hold_of(row), photos=counts.get(row["hold_id"], 0)) for row in rows]

    @staticmethod
    def _standing(connection: sa.Connection, hold_id: str) -> None:
        holds = tables_law.holds
        row = connection.execute(sa.select(holds.c.lifted_at_us).where(holds.c.hold_id == hold_id)).one_or_none()
        if row is None:
            raise _unknown()
        if row[0] is not None:
            raise BadUseError("hold_lifted", "This hold was lifted already.", next_step="See: law hold list --all")

    @staticmethod
    def _covered(connection: sa.Connection, photo_ids: Sequence[str]) -> set[str]:
        holds, held = tables_law.holds, tables_law.held_photos
        query = sa.select(held.c.photo_id).join(holds, holds.c.hold_id == held.c.hold_id)
        query = query.where(holds.c.lifted_at_us.is_(None))
        return {row[0] for row in dialect.select_in(connection, query, held.c.photo_id, photo_ids)}

    @staticmethod
    def _count(connection: sa.Connection, photo_ids: Sequence[PhotoId], state: PhotoState) -> int:
        photos = tables.photos
        query = sa.select(photos.c.photo_id).where(photos.c.state == state.value)
        return len(dialect.select_in(connection, query, photos.c.photo_id, photo_ids))


def not_preserved(connection: sa.Connection, photo_ids: Sequence[str]) -> set[str]:
    """Which of these photos are hidden by holds of which none stops destruction: erasing them need not wait."""
    holds, held = tables_law.holds, tables_law.held_photos
    query = sa.select(held.c.photo_id, holds.c.kind).join(holds, holds.c.hold_id == held.c.hold_id)
    rows = dialect.select_in(connection, query.where(holds.c.lifted_at_us.is_(None)), held.c.photo_id, photo_ids)
    kept = {photo_id for photo_id, kind in rows if kind == HoldKind.PRESERVE.value}
    return {photo_id for photo_id, _ in rows} - kept


def _unknown() -> BadUseError:
    return BadUseError("hold_unknown", "There is no such hold.", next_step="See: law hold list")


def _row_of(hold: Hold) -> dict[str, str | int | None]:
    return {
        "hold_id": hold.hold_id,
        "kind": hold.kind.value,
        "authority": hold.authority,
        "reason": hold.reason,
        "case_id": hold.case_id,
        "pack_id": hold.pack_id,
        "duty_id": hold.duty_id,
        "set_by": hold.set_by,
        "set_at_us": to_us(hold.set_at),
        "decision_index": hold.decision_index,
    }


def _hold_of(row: sa.RowMapping) -> Hold:
    return Hold(
        row["hold_id"],
        HoldKind(row["kind"]),
        row["authority"],
        row["reason"],
        None if row["set_by"] is None else UserId(row["set_by"]),
        from_us(row["set_at_us"]),
        row["decision_index"],
        None if row["case_id"] is None else CaseId(row["case_id"]),
        row["pack_id"],
        row["duty_id"],
        lifted_at=from_us_or_none(row["lifted_at_us"]),
        lifted_by=None if row["lifted_by"] is None else UserId(row["lifted_by"]),
        lift_reason=row["lift_reason"],
    )

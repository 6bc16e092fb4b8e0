"""Letters of sites' owners and what was done about them, from the transaction that hides to the last byte.

Never loses one on its way: what has begun and is not done is found again at the next start.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql import tables_collecting as collecting
from facewarden.adapters.records_sql.arrivals import ArrivalBook
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.detaching import Split, detach, near_elsewhere, split
from facewarden.adapters.records_sql.times import from_us, from_us_or_none, to_us
from facewarden.adapters.records_sql.withdrawal import SqlWithdrawals
from facewarden.domain.erasing import ErasureReason
from facewarden.domain.hosts import BarReason, domain_among
from facewarden.domain.ids import PhotoId, random_id
from facewarden.domain.photos import PhotoState
from facewarden.domain.provenance import (
    CopyReview,
    NewTakedown,
    ReviewState,
    Takedown,
    TakedownPlan,
    TakedownScope,
    TakedownState,
)
from facewarden.domain.sources import SourceState
from facewarden.errors import BadUseError, Error
from facewarden.ports import Blobs, DataKeys


class SqlTakedowns:
    """The TakedownRecords port over SQL; letters among the encrypted files."""

    def __init__(self, database: Database, keys: DataKeys, blobs: Blobs, withdrawals: SqlWithdrawals) -> None:
        self._database = database
        self._blobs = blobs
        self._withdrawals = withdrawals
        self._arrivals = ArrivalBook(keys)

    def plan(self, scope: TakedownScope) -> TakedownPlan:
        """What a takedown of that scope would do at this moment; nothing is changed."""
        self._arrivals.warm()
        with self._database.reading() as connection:
            return self._planned(connection, scope)[0]

    def begin(self, takedown: NewTakedown, letter: bytes) -> Takedown:
        """The takedown, begun: all in one transaction.

        1. Its hosts are barred; 2. its sources end; 3. what they alone permitted is hidden and listed for erasure;
        4. the takedown itself is noted; 5. look-alikes that stay are listed for review.
        """
        self._arrivals.warm()
        blob_id, now_us = random_id("lt"), to_us(self._database.clock.now())
        self._blobs.put_many({blob_id: letter})
        try:
            with self._database.writing() as connection:
                plan, found, near = self._planned(connection, takedown.scope)
                self._bar(connection, takedown, blob_id, now_us)  # 1
                self._end(connection, takedown.scope, now_us)  # 2
                detach(  # 3
                    connection, self._withdrawals, found, ErasureReason.TAKEDOWN, takedown.takedown_id, now_us
                )
                row = _takedown_row(takedown, blob_id, plan, now_us)
                connection.execute(sa.insert(collecting.takedowns), row)  # 4; the reviews name it
                if rows := [_review_row(takedown, photo_id, bits) for photo_id, bits in near.items()]:
                    connection.execute(sa.insert(collecting.copy_reviews), rows)  # 5
        except Error:
            self._blobs.delete([blob_id])
            raise
        return self.find(takedown.takedown_id)

    def find(self, takedown_id: str) -> Takedown:
        """The takedown of that id; BadUseError `takedown_unknown`."""
        found = self._where(collecting.takedowns.c.takedown_id == takedown_id)
        if not found:
            raise BadUseError(
                "takedown_unknown", "There is no such takedown.", next_step="List them: facewarden source takedowns"
            )
        return found[0]

    def all(self, *, only_unfinished: bool = False) -> Sequence[Takedown]:
        """Every takedown, the oldest first; only those of which bytes may be left, if so wanted."""
        begun = collecting.takedowns.c.state == TakedownState.BEGUN.value
        return self._where(begun if only_unfinished else sa.true())

    def waiting(self, takedown_id: str) -> Sequence[PhotoId]:
        """Photos of it that are still there, but for those whose hold goes on."""
        listed, photos, owed = collecting.withdrawn_photos, tables.photos, tables.owed_erasures
        query = (
            sa.select(listed.c.photo_id)
            .join(photos, photos.c.photo_id == listed.c.photo_id)
            .where(listed.c.takedown_id == takedown_id, listed.c.photo_id.not_in(sa.select(owed.c.photo_id)))
            .order_by(photos.c.photo_number)
        )
        with self._database.reading() as connection:
            return [PhotoId(photo_id) for photo_id in connection.execute(query).scalars()]

    def note(self, takedown_id: str, counts: Mapping[str, int], outcome_index: int | None = None) -> Takedown:
        """The takedown with these counts; done if its outcome is in the log."""
        changed: dict[str, Any] = {"counts": json.dumps(dict(counts))}
        if outcome_index is not None:
            done_at_us = to_us(self._database.clock.now())
            changed |= {"state": TakedownState.DONE.value, "outcome_index": outcome_index, "done_at_us": done_at_us}
        table = collecting.takedowns
        with self._database.writing() as connection:
            connection.execute(sa.update(table).where(table.c.takedown_id == takedown_id).values(**changed))
        return self.find(takedown_id)

    def reviews(self, *, only_open: bool) -> Sequence[CopyReview]:
        """Look-alikes of photos taken down; those still to be decided, or all."""
        table = collecting.copy_reviews
        query = sa.select(table).order_by(table.c.takedown_id, table.c.bits, table.c.photo_id)
        if only_open:
            there = sa.exists().where(tables.photos.c.photo_id == table.c.photo_id)
            query = query.where(table.c.state == ReviewState.OPEN.value, there)
        with self._database.reading() as connection:
            return [_review_of(row) for row in connection.execute(query).mappings()]

    def decide(self, review: CopyReview, state: ReviewState, decided_by: str) -> None:
        """Keeps what somebody decided about a look-alike; BadUseError `review_unknown` if it is decided already."""
        table = collecting.copy_reviews
        of = sa.and_(
            table.c.takedown_id == review.takedown_id,
            table.c.photo_id == review.photo_id,
            table.c.state == ReviewState.OPEN.value,
        )
        decided = {
            "state": state.value,
            "decided_by": decided_by,
            "decided_at_us": to_us(self._database.clock.now()),
        }
        with self._database.writing() as connection:
            if connection.execute(sa.update(table).where(of).values(**decided)).rowcount != 1:
                raise review_unknown()

    def _planned(
        self, connection: sa.Connection, scope: TakedownScope
    ) -> tuple[TakedownPlan, Split, dict[PhotoId, int]]:
        found = split(connection, self._condition(connection, scope))
        near = near_elsewhere(connection, list(found.gone))
        photos, faces = tables.photos, tables.faces
        states = sa.select(photos.c.photo_number, photos.c.state)
        held = [
            row.photo_number
            for row in dialect.select_in(connection, states, photos.c.photo_number, list(found.gone))
            if row.state == PhotoState.HELD.value
        ]
        numbers = sa.select(faces.c.face_number)
        gone_faces = len(dialect.select_in(connection, numbers, faces.c.photo_number, list(found.gone)))
        without_address = self._without_address(connection, scope)
        plan = TakedownPlan(
            len(found.gone) - len(held), gone_faces, len(found.kept), len(held), len(near), without_address
        )
        return plan, found, near

    def _condition(self, connection: sa.Connection, scope: TakedownScope) -> sa.ColumnElement[bool]:
        """Every arrival from the sources, and from the hosts whatever the source."""
        table, sources = collecting.photo_sources, tables.sources
        whole = sa.select(sources.c.source_number).where(sources.c.source_id.in_(scope.whole_sources))
        names = self._arrivals.hosts(connection)
        hosts = [number for number, name in names.items() if domain_among(name, scope.hosts) is not None]
        return sa.or_(table.c.source_number.in_(whole), table.c.host_number.in_(hosts))

    @staticmethod
    def _without_address(connection: sa.Connection, scope: TakedownScope) -> int:
        """Photos of sources that own these hosts among others, which came without an address."""
        table, sources = collecting.photo_sources, tables.sources
        partly = sa.select(sources.c.source_number).where(sources.c.source_id.in_(scope.partly_sources))
        query = sa.select(sa.func.count(table.c.photo_number.distinct())).where(
            table.c.source_number.in_(partly), table.c.host_number.is_(None)
        )
        return int(connection.execute(query).scalar_one())

    @staticmethod
    def _bar(connection: sa.Connection, takedown: NewTakedown, blob_id: str, now_us: int) -> None:
        rows = [
            {
                "host": host,
                "reason": BarReason.TAKEDOWN.value,
                "letter_hash": takedown.letter_hash,
                "letter_blob": blob_id,
                "barred_at_us": now_us,
                "audit_index": takedown.decision_index,
            }
            for host in takedown.scope.hosts
        ]
        dialect.upsert(connection, collecting.barred_hosts, ["host"], rows)
        # A permission from before the letter lifts nothing any more.
        dialect.delete_in(connection, collecting.host_permissions.c.host, list(takedown.scope.hosts))

    @staticmethod
    def _end(connection: sa.Connection, scope: TakedownScope, now_us: int) -> None:
        sources = tables.sources
        of = sa.and_(sources.c.source_id.in_(scope.whole_sources), sources.c.state != SourceState.ENDED.value)
        connection.execute(sa.update(sources).where(of).values(state=SourceState.ENDED.value, ended_at_us=now_us))

    def _where(self, condition: sa.ColumnElement[bool]) -> list[Takedown]:
        table = collecting.takedowns
        query = sa.select(table).where(condition).order_by(table.c.begun_at_us, table.c.takedown_id)
        with self._database.reading() as connection:
            return [_takedown_of(row) for row in connection.execute(query).mappings()]


def review_unknown() -> BadUseError:
    """The error for a look-alike that is not waiting for a decision."""
    return BadUseError(
        "review_unknown",
        "No such photo waits for a decision.",
        "It was decided, or is gone.",
        "List them: facewarden source reviews",
    )


def _takedown_of(row: sa.RowMapping) -> Takedown:
    return Takedown(
        row["takedown_id"],
        row["subject"],
        tuple(json.loads(row["hosts"])),
        TakedownState(row["state"]),
        row["letter_hash"],
        row["actor"],
        row["decision_index"],
        json.loads(row["counts"]),
        from_us(row["begun_at_us"]),
        from_us_or_none(row["done_at_us"]),
        row["outcome_index"],
    )


def _review_of(row: sa.RowMapping) -> CopyReview:
    return CopyReview(
        row["takedown_id"],
        PhotoId(row["photo_id"]),
        row["bits"],
        ReviewState(row["state"]),
        row["decided_by"],
        from_us_or_none(row["decided_at_us"]),
    )


def _takedown_row(takedown: NewTakedown, blob_id: str, plan: TakedownPlan, now_us: int) -> dict[str, Any]:
    return {
        "takedown_id": takedown.takedown_id,
        "subject": takedown.scope.subject,
        "hosts": json.dumps(takedown.scope.hosts),
        "state": TakedownState.BEGUN.value,
        "letter_hash": takedown.letter_hash,
        "letter_blob": blob_id,
        "actor": takedown.actor,
        "decision_index": takedown.decision_index,
        "counts": json.dumps(plan.counts()),
        "begun_at_us": now_us,
        "done_at_us": None,
        "outcome_index": None,
    }


def _review_row(takedown: NewTakedown, photo_id: PhotoId, bits: int) -> dict[str, Any]:
    return {
        "takedown_id": takedown.takedown_id,
        "photo_id": photo_id,
        "bits": bits,
        "state": ReviewState.OPEN.value,
        "decided_by": None,
        "decided_at_us": None,
    }

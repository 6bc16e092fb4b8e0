"""Packs being carried out, in SQL: each run a row of the jobs table, changed in the same transactions as its duties.

Never forgets a duty that was begun, and never lets a run that ended change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables, tables_law
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.times import from_us, from_us_or_none, to_us
from facewarden.domain.ids import JobId, PhotoId, UserId
from facewarden.domain.jobs import JobState
from facewarden.domain.orders import DutyCheck, DutyRecord, DutyState, OrderRun, Precedence, Yields
from facewarden.errors import UnavailableError

KIND = "apply_order"
LEASE = timedelta(hours=1)  # a lock file tells who applies; the lease only says when a reader may call the job silent


class SqlOrderRuns:
    """Runs of packs in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, run: OrderRun) -> None:
        """The run with its duties and its job, all at once."""
        now_us = to_us(run.begun_at)
        job = {
            "job_id": run.job_id,
            "kind": KIND,
            "owner": run.applied_by,
            "payload": json.dumps({"run_id": run.run_id, "pack_id": run.pack_id}),
            "state": JobState.RUNNING.value,
            "fencing_token": 1,
            "lease_until_us": to_us(run.begun_at + LEASE),
            "progress": json.dumps({"duties": len(run.duties), "answered": 0}),
            "failure": None,
            "started_at_us": now_us,
            "ended_at_us": None,
        }
        row = {
            "run_id": run.run_id,
            "job_id": run.job_id,
            "pack_id": run.pack_id,
            "pack_version": run.pack_version,
            "applied_by": run.applied_by,
            "decision_index": run.decision_index,
            "log_size": run.log_size,
            "begun_at_us": now_us,
        }
        duties = [
            {"run_id": run.run_id, "position": position, **_duty_row(duty)} for position, duty in enumerate(run.duties)
        ]
        with self._database.writing() as connection:
            connection.execute(sa.insert(tables.jobs), job)
            connection.execute(sa.insert(tables_law.order_runs), row)
            if duties:
                connection.execute(sa.insert(tables_law.order_duties), duties)

    def answer(self, run_id: str, duty: DutyRecord) -> None:
        """What came of one duty, durable, and the job's progress with it; UnavailableError `order_run_ended`."""
        duties = tables_law.order_duties
        change = _duty_row(duty)
        with self._database.writing() as connection:
            job_id = self._running(connection, run_id)
            this = sa.and_(duties.c.run_id == run_id, duties.c.duty_id == duty.duty_id)
            connection.execute(sa.update(duties).where(this).values(**change))
            rows = connection.execute(sa.select(duties.c.state).where(duties.c.run_id == run_id)).all()
            progress = {"duties": len(rows), "answered": sum(row[0] != DutyState.PENDING.value for row in rows)}
            lease_us = to_us(self._database.clock.now() + LEASE)
            self._job(connection, job_id, progress=json.dumps(progress), lease_until_us=lease_us)

    def end(self, run_id: str, outcome_index: int) -> None:
        """The run ended, its job with it; UnavailableError `order_run_ended`."""
        runs = tables_law.order_runs
        now_us = to_us(self._database.clock.now())
        with self._database.writing() as connection:
            job_id = self._running(connection, run_id)
            change = {"ended_at_us": now_us, "outcome_index": outcome_index}
            connection.execute(sa.update(runs).where(runs.c.run_id == run_id).values(**change))
            self._job(connection, job_id, state=JobState.DONE.value, ended_at_us=now_us)

    def find(self, pack_id: str | None = None, *, running: bool = False) -> Sequence[OrderRun]:
        """The runs of that pack, or of all, the newest first; only those not ended if `running`."""
        runs, duties = tables_law.order_runs, tables_law.order_duties
        query = sa.select(runs).order_by(runs.c.begun_at_us.desc(), runs.c.run_id)
        if pack_id is not None:
            query = query.where(runs.c.pack_id == pack_id)
        if running:
            query = query.where(runs.c.ended_at_us.is_(None))
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
            ids = [row["run_id"] for row in rows]
            found = dialect.select_in(connection, sa.select(duties), duties.c.run_id, ids)
        of_run: dict[str, list[tuple[int, DutyRecord]]] = {}
        for item in found:
            of_run.setdefault(item.run_id, []).append((item.position, _duty_of(item)))
        return [_run_of(row, [duty for _, duty in sorted(of_run.get(row["run_id"], []), key=_first)]) for row in rows]

    def note_things(self, run_id: str, duty_id: str, things: Sequence[str]) -> None:
        """What a duty is about to reach, durable before it does; the same thing again is one thing."""
        rows = [{"run_id": run_id, "duty_id": duty_id, "thing": thing} for thing in things]
        with self._database.writing() as connection:
            dialect.upsert(connection, tables_law.order_things, ["run_id", "duty_id", "thing"], rows)

    def things(self, run_id: str) -> Mapping[str, Sequence[str]]:
        """What each duty of the run reached, in order; duties that reached nothing are left out."""
        table = tables_law.order_things
        query = sa.select(table.c.duty_id, table.c.thing).where(table.c.run_id == run_id)
        found: dict[str, list[str]] = {}
        with self._database.reading() as connection:
            for duty_id, thing in connection.execute(query.order_by(table.c.duty_id, table.c.thing)):
                found.setdefault(duty_id, []).append(thing)
        return found

    def _running(self, connection: sa.Connection, run_id: str) -> str:
        runs = tables_law.order_runs
        query = sa.select(runs.c.job_id).where(runs.c.run_id == run_id, runs.c.ended_at_us.is_(None))
        row = connection.execute(query).one_or_none()
        if row is None:
            raise UnavailableError(
                "order_run_ended",
                "This order was carried out by another process meanwhile.",
                next_step="See what it did: law runs",
            )
        return str(row[0])

    @staticmethod
    def _job(connection: sa.Connection, job_id: str, **change: str | int) -> None:
        connection.execute(sa.update(tables.jobs).where(tables.jobs.c.job_id == job_id).values(**change))


class SqlDuties:
    """How duties stand, and persons' words on deletions against holds, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note_check(self, check: DutyCheck) -> None:
        """The newest look at that duty, in the place of the one before."""
        row = {
            "pack_id": check.pack_id,
            "duty_id": check.duty_id,
            "checked_at_us": to_us(check.checked_at),
            "kept": int(check.kept),
            "left_over": check.left,
            "why": check.why,
            "due": check.due.isoformat() if check.due else None,
        }
        with self._database.writing() as connection:
            dialect.upsert(connection, tables_law.duty_checks, ["pack_id", "duty_id"], [row])

    def checks(self) -> Sequence[DutyCheck]:
        """The newest look at each duty."""
        table = tables_law.duty_checks
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.pack_id, table.c.duty_id)).mappings().all()
        return [
            DutyCheck(
                row["pack_id"],
                row["duty_id"],
                from_us(row["checked_at_us"]),
                bool(row["kept"]),
                row["left_over"],
                row["why"],
                date.fromisoformat(row["due"]) if row["due"] else None,
            )
            for row in rows
        ]

    def settle(self, precedence: Precedence) -> None:
        """A person's word, in the place of an older one on the same two duties."""
        row = {
            "delete_pack": precedence.delete_pack,
            "delete_duty": precedence.delete_duty,
            "hold_pack": precedence.hold_pack,
            "hold_duty": precedence.hold_duty,
            "yields": precedence.yields.value,
            "reason": precedence.reason,
            "decided_by": precedence.decided_by,
            "decided_at_us": to_us(precedence.decided_at),
            "audit_index": precedence.audit_index,
        }
        with self._database.writing() as connection:
            keys = ["delete_pack", "delete_duty", "hold_pack", "hold_duty"]
            dialect.upsert(connection, tables_law.precedences, keys, [row])

    def settled(self) -> Sequence[Precedence]:
        """Every word that stands."""
        table = tables_law.precedences
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.decided_at_us)).mappings().all()
        return [
            Precedence(
                row["delete_pack"],
                row["delete_duty"],
                row["hold_pack"],
                row["hold_duty"],
                Yields(row["yields"]),
                row["reason"],
                UserId(row["decided_by"]),
                from_us(row["decided_at_us"]),
                row["audit_index"],
            )
            for row in rows
        ]

    def photo_count(self) -> int:
        """How many photos the records hold, hidden ones too."""
        with self._database.reading() as connection:
            count: int = connection.execute(sa.select(sa.func.count()).select_from(tables.photos)).scalar_one()
        return count

    def photo_hashes(self, photo_ids: Sequence[PhotoId]) -> Mapping[PhotoId, str]:
        """The keyed hash of each photo's file, 64 hexadecimal digits; photos that are gone are left out."""
        photos = tables.photos
        query = sa.select(photos.c.photo_id, photos.c.content_hash)
        with self._database.reading() as connection:
            rows = dialect.select_in(connection, query, photos.c.photo_id, list(photo_ids))
        return {PhotoId(photo_id): content_hash.hex() for photo_id, content_hash in rows}


def _first(pair: tuple[int, DutyRecord]) -> int:
    return pair[0]


def _duty_row(duty: DutyRecord) -> dict[str, str | int | None]:
    return {
        "duty_id": duty.duty_id,
        "verb": duty.verb,
        "state": duty.state.value,
        "why": duty.why,
        "counts": json.dumps(dict(duty.counts)),
        "audit_index": duty.audit_index,
    }


def _duty_of(row: sa.Row[tuple[str, ...]]) -> DutyRecord:
    found = row._mapping
    return DutyRecord(
        found["duty_id"],
        found["verb"],
        DutyState(found["state"]),
        found["why"],
        json.loads(found["counts"]),
        found["audit_index"],
    )


def _run_of(row: sa.RowMapping, duties: Sequence[DutyRecord]) -> OrderRun:
    return OrderRun(
        row["run_id"],
        JobId(row["job_id"]),
        row["pack_id"],
        row["pack_version"],
        UserId(row["applied_by"]),
        row["decision_index"],
        row["log_size"],
        from_us(row["begun_at_us"]),
        tuple(duties),
        from_us_or_none(row["ended_at_us"]),
        row["outcome_index"],
    )

"""Durable work: a table in the same database as what the work is about, so that both change together.

Never runs a job, and never lets a holder that lost its lease change anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa

from facewarden.adapters.records_sql import parts, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.times import from_us, from_us_or_none, to_us
from facewarden.domain.gallery import JobLease
from facewarden.domain.ids import JobId, UserId, random_id
from facewarden.domain.jobs import JobRecord, JobState

LEASE = timedelta(seconds=60)
"""How long a silent worker keeps its job: several batches of an ingest, and short enough to wait for after a crash."""


class SqlJobs:
    """Jobs in SQL: at least once, one holder at a time, told apart by fencing tokens."""

    def __init__(self, database: Database, lease: timedelta = LEASE) -> None:
        self._database = database
        self._lease = lease

    def start(self, kind: str, payload: Mapping[str, str], owner: UserId | None) -> JobLease:
        """A new job, leased to the caller. `payload` holds ids only: it outlives what they name."""
        now = self._database.clock.now()
        lease = JobLease(JobId(random_id("jo")), kind, 1, now + self._lease)
        row = {
            "job_id": lease.job_id,
            "kind": kind,
            "owner": owner,
            "payload": json.dumps(dict(payload)),
            "state": JobState.RUNNING.value,
            "fencing_token": lease.fencing_token,
            "lease_until_us": to_us(lease.leased_until),
            "progress": "{}",
            "failure": None,
            "started_at_us": to_us(now),
            "ended_at_us": None,
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(tables.jobs), row)
        return lease

    def renew(self, lease: JobLease, progress: Mapping[str, int]) -> JobLease:
        """The lease with a later end; UnavailableError `lease_lost` if another holder took the job over."""
        renewed = JobLease(lease.job_id, lease.kind, lease.fencing_token, self._database.clock.now() + self._lease)
        with self._database.writing() as connection:
            note_progress(connection, lease, progress)
            connection.execute(_of(lease).values(lease_until_us=to_us(renewed.leased_until)))
        return renewed

    def finish(self, lease: JobLease, progress: Mapping[str, int]) -> None:
        """Ends the job well; UnavailableError `lease_lost` if another holder took it over."""
        with self._database.writing() as connection:
            note_progress(connection, lease, progress)
            self._end(connection, lease, JobState.DONE, None)

    def fail(self, lease: JobLease, code: str) -> None:
        """Ends the job with the code of the error; UnavailableError `lease_lost` if another holder took it over."""
        with self._database.writing() as connection:
            note_progress(connection, lease, {})
            self._end(connection, lease, JobState.FAILED, code)

    def claim(self, kind: str) -> JobLease | None:
        """A lease on the oldest unfinished job of that kind whose lease ran out, or None. Its old holder's is void."""
        jobs, now = tables.jobs, self._database.clock.now()
        query = (
            sa.select(jobs.c.job_id, jobs.c.fencing_token)
            .where(jobs.c.kind == kind, jobs.c.state == JobState.RUNNING.value, jobs.c.lease_until_us <= to_us(now))
            .order_by(jobs.c.lease_until_us, jobs.c.job_id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self._database.writing() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            lease = JobLease(JobId(row[0]), kind, row[1] + 1, now + self._lease)
            change = sa.update(jobs).where(jobs.c.job_id == lease.job_id)
            connection.execute(
                change.values(fencing_token=lease.fencing_token, lease_until_us=to_us(lease.leased_until))
            )
        return lease

    def find(self, job_id: JobId) -> JobRecord | None:
        """What the records know of the job, or None."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(tables.jobs).where(tables.jobs.c.job_id == job_id)).mappings().first()
        return None if row is None else _record(row)

    def last(self, kind: str) -> JobRecord | None:
        """The job of that kind that was started last, or None."""
        newest = sa.select(tables.jobs).where(tables.jobs.c.kind == kind)
        with self._database.reading() as connection:
            row = connection.execute(newest.order_by(tables.jobs.c.started_at_us.desc()).limit(1)).mappings().first()
        return None if row is None else _record(row)

    def _end(self, connection: sa.Connection, lease: JobLease, state: JobState, failure: str | None) -> None:
        ended_at_us = to_us(self._database.clock.now())
        connection.execute(_of(lease).values(state=state.value, failure=failure, ended_at_us=ended_at_us))


def _record(row: sa.RowMapping) -> JobRecord:
    return JobRecord(
        JobId(row["job_id"]),
        row["kind"],
        None if row["owner"] is None else UserId(row["owner"]),
        json.loads(row["payload"]),
        JobState(row["state"]),
        json.loads(row["progress"]),
        row["failure"],
        from_us(row["started_at_us"]),
        from_us_or_none(row["ended_at_us"]),
    )


def note_progress(
    connection: sa.Connection, lease: JobLease, progress: Mapping[str, int], *, added: bool = False
) -> None:
    """Stores the counts (or adds them to those stored) in the caller's transaction, if the lease still holds.

    With a step, the part that it belongs to moves on in the same transaction, and the step's own counts are added.
    UnavailableError `lease_lost` if another holder took the job over or it has ended: the caller's transaction must
    then change nothing.
    """
    if lease.step is not None:
        parts.note_step(connection, lease.job_id, lease.step, progress if added else {})
        return
    query = sa.select(tables.jobs.c.fencing_token, tables.jobs.c.state, tables.jobs.c.progress)
    row = connection.execute(query.where(tables.jobs.c.job_id == lease.job_id).with_for_update()).first()
    if row is None or row[0] != lease.fencing_token or row[1] != JobState.RUNNING.value:
        raise parts.lease_lost()
    known: dict[str, int] = json.loads(row[2])
    for name, count in progress.items():
        known[name] = known.get(name, 0) + count if added else count
    connection.execute(_of(lease).values(progress=json.dumps(known)))


def _of(lease: JobLease) -> sa.Update:
    return sa.update(tables.jobs).where(tables.jobs.c.job_id == lease.job_id)

"""Collections in SQL: what is collected, its parts and who reads them. Never keeps a path or address in the clear."""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facewarden.adapters.records_sql import dialect, parts, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.tables_collections import (
    collection_parts,
    collection_troubles,
    collection_workers,
    collections,
)
from facewarden.adapters.records_sql.times import from_us, from_us_or_none, to_us
from facewarden.domain.collections import (
    JOB_KIND,
    Collection,
    CollectionKind,
    CollectionPurpose,
    Found,
    HeldPart,
    Place,
    Plan,
    Pulse,
    Trouble,
)
from facewarden.domain.gallery import FoundPart, JobLease, PartStep
from facewarden.domain.ids import CaseId, JobId, SourceId, UserId, random_id
from facewarden.domain.jobs import JobState
from facewarden.errors import DamagedError
from facewarden.ports import DataKeys

LEASE = timedelta(seconds=60)
"""How long a silent worker keeps a part: several batches, and short enough to wait for after a crash."""
ALIVE = timedelta(seconds=45)
"""A worker that was not seen for so long is not counted."""
NONCE_BYTES = 12


class SqlCollections:
    """Collections, their parts and workers; fulfils three ports over the same tables."""

    def __init__(self, database: Database, keys: DataKeys, lease: timedelta = LEASE) -> None:
        self._database = database
        self._lease = lease
        self._cipher = AESGCM(keys.derive("collection-places"))
        self._mark_key = keys.derive("collection-marks")

    # -- collections -----------------------------------------------------------------------------------------

    def start(self, source_id: SourceId, plan: Plan, owner: UserId | None, decision_index: int) -> Collection:
        """A running collection with one part, whose place is empty: where its connector begins."""
        job_id, now_us = JobId(random_id("jo")), to_us(self._database.clock.now())
        told = {"where": dict(plan.where), "subject": plan.subject}
        with self._database.writing() as connection:
            connection.execute(
                sa.insert(tables.jobs),
                {
                    "job_id": job_id,
                    "kind": JOB_KIND,
                    "owner": owner,
                    "payload": json.dumps({"source_id": source_id}),
                    "state": JobState.RUNNING.value,
                    "fencing_token": 1,
                    # A collection is shared: its parts are leased, it is not.
                    "lease_until_us": 2**62,
                    "progress": "{}",
                    "failure": None,
                    "started_at_us": now_us,
                    "ended_at_us": None,
                },
            )
            connection.execute(
                sa.insert(collections),
                {
                    "job_id": job_id,
                    "source_id": source_id,
                    "kind": plan.kind.value,
                    "purpose": plan.purpose.value if plan.purpose else None,
                    "case_id": plan.case_id,
                    "plan": self._seal(job_id, told),
                    "decision_index": decision_index,
                },
            )
            parts.add_parts(connection, job_id, [FoundPart(None, None, self._seal(job_id, {}))])
        found = self.find(job_id)
        if found is None:
            raise DamagedError("collection_lost", "The collection that was just begun is not there.")
        return found

    def find(self, job_id: JobId) -> Collection | None:
        """The collection, or None."""
        with self._database.reading() as connection:
            row = connection.execute(_joined().where(tables.jobs.c.job_id == job_id)).mappings().first()
        return None if row is None else self._collection(row)

    def all(self, limit: int) -> Sequence[Collection]:
        """The newest first."""
        query = _joined().order_by(tables.jobs.c.started_at_us.desc(), tables.jobs.c.job_id).limit(limit)
        with self._database.reading() as connection:
            return [self._collection(row) for row in connection.execute(query).mappings()]

    def move(self, job_id: JobId, before: Sequence[JobState], after: JobState, failure: str | None = None) -> bool:
        """True if it was in one of these states and is now in the other; an ended one's places are emptied."""
        ended = after not in (JobState.RUNNING, JobState.PAUSED)
        change: dict[str, object] = {"state": after.value, "failure": failure}
        if ended:
            change["ended_at_us"] = to_us(self._database.clock.now())
        here = (tables.jobs.c.job_id == job_id) & tables.jobs.c.state.in_([state.value for state in before])
        part = collection_parts
        with self._database.writing() as connection:
            if after is JobState.DONE:
                open_still = sa.select(part.c.part_number).where(part.c.job_id == job_id, part.c.state != parts.DONE)
                if connection.execute(open_still.limit(1)).first() is not None:
                    return False
            if connection.execute(sa.update(tables.jobs).where(here).values(**change)).rowcount == 0:
                return False
            if ended:
                connection.execute(sa.delete(part).where(part.c.job_id == job_id))
                connection.execute(sa.delete(collection_workers).where(collection_workers.c.job_id == job_id))
        return True

    def troubles(self, job_id: JobId) -> Sequence[Trouble]:
        """Files that could not be used, as they were met."""
        table = collection_troubles
        query = sa.select(table.c.line).where(table.c.job_id == job_id).order_by(table.c.trouble_number)
        with self._database.reading() as connection:
            lines = connection.execute(query).scalars().all()
        return [Trouble(**self._opened(job_id, line)) for line in lines]

    # -- parts -----------------------------------------------------------------------------------------------

    def claim(self, job_id: JobId, worker: str | None = None) -> HeldPart | None:
        """A part that nobody holds, its lane free, for that worker; None if there is none at this moment."""
        part, now = collection_parts, self._database.clock.now()
        now_us = to_us(now)
        held = sa.select(part.c.lane).where(
            part.c.job_id == job_id,
            part.c.state == parts.TAKEN,
            part.c.lease_until_us > now_us,
            part.c.lane.is_not(None),
        )
        free = (part.c.state == parts.WAITING) | ((part.c.state == parts.TAKEN) & (part.c.lease_until_us <= now_us))
        query = (
            sa.select(part.c.part_number, part.c.token, part.c.place)
            .where(part.c.job_id == job_id, free, part.c.lane.is_(None) | part.c.lane.not_in(held))
            .order_by(part.c.part_number)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self._database.writing() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            taken = HeldPart(job_id, row[0], row[1] + 1, self._opened(job_id, row[2]), now + self._lease)
            change = {"token": taken.token, "lease_until_us": to_us(taken.leased_until), "holder": worker}
            connection.execute(sa.update(part).where(_is(taken)).values(state=parts.TAKEN, **change))
        return taken

    def renew(self, held: HeldPart) -> HeldPart:
        """Held longer; UnavailableError `lease_lost` if another worker took it over."""
        until = self._database.clock.now() + self._lease
        self._change(held, {"lease_until_us": to_us(until)})
        return HeldPart(held.job_id, held.number, held.token, held.place, until)

    def release(self, held: HeldPart) -> None:
        """Another worker may have it at once."""
        self._change(held, {"state": parts.WAITING, "lease_until_us": 0})

    def lease(
        self,
        part: HeldPart,
        after: Place | None,
        found: Sequence[Found],
        counts: Mapping[str, int],
        troubles: Sequence[Trouble],
    ) -> JobLease:
        """The claim under which one step's photos are stored: with them the part moves on to `after` (None: done)."""
        job_id = part.job_id
        step = PartStep(
            part.number,
            part.token,
            None if after is None else self._seal(job_id, after),
            tuple(
                FoundPart(self._mark(job_id, new.lane), self._mark(job_id, new.mark), self._seal(job_id, new.place))
                for new in found
            ),
            counts,
            tuple(self._seal(job_id, asdict(trouble)) for trouble in troubles),
        )
        return JobLease(job_id, JOB_KIND, part.token, part.leased_until, step)

    def advance(self, lease: JobLease) -> None:
        """The step alone, for one that brought no photos."""
        with self._database.writing() as connection:
            if lease.step is not None:
                parts.note_step(connection, lease.job_id, lease.step, {})

    # -- workers ---------------------------------------------------------------------------------------------

    def seen(self, job_id: JobId, worker: str, photos_a_second: float) -> None:
        """Notes that the worker is alive."""
        row = {
            "job_id": job_id,
            "worker": worker,
            "seen_at_us": to_us(self._database.clock.now()),
            "photos_a_second": photos_a_second,
        }
        with self._database.writing() as connection:
            dialect.upsert(connection, collection_workers, ["job_id", "worker"], [row])

    def gone(self, job_id: JobId, worker: str) -> None:
        """Notes that the worker left; others may have its parts at once, and from then on it changes none.

        A part with a lane waits for its lease all the same: its host may have asked for a pause that goes on.
        """
        here = (collection_workers.c.job_id == job_id) & (collection_workers.c.worker == worker)
        part = collection_parts
        held = (part.c.job_id == job_id) & (part.c.holder == worker) & (part.c.state == parts.TAKEN)
        held &= part.c.lane.is_(None)
        with self._database.writing() as connection:
            connection.execute(sa.delete(collection_workers).where(here))
            connection.execute(sa.update(part).where(held).values(state=parts.WAITING, lease_until_us=0))

    def listed(self, job_id: JobId) -> Sequence[str]:
        """The workers that did not say that they left."""
        table = collection_workers
        with self._database.reading() as connection:
            return connection.execute(sa.select(table.c.worker).where(table.c.job_id == job_id)).scalars().all()

    def pulse(self, job_id: JobId) -> Pulse:
        """Who was seen within 45 seconds."""
        since_us = to_us(self._database.clock.now() - ALIVE)
        table = collection_workers
        query = sa.select(sa.func.count(), sa.func.sum(table.c.photos_a_second)).where(
            table.c.job_id == job_id, table.c.seen_at_us > since_us
        )
        with self._database.reading() as connection:
            workers, rate = connection.execute(query).one()
        return Pulse(int(workers), float(rate or 0.0))

    def left(self, job_id: JobId) -> tuple[int, int]:
        """How many parts wait, and how many are held."""
        part = collection_parts
        query = sa.select(part.c.state, sa.func.count()).where(part.c.job_id == job_id).group_by(part.c.state)
        with self._database.reading() as connection:
            counts = {state: int(count) for state, count in connection.execute(query)}
        return counts.get(parts.WAITING, 0), counts.get(parts.TAKEN, 0)

    # -- inside ----------------------------------------------------------------------------------------------

    def _change(self, held: HeldPart, change: Mapping[str, Any]) -> None:
        part = collection_parts
        mine = _is(held) & (part.c.token == held.token) & (part.c.state == parts.TAKEN)
        with self._database.writing() as connection:
            if connection.execute(sa.update(part).where(mine).values(**change)).rowcount == 0:
                raise parts.lease_lost()

    def _collection(self, row: sa.RowMapping) -> Collection:
        job_id = JobId(row["job_id"])
        told = self._opened(job_id, row["plan"])
        purpose, case_id = row["purpose"], row["case_id"]
        return Collection(
            job_id,
            SourceId(row["source_id"]),
            Plan(
                CollectionKind(row["collection_kind"]),
                told["where"],
                CollectionPurpose(purpose) if purpose else None,
                told["subject"],
                CaseId(case_id) if case_id else None,
            ),
            UserId(row["owner"]) if row["owner"] else None,
            JobState(row["state"]),
            json.loads(row["progress"]),
            row["failure"],
            from_us(row["started_at_us"]),
            from_us_or_none(row["ended_at_us"]),
            row["decision_index"],
        )

    def _mark(self, job_id: JobId, text: str | None) -> bytes | None:
        if text is None:
            return None
        return hmac.digest(self._mark_key, f"{job_id} {text}".encode("utf-8", "surrogatepass"), "sha256")

    def _seal(self, job_id: JobId, plain: Mapping[str, Any]) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, json.dumps(plain).encode(), job_id.encode())

    def _opened(self, job_id: JobId, sealed: bytes) -> dict[str, Any]:
        try:
            plain = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], job_id.encode())
        except (InvalidTag, ValueError) as error:
            raise DamagedError(
                "collection_damaged",
                "What is kept of a collection does not open.",
                "The records or keys.db were changed outside facewarden, or are of two different days.",
                "Cancel the collection and begin it anew: what was taken in is not taken twice.",
            ) from error
        opened: dict[str, Any] = json.loads(plain)
        return opened


def _is(held: HeldPart) -> sa.ColumnElement[bool]:
    return (collection_parts.c.job_id == held.job_id) & (collection_parts.c.part_number == held.number)


def _joined() -> sa.Select[Any]:
    told = collections
    columns = (told.c.source_id, told.c.kind.label("collection_kind"), told.c.purpose, told.c.case_id, told.c.plan)
    return sa.select(tables.jobs, *columns, told.c.decision_index).join(told, told.c.job_id == tables.jobs.c.job_id)

"""The parts of a shared job: who reads which, how far they are, what reading them brought to light.

Never lets a worker change a part that another took over, nor a job that was cancelled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.tables_collections import collection_parts, collection_troubles
from facewarden.domain.gallery import FoundPart, PartStep
from facewarden.domain.ids import JobId
from facewarden.domain.jobs import JobState
from facewarden.errors import UnavailableError

WAITING, TAKEN, DONE = "waiting", "taken", "done"
TROUBLES_KEPT = 1_000


def note_step(connection: sa.Connection, job_id: JobId, step: PartStep, stored: Mapping[str, int]) -> None:
    """Moves the part on and adds its counts, in the caller's transaction; `lease_lost` where it is not the caller's.

    `stored` is what the records took of the step's photos: one that another worker had brought a moment before counts
    as known already.
    """
    jobs, part = tables.jobs, collection_parts
    job = connection.execute(sa.select(jobs.c.state, jobs.c.progress).where(jobs.c.job_id == job_id)).first()
    here = (part.c.job_id == job_id) & (part.c.part_number == step.part)
    held = connection.execute(sa.select(part.c.token, part.c.state).where(here)).first()
    # What was read before a pause is kept; what was read before a cancellation is not.
    if (
        job is None
        or job[0] not in (JobState.RUNNING, JobState.PAUSED)
        or held is None
        or tuple(held)
        != (
            step.token,
            TAKEN,
        )
    ):
        raise lease_lost()
    found = add_parts(connection, job_id, step.found)
    counts = json.loads(job[1])
    for name, count in {**_corrected(step.counts, stored), "parts": found, "parts_done": step.place is None}.items():
        counts[name] = counts.get(name, 0) + int(count)
    connection.execute(sa.update(jobs).where(jobs.c.job_id == job_id).values(progress=json.dumps(counts)))
    change: dict[str, object] = {"place": step.place}
    if step.place is None:
        change["state"] = DONE
    connection.execute(sa.update(part).where(here).values(**change))
    _list_troubles(connection, job_id, step.troubles)


def add_parts(connection: sa.Connection, job_id: JobId, found: Sequence[FoundPart]) -> int:
    """How many of these parts the job did not know yet; they wait now."""
    if not found:
        return 0
    part = collection_parts
    marks = [new.mark for new in found if new.mark is not None]
    known: set[bytes | None] = set()
    for start in range(0, len(marks), 500):
        some = part.c.mark.in_(marks[start : start + 500])
        known.update(connection.execute(sa.select(part.c.mark).where(part.c.job_id == job_id, some)).scalars())
    last = connection.execute(sa.select(sa.func.max(part.c.part_number)).where(part.c.job_id == job_id)).scalar()
    number = -1 if last is None else int(last)
    rows = []
    for new in found:
        if new.mark is not None and new.mark in known:
            continue
        known.add(new.mark)
        number += 1
        rows.append(
            {
                "job_id": job_id,
                "part_number": number,
                "lane": new.lane,
                "mark": new.mark,
                "place": new.place,
                "state": WAITING,
                "token": 0,
                "lease_until_us": 0,
            }
        )
    if rows:
        connection.execute(sa.insert(part), rows)
    return len(rows)


def lease_lost() -> UnavailableError:
    """The error for whoever lost a claim."""
    return UnavailableError(
        "lease_lost",
        "This work was taken over.",
        "It was silent for longer than its lease, or has ended.",
        "Stop: the other holder goes on from what is recorded.",
    )


def _corrected(counts: Mapping[str, int], stored: Mapping[str, int]) -> dict[str, int]:
    """The counts, of which those photos are known already that the records did not take as new ones."""
    new = stored.get("photos", 0) - stored.get("joined", 0)
    late = counts.get("admitted", 0) - new
    if late <= 0:
        return dict(counts)
    known = {"admitted": new, "faces": stored.get("faces", 0), "duplicates": counts.get("duplicates", 0) + late}
    return {**counts, **known}


def _list_troubles(connection: sa.Connection, job_id: JobId, troubles: Sequence[bytes]) -> None:
    if not troubles:
        return
    table = collection_troubles
    listed = connection.execute(sa.select(sa.func.count()).where(table.c.job_id == job_id)).scalar() or 0
    rows = [{"job_id": job_id, "line": line} for line in troubles[: max(0, TROUBLES_KEPT - listed)]]
    if rows:
        connection.execute(sa.insert(table), rows)

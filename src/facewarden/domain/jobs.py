"""Durable work as its records tell it: what a job is about, how far it came. Never holds more than ids and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from facewarden.domain.ids import JobId, UserId


class JobState(StrEnum):
    """Where a job stands. Only `RUNNING` may be claimed; `PAUSED` may run again, the others have ended."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job. `failure` is the code of the error that ended it, `ended_at` None while it runs."""

    job_id: JobId
    kind: str
    owner: UserId | None
    payload: Mapping[str, str]
    state: JobState
    progress: Mapping[str, int]
    failure: str | None
    started_at: datetime
    ended_at: datetime | None

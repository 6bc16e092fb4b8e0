"""What must be done once a day: each round runs once for every day in UTC, whoever asks first, and again if it failed.

Never decides anything itself: each round asks the law for its own acts. Never lets one round's failure stop another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from facewarden.domain.audit import AuditEvent
from facewarden.domain.gallery import JobLease
from facewarden.domain.ids import UserId
from facewarden.domain.jobs import JobRecord, JobState
from facewarden.errors import BadUseError, Error, UnavailableError
from facewarden.ports import Clock
from facewarden.services.gate import Gate

KIND_PREFIX = "daily-"


@dataclass(frozen=True, slots=True)
class Round:
    """One thing to do each day. `name` is a short slug; `run` takes the current time (UTC) and gives counts.

    `run` may be called again after a crash in its middle, and must then end the same.
    """

    name: str
    run: Callable[[datetime], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class RoundOutcome:
    """How one round went: its counts, or the error that ended it (None: well)."""

    name: str
    counts: Mapping[str, int] = field(default_factory=dict)
    error: Error | None = None


class RoundJobs(Protocol):
    """The jobs table, as the rounds use it."""

    def last(self, kind: str) -> JobRecord | None:
        """The newest job of that kind."""
        ...

    def start(self, kind: str, payload: Mapping[str, str], owner: UserId | None) -> JobLease: ...

    def finish(self, lease: JobLease, progress: Mapping[str, int]) -> None: ...

    def fail(self, lease: JobLease, code: str) -> None: ...

    def claim(self, kind: str) -> JobLease | None: ...


class OneAtATime(Protocol):
    """A turn that only one process has."""

    def erasing(self, wait_s: float) -> AbstractContextManager[None]: ...


class Daily:
    """The rounds of one installation."""

    def __init__(self, rounds: Sequence[Round], jobs: RoundJobs, turn: OneAtATime, gate: Gate, clock: Clock) -> None:
        self.names = tuple(daily_round.name for daily_round in rounds)
        self._rounds = tuple(rounds)
        self._jobs = jobs
        self._turn = turn
        self._gate = gate
        self._clock = clock

    def run_due(self, only: str | None = None, *, again: bool = False) -> list[RoundOutcome]:
        """The outcomes of the rounds that were due; `again` runs those too that are done for today.

        Raises BadUseError `round_unknown` for an `only` that is none, UnavailableError `turn_taken` if another process
        is at it.
        """
        if only is not None and only not in self.names:
            raise BadUseError("round_unknown", f"There is no round {only!r}.", next_step=f"Name one of: {_list(self)}")
        with self._turn.erasing(wait_s=0.0):
            return list(self._run(only, again=again))

    def _run(self, only: str | None, *, again: bool) -> Iterator[RoundOutcome]:
        for due in self._rounds:
            if only in (None, due.name) and (again or not self._done(due)):
                yield self._run_one(due)

    def _done(self, due: Round) -> bool:
        last = self._jobs.last(KIND_PREFIX + due.name)
        return last is not None and last.state is JobState.DONE and last.payload.get("day") == self._today()

    def _run_one(self, due: Round) -> RoundOutcome:
        kind = KIND_PREFIX + due.name
        while (abandoned := self._jobs.claim(kind)) is not None:  # its process died: this process has the only turn
            self._jobs.fail(abandoned, "interrupted")
        lease = self._jobs.start(kind, {"day": self._today()}, None)
        try:
            counts = dict(due.run(self._clock.now()))
        except Error as error:
            self._jobs.fail(lease, error.code)
            self._note(due, "failed", error.code)
            return RoundOutcome(due.name, error=error)
        self._jobs.finish(lease, counts)
        self._note(due, "done", "ok")
        return RoundOutcome(due.name, counts)

    def _note(self, due: Round, outcome: str, code: str) -> None:
        details: dict[str, str | int] = {"action": due.name, "outcome": outcome, "code": code}
        self._gate.note(AuditEvent.DAILY_ROUND_FINISHED, actor=None, subject=None, details=details)

    def _today(self) -> str:
        return self._clock.now().date().isoformat()


def run_quietly(daily: Daily) -> list[RoundOutcome]:
    """The outcomes of `run_due`, none where another process is at it."""
    try:
        return daily.run_due()
    except UnavailableError as error:
        if error.code != "turn_taken":
            raise
        return []


def _list(daily: Daily) -> str:
    return ", ".join(daily.names) or "none is set up"

"""The work of a collection: parts claimed, read and taken through the gates, by any number of workers at once.

Never counts a photo twice: a part moves on in the transaction that stores its photos.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass

from facewarden.domain.audit import AuditEvent
from facewarden.domain.collections import NOT_FETCHED, Collection, HeldPart, Plan, Trouble
from facewarden.domain.gallery import JobLease
from facewarden.domain.ids import JobId, SourceId, random_id
from facewarden.domain.jobs import JobState
from facewarden.domain.photos import OfferedFile
from facewarden.domain.sources import Source
from facewarden.errors import BadPhotoError, Error, UnavailableError
from facewarden.ports import Clock
from facewarden.ports.collections import (
    CollectionParts,
    CollectionRecords,
    CollectionWorkers,
    Connector,
    Presence,
    Step,
)
from facewarden.services.collecting.addressgate import AddressGate
from facewarden.services.collecting.collections import clear_dead
from facewarden.services.collecting.index import IndexKeeper
from facewarden.services.collecting.ingest import SourceGate
from facewarden.services.collecting.intake import RECORD_EXPUNGED, Intake
from facewarden.services.collecting.intake_report import IngestReport
from facewarden.services.gate import Gate

IDLE_S = 0.2  # how long a worker waits for the parts of others
PULSE_S = 2.0  # how often a worker says that it is alive
RECORDS_BUSY = "records_busy"
BUSY_TRIES, BUSY_WAIT_S = 10, 5.0  # a machine that has far too much to do; beyond that somebody is told
RATE_WINDOW_S = 20.0  # photos a second are those of the last so many seconds


@dataclass(frozen=True, slots=True)
class Tools:
    """What every worker of an installation works with."""

    records: CollectionRecords
    parts: CollectionParts
    workers: CollectionWorkers
    presence: Presence
    connector_of: Callable[[Plan, Source], Connector]
    intake: Intake
    sources: SourceGate
    source_of: Callable[[SourceId], Source]
    addresses: AddressGate
    index: IndexKeeper
    gate: Gate
    clock: Clock


OnStep = Callable[[IngestReport], None]


class CollectionWorker:
    """One worker. Several may share a collection, each in a thread or process of its own."""

    def __init__(self, tools: Tools, wait: Callable[[float], None] = time.sleep) -> None:
        self._tools = tools
        self._wait = wait
        self.worker_id = random_id("wk")

    def run(
        self,
        job_id: JobId,
        on_step: OnStep = lambda report: None,
        steps: int | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> IngestReport:
        """What this worker brought, once the collection is done, paused or given up; after so many `steps`; or once
        `stopped` says so, which is asked after each step.

        Raises RefusedError if the source is barred meanwhile, and whatever Error a connector met as a whole: the
        collection is paused then, with the error's code, and goes on where it stands once it is resumed.
        """
        tools, report = self._tools, IngestReport()
        try:
            with tools.presence.here(self.worker_id):
                self._work_patiently(_Shift(job_id, report, on_step, steps, stopped))
        except UnavailableError as error:
            if error.code != "lease_lost":  # another worker goes on, or it was given up: no failure of this one
                tools.records.move(job_id, (JobState.RUNNING,), JobState.PAUSED, error.code)
                raise
        except Error as error:
            tools.records.move(job_id, (JobState.RUNNING,), JobState.PAUSED, error.code)
            raise
        finally:
            tools.workers.gone(job_id, self.worker_id)
        return report

    def _work_patiently(self, shift: _Shift) -> None:
        """Works although others hold the records for long: what was read and not stored is read again."""
        for _ in range(BUSY_TRIES):
            try:
                self._work(shift)
                return
            except UnavailableError as error:
                if error.code != RECORDS_BUSY:
                    raise
            self._wait(BUSY_WAIT_S)
            with contextlib.suppress(UnavailableError):  # still busy: its parts wait for their lease then
                self._tools.workers.gone(shift.job_id, self.worker_id)
        self._work(shift)

    def _work(self, shift: _Shift) -> None:
        self._tools.intake.check_ready()
        self._seen(shift)  # before the first batch: nobody is to think that the collection is left alone
        with contextlib.ExitStack() as open_still:
            self._work_on(shift, open_still)

    def _work_on(self, shift: _Shift, open_still: contextlib.ExitStack) -> None:
        tools, reader = self._tools, None
        while (collection := self._running(shift.job_id)) is not None and not shift.over:
            found = tools.source_of(collection.source_id)
            if reader is None or reader.source != found:  # at first, and whenever its state or hosts changed
                packs = tools.sources.decide(collection.owner, found).packs
                connector = tools.connector_of(collection.plan, found)
                open_still.callback(getattr(connector, "close", _nothing))  # a crawl holds connections
                reader = _Reader(collection, found, packs, connector)
            part = tools.parts.claim(shift.job_id, self.worker_id)
            if part is not None:
                self._read(shift, reader, part)
            elif tools.workers.left(shift.job_id) == (0, 0):
                self._finish(collection)
                return
            elif shift.steps is not None:
                return
            elif not clear_dead(tools.workers, tools.presence, shift.job_id):
                self._seen(shift)
                self._wait(IDLE_S)

    def _running(self, job_id: JobId) -> Collection | None:
        collection = self._tools.records.find(job_id)
        return collection if collection is not None and collection.state is JobState.RUNNING else None

    def _read(self, shift: _Shift, reader: _Reader, part: HeldPart) -> None:
        tools = self._tools
        desk = _Desk(tools, reader.source, part, lambda: self._seen(shift))
        with contextlib.closing(_generated(reader.connector.read(part.place, desk))) as steps:
            while True:
                with shift.report.timing("read"):
                    step = next(steps, None)
                if step is None:
                    return
                self._take(shift, reader, desk, step)
                if step.after is None:
                    return
                source = tools.source_of(reader.source.source_id)
                if shift.over or self._running(shift.job_id) is None or source != reader.source:
                    with contextlib.suppress(UnavailableError):  # another has it: nothing to give back
                        tools.parts.release(desk.part)
                    return

    def _take(self, shift: _Shift, reader: _Reader, desk: _Desk, step: Step) -> None:
        tools, collection = self._tools, reader.collection
        desk.keep()

        def lease_of(report: IngestReport) -> JobLease:
            counts = {**report.counts(), **step.extra}
            return tools.parts.lease(desk.part, step.after, step.found, counts, _troubles(step, report))

        if step.files:
            case_id = collection.plan.case_id
            taken = tools.intake.take(collection.owner, reader.source, step.files, reader.packs, lease_of, case_id)
        else:
            taken = IngestReport()
            tools.parts.advance(lease_of(taken))
        shift.note(taken)
        self._seen(shift)
        shift.on_step(shift.report)

    def _seen(self, shift: _Shift) -> None:
        if shift.pulse_due():
            self._tools.workers.seen(shift.job_id, self.worker_id, shift.rate())

    def _finish(self, collection: Collection) -> None:
        tools, job_id = self._tools, collection.job_id
        if not tools.records.move(job_id, (JobState.RUNNING,), JobState.DONE):
            return  # another worker saw the end first; two that save the index at a time are in each other's way
        done = tools.records.find(job_id) or collection
        names = ("photos", "admitted", "refused", "faces", "suppressed", "duplicates")
        details: dict[str, str | int] = {name: done.progress.get(name, 0) for name in names}
        tools.gate.note(AuditEvent.INGEST_FINISHED, actor=collection.owner, subject=job_id, details=details)
        tools.index.save()


@dataclass(frozen=True, slots=True)
class _Reader:
    """The connector of a collection, for its source as it is now."""

    collection: Collection
    source: Source
    packs: Mapping[str, str]
    connector: Connector


class _Shift:
    """What one call of `run` has done so far."""

    def __init__(
        self,
        job_id: JobId,
        report: IngestReport,
        on_step: OnStep,
        steps: int | None,
        stopped: Callable[[], bool],
    ) -> None:
        self.job_id = job_id
        self.report = report
        self.on_step = on_step
        self.steps = steps
        self._stopped = stopped
        self._done = 0
        self._began = time.monotonic()
        self._next_pulse = self._began
        self._recent: deque[tuple[float, int]] = deque([(self._began, 0)])

    @property
    def over(self) -> bool:
        return self._stopped() or (self.steps is not None and self._done >= self.steps)

    def note(self, taken: IngestReport) -> None:
        self._done += 1
        self.report.add(taken)
        now = time.monotonic()
        self.report.seconds = now - self._began
        self._recent.append((now, self.report.photos))
        while len(self._recent) > 2 and now - self._recent[0][0] > RATE_WINDOW_S:
            self._recent.popleft()

    def rate(self) -> float:
        (began, before), now = self._recent[0], time.monotonic()
        return (self.report.photos - before) / (now - began) if now > began else 0.0

    def pulse_due(self) -> bool:
        now = time.monotonic()
        if now < self._next_pulse:
            return False
        self._next_pulse = now + PULSE_S
        return True


class _Desk:
    """What a connector may ask while it reads a part: the cheap gates, and to be kept alive."""

    def __init__(self, tools: Tools, source: Source, part: HeldPart, seen: Callable[[], None]) -> None:
        self._tools = tools
        self._source = source
        self._lease_s = (part.leased_until - tools.clock.now()).total_seconds()
        self._seen = seen
        self.part = part

    def refused(self, file: OfferedFile) -> bool:
        """Whether what is known by now refuses the file."""
        return self._tools.addresses.refusal(self._source, file) is not None

    def counted(self, name: str) -> int:
        """How many of these the collection counted so far, whoever counted them."""
        collection = self._tools.records.find(self.part.job_id)
        return collection.progress.get(name, 0) if collection else 0

    def keep(self) -> None:
        """Holds the part longer once half its time is over; raises where another took it, or the job was given up."""
        self._seen()
        left_s = (self.part.leased_until - self._tools.clock.now()).total_seconds()
        if left_s < self._lease_s / 2:
            self.part = self._tools.parts.renew(self.part)


def _nothing() -> None:
    """What closes a connector that holds nothing open."""


def _generated(steps: Iterable[Step]) -> Generator[Step, None, None]:
    """The steps as something that can be closed early."""
    yield from steps


def _troubles(step: Step, report: IngestReport) -> list[Trouble]:
    """The files of the step that could not be read or decoded; what a gate refused is only counted."""
    return [*step.troubles] + [
        Trouble(trouble.name, trouble.error.code, trouble.error.what, trouble.error.next_step)
        for trouble in report.troubles
        if isinstance(trouble.error, BadPhotoError) and trouble.error.code not in (NOT_FETCHED, RECORD_EXPUNGED)
    ]

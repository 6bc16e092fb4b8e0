"""Collections as a person sees them: begun, watched, paused, gone on with, given up; each act decided and on record.

Never reads a photo: that is the work of `collecting_work`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import CaseState
from facewarden.domain.collections import Collection, CollectionKind, Plan, Trouble
from facewarden.domain.ids import JobId, SourceId
from facewarden.domain.jobs import JobState
from facewarden.domain.photos import Fetched, Manner, OfferedFile
from facewarden.domain.sources import Source, SourceKind
from facewarden.errors import BadUseError, Error
from facewarden.law.decision import Decision
from facewarden.ports import CaseRecords
from facewarden.ports.collections import CollectionRecords, CollectionWorkers, Presence
from facewarden.services.collecting.addressgate import AddressGate
from facewarden.services.collecting.ingest import SourceGate
from facewarden.services.collecting.intake_report import of_counts
from facewarden.services.gate import Gate
from facewarden.services.refusal import RefusedError

SHOWN = 200  # collections listed; older ones are in the log
SUBJECT_MAX = 200
SOURCE_KINDS = {
    CollectionKind.CSV: (SourceKind.BOOKING_RECORDS,),
    CollectionKind.WARC: (SourceKind.WEB_ARCHIVE, SourceKind.WEBSITE),
    CollectionKind.CRAWL: (SourceKind.WEBSITE,),
}
"""What a source must be recorded as for these ways in; files may be handed over by any."""
OPEN_STATES = (JobState.RUNNING, JobState.PAUSED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a collection is.

    `planned` is how many files it will offer, None while they are still being found; `left_s` the seconds left at the
    present rate, None where that cannot be told.
    """

    photos: int
    admitted: int
    faces: int
    duplicates: int
    refused: Counter[str]
    planned: int | None
    workers: int
    photos_a_second: float
    left_s: float | None
    pages: int


class Collecting:
    """The register of collections."""

    def __init__(
        self,
        records: CollectionRecords,
        workers: CollectionWorkers,
        presence: Presence,
        sources: SourceGate,
        source_of: Callable[[SourceId], Source],
        cases: CaseRecords,
        addresses: AddressGate,
        gate: Gate,
    ) -> None:
        self._records = records
        self._workers = workers
        self._presence = presence
        self._sources = sources
        self._source_of = source_of
        self._cases = cases
        self._addresses = addresses
        self._gate = gate

    def start(self, actor: Actor, source: Source, plan: Plan, first: Sequence[str] = ()) -> Collection:
        """The collection, begun; `first` are the addresses that a crawl begins with.

        Raises RefusedError if actor, source, purpose or subject do not permit it, before anything is read.
        """
        _check_subject(plan)
        _check_kind(source, plan)
        decision = self._sources.enter(actor, source)
        if plan.case_id is not None:
            case = self._cases.find(plan.case_id)
            if case is None or case.state is not CaseState.OPEN:
                raise BadUseError("case_unknown", "There is no open case of that id.", "", "List them: case list.")
        for address in first:
            self._enter_address(actor, source, plan, address)
        user_id = actor.user.user_id
        index = self._note(AuditEvent.COLLECTION_BEGUN, user_id, source.source_id, plan, decision)
        return self._records.start(source.source_id, plan, user_id, index)

    def find(self, job_id: str) -> Collection:
        """The collection of that id; raises BadUseError."""
        found = self._records.find(JobId(job_id))
        if found is None:
            raise BadUseError(
                "unknown_collection",
                "There is no collection of that id.",
                next_step="List them: facewarden collect list",
            )
        return found

    def all(self) -> Sequence[Collection]:
        """The newest two hundred, newest first."""
        return self._records.all(SHOWN)

    def troubles(self, collection: Collection) -> Sequence[Trouble]:
        """The files that could not be used, each with where it is."""
        return self._records.troubles(collection.job_id)

    def source(self, collection: Collection) -> Source:
        """Where its photos come from."""
        return self._source_of(collection.source_id)

    def pause(self, actor: Actor, job_id: str) -> Collection:
        """No worker begins another batch; nothing that was taken in is lost."""
        return self._change(actor, job_id, "pause", (JobState.RUNNING,), JobState.PAUSED)

    def resume(self, actor: Actor, job_id: str) -> Collection:
        """Workers may go on where it stands."""
        return self._change(actor, job_id, "resume", OPEN_STATES, JobState.RUNNING)

    def cancel(self, actor: Actor, job_id: str) -> Collection:
        """It is over: what was admitted stays, what was not read is forgotten."""
        return self._change(actor, job_id, "cancel", OPEN_STATES, JobState.CANCELLED)

    def progress(self, collection: Collection) -> Progress:
        """How far it is at this moment."""
        counts, report = collection.progress, of_counts(collection.progress)
        pulse = self._workers.pulse(collection.job_id)
        planned = counts.get("planned", 0) if counts.get("listed") or collection.state is JobState.DONE else None
        running = collection.state is JobState.RUNNING
        left_s = None
        if running and planned is not None and pulse.photos_a_second > 0:
            left_s = max(0, planned - report.photos) / pulse.photos_a_second
        return Progress(
            report.photos,
            report.admitted,
            report.faces,
            report.duplicates,
            report.refused,
            planned,
            pulse.workers,
            pulse.photos_a_second,
            left_s,
            counts.get("pages", 0),
        )

    def left_alone(self) -> Collection | None:
        """The oldest running collection that nobody works on, or None: its worker died, or it was begun for others."""
        running = [item for item in self._records.all(SHOWN) if item.state is JobState.RUNNING]
        for item in running:
            clear_dead(self._workers, self._presence, item.job_id)
        return next((item for item in reversed(running) if not self._workers.pulse(item.job_id).workers), None)

    def _enter_address(self, actor: Actor, source: Source, plan: Plan, address: str) -> None:
        refusal = self._addresses.refusal(source, OfferedFile(address, b"", address, fetched_for(plan)))
        if refusal is None:
            return
        if isinstance(refusal, Error):
            raise BadUseError(refusal.code, refusal.what, refusal.why, refusal.next_step)
        event, user_id = AuditEvent.INGEST_STARTED, actor.user.user_id
        passage = self._gate.record(refusal, event, actor=user_id, subject=source.source_id)
        raise RefusedError(refusal, passage)

    def _change(
        self, actor: Actor, job_id: str, action: str, before: Sequence[JobState], after: JobState
    ) -> Collection:
        collection = self.find(job_id)
        self._sources.ask(actor, AuditEvent.COLLECTION_CHANGED, collection.job_id, action)
        if not self._records.move(collection.job_id, before, after):
            raise BadUseError(
                "collection_not_so",
                f"This collection is {self.find(job_id).state}.",
                f"Only one that is {' or '.join(before)} can be changed so.",
                "See: facewarden collect list",
            )
        return self.find(job_id)

    def _note(self, event: AuditEvent, user_id: str, source_id: SourceId, plan: Plan, decision: Decision) -> int:
        details: dict[str, str | int] = {"kind": plan.kind.value, "source_id": source_id}
        if plan.purpose is not None:
            details["purpose"] = plan.purpose.value
        if plan.case_id is not None:
            details["case_id"] = plan.case_id
        return self._gate.record(decision, event, actor=user_id, subject=source_id, details=details)


def clear_dead(workers: CollectionWorkers, presence: Presence, job_id: JobId) -> int:
    """How many workers of the collection were found dead: others may have their parts from now on."""
    dead = [worker for worker in workers.listed(job_id) if presence.dead(worker)]
    for worker in dead:
        workers.gone(job_id, worker)
    return len(dead)


def fetched_for(plan: Plan) -> Fetched:
    """How the photos of that plan come over the web, before anything is known of a server."""
    manner = Manner.TARGETED if plan.kind is CollectionKind.CRAWL else Manner.GIVEN
    return Fetched(
        manner,
        purpose_named=plan.purpose is not None,
        subject_named=bool(plan.subject),
        case_named=plan.case_id is not None,
    )


def _check_kind(source: Source, plan: Plan) -> None:
    wanted = SOURCE_KINDS.get(plan.kind)
    if wanted is not None and source.kind not in wanted:
        raise BadUseError(
            "source_kind",
            f"The source is recorded as {source.kind.replace('_', ' ')}: no {plan.kind} comes from it.",
            "What permits one way of collecting does not permit another.",
            f"Record a source of kind {' or '.join(wanted)}, with its own permission.",
        )


def _check_subject(plan: Plan) -> None:
    if plan.subject is not None and not (0 < len(plan.subject.strip()) <= SUBJECT_MAX and plan.subject.isprintable()):
        raise BadUseError(
            "bad_subject",
            "That is no name of a person or group.",
            f"It needs 1 to {SUBJECT_MAX} printable characters.",
            "Name whom the collection is about.",
        )

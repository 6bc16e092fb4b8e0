"""Takes files in from one source in one go: what is offered ends in the gallery, or in a counted refusal.

Never begins on a source that the law bars, and needs nothing kept to be run again: what is known already is skipped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.gallery import JobLease
from facewarden.domain.photos import OfferedFile
from facewarden.domain.sources import Source
from facewarden.law.actions import Action
from facewarden.law.decision import Decision, Verdict
from facewarden.law.facts import Fact
from facewarden.ports import AuditLog, Clock, Jobs, PhotoFiles
from facewarden.services.collecting.index import IndexKeeper
from facewarden.services.collecting.intake import BATCH, Intake
from facewarden.services.collecting.intake_report import IngestReport
from facewarden.services.collecting.photolaw import PhotoLaw
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts
from facewarden.services.refusal import RefusedError


class SourceGate:
    """Whether anything may be collected from a source at all, by that person, on record."""

    def __init__(self, gate: Gate, law: PhotoLaw, log: AuditLog, clock: Clock) -> None:
        self._gate = gate
        self._law = law
        self._log = log
        self._clock = clock

    def enter(self, actor: Actor, source: Source) -> Decision:
        """The decision on the source; raises RefusedError where actor or source may not, recorded just the same."""
        self.ask(actor, AuditEvent.SOURCE_DECIDED, source.source_id, "start_ingest")
        return self.decide(actor.user.user_id, source)

    def ask(self, actor: Actor, event: AuditEvent, subject: str, action: str) -> None:
        """Nothing, once the law lets the actor begin or change what is collected, on record; raises RefusedError."""
        facts = {
            **actor_facts(actor, self._clock.now()),
            "account_change": Fact("start_ingest", "given"),
            "target_org_same": Fact(True, "collecting changes no account"),
        }
        by, details = actor.user.user_id, {"action": action}
        self._gate.enter(Action.ACCOUNT, facts, event, actor=by, subject=subject, details=details)

    def decide(self, actor_id: str | None, source: Source) -> Decision:
        """The decision on the source itself, on record. Facts that only a photo can tell are left to each photo."""
        decision = self._law.source(source)
        entry = self._gate.entry(decision, AuditEvent.INGEST_STARTED, actor_id, source.source_id)
        index = self._log.append([entry])[0]
        if decision.verdict is Verdict.REFUSE:
            raise RefusedError(decision, index)
        return decision


class Ingest:
    """One collection from one source, in batches; safe to kill and to run again."""

    def __init__(self, intake: Intake, sources: SourceGate, jobs: Jobs, index: IndexKeeper, gate: Gate) -> None:
        self._intake = intake
        self._sources = sources
        self._jobs = jobs
        self._index = index
        self._gate = gate

    def run(
        self,
        actor: Actor,
        source: Source,
        files: PhotoFiles,
        on_batch: Callable[[IngestReport], None] = lambda report: None,
    ) -> IngestReport:
        """The report once every file was taken in, refused or named as unusable.

        Raises before any file is read: RefusedError if the law bars the source itself, and Error where new faces could
        not be compared with everybody who is kept out.
        """
        started = time.monotonic()
        self._intake.check_ready()
        packs: Mapping[str, str] = self._sources.enter(actor, source).packs
        report = IngestReport()
        lease = self._jobs.start("ingest", {"source_id": source.source_id}, actor.user.user_id)
        batches = _batches(files.read())
        while True:
            with report.timing("read"):
                batch = next(batches, None)
            if batch is None:
                break
            lease = self._jobs.renew(lease, report.progress())
            report.add(self._intake.take(actor.user.user_id, source, batch, packs, partial(_same, lease)))
            report.seconds = time.monotonic() - started
            on_batch(report)
        self._jobs.finish(lease, report.progress())
        self._index.save()
        details: dict[str, str | int] = dict(report.progress())
        self._gate.note(AuditEvent.INGEST_FINISHED, actor=actor.user.user_id, subject=source.source_id, details=details)
        report.seconds = time.monotonic() - started
        return report


def _same(lease: JobLease, _: IngestReport) -> JobLease:
    return lease


def _batches(files: Iterable[OfferedFile]) -> Iterator[list[OfferedFile]]:
    waiting = iter(files)
    while batch := list(islice(waiting, BATCH)):
        yield batch

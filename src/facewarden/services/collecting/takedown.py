"""Takedowns: a site's owner writes, and what only that owner's permission kept is gone for good.

Never erases what another source permits, and never calls a takedown done before the bytes are gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.erasing import ErasureReason
from facewarden.domain.hosts import lies_under
from facewarden.domain.ids import SourceId, random_id
from facewarden.domain.provenance import (
    Closing,
    NewTakedown,
    Takedown,
    TakedownPlan,
    TakedownScope,
)
from facewarden.domain.sources import Source
from facewarden.errors import BadUseError, UnavailableError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import Clock, Closings, OutcomeLog, SourceRecords, TakedownRecords
from facewarden.services.collecting.hostbars import HostBars, checked_document, checked_host
from facewarden.services.collecting.unpermitted import Unpermitted, WithdrawingTurn
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts
from facewarden.services.logbook import outcome_index

CODE_CHARS = 8
OUTCOME = AuditEvent.TAKEDOWN_FINISHED

StopCollections = Callable[[Sequence[SourceId]], int]
"""Gives up every collection from these sources that goes on, and says how many those were."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a takedown would do; `code` stands for exactly this letter and this scope."""

    scope: TakedownScope
    whole: tuple[Source, ...]
    partly: tuple[Source, ...]
    plan: TakedownPlan
    code: str


class Takedowns:
    """Letters and what is done about them.

    1. the law decides, the log holds it; 2. one transaction bars the hosts, ends the sources, hides what only they
    permitted and lists look-alikes; 3. the list that outlives the records has it, collections are given up; 4. the
    photos are erased, and their files barred for good; 5. the outcome is logged; 6. the takedown is closed. Steps 3 to
    6 may be repeated at will.
    """

    def __init__(
        self,
        records: TakedownRecords,
        sources: SourceRecords,
        bars: HostBars,
        unpermitted: Unpermitted,
        turn: WithdrawingTurn,
        stop: StopCollections,
        closings: Closings,
        gate: Gate,
        log: OutcomeLog,
        clock: Clock,
    ) -> None:
        self._records = records
        self._sources = sources
        self._bars = bars
        self._unpermitted = unpermitted
        self._turn = turn
        self._stop = stop
        self._closings = closings
        self._gate = gate
        self._log = log
        self._clock = clock

    def dry_run(self, actor: Actor, subject: str, letter: bytes, mirrors: Sequence[str] = ()) -> DryRun:
        """What the takedown would do; nothing is changed. `subject` is a host or a source's name."""
        letter_hash = checked_document(letter)
        scope = self._scope(subject, mirrors)
        self._enter(actor, letter_hash, "dry_run", None)
        return self._dry(scope, letter_hash)

    def carry_out(self, actor: Actor, subject: str, letter: bytes, mirrors: Sequence[str], code: str) -> Takedown:
        """The takedown, done. `code` is the dry run's: BadUseError `takedown_changed` if that looked at something else.

        Raises RefusedError. Any other Error after it began leaves a takedown that the next start finishes.
        """
        letter_hash = checked_document(letter)
        with self._turn.erasing():
            scope = self._scope(subject, mirrors)
            if self._code(scope, letter_hash) != code.strip().lower():
                raise BadUseError(
                    "takedown_changed",
                    "This is not what the dry run looked at.",
                    "The letter, the hosts or the sources are others by now, or the code is another takedown's.",
                    "Run it again without --confirm, read what it would do, and give the code that it prints.",
                )
            takedown_id = random_id("td")
            index = self._enter(actor, letter_hash, "carry_out", takedown_id)  # 1
            new = NewTakedown(takedown_id, scope, letter_hash, actor.user.user_id, index)
            begun = self._records.begin(new, letter)  # 2
            self._bars.forget_read()
            return self._finish(begun)

    def resume(self) -> int:
        """How many takedowns that a crash had interrupted were brought to their end; 0 if another process is at it."""
        if not self._records.all(only_unfinished=True):
            return 0
        try:
            with self._turn.erasing(0.0):
                unfinished = self._records.all(only_unfinished=True)
                for takedown in unfinished:
                    self._finish(takedown)
                return len(unfinished)
        except UnavailableError as error:
            if error.code != "turn_taken":
                raise
            return 0

    def all(self, actor: Actor) -> Sequence[Takedown]:
        """Every takedown, the oldest first, for who oversees; raises RefusedError."""
        read_sources(self._gate, self._clock, actor)
        return self._records.all()

    def find(self, actor: Actor, takedown_id: str) -> Takedown:
        """The takedown of that id; raises RefusedError, BadUseError."""
        found = next((known for known in self.all(actor) if known.takedown_id == takedown_id), None)
        if found is None:
            raise BadUseError(
                "takedown_unknown", "There is no such takedown.", next_step="List them: facewarden source takedowns"
            )
        return found

    def _finish(self, takedown: Takedown) -> Takedown:
        ended = tuple(source.source_id for source in self._ended_by(takedown))
        self._closings.write(
            Closing(
                takedown.takedown_id,
                takedown.begun_at,
                takedown.hosts,
                ended,
                (),
                takedown.letter_hash,
                takedown.decision_index,
            )
        )
        stopped = self._stop(ended)  # 3
        counts = {**takedown.counts, "collections": takedown.counts.get("collections", 0) + stopped}
        self._records.note(takedown.takedown_id, counts)
        listed = partial(self._records.waiting, takedown.takedown_id)
        self._unpermitted.erase_listed(listed, ErasureReason.TAKEDOWN)  # 4
        outcome = self._logged(takedown)  # 5
        return self._records.note(takedown.takedown_id, counts, outcome)  # 6

    def _ended_by(self, takedown: Takedown) -> list[Source]:
        """Sources that own none but hosts that were taken down, or are what the letter named."""
        return [
            source
            for source in self._sources.all()
            if source.name == takedown.subject or _all_under(source, takedown.hosts)
        ]

    def _logged(self, takedown: Takedown) -> int:
        """The log's index of the outcome; found there if a crash came between logging and closing."""
        found = outcome_index(self._log, takedown.decision_index, OUTCOME, takedown.takedown_id)
        if found is not None:
            return found
        details: dict[str, str | int] = {
            "photos": takedown.counts["photos"],
            "faces": takedown.counts["faces"],
            "kept": takedown.counts["kept"],
            "held": takedown.counts["held"],
            "reviews": takedown.counts["look_alikes"],
            "hosts": len(takedown.hosts),
            "letter_hash": takedown.letter_hash,
            "decision_index": takedown.decision_index,
        }
        entry = AuditEntry(OUTCOME, self._clock.now(), takedown.actor, takedown.takedown_id, details=details)
        return self._log.append([entry])[0]

    def _scope(self, subject: str, mirrors: Sequence[str]) -> TakedownScope:
        named = self._sources.find(subject.strip())
        first = list(named.hosts) if named else [checked_host(subject)]
        wanted = [*first, *map(checked_host, mirrors)]
        hosts = sorted({*wanted, *(other for host in wanted for other in self._bars.family(host))})
        every = self._sources.all()
        whole = [source for source in every if source == named or _all_under(source, hosts)]
        partly = [
            source for source in every if source not in whole and any(_under(host, hosts) for host in source.hosts)
        ]
        return TakedownScope(
            named.name if named else first[0],
            tuple(hosts),
            tuple(source.source_id for source in whole),
            tuple(source.source_id for source in partly),
        )

    def _dry(self, scope: TakedownScope, letter_hash: str) -> DryRun:
        by_id = {source.source_id: source for source in self._sources.all()}
        return DryRun(
            scope,
            tuple(by_id[source_id] for source_id in scope.whole_sources),
            tuple(by_id[source_id] for source_id in scope.partly_sources),
            self._records.plan(scope),
            self._code(scope, letter_hash),
        )

    @staticmethod
    def _code(scope: TakedownScope, letter_hash: str) -> str:
        """Stands for the letter and everything that it is taken to be about."""
        told = "\n".join([scope.subject, *scope.hosts, *scope.whole_sources, *scope.partly_sources, letter_hash])
        return hashlib.sha256(told.encode()).hexdigest()[:CODE_CHARS]

    def _enter(self, actor: Actor, letter_hash: str, action: str, takedown_id: str | None) -> int:
        return self._gate.enter(
            Action.SOURCE,
            {**actor_facts(actor, self._clock.now()), "source_change": Fact("take_down", "given")},
            AuditEvent.TAKEDOWN_DECIDED,
            actor=actor.user.user_id,
            subject=takedown_id,
            details={"action": action, "letter_hash": letter_hash},
        ).audit_index


def read_sources(gate: Gate, clock: Clock, actor: Actor) -> None:
    """Nothing, once the law lets the actor read where photos came from and what letters were about, on record."""
    gate.enter(
        Action.SOURCE,
        {**actor_facts(actor, clock.now()), "source_change": Fact("read", "given")},
        AuditEvent.ORIGINS_READ,
        actor=actor.user.user_id,
        subject=None,
    )


def _under(host: str, hosts: Sequence[str]) -> bool:
    return any(lies_under(host, known) for known in hosts)


def _all_under(source: Source, hosts: Sequence[str]) -> bool:
    """True if the source owns hosts and every one of them is among these, or below one."""
    return bool(source.hosts) and all(_under(host, hosts) for host in source.hosts)

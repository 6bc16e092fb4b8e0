"""The one way to an act: the law decides, the log holds the decision durably, and only then the act may go on.

Never lets an act pass that was not decided and recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.errors import NotPermittedError
from facewarden.law.actions import Action
from facewarden.law.decision import Decision
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Facts
from facewarden.law.foreign import permitting_pack
from facewarden.law.loading import Pack
from facewarden.ports import AuditLog, Clock, DecisionMemory
from facewarden.services.law.remembering import kept_decision
from facewarden.services.limits import ActLimits
from facewarden.services.refusal import RefusedError

KEPT_ACTIONS = frozenset({Action.SEARCH, Action.ACCOUNT, Action.RELEASE})
"""Acts whose facts are kept, encrypted, for being explained later; photos are kept by their own services."""


@dataclass(frozen=True, slots=True)
class Passage:
    """An allowed act: its decision, and the log entry that was durable before the act."""

    decision: Decision
    audit_index: int


class Gate:
    """Asks the law and writes the log, in that order."""

    def __init__(
        self,
        law: LawEngine,
        log: AuditLog,
        clock: Clock,
        memory: DecisionMemory | None = None,
        limits: ActLimits | None = None,
        halt: Callable[[Action], None] = lambda action: None,
    ) -> None:
        """`halt` raises UnavailableError for acts that must not go on for now, before the law is asked."""
        self._law = law
        self._log = log
        self._clock = clock
        self._memory = memory
        self._limits = limits
        self._halt = halt

    def permits_country(self, place: str | None) -> str | None:
        """The id of an adopted pack that permits bodies of that place's country an account today, or None."""
        return permitting_pack(self._law.packs, place, self._clock.now())

    @property
    def packs(self) -> tuple[Pack, ...]:
        """The packs that decide at this moment: whoever remembers a decision forgets it when they change."""
        return self._law.packs

    def decide(self, action: Action, facts: Facts) -> Decision:
        """The decision alone, nothing recorded: for acts that are recorded in batches."""
        self._halt(action)
        return self._law.decide(action, facts, self._clock.now())

    def entry(
        self,
        decision: Decision,
        event: AuditEvent,
        actor: str | None,
        subject: str | None,
        details: Mapping[str, str | int] | None = None,
    ) -> AuditEntry:
        """The log entry of that decision, not yet written."""
        return AuditEntry(
            event=event,
            at=self._clock.now(),
            actor=actor,
            subject=subject,
            verdict=decision.verdict.value,
            grounds=decision.rules,
            packs=dict(decision.packs),
            details=dict(details or {}),
        )

    def enter(
        self,
        action: Action,
        facts: Facts,
        event: AuditEvent,
        *,
        actor: str | None,
        subject: str | None,
        details: Mapping[str, str | int] | None = None,
    ) -> Passage:
        """The passage for one act, its entry durable; raises RefusedError, recorded just the same.

        Raises NotPermittedError `too_many_requests`, on record too, where the act has a limit and it is reached.
        """
        if self._limits is not None:
            self._admit(self._limits, event, actor, subject)
        decision = self.decide(action, facts)
        index = self._log.append([self.entry(decision, event, actor, subject, details)])[0]
        if self._memory is not None and subject is not None and action in KEPT_ACTIONS:
            self._memory.keep([kept_decision(decision, index, subject, of_photo=False)])
        if not decision.allowed:
            raise RefusedError(decision, index)
        return Passage(decision, index)

    def _admit(self, limits: ActLimits, event: AuditEvent, actor: str | None, subject: str | None) -> None:
        try:
            limits.admit(event, actor)
        except NotPermittedError:
            self.note(AuditEvent.LIMIT_REACHED, actor=actor, subject=subject)
            raise

    def record(
        self,
        decision: Decision,
        event: AuditEvent,
        *,
        actor: str | None,
        subject: str | None,
        details: Mapping[str, str | int] | None = None,
    ) -> int:
        """Records a decision that was made before, and gives its index."""
        return self._log.append([self.entry(decision, event, actor, subject, details)])[0]

    def remember_photos(self, decisions: Mapping[str, tuple[Decision, int]]) -> None:
        """Keeps the decisions of admitted photos by their ids, each with its log entry, once their keys are there."""
        if self._memory is not None and decisions:
            self._memory.keep(
                [kept_decision(d, index, photo, of_photo=True) for photo, (d, index) in decisions.items()]
            )

    def note(
        self,
        event: AuditEvent,
        *,
        actor: str | None,
        subject: str | None,
        details: Mapping[str, str | int] | None = None,
    ) -> int:
        """Records an outcome, or an event that needs no decision, and gives its index."""
        entry = AuditEntry(
            event=event,
            at=self._clock.now(),
            actor=actor,
            subject=subject,
            verdict=None,
            grounds=(),
            packs={},
            details=dict(details or {}),
        )
        return self._log.append([entry])[0]

"""Past decisions explained: what was decided then, on which facts, and what today's rules would say.

Never shows a decision before the reading itself is decided and on record, and never what erasure has taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEntry
from facewarden.errors import BadUseError
from facewarden.law.decision import Decision
from facewarden.law.engine import LawEngine
from facewarden.ports import Clock, DecisionMemory
from facewarden.services.gate import Gate
from facewarden.services.law.remembering import decision_of
from facewarden.services.logbook import ask_to_read

NOT_KEPT = (
    "The facts of this decision are not kept: of a refused photo only the grounds and the packs' versions stay, and "
    "what was erased takes its facts with it."
)


class EntryLog(Protocol):
    """The log by index."""

    def entry(self, index: int) -> AuditEntry:
        """BadUseError `audit_index_unknown` where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Explanation:
    """One act decided twice on the same facts: `then` and `now`."""

    then: Decision
    now: Decision

    @property
    def changed(self) -> bool:
        """True if the verdict or a ground differs."""
        return (self.then.verdict, self.then.rules) != (self.now.verdict, self.now.rules)

    @property
    def gone(self) -> tuple[str, ...]:
        """The rules that spoke then and no longer do."""
        return tuple(rule for rule in self.then.rules if rule not in self.now.rules)

    @property
    def new(self) -> tuple[str, ...]:
        """The rules that speak now and did not then."""
        return tuple(rule for rule in self.now.rules if rule not in self.then.rules)

    def to_json(self) -> dict[str, Any]:
        """Plain data, as `law explain --json` prints it."""
        return {
            "then": self.then.to_json(),
            "now": self.now.to_json(),
            "changed": self.changed,
            "gone": list(self.gone),
            "new": list(self.new),
        }


@dataclass(frozen=True, slots=True)
class PastDecision:
    """One entry of the log that the law decided. `explanation` is None where the facts are not kept."""

    audit_index: int
    entry: AuditEntry
    explanation: Explanation | None

    def to_json(self) -> dict[str, Any]:
        """Plain data, as `law explain --json` prints it."""
        told = self.explanation.to_json() if self.explanation else {"then": None, "now": None, "changed": None}
        return {
            "audit_index": self.audit_index,
            "event": self.entry.event.value,
            "at": self.entry.at.isoformat(),
            "verdict": self.entry.verdict,
            "grounds": list(self.entry.grounds),
            "packs": dict(self.entry.packs),
            "facts_kept": self.explanation is not None,
            **told,
        }


class Explaining:
    """Explanations for those whom the law lets read the log."""

    def __init__(self, law: LawEngine, log: EntryLog, memory: DecisionMemory, gate: Gate, clock: Clock) -> None:
        self._law = law
        self._log = log
        self._memory = memory
        self._gate = gate
        self._clock = clock

    def explain(self, actor: Actor, audit_index: int) -> PastDecision:
        """The decision of that log entry then and now; raises RefusedError, BadUseError where nothing was decided."""
        ask_to_read(self._gate, actor, self._clock.now())
        entry = self._log.entry(audit_index)
        if entry.verdict is None:
            raise BadUseError(
                "nothing_decided",
                f"Log entry {audit_index} records an outcome ({entry.event.value}), not a decision.",
                next_step="Give the index of the decision itself: an outcome names it as decision_index.",
            )
        kept = self._memory.find(audit_index)
        if kept is None:
            return PastDecision(audit_index, entry, None)
        then = decision_of(kept, self._law)
        now = self._law.decide(then.action, then.facts, self._clock.now())
        return PastDecision(audit_index, entry, Explanation(then, now))

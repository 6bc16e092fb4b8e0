"""Carrying out what a pack orders: each verb by the service registered for it, each verb without one refused by name.

Never skips a duty silently, never settles a deletion against a hold, and never begins while one is open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from facewarden.domain.accounts import Actor, Role
from facewarden.domain.audit import AuditEvent
from facewarden.errors import NotPermittedError
from facewarden.law.actions import Action
from facewarden.law.duties import Duty, Reach, Verb, find_conflicts
from facewarden.law.engine import LawEngine
from facewarden.law.loading import Pack
from facewarden.law.orders import duties_in_force
from facewarden.ports import Clock
from facewarden.services.gate import Gate


class OutcomeState(StrEnum):
    """What came of one duty."""

    DONE = "done"
    REFUSED = "refused"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class DutyOutcome:
    """What came of one duty, and why; `audit_index` is its entry in the log, None where nothing was done."""

    duty: Duty
    state: OutcomeState
    why: str
    audit_index: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "duty": self.duty.duty_id,
            "verb": self.duty.verb.value,
            "state": self.state.value,
            "why": self.why,
            "audit_index": self.audit_index,
        }


class OrderService(Protocol):
    """What carries out one verb: idempotent, and resumable after a crash by being called again."""

    def carry_out(self, pack: Pack, duty: Duty) -> tuple[OutcomeState, str]:
        """What came of it, with the reason in a sentence."""
        ...


class RulesInForce:
    """Carries out `filter` and `stop_collect` of photos: done where the pack's own rules bar collecting, today."""

    def __init__(self, law: LawEngine, clock: Clock) -> None:
        self._law = law
        self._clock = clock

    def carry_out(self, pack: Pack, duty: Duty) -> tuple[OutcomeState, str]:
        """Done if the pack is adopted here and holds a rule in force against collecting; else open, and why."""
        if not any(known.pack_id == pack.pack_id for known in self._law.packs):
            return OutcomeState.OPEN, "The pack is not adopted here, so its rules decide nothing."
        if Reach.PHOTOS not in duty.reach and Reach.TEMPLATES not in duty.reach:
            return OutcomeState.REFUSED, f"No service filters {', '.join(sorted(duty.reach))}."
        day = self._clock.now().date()
        bars = [
            dated.rule.rule_id
            for dated in self._law.rules
            if dated.pack.pack_id == pack.pack_id
            and dated.rule.forbids
            and Action.COLLECT in dated.rule.actions
            and dated.in_force(day)
        ]
        if not bars:
            return OutcomeState.REFUSED, "The pack holds no rule in force that could filter photos."
        return OutcomeState.DONE, f"Photos are decided by {', '.join(bars)} before any face is looked for."


class ApplyOrders:
    """Applies packs by the services registered for their verbs."""

    def __init__(self, services: Mapping[Verb, OrderService], gate: Gate, clock: Clock) -> None:
        self._services = services
        self._gate = gate
        self._clock = clock

    @property
    def registered(self) -> frozenset[Verb]:
        """The verbs that have a service."""
        return frozenset(self._services)

    def apply(self, actor: Actor, pack: Pack, whole: Sequence[Pack]) -> tuple[DutyOutcome, ...]:
        """What came of each duty of the pack that is in force today; each thing done is in the log.

        Raises NotPermittedError unless a privacy officer or the operator asks.
        """
        if not (actor.has(Role.PRIVACY_OFFICER) or actor.has(Role.OPERATOR)):
            raise NotPermittedError(
                "not_yours_to_apply",
                "Orders are applied by a privacy officer or the operator.",
                next_step="Ask one of them.",
            )
        day = self._clock.now().date()
        conflicts = find_conflicts(duties_in_force(whole, day))
        contested = {item.delete.duty_id for item in conflicts} | {item.hold.duty_id for item in conflicts}
        return tuple(self._one(actor, pack, duty, contested) for _, duty in duties_in_force([pack], day))

    def _one(self, actor: Actor, pack: Pack, duty: Duty, contested: set[str]) -> DutyOutcome:
        if duty.duty_id in contested:
            return DutyOutcome(
                duty, OutcomeState.OPEN, "A deletion and a hold reach the same things; a person decides which yields."
            )
        service = self._services.get(duty.verb)
        if service is None:
            return DutyOutcome(duty, OutcomeState.REFUSED, f"No service is registered for the verb {duty.verb.value}.")
        state, why = service.carry_out(pack, duty)
        if state is not OutcomeState.DONE:
            return DutyOutcome(duty, state, why)
        index = self._gate.note(
            AuditEvent.LAW_PACK_CHANGED,
            actor=actor.user.user_id,
            subject=None,
            details={"pack_id": pack.pack_id, "pack_version": pack.version, "action": duty.verb.value},
        )
        return DutyOutcome(duty, state, why, index)

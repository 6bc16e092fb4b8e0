"""Carrying out what a pack orders: each verb by the service registered for it, each verb without one refused by name.

Never skips a duty silently, never settles a deletion against a hold, and never begins while one is open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from facewarden.domain.accounts import Actor, Role
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import PhotoId
from facewarden.errors import NotPermittedError
from facewarden.law.actions import Action
from facewarden.law.duties import Duty, Reach, Verb, find_conflicts
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Facts
from facewarden.law.loading import Pack
from facewarden.law.orders import duties_in_force
from facewarden.ports import Clock, DecisionMemory
from facewarden.services.gate import Gate
from facewarden.services.refusal import RefusedError
from facewarden.services.remembering import decision_of


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

    def carry_out(self, actor: Actor, pack: Pack, duty: Duty) -> tuple[OutcomeState, str]:
        """What came of it, with the reason in a sentence."""
        ...


class RulesInForce:
    """Carries out `filter` and `stop_collect` of photos: done where the pack's own rules bar collecting, today."""

    def __init__(self, law: LawEngine, clock: Clock) -> None:
        self._law = law
        self._clock = clock

    def carry_out(self, actor: Actor, pack: Pack, duty: Duty) -> tuple[OutcomeState, str]:
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


class EndAccounts:
    """Carries out `end_accounts` by whoever keeps accounts: every account that the pack's own rules end."""

    def __init__(self, end: Callable[[Actor, str], int], unsure: Callable[[Actor, str], int]) -> None:
        """`end` ends them and says how many, `unsure` of how many accounts the pack cannot tell; both by pack id."""
        self._end = end
        self._unsure = unsure

    def carry_out(self, actor: Actor, pack: Pack, duty: Duty) -> tuple[OutcomeState, str]:
        """Done if every account could be told; open, and how many could not, if not."""
        ended, unsure = self._end(actor, pack.pack_id), self._unsure(actor, pack.pack_id)
        if unsure:
            return OutcomeState.OPEN, f"{ended:,} accounts ended; of {unsure:,} others it cannot be told."
        return OutcomeState.DONE, f"{ended:,} accounts ended; of every other it is known that it stays."


class ReachPhotos:
    """Carries out `delete` and `stop_search` of photos: those that the pack's rules or the duty's places surely reach.

    Erasing and holding are durable, and doing either again takes only what is left. What cannot be told is left as it
    is, counted, and keeps the duty open for a person.
    """

    def __init__(
        self,
        memory: DecisionMemory,
        engine_of: Callable[[Pack], LawEngine],
        act: Callable[[Actor, Pack, Sequence[PhotoId]], object],
        photos: Callable[[], int],
        clock: Clock,
        word: str = "erased",
    ) -> None:
        """`engine_of` gives the installation's law with that pack; `photos` how many are shown; `word` says the act."""
        self._memory = memory
        self._engine_of = engine_of
        self._act = act
        self._photos = photos
        self._clock = clock
        self._word = word

    def carry_out(self, actor: Actor, pack: Pack, duty: Duty) -> tuple[OutcomeState, str]:
        """Done if every photo could be told and those reached are gone; open, and how many are left, if not."""
        if Reach.PHOTOS not in duty.reach:
            return OutcomeState.REFUSED, "No service reaches templates and leaves their photos."
        law, day = self._engine_of(pack), self._clock.now().date()
        bars = any(
            dated.pack.pack_id == pack.pack_id and dated.rule.forbids and Action.COLLECT in dated.rule.actions
            for dated in law.rules
        )
        if not bars and not duty.places:
            return OutcomeState.REFUSED, "Neither the duty's places nor the pack's rules say which photos are meant."
        reached, stays, unsure = self._sort(law, pack, duty, day)
        told = stays + unsure
        if reached:
            self._act(actor, pack, reached)
        unsure += max(0, self._photos() - told)  # photos whose facts nobody kept
        if unsure:
            return OutcomeState.OPEN, f"{len(reached):,} photos {self._word}; of {unsure:,} others it cannot be told."
        return OutcomeState.DONE, f"{len(reached):,} photos {self._word}; of every other it is known that it stays."

    def _sort(self, law: LawEngine, pack: Pack, duty: Duty, day: date) -> tuple[list[PhotoId], int, int]:
        """The photos reached, how many surely stay, and of how many it cannot be told."""
        reached: list[PhotoId] = []
        stays = unsure = 0
        for item in self._memory.of_action(Action.COLLECT.value):
            if not item.of_photo:
                continue
            facts = decision_of(item, law).facts
            decision = law.decide(Action.COLLECT, facts, day)
            own = [ground for ground in decision.grounds if ground.pack == pack.pack_id]
            if duty.places & _places(facts) or any(not ground.undetermined for ground in own):
                reached.append(PhotoId(item.subject))
            elif own or not _places(facts, _OF_PHOTO):
                unsure += 1
            else:
                stays += 1
        return reached, stays, unsure


_OF_PHOTO = ("place_taken", "places_claimed", "url_place", "upload_place")
_TIES = (*_OF_PHOTO, "server_place", "source_place")
"""Facts that tie a photo to a place; a server's or a source's place does not tell that the photo is of no other."""


def _places(facts: Facts, names: Sequence[str] = _TIES) -> frozenset[str]:
    """Every place that these facts of a photo name for certain."""
    found: set[str] = set()
    for name in names:
        value = facts[name].value if name in facts else None
        found |= value if isinstance(value, frozenset) else {value} if isinstance(value, str) else set()
    return frozenset(found)


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
        try:
            state, why = service.carry_out(actor, pack, duty)
        except RefusedError as refusal:
            return DutyOutcome(duty, OutcomeState.REFUSED, f"{refusal.what} {refusal.why}", refusal.audit_index)
        if state is not OutcomeState.DONE:
            return DutyOutcome(duty, state, why)
        index = self._gate.note(
            AuditEvent.LAW_PACK_CHANGED,
            actor=actor.user.user_id,
            subject=None,
            details={"pack_id": pack.pack_id, "pack_version": pack.version, "action": duty.verb.value},
        )
        return DutyOutcome(duty, state, why, index)

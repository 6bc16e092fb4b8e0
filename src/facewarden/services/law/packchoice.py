"""Changing which law packs bind: one person proposes, another confirms, both are on record.

Never lets one person change it alone, and never leaves a set that cannot decide. What runs takes a new set up itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from facewarden.domain.accounts import AccountBasis, Actor, Role
from facewarden.domain.audit import AuditEvent
from facewarden.errors import BadUseError, NotPermittedError
from facewarden.law.loading import Binding, Pack
from facewarden.ports import Acceptances, Clock
from facewarden.services.gate import Gate
from facewarden.services.law.lawshelf import LawShelf

MAY_CHOOSE = (Role.OPERATOR, Role.PRIVACY_OFFICER, Role.OVERSEER)
SUBJECT = "law_pack:"
_SETTLED = "settled"
_PERSON = "|"


class PackChange(StrEnum):
    """What becomes of a pack."""

    ADOPT = "adopt"
    BIND = "bind"
    LIFT = "lift"


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """Where a change stands: `done` False: proposed, and another person has to confirm it."""

    pack: Pack
    change: PackChange
    done: bool
    audit_index: int


class PackRecord(Protocol):
    """The installation's record of its packs."""

    def read(self) -> dict[str, str]:
        """Ids to why they bind."""
        ...

    def write(self, choices: Mapping[str, str]) -> None:
        """Durable at return, whole or not at all."""
        ...


class PackChoice:
    """The installation's choice of packs."""

    def __init__(self, shelf: LawShelf, record: PackRecord, acceptances: Acceptances, gate: Gate, clock: Clock) -> None:
        self._shelf = shelf
        self._record = record
        self._acceptances = acceptances
        self._gate = gate
        self._clock = clock

    def change(self, actor: Actor, pack_id: str, change: PackChange) -> ChangeOutcome:
        """The change proposed, or done if another person had proposed the same.

        Raises NotPermittedError for other roles, BadUseError for an unknown pack or a change of nothing,
        UnavailableError where what would be left cannot decide.
        """
        own = actor.organisation.basis is AccountBasis.OWN
        if not own or not any(actor.has(role) for role in MAY_CHOOSE):
            raise NotPermittedError(
                "not_yours_to_choose",
                "Which law packs bind is not yours to change.",
                "It is changed by two of the body that runs the installation: operator, privacy officer, overseer.",
                "Ask two of them.",
            )
        pack = self._shelf.one(pack_id)
        before = self._record.read()
        after = self._changed(before, pack, change)
        proposal = f"{change.value}{_PERSON}{actor.user.user_id}"
        subject = SUBJECT + pack.pack_id
        standing = self._acceptances.find(subject).get(subject) or _SETTLED
        if not standing.startswith(change.value + _PERSON):
            index = self._note(actor, pack, f"propose_{change.value}")
            self._settle(actor, pack, proposal, index)
            return ChangeOutcome(pack, change, False, index)
        if standing == proposal:
            raise NotPermittedError(
                "same_person",
                "You proposed this yourself; another person has to confirm it.",
                next_step="Have another operator, privacy officer or overseer run the same command.",
            )
        index = self._note(actor, pack, change.value)
        self._record.write(after)
        self._settle(actor, pack, _SETTLED, index)
        return ChangeOutcome(pack, change, True, index)

    def _changed(self, before: Mapping[str, str], pack: Pack, change: PackChange) -> dict[str, str]:
        after = dict(before)
        if change is PackChange.LIFT:
            after.pop(pack.pack_id, None)
        else:
            binding = Binding.THIS_OPERATOR if change is PackChange.BIND else Binding.HOUSE_RULE
            after[pack.pack_id] = binding.value
        whole = {known.pack_id: known.binds.value for known in self._shelf.adopted(after)}
        if whole == dict(before):
            why = "Other packs that are adopted require it." if change is PackChange.LIFT else "It stands so already."
            raise BadUseError(
                "nothing_to_change", f"The pack {pack.pack_id} stays as it is.", why, "See: facewarden law orders"
            )
        return whole

    def _note(self, actor: Actor, pack: Pack, action: str) -> int:
        return self._gate.note(
            AuditEvent.LAW_PACK_CHANGED,
            actor=actor.user.user_id,
            subject=None,
            details={"pack_id": pack.pack_id, "pack_version": pack.version, "action": action},
        )

    def _settle(self, actor: Actor, pack: Pack, value: str, index: int) -> None:
        self._acceptances.record({SUBJECT + pack.pack_id: value}, actor.user.user_id, self._clock.now(), index)

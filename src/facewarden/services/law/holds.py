"""Holds: photos kept out of every search and, where they must be preserved, from destruction, until somebody lifts it.

Never holds or lifts before that is decided and on record, and never lifts what an order in force here demands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import CaseId, PhotoId, random_id
from facewarden.domain.orders import Hold, HoldKind, Lifted
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import Clock, SearchRecords
from facewarden.ports.law import HoldRecords
from facewarden.services.gate import Gate
from facewarden.services.law.facts import FactDict, actor_facts
from facewarden.services.lines import printable_line
from facewarden.services.logbook import ask_to_read

MAX_REASON_CHARS = 500
BY_PROGRAM: FactDict = {
    "duty": Fact("order", "the program itself, under an order in force"),
    "actor_roles": Fact(frozenset(), "nobody is signed in"),
}
"""What the law knows of an act of the program under an order."""


class Holds:
    """Holds of one installation."""

    def __init__(
        self,
        records: HoldRecords,
        searches: SearchRecords,
        ordered: Callable[[Hold], bool],
        erase_owed: Callable[[], object],
        gate: Gate,
        clock: Clock,
    ) -> None:
        """`ordered`: whether an order in force here demands the hold; `erase_owed`: erases what waited for its end."""
        self._records = records
        self._searches = searches
        self._ordered = ordered
        self._erase_owed = erase_owed
        self._gate = gate
        self._clock = clock

    def place(
        self,
        actor: Actor | None,
        authority: str,
        reason: str,
        *,
        photo_ids: Sequence[PhotoId] = (),
        case_id: str | None = None,
        kind: HoldKind = HoldKind.PRESERVE,
        order: tuple[str, str] | None = None,
    ) -> Hold:
        """The hold, standing: on photos, or on a case, whose candidates' photos it covers, those of later searches too.

        `order` is the pack and the duty that demand it; `actor` None: the program itself, under that order.
        RefusedError; BadUseError without an authority, a reason or anything to hold.
        """
        authority = line_of(authority, "authority")
        reason = line_of(reason, "reason")
        covered = list(dict.fromkeys([*photo_ids, *(self._of_case(case_id) if case_id else ())]))
        if not covered and case_id is None and order is None:
            raise BadUseError(
                "nothing_to_hold", "No photo and no case was named.", next_step="Name one: --photo, --case"
            )
        hold_id = random_id("hld")
        index = self._decide(actor, hold_id, "set", kind.value, order is not None)
        pack_id, duty_id = order or (None, None)
        hold = Hold(
            hold_id,
            kind,
            authority,
            reason,
            actor.user.user_id if actor else None,
            self._clock.now(),
            index,
            CaseId(case_id) if case_id else None,
            pack_id,
            duty_id,
        )
        self._cover(actor, hold, covered)
        return self._records.find(hold_id)

    def cover(self, actor: Actor | None, hold: Hold, photo_ids: Sequence[PhotoId]) -> int:
        """How many more photos a standing hold keeps out of searches; RefusedError. Nothing is decided for none."""
        fresh = self._uncovered(hold, photo_ids)
        if not fresh:
            return 0
        self._decide(actor, hold.hold_id, "set", hold.kind.value, hold.pack_id is not None)
        return self._cover(actor, hold, fresh)

    def lift(self, actor: Actor, hold_id: str, reason: str) -> Lifted:
        """The hold, lifted: what no other one covers is shown again, what was to be erased meanwhile is erased.

        RefusedError while an order in force here demands it; BadUseError `hold_unknown`, `hold_lifted`.
        """
        reason = line_of(reason, "reason")
        hold = self._records.find(hold_id)
        self._decide(actor, hold_id, "lift", hold.kind.value, self._ordered(hold))
        lifted = self._records.lift(hold_id, actor.user.user_id, reason, self._clock.now())
        details: dict[str, str | int] = {"photos": lifted.shown, "left": len(lifted.owed)}
        self._gate.note(AuditEvent.HOLD_LIFTED, actor=actor.user.user_id, subject=hold_id, details=details)
        if lifted.owed:
            self._erase_owed()  # a crash before it leaves them due: the next day's round erases them
        return lifted

    def every(self, actor: Actor, *, standing: bool = True) -> Sequence[Hold]:
        """Every hold, the newest first; reading them is on record. RefusedError."""
        ask_to_read(self._gate, actor, self._clock.now())
        return self._records.all(standing=standing)

    def renew(self) -> int:
        """How many photos the standing holds on cases cover anew: candidates of searches made since. Once a day."""
        return sum(
            self.cover(None, hold, self._of_case(hold.case_id))
            for hold in self._records.all()
            if hold.case_id is not None
        )

    def standing(self, pack_id: str, duty_id: str) -> Hold | None:
        """The standing hold that this duty of this pack set, None if there is none."""
        found = [hold for hold in self._records.all() if (hold.pack_id, hold.duty_id) == (pack_id, duty_id)]
        return found[0] if found else None

    def of_photos(self, photo_ids: Sequence[PhotoId]) -> Mapping[PhotoId, Sequence[Hold]]:
        """The standing holds over each of these photos; photos without one are left out."""
        return self._records.of_photos(photo_ids)

    def _cover(self, actor: Actor | None, hold: Hold, photo_ids: Sequence[PhotoId]) -> int:
        hidden = self._records.add(hold, photo_ids)
        details: dict[str, str | int] = {"photos": len(photo_ids), "held": hidden, "kind": hold.kind.value}
        details |= {"decision_index": hold.decision_index}
        details |= {"pack_id": hold.pack_id, "duty_id": hold.duty_id} if hold.pack_id and hold.duty_id else {}
        details |= {"case_id": hold.case_id} if hold.case_id else {}
        who = actor.user.user_id if actor else None
        self._gate.note(AuditEvent.HOLD_SET, actor=who, subject=hold.hold_id, details=details)
        return hidden

    def _uncovered(self, hold: Hold, photo_ids: Sequence[PhotoId]) -> list[PhotoId]:
        found = self._records.of_photos(photo_ids)
        return [
            photo_id
            for photo_id in photo_ids
            if hold.hold_id not in {known.hold_id for known in found.get(photo_id, ())}
        ]

    def _of_case(self, case_id: str | None) -> list[PhotoId]:
        if case_id is None:
            return []
        shown = [candidate for search in self._searches.of_case(CaseId(case_id)) for candidate in search.candidates]
        return list(dict.fromkeys(candidate.photo_id for candidate in shown))

    def _decide(self, actor: Actor | None, hold_id: str, change: str, kind: str, ordered: bool) -> int:
        facts = {
            **(actor_facts(actor, self._clock.now()) if actor else BY_PROGRAM),
            "hold_change": Fact(change, "given"),
            "hold_ordered": Fact(ordered, "packs in force here"),
        }
        return self._gate.enter(
            Action.HOLD,
            facts,
            AuditEvent.HOLD_DECIDED,
            actor=actor.user.user_id if actor else None,
            subject=hold_id,
            details={"action": change, "kind": kind},
        ).audit_index


def line_of(text: str, name: str) -> str:
    """The line typed; BadUseError where it is empty, too long or not printable."""
    line = printable_line(text, MAX_REASON_CHARS)
    if not line:
        raise BadUseError(
            f"bad_{name}",
            f"The {name} is one line of 1 to {MAX_REASON_CHARS} printable characters.",
            next_step=f"Say the {name} in a sentence.",
        )
    return line

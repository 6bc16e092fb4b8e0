"""The calendar of the law: what is in force, what starts or ends soon, and what nobody has verified.

It never reads a clock: the day is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from facewarden.law.duties import Conflict, Duty, find_conflicts
from facewarden.law.loading import Pack, in_force

WARNING_DAYS = 180
"""How far ahead a start or an end is told: an agency's budget and training rounds take half a year."""


@dataclass(frozen=True, slots=True)
class Term:
    """Something with dates: a pack (`kind` "pack"), one of its rules ("rule") or duties ("duty").

    `expires` is the last day, None: no end. A rule or duty is listed of its own only where its dates or its being
    verified differ from its pack's.
    """

    kind: str
    term_id: str
    pack: Pack
    title: str
    effective: date
    expires: date | None
    verified: bool

    def in_force(self, day: date) -> bool:
        """True from the first day to the last."""
        return in_force(day, self.effective, self.expires)

    def to_json(self) -> dict[str, Any]:
        """Plain data; dates as ISO 8601 or None."""
        return {
            "kind": self.kind,
            "id": self.term_id,
            "pack": self.pack.pack_id,
            "title": self.title,
            "authority": self.pack.authority,
            "status": self.pack.status.value,
            "binds": self.pack.binds.value,
            "citation": self.pack.citation,
            "effective": self.effective.isoformat(),
            "expires": self.expires.isoformat() if self.expires else None,
            "verified": self.verified,
        }


@dataclass(frozen=True, slots=True)
class Orders:
    """The calendar on one day. `starting` and `ending` lie within `WARNING_DAYS` of it."""

    day: date
    in_force: tuple[Term, ...]
    starting: tuple[Term, ...]
    ending: tuple[Term, ...]
    unverified: tuple[Term, ...]
    conflicts: tuple[Conflict, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data, as `law orders --json` prints it."""
        lists = {name: [term.to_json() for term in getattr(self, name)] for name in _LISTS}
        pairs = [
            {"delete": f"{item.delete_pack}: {item.delete.duty_id}", "hold": f"{item.hold_pack}: {item.hold.duty_id}"}
            for item in self.conflicts
        ]
        return {"as_of": self.day.isoformat(), **lists, "conflicts": pairs}


_LISTS = ("in_force", "starting", "ending", "unverified")


def list_orders(packs: Iterable[Pack], day: date) -> Orders:
    """The calendar of these packs on one civil day (in each pack's own time zone)."""
    listed = tuple(packs)
    terms = [term for pack in listed for term in _terms(pack)]
    horizon = day + timedelta(days=WARNING_DAYS)
    return Orders(
        day=day,
        in_force=tuple(term for term in terms if term.in_force(day)),
        starting=tuple(term for term in terms if day < term.effective <= horizon),
        ending=tuple(term for term in terms if term.in_force(day) and term.expires and term.expires <= horizon),
        unverified=tuple(term for term in terms if not term.verified),
        conflicts=find_conflicts(duties_in_force(listed, day)),
    )


def duties_in_force(packs: Iterable[Pack], day: date) -> tuple[tuple[str, Duty], ...]:
    """The (pack id, duty) pairs in force on that day."""
    return tuple(
        (pack.pack_id, duty)
        for pack in packs
        for duty in pack.duties
        if in_force(day, duty.effective or pack.effective, duty.expires or pack.expires)
    )


def _terms(pack: Pack) -> Iterable[Term]:
    yield Term("pack", pack.pack_id, pack, pack.title, pack.effective, pack.expires, pack.verified)
    for rule in pack.rules:
        dated = rule.effective or rule.expires
        if dated or (rule.verified is not None and rule.verified is not pack.verified):
            verified = pack.verified if rule.verified is None else rule.verified
            yield Term(
                "rule",
                rule.rule_id,
                pack,
                rule.text,
                rule.effective or pack.effective,
                rule.expires or pack.expires,
                verified,
            )
    for duty in pack.duties:
        if duty.effective or duty.expires or duty.verified is not pack.verified:
            yield Term(
                "duty",
                duty.duty_id,
                pack,
                duty.text,
                duty.effective or pack.effective,
                duty.expires or pack.expires,
                duty.verified,
            )

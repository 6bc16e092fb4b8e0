"""Duties: what an order or statute wants done, as data; each verb is run by a service registered for it.

It never does anything itself, and never settles a deletion against a hold: both are shown to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Verb(StrEnum):
    """What can be ordered."""

    STOP_COLLECT = "stop_collect"
    STOP_SEARCH = "stop_search"
    DELETE = "delete"
    HOLD = "hold"
    ANSWER_ACCESS_FIRST = "answer_access_first"
    ANSWER_REQUEST = "answer_request"
    PROVE_BY = "prove_by"
    FILTER = "filter"
    OPT_OUT = "opt_out"
    END_ACCOUNTS = "end_accounts"
    TELL_SUBJECT = "tell_subject"
    PUBLISH = "publish"
    REPORT = "report"
    APPOINT_REPRESENTATIVE = "appoint_representative"
    PAY = "pay"
    PENALTY_PER_DAY = "penalty_per_day"


class Reach(StrEnum):
    """What kind of thing a duty is about."""

    PHOTOS = "photos"
    TEMPLATES = "templates"
    ACCOUNTS = "accounts"
    SEARCHES = "searches"
    REQUESTS = "requests"
    INSTALLATION = "installation"


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty. `places` are ISO 3166 codes, empty for everywhere; `due` is the last day, `within_days` a clock.

    `business_days` tells which days the clock counts; `every_days` repeats it. `verified` is False where nobody has
    checked the duty against its source. `effective` and `expires` are its own days, None where the pack's hold.
    `by_rules` names the pack's rules that say what is meant, empty for all of them.
    """

    duty_id: str
    verb: Verb
    reach: frozenset[Reach]
    places: frozenset[str]
    text: str
    citation: str
    verified: bool
    due: date | None = None
    within_days: int | None = None
    business_days: bool = False
    every_days: int | None = None
    amount: str = ""
    effective: date | None = None
    expires: date | None = None
    by_rules: frozenset[str] = frozenset()

    def overlaps(self, other: Duty) -> bool:
        """True if both are about some of the same things, as far as places and kinds tell."""
        same_place = not self.places or not other.places or self.places & other.places
        return bool(self.reach & other.reach) and bool(same_place)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A deletion and a hold that reach the same things. Nothing is deleted until a person has decided which yields."""

    delete_pack: str
    delete: Duty
    hold_pack: str
    hold: Duty


_KINDS: dict[str, type] = {
    "id": str,
    "verb": str,
    "reach": list,
    "text": str,
    "citation": str,
    "verified": bool,
    "places": list,
    "due": date,
    "within_days": int,
    "business_days": bool,
    "every_days": int,
    "amount": str,
    "effective": date,
    "expires": date,
    "by_rules": list,
}
_NEEDED = ("id", "verb", "reach", "text", "citation", "verified")


def read_duty(fields: Mapping[str, Any]) -> Duty:
    """The duty in one [[duties]] table of a pack. Raises ValueError with the duty's id and what is wrong."""
    name = fields.get("id", "?")
    if unknown := fields.keys() - _KINDS.keys():
        raise ValueError(f"duty {name} has the unknown field {min(unknown)!r}")
    for field in _NEEDED:
        if field not in fields:
            raise ValueError(f"duty {name} lacks the field {field!r}")
    for field, value in fields.items():
        if type(value) is not _KINDS[field] or value in ("", []):
            raise ValueError(f"duty {name}: {field!r} is not a {_KINDS[field].__name__}")
        if isinstance(value, int) and not isinstance(value, bool) and value <= 0:
            raise ValueError(f"duty {name}: {field!r} is not above zero")
    rest = {key: value for key, value in fields.items() if key not in ("id", "verb", "reach", "places", "by_rules")}
    try:
        return Duty(
            duty_id=fields["id"],
            verb=Verb(fields["verb"]),
            reach=frozenset(Reach(item) for item in fields["reach"]),
            places=frozenset(fields.get("places", ())),
            by_rules=frozenset(fields.get("by_rules", ())),
            **rest,
        )
    except ValueError as error:
        raise ValueError(f"duty {name}: {error}") from error


def find_conflicts(duties: Iterable[tuple[str, Duty]]) -> tuple[Conflict, ...]:
    """Every (deletion, hold) among these (pack id, duty) pairs that reach the same things."""
    listed = list(duties)
    holds = [(pack, duty) for pack, duty in listed if duty.verb is Verb.HOLD]
    deletions = [(pack, duty) for pack, duty in listed if duty.verb is Verb.DELETE]
    return tuple(
        Conflict(delete_pack, delete, hold_pack, hold)
        for delete_pack, delete in deletions
        for hold_pack, hold in holds
        if delete.overlaps(hold)
    )

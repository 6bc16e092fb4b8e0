"""Decisions: what the law said about one act, with every ground kept.

A decision is a value, never an exception, and never loses a ground because another one sufficed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from facewarden.law.actions import Action
from facewarden.law.facts import Facts, to_plain

LAW_ERROR = "law_error"
"""Rule name of the ground given when the law itself could not be evaluated."""
NO_PERMIT = "no_permit"
"""Rule name of the ground given when no pack in force permits the act at all."""


class Verdict(StrEnum):
    """What may happen next. Only `allow` lets the act happen."""

    ALLOW = "allow"
    REFUSE = "refuse"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason against an act: a rule, its source and its dates.

    `expires` is the last day on which the rule is in force, None if it has no end. `verified` is False
    where nobody has checked the rule against its source. `undetermined` names the facts whose absence made
    the rule speak; empty if known facts did. `remedy` says what would make the act lawful.
    """

    rule: str
    citation: str
    text: str
    effective: date | None
    expires: date | None
    pack: str
    verified: bool
    remedy: str = ""
    undetermined: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The ground as plain data; dates as ISO 8601 or None."""
        return {
            "rule": self.rule,
            "citation": self.citation,
            "text": self.text,
            "effective": self.effective.isoformat() if self.effective else None,
            "expires": self.expires.isoformat() if self.expires else None,
            "pack": self.pack,
            "verified": self.verified,
            "remedy": self.remedy,
            "undetermined": list(self.undetermined),
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on one act, its grounds, and what it rested on.

    `facts` are those given; `undetermined` names those that a rule in force reads and nobody established;
    `as_of` is the ISO 8601 day or instant decided for; `packs` maps pack ids to versions.
    """

    verdict: Verdict
    action: Action
    grounds: tuple[Ground, ...]
    facts: Facts
    undetermined: tuple[str, ...]
    as_of: str
    packs: Mapping[str, str] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        """True only if the act may happen; a quarantine is not an allow."""
        return self.verdict is Verdict.ALLOW

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the rules that spoke against the act, in order."""
        return tuple(ground.rule for ground in self.grounds)

    def to_json(self) -> dict[str, Any]:
        """The shape of `law check --json`; "decision" is "allow" or "refuse", "verdict" is exact."""
        return {
            "decision": "allow" if self.allowed else "refuse",
            "verdict": self.verdict.value,
            "action": self.action.value,
            "grounds": [ground.to_json() for ground in self.grounds],
            "facts": {
                name: {"value": to_plain(fact.value), "origin": fact.origin}
                for name, fact in sorted(self.facts.items())
            },
            "undetermined": list(self.undetermined),
            "as_of": self.as_of,
            "packs": dict(self.packs),
        }

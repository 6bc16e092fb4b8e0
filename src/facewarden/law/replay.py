"""Replaying: what the law said then, what it says now, and what a pack would change.

It never decides anything for real: what it returns is for reading.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from facewarden.law.actions import Action
from facewarden.law.decision import Decision
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Facts


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
class Impact:
    """What other packs would change among acts: counts. `undetermined` counts acts with any fact nobody could tell."""

    acts: int
    newly_refused: int
    newly_quarantined: int
    newly_allowed: int
    undetermined: int


def explain(
    engine: LawEngine, action: Action, facts: Facts, then: date | datetime, now: date | datetime
) -> Explanation:
    """The act decided as of both days by the packs at hand (compare `packs` with the stored decision's versions)."""
    return Explanation(engine.decide(action, facts, then), engine.decide(action, facts, now))


def count_impact(
    before: LawEngine, after: LawEngine, acts: Iterable[tuple[Action, Facts]], as_of: date | datetime
) -> Impact:
    """How many of these acts would be decided otherwise by `after` than by `before`; nothing is changed."""
    counts = {"acts": 0, "refuse": 0, "quarantine": 0, "allow": 0, "undetermined": 0}
    for action, facts in acts:
        old, new = before.decide(action, facts, as_of), after.decide(action, facts, as_of)
        counts["acts"] += 1
        counts["undetermined"] += bool(new.undetermined)
        if old.verdict is not new.verdict:
            counts[new.verdict.value] += 1
    return Impact(counts["acts"], counts["refuse"], counts["quarantine"], counts["allow"], counts["undetermined"])

"""The engine: packs and facts in, a decision out, closed on every failure.

It never allows an act when Cedar reports an error, when a fact is misnamed or mistyped, or when no permit
holds.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import cedarpy

from facewarden.law.actions import Action
from facewarden.law.decision import LAW_ERROR, NO_PERMIT, Decision, Ground, Verdict
from facewarden.law.facts import Facts, to_plain
from facewarden.law.loading import Pack, check_set, in_force
from facewarden.law.rules import OPEN_MARK, OnUndetermined, Rule
from facewarden.law.schema import ABSENT, FACT_BY_NAME, UNDETERMINED, FactSpec, cedar_schema

_SLICES_KEPT = 128
"""Compiled sets of rules kept: ten acts on a dozen days (and zones) at a few hundred kilobytes each."""
_ENGINE_ERRORS = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
"""What cedarpy and json may raise; each is a refusal."""


@dataclass(frozen=True, slots=True)
class DatedRule:
    """A rule with its pack and the days on which it is in force (`expires` is the last one, None: no
    end)."""

    rule: Rule
    pack: Pack
    effective: date
    expires: date | None

    def in_force(self, day: date) -> bool:
        """True on the first day, the last day and those between."""
        return in_force(day, self.effective, self.expires)

    @property
    def verified(self) -> bool:
        """Whether the rule was checked against its source; the rule's own word wins over its pack's."""
        return self.pack.verified if self.rule.verified is None else self.rule.verified


@dataclass(frozen=True, slots=True)
class _Slice:
    """The rules in force for one act on one day, ready for Cedar."""

    rules: dict[str, DatedRule]
    reads: tuple[FactSpec, ...]
    read_by_forbids: frozenset[str]
    policies: cedarpy.PolicySet
    schema: cedarpy.Schema


class LawEngine:
    """Decides acts by a fixed set of packs. Safe to share between threads."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        """Raises UnavailableError where the packs are none or clash."""
        self._packs = tuple(packs)
        check_set(self._packs)
        self._versions = {pack.pack_id: pack.version for pack in self._packs}
        self._rules = tuple(
            DatedRule(rule, pack, rule.effective or pack.effective, rule.expires or pack.expires)
            for pack in self._packs
            for rule in pack.rules
        )
        self._zones = tuple({pack.timezone.key: pack.timezone for pack in self._packs}.values())
        self._entities = cedarpy.Entities.from_json_str("[]")
        self._slices: dict[tuple[Action, tuple[date, ...]], _Slice] = {}
        self._lock = threading.Lock()

    @property
    def packs(self) -> tuple[Pack, ...]:
        """The packs that this engine decides by."""
        return self._packs

    @property
    def rules(self) -> tuple[DatedRule, ...]:
        """Every rule of every pack with its days, in force or not."""
        return self._rules

    def needs(self, action: Action, day: date) -> frozenset[str]:
        """The names of the facts that the rules in force for this act on that day read."""
        return frozenset(spec.name for spec in self._slice(action, (day,) * len(self._zones)).reads)

    def decide(self, action: Action, facts: Facts, as_of: date | datetime) -> Decision:
        """The decision on one act on one day or at one instant; never raises for what the facts hold.

        `as_of` as a date is that day everywhere; as an aware datetime it is the day it falls on in each
        pack's own time zone; a naive datetime is refused.
        """
        try:
            days = self.days(as_of)
            problem = _first_problem(facts)
            if problem:
                return self.refuse(action, facts, as_of, problem)
            part = self._slice(action, days)
            fired = self._evaluate(action, facts, part)
        except _ENGINE_ERRORS as error:
            return self.refuse(action, facts, as_of, f"{type(error).__name__}: {error}")
        return self._decision(action, facts, as_of, part, fired)

    def days(self, as_of: date | datetime) -> tuple[date, ...]:
        """The civil day in each time zone of the packs: as long as none changes, no rule starts or ends.

        Raises ValueError for a time without a time zone.
        """
        if not isinstance(as_of, datetime):
            return (as_of,) * len(self._zones)
        if as_of.tzinfo is None:
            raise ValueError("the time decided for has no time zone")
        return tuple(as_of.astimezone(zone).date() for zone in self._zones)

    def _slice(self, action: Action, days: tuple[date, ...]) -> _Slice:
        key = (action, days)
        part = self._slices.get(key)
        if part is None:
            part = self._build_slice(action, dict(zip(self._zones, days, strict=True)))
            with self._lock:
                if len(self._slices) >= _SLICES_KEPT:
                    self._slices.clear()
                self._slices[key] = part
        return part

    def _build_slice(self, action: Action, days: dict[ZoneInfo, date]) -> _Slice:
        rules = [
            dated for dated in self._rules if action in dated.rule.actions and dated.in_force(days[dated.pack.timezone])
        ]
        names = sorted({name for dated in rules for name in dated.rule.reads})
        reads = tuple(FACT_BY_NAME[name] for name in names)
        policies = {name: body for dated in rules for name, body in dated.rule.policies.items()}
        return _Slice(
            rules={dated.rule.rule_id: dated for dated in rules},
            reads=reads,
            read_by_forbids=frozenset(name for dated in rules if dated.rule.forbids for name in dated.rule.reads),
            policies=cedarpy.PolicySet.from_json_str(
                json.dumps({"templates": {}, "staticPolicies": policies, "templateLinks": []})
            ),
            schema=cedarpy.Schema.from_str(cedar_schema(reads, compiled=True)),
        )

    def _evaluate(self, action: Action, facts: Facts, part: _Slice) -> tuple[str, ...] | None:
        """The ids of the compiled forbids that speak; () if no permit holds; None if the act is permitted.

        Raises ValueError where Cedar reports any error.
        """
        context: dict[str, object] = {}
        unknown, absent = [], []
        for spec in part.reads:
            fact = facts.get(spec.name)
            if fact is None:
                absent.append(spec.name)
            if fact is None or not fact.determined:
                unknown.append(spec.name)
                context[spec.name] = spec.placeholder
            else:
                context[spec.name] = to_plain(fact.value)
        context[UNDETERMINED], context[ABSENT] = unknown, absent
        result = cedarpy.is_authorized(
            {
                "principal": {"type": "Actor", "id": "actor"},
                "action": {"type": "Action", "id": action.value},
                "resource": {"type": "Subject", "id": "subject"},
                "context": context,
            },
            part.policies,
            self._entities,
            part.schema,
        )
        if result.diagnostics.errors:
            raise ValueError("; ".join(result.diagnostics.errors))
        if result.decision is cedarpy.Decision.Allow:
            return None
        if result.decision is not cedarpy.Decision.Deny:
            raise ValueError("Cedar gave no decision")
        return tuple(result.diagnostics.reasons)

    def _decision(
        self, action: Action, facts: Facts, as_of: date | datetime, part: _Slice, fired: tuple[str, ...] | None
    ) -> Decision:
        unknown = {spec.name for spec in part.reads if spec.name not in facts or not facts[spec.name].determined}
        spoken = frozenset(fired or ())
        grounds: list[Ground] = []
        only_quarantine = bool(spoken)
        for rule_id, dated in part.rules.items():
            if rule_id in spoken:
                grounds.append(_ground(dated, ()))
                only_quarantine = False
            elif rule_id + OPEN_MARK in spoken:
                grounds.append(_ground(dated, tuple(name for name in dated.rule.reads if name in unknown)))
                only_quarantine &= dated.rule.on_undetermined is OnUndetermined.QUARANTINE
        if fired is None:
            verdict = Verdict.ALLOW
        else:
            verdict = Verdict.QUARANTINE if only_quarantine else Verdict.REFUSE
            if not grounds:
                grounds.append(_no_permit(action))
        return Decision(
            verdict=verdict,
            action=action,
            grounds=tuple(grounds),
            facts=dict(facts),
            undetermined=tuple(sorted(unknown & part.read_by_forbids)),
            as_of=as_of.isoformat(),
            packs=self._versions,
        )

    def refuse(self, action: Action, facts: Facts, as_of: date | datetime, problem: str) -> Decision:
        """The refusal of an act because the law itself could not be evaluated; `problem` says why, without a period."""
        ground = Ground(
            rule=LAW_ERROR,
            citation="facewarden DESIGN, promise 1",
            text=f"The law could not be evaluated, so the act is refused: {problem}.",
            effective=None,
            expires=None,
            pack="",
            verified=True,
            remedy="Have the operator repair the law packs or the facts given to them.",
        )
        return Decision(Verdict.REFUSE, action, (ground,), dict(facts), (), as_of.isoformat(), self._versions)


def _first_problem(facts: Facts) -> str:
    for name, fact in facts.items():
        spec = FACT_BY_NAME.get(name)
        if spec is None:
            return f"no rule knows a fact {name!r}"
        if not spec.accepts(fact.value):
            return f"the fact {name} does not accept the value given (it is a {spec.kind.value})"
    return ""


def _ground(dated: DatedRule, unknown: tuple[str, ...]) -> Ground:
    rule = dated.rule
    return Ground(
        rule=rule.rule_id,
        citation=rule.citation,
        text=rule.text,
        effective=dated.effective,
        expires=dated.expires,
        pack=dated.pack.pack_id,
        verified=dated.verified,
        remedy=rule.remedy,
        undetermined=unknown,
    )


def _no_permit(action: Action) -> Ground:
    return Ground(
        rule=NO_PERMIT,
        citation="facewarden DESIGN, promise 1",
        text=f"No rule in force permits the act {action.value!r}.",
        effective=None,
        expires=None,
        pack="",
        verified=True,
        remedy="Load a pack that permits it.",
    )

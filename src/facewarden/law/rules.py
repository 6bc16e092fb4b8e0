"""Rules: one Cedar policy of a pack, checked and compiled so that an undetermined fact never helps an act
through.

It never accepts a rule that lacks its source, its plain sentence or its remedy, and never loosens one that
it compiles.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

import cedarpy

from facewarden.law.actions import Action
from facewarden.law.conditions import (
    FALSE,
    TRUE,
    Certainty,
    ConditionError,
    Expression,
    both,
    compile_condition,
    either,
    facts_read,
    is_named,
    literals_compared,
    negate,
)
from facewarden.law.schema import ABSENT, FACT_BY_NAME, FACTS, cedar_schema

OPEN_MARK = "?"
"""Appended to a rule's id for the compiled half that speaks when facts are undetermined."""
FILES_KEPT = 64
"""How many files' rules stay parsed: a set of packs has some 15, and only those that changed are parsed anew."""


class OnUndetermined(StrEnum):
    """What follows when a rule cannot be judged because a fact was looked for and not found."""

    REFUSE = "refuse"
    QUARANTINE = "quarantine"
    PASS = "pass"  # noqa: S105 - a word of the packs, not a password


class RuleError(ValueError):
    """A rule cannot be used; the message names the rule and the reason."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `source` is its Cedar text as written; `policies` maps compiled policy ids to Cedar's JSON
    format.

    `effective` and `expires` are the rule's own days, None where the pack's hold. `reads` are the facts it
    needs.
    """

    rule_id: str
    forbids: bool
    actions: frozenset[Action]
    citation: str
    text: str
    remedy: str
    on_undetermined: OnUndetermined
    undetermined_reason: str
    effective: date | None
    expires: date | None
    verified: bool | None
    source: str
    reads: tuple[str, ...]
    policies: dict[str, dict[str, Any]]


@lru_cache(maxsize=FILES_KEPT)
def parse_rules(text: str) -> tuple[Rule, ...]:
    """The rules of one Cedar file, in order; the same text gives the same rules, which nobody may change.

    Raises RuleError for the first that cannot be used.
    """
    return tuple(_parse_rule(source) for source in split_policies(text))


def split_policies(text: str) -> tuple[str, ...]:
    """The text of each policy with its comments; a semicolon inside a string or comment ends nothing."""
    policies: list[str] = []
    start = position = 0
    in_string = False
    while position < len(text):
        character = text[position]
        if in_string:
            position += 1 if character == "\\" else 0
            in_string = character != '"'
        elif character == '"':
            in_string = True
        elif text.startswith("//", position):
            line_end = text.find("\n", position)
            position = len(text) if line_end < 0 else line_end
        elif character == ";":
            policies.append(text[start : position + 1].strip())
            start = position + 1
        position += 1
    rest = [line for line in text[start:].splitlines() if line.strip() and not line.strip().startswith("//")]
    if rest:
        raise RuleError(f"the text after the last policy has no end: {rest[0].strip()[:60]!r}")
    return tuple(policies)


def _parse_rule(source: str) -> Rule:
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(source))
    except ValueError as error:
        raise RuleError(f"not valid Cedar ({error}): {source[:80]!r}") from error
    if parsed["templates"] or len(parsed["staticPolicies"]) != 1:
        raise RuleError(f"a rule is one policy without slots: {source[:80]!r}")
    (policy,) = parsed["staticPolicies"].values()
    notes: dict[str, str] = policy.get("annotations", {})
    rule_id = notes.get("id", "")
    if not rule_id or OPEN_MARK in rule_id:
        raise RuleError(f"a rule has no usable @id: {source[:80]!r}")
    try:
        return _build_rule(rule_id, policy, notes, source)
    except (ConditionError, ValueError) as error:
        raise RuleError(f"rule {rule_id}: {error}") from error


def _build_rule(rule_id: str, policy: dict[str, Any], notes: dict[str, str], source: str) -> Rule:
    forbids = policy["effect"] == "forbid"
    _check_notes(notes, forbids)
    on_undetermined = OnUndetermined(notes.get("undetermined", "refuse"))
    reason = notes.get("undetermined_reason", "")
    if on_undetermined is not OnUndetermined.REFUSE and not reason:
        raise ConditionError("@undetermined other than refuse needs @undetermined_reason")
    conditions = [(part["kind"], part["body"]) for part in policy["conditions"]]
    reads = tuple(sorted(frozenset[str]().union(*(facts_read(body) for _, body in conditions))))
    for _, body in conditions:
        _check_literals(body)
    _check_source(source)
    rule = Rule(
        rule_id=rule_id,
        forbids=forbids,
        actions=_actions(policy),
        citation=notes.get("citation", ""),
        text=notes.get("text", ""),
        remedy=notes.get("remedy", ""),
        on_undetermined=on_undetermined,
        undetermined_reason=reason,
        effective=_day(notes.get("effective")),
        expires=_day(notes.get("expires")),
        verified={"yes": True, "no": False, None: None}[notes.get("verified")],
        source=source,
        reads=reads,
        policies=_compiled(rule_id, policy, conditions, on_undetermined, reads),
    )
    _check_compiled(rule)
    return rule


_NOTES = frozenset(
    {"id", "citation", "text", "remedy", "undetermined", "undetermined_reason", "effective", "expires", "verified"}
)


def _check_notes(notes: dict[str, str], forbids: bool) -> None:
    if unknown := notes.keys() - _NOTES:
        raise ConditionError(f"unknown annotation @{min(unknown)}")
    needed = ("citation", "text", "remedy") if forbids else ("text",)
    for name in needed:
        if not notes.get(name):
            raise ConditionError(f"@{name} is missing")
    if notes.get("verified") not in ("yes", "no", None):
        raise ConditionError("@verified is neither yes nor no")


def _check_literals(body: Expression) -> None:
    for name, literal in literals_compared(body):
        spec = FACT_BY_NAME.get(name)
        if spec is not None and spec.values and literal not in spec.values:
            raise ConditionError(f"{name} never has the value {literal!r}; its values are {', '.join(spec.values)}")


@cache
def _schema(*, compiled: bool) -> cedarpy.Schema:
    """The whole vocabulary's schema, parsed once: parsing it for each rule made loading four times slower."""
    return cedarpy.Schema.from_str(cedar_schema(FACTS, compiled=compiled))


def _check_source(source: str) -> None:
    result = cedarpy.validate_policies(source, _schema(compiled=False))
    if not result.validation_passed:
        raise ConditionError("does not fit the schema: " + "; ".join(item.error for item in result.errors))


def _check_compiled(rule: Rule) -> None:
    document = json.dumps({"templates": {}, "staticPolicies": rule.policies, "templateLinks": []})
    result = cedarpy.validate_policies(cedarpy.policies_from_json_str(document), _schema(compiled=True))
    if not result.validation_passed:
        raise ConditionError("compiled form: " + "; ".join(item.error for item in result.errors))


def _actions(policy: dict[str, Any]) -> frozenset[Action]:
    for scope in ("principal", "resource"):
        if policy[scope]["op"] != "All":
            raise ConditionError(f"a rule narrows {scope}; rules read facts alone")
    scope = policy["action"]
    if scope["op"] == "All":
        return frozenset(Action)
    entities = scope.get("entities") or [scope["entity"]]
    return frozenset(Action(entity["id"]) for entity in entities)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _compiled(
    rule_id: str,
    policy: dict[str, Any],
    conditions: list[tuple[str, Expression]],
    on_undetermined: OnUndetermined,
    reads: tuple[str, ...],
) -> dict[str, dict[str, Any]]:
    whens = [compile_condition(body) for kind, body in conditions if kind == "when"]
    unlesses = [compile_condition(body) for kind, body in conditions if kind == "unless"]
    applies = _all_of(whens)
    excused = _any_of(unlesses)
    if policy["effect"] == "permit":
        certain = both(applies.surely, excused.surely_not)
        return {rule_id: _with_condition(policy, certain)}
    if whens:  # a prohibition with exceptions: an exception that is not certain does not excuse
        not_excused = negate(excused.surely)
        certain = both(applies.surely, not_excused)
        unsure = both(applies.open, not_excused)
    else:  # a requirement: certainly unfulfilled, or not known to be fulfilled
        certain, unsure = excused.surely_not, excused.open
    if on_undetermined is OnUndetermined.PASS:
        # Only what was looked for and not found may pass; what nobody looked for refuses.
        unsure = both(unsure, is_named(reads, ABSENT)) if reads else FALSE
    compiled = {rule_id: certain, rule_id + OPEN_MARK: unsure}
    return {name: _with_condition(policy, body) for name, body in compiled.items() if body != FALSE}


def _all_of(parts: list[Certainty]) -> Certainty:
    whole = Certainty(TRUE, FALSE)
    for part in parts:
        whole = Certainty(both(whole.surely, part.surely), either(whole.surely_not, part.surely_not))
    return whole


def _any_of(parts: list[Certainty]) -> Certainty:
    whole = Certainty(FALSE, TRUE)
    for part in parts:
        whole = Certainty(either(whole.surely, part.surely), both(whole.surely_not, part.surely_not))
    return whole


def _with_condition(policy: dict[str, Any], condition: Expression) -> dict[str, Any]:
    conditions = [] if condition == TRUE else [{"kind": "when", "body": condition}]
    scope = {name: policy[name] for name in ("effect", "principal", "action", "resource")}
    return {**scope, "conditions": conditions, "annotations": {}}

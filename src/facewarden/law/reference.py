"""The reference: the table of facts and the table of rules, written from the vocabulary and the packs themselves.

It never holds a sentence of its own about a rule: the packs' words are shown as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from facewarden.law.actions import Action
from facewarden.law.engine import LawEngine
from facewarden.law.loading import Pack
from facewarden.law.schema import FACTS


def fact_table(engine: LawEngine, day: date) -> str:
    """A Markdown table: each fact, its type or values, its meaning, which acts read it, and what not knowing it means.

    The acts are those whose rules in force on that day read the fact.
    """
    needs = {action: engine.needs(action, day) for action in Action}
    lines = ["| fact | type | meaning | read by | undetermined means |", "| --- | --- | --- | --- | --- |"]
    for spec in FACTS:
        kind = ", ".join(f"`{value}`" for value in spec.values) if spec.values else spec.kind.value
        kind = f"set of {kind}" if spec.values and spec.kind.value.startswith("Set") else kind
        acts = ", ".join(action.value for action in Action if spec.name in needs[action]) or "no rule that day"
        lines.append(f"| `{spec.name}` | {kind} | {spec.meaning} | {acts} | {spec.unknown_means} |")
    return "\n".join(lines) + "\n"


def rule_table(packs: Iterable[Pack]) -> str:
    """A Markdown table: each rule that forbids, its sentence, its days, and what follows when it cannot be told."""
    lines = ["| rule | says | from | to | if undetermined |", "| --- | --- | --- | --- | --- |"]
    for pack in packs:
        for rule in pack.rules:
            if rule.forbids:
                first, last = rule.effective or pack.effective, rule.expires or pack.expires
                lines.append(
                    f"| `{rule.rule_id}` | {rule.text} | {first} | {last or 'no end'} | {rule.on_undetermined.value} |"
                )
    return "\n".join(lines) + "\n"

"""The law's answers as lines for people: a lawyer finds the rule, its source, its days and what is not known.

Never leaves out a ground, a date or the mark of what nobody has verified.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from datetime import date

from facewarden.cli.console import table
from facewarden.law.decision import Decision, Ground
from facewarden.law.facts import Fact, to_plain
from facewarden.law.orders import WARNING_DAYS, Orders, Term
from facewarden.law.scenarios import Outcome
from facewarden.services.law.explaining import NOT_KEPT, Explanation, PastDecision
from facewarden.services.law.impact import PackImpact

WIDTH = 100
HEADLINES = {"allow": "ALLOWED", "refuse": "REFUSED", "quarantine": "QUARANTINED"}
UNVERIFIED = "[unverified: nobody has checked this rule against its source]"
NO_ADVICE = "This is what the packs say, not legal advice."


def decision_lines(decision: Decision) -> list[str]:
    """The verdict, every ground, every fact with its origin, what is undetermined, and the packs asked."""
    lines = [f"{HEADLINES[decision.verdict.value]}: {decision.action.value}, as of {decision.as_of}"]
    if decision.verdict.value == "quarantine":
        lines.append("Set aside: neither admitted nor refused for good, because facts that a rule needs are not known.")
    for number, ground in enumerate(decision.grounds, start=1):
        lines += ["", *ground_lines(number, ground)]
    lines += ["", "Facts"]
    lines += [f"  {line}" for line in fact_lines(decision)]
    if decision.undetermined:
        passed = "" if decision.grounds else ", and let pass by the rules that read them"
        lines += ["", *_wrapped(f"Undetermined{passed}: {', '.join(decision.undetermined)}", "")]
    lines += ["", "By these packs"]
    lines += [f"  {name} {version}" for name, version in decision.packs.items()]
    return [*lines, "", NO_ADVICE]


def ground_lines(number: int, ground: Ground) -> list[str]:
    """One ground: its sentence, rule, source, days, what would make the act lawful."""
    lines = _wrapped(f"{number}. {ground.text}", "   ")
    lines += _wrapped(f"   {ground.rule}: {ground.citation}", "     ")
    if not ground.verified:
        lines.append(f"   {UNVERIFIED}")
    if ground.effective:
        lines.append(f"   {days(ground.effective, ground.expires)}; pack {ground.pack}")
    if ground.undetermined:
        lines += _wrapped(f"   It speaks because these are not known: {', '.join(ground.undetermined)}", "     ")
    if ground.remedy:
        lines += _wrapped(f"   Remedy: {ground.remedy}", "     ")
    return lines


def fact_lines(decision: Decision) -> list[str]:
    """A table of the facts: name, value, where it comes from."""
    rows = [(name, shown(fact), fact.origin) for name, fact in sorted(decision.facts.items())]
    return table(("fact", "value", "origin"), rows) if rows else ["none given"]


def shown(fact: Fact) -> str:
    """A fact's value in words."""
    value = to_plain(fact.value)
    if value is None:
        return "undetermined"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value) or "(none)"
    return textwrap.shorten(str(value), 60, placeholder=" ...") or "(empty)"


def days(effective: date, expires: date | None) -> str:
    """From when to when something is in force."""
    return f"in force from {effective}" + (f" through {expires}" if expires else ", without an end")


def orders_lines(orders: Orders) -> list[str]:
    """The calendar: what is in force, what starts or ends soon, what nobody verified, what contradicts."""
    lines = [f"The law as of {orders.day}"]
    for heading, terms in (
        ("In force", orders.in_force),
        (f"Starts within {WARNING_DAYS} days", orders.starting),
        (f"Ends within {WARNING_DAYS} days", orders.ending),
        ("Not verified by anybody", orders.unverified),
    ):
        lines += ["", f"{heading} ({len(terms)})"]
        lines += [f"  {line}" for line in table(_TERM_HEADER, [_term_row(term) for term in terms])] if terms else []
    lines += ["", f"Deletions that meet a hold ({len(orders.conflicts)})"]
    lines += [
        f"  {item.delete_pack}: {item.delete.duty_id} against {item.hold_pack}: {item.hold.duty_id}; a person decides"
        for item in orders.conflicts
    ]
    return [*lines, "", NO_ADVICE]


_TERM_HEADER = ("what", "id", "from", "through", "binds because", "says")


def _term_row(term: Term) -> tuple[str, ...]:
    title = textwrap.shorten(term.title, 70, placeholder=" ...")
    last = str(term.expires) if term.expires else "no end"
    return (term.kind, term.term_id, str(term.effective), last, term.pack.binds.value, title)


def outcomes_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Each scenario with what was expected and what came."""
    rows = [
        (
            "ok" if outcome.passed else "FAILED",
            outcome.scenario.pack_id,
            str(outcome.scenario.day),
            outcome.verdict.value,
            textwrap.shorten(outcome.scenario.name, 90, placeholder=" ..."),
        )
        for outcome in outcomes
    ]
    lines = table(("", "pack", "day", "verdict", "scenario"), rows)
    for outcome in outcomes:
        if not outcome.passed:
            expected, got = outcome.to_json()["expected"], outcome.to_json()["got"]
            lines.append(f"FAILED {outcome.scenario.name}: expected {_verdict(expected)}, got {_verdict(got)}")
    passed = sum(outcome.passed for outcome in outcomes)
    return [*lines, f"{passed} of {len(outcomes)} scenarios hold."]


def _verdict(told: dict[str, object]) -> str:
    rules = told["rules"]
    named = ", ".join(rules) if isinstance(rules, list) and rules else "no rule"
    return f"{told['verdict']} by {named}"


def past_lines(past: PastDecision) -> list[str]:
    """One entry of the log explained, or what alone is left of it."""
    entry = past.entry
    lines = [f"Log entry {past.audit_index}: {entry.event.value}, {entry.at:%Y-%m-%d %H:%M:%S} UTC, {entry.verdict}"]
    if past.explanation is not None:
        return [*lines, *explanation_lines(past.explanation)]
    lines += [f"  ground: {ground}" for ground in entry.grounds]
    lines += [f"  pack: {name} {version}" for name, version in entry.packs.items()]
    return [*lines, *_wrapped(NOT_KEPT, "")]


def impact_lines(found: PackImpact) -> list[str]:
    """What a pack would touch, as a table, with the share that nobody can tell."""
    rows = [
        (name, f"{touch.all:,}", f"{touch.touched:,}", f"{touch.undetermined:,} ({touch.share_undetermined:.0%})")
        for name, touch in (
            ("accounts", found.accounts),
            ("sources", found.sources),
            ("photos", found.photos),
            ("searches", found.searches),
            ("holds", found.holds),
        )
    ]
    adopted = "already adopted here" if found.adopted else "not adopted here"
    lines = [f"{found.pack.title} ({found.pack.pack_id}, {adopted}), as of {found.as_of}. Nothing was changed.", ""]
    lines += table(("kind", "all", "touched", "cannot be told"), rows)
    lines += ["", f"It orders {len(found.duties)} things: {', '.join(d.duty_id for d in found.duties) or 'none'}."]
    lines += [
        f"A deletion meets a hold: {item.delete.duty_id} against {item.hold.duty_id}; a person decides."
        for item in found.conflicts
    ]
    return lines


def explanation_lines(explanation: Explanation) -> list[str]:
    """A past decision and what is said today, side by side."""
    then, now = explanation.then, explanation.now
    return [
        f"Then ({then.as_of}): {then.verdict.value}" + _by(then.rules),
        f"Now  ({now.as_of}): {now.verdict.value}" + _by(now.rules),
        f"No longer speaks: {', '.join(explanation.gone) or 'nothing'}",
        f"Speaks anew:      {', '.join(explanation.new) or 'nothing'}",
        "",
        *decision_lines(now),
    ]


def _by(rules: Iterable[str]) -> str:
    named = ", ".join(rules)
    return f" by {named}" if named else ""


def _wrapped(text: str, indent: str) -> list[str]:
    first = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(text.strip(), WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)

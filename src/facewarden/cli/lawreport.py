"""The outcomes of scenarios as one page of HTML that needs no other file.

Never shows a value unescaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from facewarden.law.facts import to_plain
from facewarden.law.loading import Pack
from facewarden.law.scenarios import Outcome

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #8886 }
.bad { color: #b3261e; font-weight: 700 }
.facts { font-family: ui-monospace, monospace; font-size: .8rem }
@media print { a { color: inherit } }
"""


def scenario_report(outcomes: Sequence[Outcome], packs: Sequence[Pack], made_at: datetime) -> str:
    """The page: each pack with its source and days, and a table of its scenarios."""
    passed = sum(outcome.passed for outcome in outcomes)
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        f"<title>Scenarios of the law packs</title><style>{_STYLE}</style>",
        "<h1>Scenarios of the law packs</h1>",
        f"<p>{passed} of {len(outcomes)} hold. Made {made_at:%Y-%m-%d %H:%M} UTC. Not legal advice.</p>",
    ]
    for pack in packs:
        own = [outcome for outcome in outcomes if outcome.scenario.pack_id == pack.pack_id]
        if own:
            parts += _section(pack, own)
    return "\n".join([*parts, "</html>"]) + "\n"


def _section(pack: Pack, outcomes: Sequence[Outcome]) -> list[str]:
    last = f"through {pack.expires}" if pack.expires else "without an end"
    mark = "" if pack.verified else " <strong>Not verified against its source.</strong>"
    rows = [_row(outcome) for outcome in outcomes]
    return [
        f"<h2>{escape(pack.title)}</h2>",
        f"<p>{escape(pack.citation)}. In force from {pack.effective} {last}; {escape(pack.binds.value)}."
        f" <code>{escape(pack.pack_id)} {escape(pack.version)}</code>.{mark}</p>",
        "<table><thead><tr><th>Scenario<th>Act<th>Day<th>Facts<th>Expected<th>Came<th></tr></thead><tbody>",
        *rows,
        "</tbody></table>",
    ]


def _row(outcome: Outcome) -> str:
    scenario, told = outcome.scenario, outcome.to_json()
    facts = "<br>".join(
        f"{escape(name)} = {escape(str(to_plain(fact.value)))}" for name, fact in scenario.facts.items()
    )
    state = "holds" if outcome.passed else "<span class=bad>fails</span>"
    cells = (
        escape(scenario.name),
        scenario.action.value,
        str(scenario.day),
        f"<details><summary>{len(scenario.facts)}</summary><div class=facts>{facts}</div></details>",
        _verdict(told["expected"]),
        _verdict(told["got"]),
        state,
    )
    return "<tr>" + "".join(f"<td>{cell}" for cell in cells) + "</tr>"


def _verdict(told: dict[str, object]) -> str:
    rules = told["rules"]
    named = "".join(f"<br><code>{escape(str(rule))}</code>" for rule in rules) if isinstance(rules, list) else ""
    return f"{told['verdict']}{named}"

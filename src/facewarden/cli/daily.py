"""`facewarden daily`: what must be done once a day, now. It needs no sign-in: a timer of the machine may run it."""

from __future__ import annotations

import click

from facewarden.bootstrap import daily as daily_rounds
from facewarden.cli.console import EXIT_DONE, EXIT_FAILED, Context, common_options, pass_context
from facewarden.services.daily import RoundOutcome
from facewarden.services.refusal import error_json


@click.command()
@click.option("--only", metavar="ROUND", help="Run this one alone.")
@click.option("--again", is_flag=True, help="Run what is done for today, too.")
@common_options
@pass_context
def daily(context: Context, only: str | None, again: bool) -> int:
    """Do what is due today: each round once a day (UTC). A running server does the same by itself."""
    outcomes = daily_rounds.daily(context.installation()).run_due(only, again=again)
    result = {"ok": all(outcome.error is None for outcome in outcomes), "rounds": [_shape(o) for o in outcomes]}
    context.done(result, [_line(outcome) for outcome in outcomes] or ["Nothing is due: all of today is done."])
    return EXIT_DONE if result["ok"] else EXIT_FAILED


def _shape(outcome: RoundOutcome) -> dict[str, object]:
    if outcome.error is not None:
        return {"name": outcome.name, "ok": False, "error": error_json(outcome.error)}
    return {"name": outcome.name, "ok": True, "counts": dict(outcome.counts)}


def _line(outcome: RoundOutcome) -> str:
    if outcome.error is not None:
        return f"FAILED  {outcome.name}: {outcome.error.what} {outcome.error.why} {outcome.error.next_step}".rstrip()
    counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in outcome.counts.items())
    return f"done    {outcome.name}: {counts or 'nothing to do'}"

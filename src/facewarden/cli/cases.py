"""`facewarden case`: open and list the cases under which faces are searched for."""

from __future__ import annotations

import click

from facewarden.cli.console import Context, common_options, pass_context, table
from facewarden.domain.cases import Purpose
from facewarden.services.shapes import case_json


@click.group()
def case() -> None:
    """Open and list cases."""


@case.command("open")
@click.argument("number")
@click.option("--purpose", type=click.Choice([purpose.value for purpose in Purpose]), required=True)
@click.option("--offence", default="", help="The offence, in the words of the statute.")
@common_options
@pass_context
def open_case(context: Context, number: str, purpose: str, offence: str) -> None:
    """Open a case under the agency's own NUMBER."""
    opened = context.installation().cases.open(context.actor(), number, Purpose(purpose), offence)
    context.done(case_json(opened), [f"Case {opened.number} is open: {opened.case_id}"])


@case.command("list")
@common_options
@pass_context
def list_cases(context: Context) -> None:
    """List the cases that you may work on."""
    cases = context.installation().cases.list(context.actor())
    rows = [(known.case_id, known.number, known.purpose, known.state, known.opened_at.date()) for known in cases]
    lines = table(("id", "number", "purpose", "state", "opened"), rows) if rows else ["No cases."]
    context.done({"cases": [case_json(known) for known in cases]}, lines)

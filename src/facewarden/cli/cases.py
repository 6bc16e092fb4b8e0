"""`facewarden case`: open and list the cases under which faces are searched for."""

from __future__ import annotations

import click

from facewarden.cli.console import Context, common_options, pass_context, table
from facewarden.domain.cases import Case, Purpose


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


def case_json(known: Case) -> dict[str, object]:
    """The case as the command line and the API show it."""
    return {
        "case_id": known.case_id,
        "number": known.number,
        "purpose": known.purpose.value,
        "offence": known.offence,
        "state": known.state.value,
        "opened_at": known.opened_at.isoformat(),
    }

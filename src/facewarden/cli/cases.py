"""`facewarden case`: open, list, change and close the cases under which faces are searched for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import click

from facewarden.cli.console import Context, common_options, pass_context, table
from facewarden.cli.days import DAY
from facewarden.domain.accounts import Actor
from facewarden.domain.cases import Case, CaseBasis, Purpose, SoughtFor
from facewarden.services.casework.cases import Stated
from facewarden.services.shapes import case_json


@click.group()
def case() -> None:
    """Open, list, change and close cases."""


@case.command("open")
@click.argument("number")
@click.option("--purpose", type=click.Choice([purpose.value for purpose in Purpose]), required=True)
@click.option("--offence", default="", help="The offence, in the words of the statute, or its code: case offences.")
@click.option("--sought-for", type=click.Choice([ground.value for ground in SoughtFor]), help="Why this person.")
@click.option("--basis", type=click.Choice([basis.value for basis in CaseBasis]), help="What permits searching.")
@click.option("--basis-reference", default="", help="The section, the warrant's number, the paper with the consent.")
@click.option("--basis-ends-on", type=DAY, help="The last day on which it holds.")
@click.option("--happened-on", type=DAY, help="The day of the offence.")
@click.option("--reasonable-suspicion", is_flag=True, help="A reasonable suspicion is on file.")
@common_options
@pass_context
def open_case(
    context: Context,
    number: str,
    purpose: str,
    offence: str,
    sought_for: str | None,
    basis: str | None,
    basis_reference: str,
    basis_ends_on: date | None,
    happened_on: date | None,
    reasonable_suspicion: bool,
) -> None:
    """Open a case under the agency's own NUMBER. What is not stated is recorded as not stated."""
    stated = Stated(
        sought_for=SoughtFor(sought_for) if sought_for else None,
        basis=CaseBasis(basis) if basis else None,
        basis_reference=basis_reference,
        basis_ends_on=basis_ends_on,
        happened_on=happened_on,
        reasonable_suspicion=reasonable_suspicion or None,
    )
    opened = context.installation().cases.open(context.actor(), number, Purpose(purpose), offence, stated)
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


@case.command("offences")
@common_options
@pass_context
def offences(context: Context) -> None:
    """List the offences to choose from where your organisation is."""
    listed = context.installation().cases.offences(context.actor())
    rows = [(offence.code, offence.name, offence.offence_class or "-") for offence in listed.offences]
    told = {
        "list": listed.list_id,
        "source": listed.source,
        "verified": listed.verified,
        "offences": [{"code": o.code, "name": o.name, "class": o.offence_class} for o in listed.offences],
    }
    context.done(told, [listed.title, *table(("code", "offence", "class"), rows)])


@case.command("add")
@click.argument("case_id", metavar="CASE")
@click.argument("name")
@common_options
@pass_context
def add(context: Context, case_id: str, name: str) -> None:
    """Let the colleague NAME work on CASE."""
    _staff(context, case_id, name, context.installation().cases.add_member)


@case.command("remove")
@click.argument("case_id", metavar="CASE")
@click.argument("name")
@common_options
@pass_context
def remove(context: Context, case_id: str, name: str) -> None:
    """Take the colleague NAME off CASE; what they did stays in it."""
    _staff(context, case_id, name, context.installation().cases.remove_member)


def _staff(context: Context, case_id: str, name: str, change: Callable[[Actor, Case, str], Case]) -> None:
    actor = context.actor()
    changed = change(actor, context.installation().cases.find(actor, case_id), name)
    people = "1 person works" if len(changed.members) == 1 else f"{len(changed.members)} people work"
    context.done(case_json(changed), [f"{people} on case {changed.number}."])


@case.command("close")
@click.argument("case_id", metavar="CASE")
@common_options
@pass_context
def close(context: Context, case_id: str) -> None:
    """Close CASE: nothing is searched, examined or released under it any more."""
    service, actor = context.installation().cases, context.actor()
    closed = service.close(actor, service.find(actor, case_id))
    context.done(case_json(closed), [f"Case {closed.number} is closed."])

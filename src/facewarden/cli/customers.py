"""`facewarden org import`, `end` and `activate`: customer lists, and orders on accounts.

Never prints a contact, and never changes anything where only a look was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from facewarden.bootstrap import law as bootstrap_law
from facewarden.cli.console import EXIT_BAD_USE, EXIT_DONE, Context, common_options, pass_context, table
from facewarden.cli.files import read_bytes
from facewarden.services.law.lawcheck import read_day
from facewarden.services.people.account_orders import Outcome, Reach
from facewarden.services.people.customers.importing import Reading
from facewarden.services.people.customers.sheet import MAX_FILE_BYTES

MARKS = {Reach.ENDS: "ENDS", Reach.STAYS: "stays", Reach.UNDETERMINED: "?"}
by_option = click.option(
    "--by", "pack", required=True, metavar="PACK", help="The pack, for example clearview-filing-2020."
)


@click.command("import")
@click.argument("path", type=click.Path(path_type=Path), metavar="CUSTOMERS.CSV")
@click.option("--dry-run", is_flag=True, help="Say what was understood; change nothing.")
@common_options
@pass_context
def import_orgs(context: Context, path: Path, dry_run: bool) -> int:
    """Take in a customer list as a sales system writes it: all of it, or nothing if one cell is wrong.

    What it brings is “applied”: nobody of it can sign in. Columns and an example: docs/org-import.md
    """
    content = read_bytes(path, MAX_FILE_BYTES + 1)
    service, actor = context.installation().people.customer_import, context.actor()
    reading = service.read(actor, content) if dry_run else service.take_in(actor, content)
    context.done(_reading_json(reading, dry_run), _reading_lines(reading, dry_run))
    return EXIT_BAD_USE if reading.faults else EXIT_DONE


@click.command("end")
@by_option
@click.option("--dry-run", is_flag=True, help="Say which accounts would end today; change nothing.")
@common_options
@pass_context
def end_orgs(context: Context, pack: str, dry_run: bool) -> None:
    """End every account that a document ends today: sessions cut, work stopped, reason and citation sent."""
    orders, actor = context.installation().people.account_orders, context.actor()
    if dry_run:
        list_would_end(context, pack, None)
        return
    ended = orders.end(actor, pack)
    result = {
        "pack": pack,
        "ended": [_outcome_json(outcome) for outcome in ended.outcomes],
        "sessions_cut": ended.cut.sessions,
        "keys_revoked": ended.cut.keys,
        "work_stopped": ended.cut.work,
        "letters": ended.letters,
    }
    cut = f"{ended.cut.sessions:,} sessions cut, {ended.cut.keys:,} keys revoked, {ended.cut.work:,} jobs stopped"
    counts = f"{len(ended.outcomes):,} accounts ended, {cut}, {ended.letters:,} letters."
    context.done(result, [*_outcome_lines(ended.outcomes), counts])


@click.command("activate")
@click.argument("name")
@common_options
@pass_context
def activate_org(context: Context, name: str) -> None:
    """Make the account of organisation NAME (or id) active, unless the law or an order that ended it bars that."""
    installation, actor = context.installation(), context.actor()
    organisation = installation.accounts.organisation_for(actor, name)
    installation.people.account_orders.activate(actor, organisation)
    context.done(
        {"organisation_id": organisation.organisation_id, "state": "active"}, [f"{organisation.name} is active."]
    )


def list_would_end(context: Context, pack: str, as_of: str | None) -> None:
    """Prints what that pack says of every account on that day (None: today), each with its reasons."""
    installation = context.installation()
    day = read_day(as_of) if as_of else installation.clock.now()
    orders = installation.people.account_orders
    outcomes = orders.would_end(context.actor(), pack, day)
    counts = {reach.value: sum(outcome.reach is reach for outcome in outcomes) for reach in Reach}
    civil: date = bootstrap_law.civil_day(day)
    rows = [_outcome_json(outcome) | {"told": outcome.told} for outcome in outcomes]
    told_apart = f"{counts['ends']:,} end, {counts['stays']:,} stay, {counts['undetermined']:,} cannot be told"
    summary = f"{pack} as of {civil}: {told_apart}."
    context.done(
        {"pack": pack, "as_of": civil.isoformat(), "counts": counts, "organisations": rows},
        [*_outcome_lines(outcomes), summary],
    )


def _reading_json(reading: Reading, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "imported": 0 if dry_run else len(reading.entries),
        "counts": dict(reading.counts()),
        "ignored_columns": list(reading.ignored),
        "faults": [fault.to_json() for fault in reading.faults],
        "duplicates": [
            {"first": pair.first.name, "second": pair.second.name, "why": pair.why} for pair in reading.proposals
        ],
        "organisations": [
            {
                "line": customer.line,
                "organisation_id": None if dry_run else entry.organisation.organisation_id,
                "name": customer.name,
                "undetermined": list(customer.undetermined),
                "recognised": {
                    name: {"value": found.value, "words": found.words} for name, found in customer.recognised.items()
                },
            }
            for customer, entry in zip(reading.customers, reading.entries, strict=True)
        ],
    }


def _reading_lines(reading: Reading, dry_run: bool) -> list[str]:
    header = ("line", "name", "sector", "level", "kind", "place", "office", "told by")
    rows = [
        (
            customer.line,
            customer.name[:44],
            *(customer.recognised[name].value or "-" for name in ("sector", "level", "kind", "place", "office_place")),
            customer.recognised["sector"].words[:60],
        )
        for customer in reading.customers
    ]
    lines = table(header, rows) if rows else []
    lines += [f"May be one: “{pair.first.name}” and “{pair.second.name}” ({pair.why})" for pair in reading.proposals]
    for fault in reading.faults:
        where = f", column “{fault.column}”" if fault.column else ""
        lines.append(f"WRONG line {fault.line}{where}: {fault.problem}")
    lines += [f"Not used: column “{name}”" for name in reading.ignored]
    counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in reading.counts().items())
    lines.append(f"{counts}. {'Nothing was changed.' if dry_run else 'All are in, none is active.'}")
    return lines


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    organisation = outcome.organisation
    return {
        "organisation_id": organisation.organisation_id,
        "name": organisation.name,
        "sector": organisation.sector,
        "level": organisation.level,
        "place": organisation.place,
        "office_place": organisation.office_place,
        "state": organisation.state,
        "reach": outcome.reach.value,
        "missing": list(outcome.missing),
        "grounds": [ground.to_json() for ground in outcome.grounds],
    }


def _outcome_lines(outcomes: Sequence[Outcome]) -> list[str]:
    header = ("", "name", "sector", "level", "place", "office", "why")
    rows = [
        (
            MARKS[outcome.reach],
            organisation.name[:44],
            organisation.sector or "-",
            organisation.level or "-",
            organisation.place or "-",
            organisation.office_place or "-",
            _why(outcome),
        )
        for outcome in outcomes
        for organisation in [outcome.organisation]
    ]
    return table(header, rows) if rows else []


def _why(outcome: Outcome) -> str:
    if outcome.reach is Reach.UNDETERMINED:
        return f"not known: {', '.join(outcome.missing)} ({', '.join(outcome.rules)})"
    return ", ".join(outcome.rules)

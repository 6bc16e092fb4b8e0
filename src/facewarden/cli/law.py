"""`facewarden law` and `duties`: what the law says of a photo, a search or an account, and what is in force when.

Never needs an installation to answer, and never changes one without saying what it would do first.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from facewarden.bootstrap import law as bootstrap_law
from facewarden.bootstrap import witnesses as bootstrap_witnesses
from facewarden.cli import laworders, lawtext
from facewarden.cli.console import EXIT_DONE, EXIT_FAILED, EXIT_REFUSED, Context, common_options, pass_context, table
from facewarden.cli.files import read_bytes, write_bytes
from facewarden.cli.lawreport import scenario_report
from facewarden.law.actions import Action
from facewarden.law.duties import Duty
from facewarden.law.loading import Pack
from facewarden.law.orders import duties_in_force, list_orders
from facewarden.law.scenarios import run_scenarios
from facewarden.services.law.lawcheck import ASKABLE, Question, given_facts, read_day, read_degrees
from facewarden.services.law.order_verbs import SERVED
from facewarden.services.law.packchoice import PackChange
from facewarden.settings import DATA_VARIABLE, server_map_file

pack_option = click.option(
    "--pack",
    "names",
    multiple=True,
    metavar="ID",
    help="A pack's id or folder, or all. Default: the installation's, else those a new one adopts.",
)
as_of_option = click.option("--as-of", metavar="DATE", help="The day (YYYY-MM-DD) or instant decided for; default now.")
map_option = click.option(
    "--server-map", type=click.Path(path_type=Path), help="A MaxMind DB file that tells where servers are."
)


@click.group()
def law() -> None:
    """What the law says: check, orders, test, explain, impact, apply, adopt, lift; holds and proofs."""


for _command in laworders.COMMANDS:
    law.add_command(_command)


def chosen_packs(context: Context, names: tuple[str, ...]) -> tuple[Pack, ...]:
    """The packs named, or those of the installation named, or the default ones."""
    return bootstrap_law.packs_of(data_dir(context), names)


def data_dir(context: Context) -> Path | None:
    """The installation's folder if one is named."""
    named = context.data or os.environ.get(DATA_VARIABLE)
    return Path(named).expanduser().absolute() if named else None


@law.command("check")
@click.argument("photo", type=click.Path(path_type=Path), required=False)
@click.option(
    "--action",
    type=click.Choice([action.value for action in ASKABLE]),
    default=Action.COLLECT.value,
    show_default=True,
    help="What somebody wants to do.",
)
@click.option("--url", help="The address of the photo's page or file.")
@click.option("--ip", help="The address of the server that it came from.")
@click.option("--lat", help="Where it was taken: latitude in degrees, north positive.")
@click.option("--lon", help="Longitude in degrees, east positive.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A fact, for example org_place=US-IL.")
@as_of_option
@pack_option
@map_option
@common_options
@pass_context
def check_law(
    context: Context,
    photo: Path | None,
    action: str,
    url: str | None,
    ip: str | None,
    lat: str | None,
    lon: str | None,
    facts: tuple[str, ...],
    as_of: str | None,
    names: tuple[str, ...],
    server_map: Path | None,
) -> int:
    """Say whether the law allows an act, with every ground, fact and origin. Needs no installation.

    Exit code 0: allowed; 3: refused or set aside.
    """
    question = Question(
        Action(action),
        read_bytes(photo) if photo else None,
        url,
        ip,
        read_degrees(lat, "latitude"),
        read_degrees(lon, "longitude"),
        given_facts(facts, "given on the command line"),
    )
    day = read_day(as_of) if as_of else bootstrap_law.now()
    with bootstrap_law.law_check(chosen_packs(context, names), server_map or server_map_file()) as asked:
        decision = asked.ask(question, day)
    context.done(decision.to_json(), lawtext.decision_lines(decision))
    return EXIT_DONE if decision.allowed else EXIT_REFUSED


@law.command("orders")
@as_of_option
@pack_option
@common_options
@pass_context
def orders(context: Context, as_of: str | None, names: tuple[str, ...]) -> None:
    """List what is in force, what starts or ends within 180 days, and what nobody has verified."""
    day = read_day(as_of) if as_of else bootstrap_law.now()
    calendar = list_orders(chosen_packs(context, names), bootstrap_law.civil_day(day))
    context.done(calendar.to_json(), lawtext.orders_lines(calendar))


@law.command("test")
@pack_option
@click.option("--report", type=click.Path(path_type=Path), help="Write the outcomes as an HTML page to this file.")
@common_options
@pass_context
def test_law(context: Context, names: tuple[str, ...], report: Path | None) -> int:
    """Run the scenarios of the packs: what a lawyer expects of each, and what came. Default: every pack."""
    packs = chosen_packs(context, names or ("all",))
    outcomes = run_scenarios(packs)
    passed = sum(outcome.passed for outcome in outcomes)
    lines = lawtext.outcomes_lines(outcomes)
    result = {"passed": passed, "failed": len(outcomes) - passed, "outcomes": [item.to_json() for item in outcomes]}
    if report:
        write_bytes(report, scenario_report(outcomes, packs, bootstrap_law.now()).encode())
        result["report"] = str(report)
        lines.append(f"Report: {report}")
    context.done(result, lines)
    return EXIT_DONE if passed == len(outcomes) else EXIT_FAILED


@law.command("explain")
@click.argument("index", type=click.IntRange(0), metavar="AUDIT_INDEX")
@common_options
@pass_context
def explain(context: Context, index: int) -> None:
    """Replay the decision of log entry AUDIT_INDEX: what was decided then, and what today's rules say."""
    past = context.installation().lawdesk.explaining.explain(context.actor(), index)
    context.done(past.to_json(), lawtext.past_lines(past))


@law.command("impact")
@click.argument("name", metavar="PACK")
@as_of_option
@common_options
@pass_context
def impact(context: Context, name: str, as_of: str | None) -> None:
    """Count the accounts, sources, photos, past searches and holds that PACK (an id or a folder) would touch."""
    installation = context.installation()
    pack, whole = installation.lawdesk.with_pack(name)
    day = bootstrap_law.civil_day(read_day(as_of)) if as_of else None
    found = installation.lawdesk.impact.count(context.actor(), pack, whole, day)
    context.done(found.to_json(), lawtext.impact_lines(found))


@law.command("adopt")
@click.argument("name", metavar="PACK")
@click.option("--bound-by", is_flag=True, help="It binds this operator, and is no mere house rule.")
@common_options
@pass_context
def adopt(context: Context, name: str, bound_by: bool) -> None:
    """Have PACK decide here: proposed by one person, confirmed by another with the same command."""
    _change_packs(context, name, PackChange.BIND if bound_by else PackChange.ADOPT)


@law.command("lift")
@click.argument("name", metavar="PACK")
@common_options
@pass_context
def lift(context: Context, name: str) -> None:
    """Have PACK decide here no more: proposed by one person, confirmed by another with the same command."""
    _change_packs(context, name, PackChange.LIFT)


def _change_packs(context: Context, name: str, change: PackChange) -> None:
    outcome = context.installation().lawdesk.choice.change(context.actor(), name, change)
    standing = "done; a running server takes it up within seconds" if outcome.done else "proposed; another confirms it"
    context.done(
        {
            "pack": outcome.pack.pack_id,
            "change": change.value,
            "done": outcome.done,
            "audit_index": outcome.audit_index,
        },
        [f"{change.value} {outcome.pack.pack_id}: {standing} (log entry {outcome.audit_index})."],
    )


@click.command()
@as_of_option
@pack_option
@common_options
@pass_context
def duties(context: Context, as_of: str | None, names: tuple[str, ...]) -> None:
    """List the duties in force: verb, reach, places, clock, source, and whether a service does it here."""
    day = bootstrap_law.civil_day(read_day(as_of) if as_of else bootstrap_law.now())
    held = duties_in_force(chosen_packs(context, names), day)
    rows = [
        (
            pack_id,
            duty.duty_id,
            duty.verb.value,
            _clock(duty),
            "yes" if duty.verb in SERVED else "by a person",
            "yes" if duty.verified else "NO",
            duty.text[:70],
        )
        for pack_id, duty in held
    ]
    header = ("pack", "duty", "verb", "clock", "service", "verified", "says")
    lines = table(header, rows) if rows else ["No duties in force."]
    seen = bootstrap_witnesses.known_view(context.settings()) if data_dir(context) else None
    if seen is not None:
        lines.append(f"Outside witnesses of the log: {seen.words}")
    told = {"as_of": day.isoformat(), "duties": [_duty_json(*pair) for pair in held]}
    context.done(told | {"witnesses": {"problem": seen.problem, "size": seen.size} if seen else None}, lines)


def _clock(duty: Duty) -> str:
    if duty.due:
        return f"by {duty.due}"
    if duty.within_days is None:
        return "-"
    kind = " business days" if duty.business_days else " days"
    return f"{duty.within_days}{kind}" + (f", every {duty.every_days}" if duty.every_days else "")


def _duty_json(pack_id: str, duty: Duty) -> dict[str, object]:
    return {
        "pack": pack_id,
        "id": duty.duty_id,
        "verb": duty.verb.value,
        "service": duty.verb in SERVED,
        "reach": sorted(reach.value for reach in duty.reach),
        "places": sorted(duty.places),
        "text": duty.text,
        "citation": duty.citation,
        "verified": duty.verified,
        "due": duty.due.isoformat() if duty.due else None,
        "within_days": duty.within_days,
        "business_days": duty.business_days,
        "every_days": duty.every_days,
        "amount": duty.amount or None,
    }

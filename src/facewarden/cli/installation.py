"""`facewarden init` and `doctor`: making an installation and looking after it."""

from __future__ import annotations

import click

from facewarden.bootstrap import law as bootstrap_law
from facewarden.bootstrap import opening
from facewarden.cli.console import EXIT_DONE, EXIT_FAILED, Context, common_options, pass_context
from facewarden.cli.passwords import new_password, password_stdin, read_password
from facewarden.cli.second_factors import enrolment_lines
from facewarden.services.people import totp
from facewarden.services.people.second_factors import enrolment


@click.command()
@click.option("--name", default="facewarden", help="The installation's name: the origin of its audit log.")
@click.option("--operator", default="operator", help="The sign-in name of the first account.")
@click.option("--organisation", default="Operations", help="The body that runs this installation.")
@click.option(
    "--pack",
    "adopted",
    multiple=True,
    metavar="ID",
    help="A law pack to adopt as house rules, in place of the default ones.",
)
@click.option("--bound-by", multiple=True, metavar="ID", help="A law pack that binds this operator.")
@click.option("--place", metavar="CODE", help="Where that body is, ISO 3166: US-OR, FR. Rules about places ask it.")
@click.option(
    "--second-factor",
    type=click.Choice(["required", "optional"]),
    default="required",
    help="Whether everybody needs a one-time code to sign in. “optional” is for trying things out.",
)
@password_stdin
@common_options
@pass_context
def init(
    context: Context,
    name: str,
    operator: str,
    organisation: str,
    adopted: tuple[str, ...],
    bound_by: tuple[str, ...],
    place: str | None,
    second_factor: str,
    password_stdin: bool,
) -> None:
    """Create an installation: records, keys, log, and the operator's account.

    Without --pack it adopts the house rules, the two Clearview papers and the cease-and-desist letters, which bind
    Clearview and nobody else, as house rules. Every pack: facewarden law orders --pack all
    """
    settings = context.settings()
    packs = bootstrap_law.chosen_at_start(adopted, bound_by)
    password = read_password(True) if password_stdin else new_password()
    secret = totp.new_secret() if second_factor == "required" else None
    made = opening.create_installation(settings, name, organisation, operator, password, packs, place, secret)
    shown = {} if password_stdin else {"password": password}
    factor = enrolment(secret, name, operator) if secret else None
    context.done(
        {"installation_id": made.installation_id, "data": str(settings.data_dir), "operator": operator, "packs": packs}
        | {"master_key_file": str(made.master_key_file) if made.master_key_file else None}
        | shown
        | ({"second_factor": factor.uri} if factor else {}),
        [
            f"Installation {name} is in {settings.data_dir}.",
            f"Master key: {made.master_key_file or 'from the environment'}. Keep a copy elsewhere: without it nothing"
            " can be read.",
            f"Operator: {operator}" + (f", password {password} (shown once)" if shown else ""),
            *enrolment_lines(factor),
            "Law packs: " + "; ".join(f"{pack} ({binds})" for pack, binds in packs.items()),
            f"Sign in: facewarden --data {settings.data_dir} login {operator}",
        ],
    )


@click.command()
@click.option("--rebuild-index", is_flag=True, help="Make the index anew from the records.")
@click.option("--migrate", is_flag=True, help="First bring the records of an older version up to this one's schema.")
@common_options
@pass_context
def doctor(context: Context, rebuild_index: bool, migrate: bool) -> int:
    """Check everything that a start checks, and the whole log; say what is wrong and what to do."""
    if migrate:
        opening.migrate_installation(context.settings())
    installation = context.installation()
    if rebuild_index:
        installation.rebuild_index()
    checks = installation.examine()
    result = {
        "ok": all(check.problem is None for check in checks),
        "checks": [
            {"name": check.name, "ok": check.problem is None, "detail": check.detail, "next_step": check.next_step}
            for check in checks
        ],
    }
    lines = []
    for check in checks:
        lines.append(f"{'ok     ' if check.problem is None else 'PROBLEM'} {check.name}: {check.detail}")
        if check.next_step:
            lines.append(f"        {check.next_step}")
    context.done(result, lines)
    return EXIT_DONE if result["ok"] else EXIT_FAILED

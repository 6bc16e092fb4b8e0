"""`facewarden login`, `logout`, `org` and `user`: who is there, and as whom the command line acts."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from facewarden.cli.console import Context, common_options, keep_token, pass_context, read_token, table, token_file
from facewarden.cli.customers import activate_org, end_orgs, import_orgs, list_would_end
from facewarden.cli.passwords import password_stdin, read_password
from facewarden.cli.second_factors import give_second_factor, sign_in
from facewarden.domain.accounts import GovernmentLevel, Role, Sector
from facewarden.errors import BadUseError


@click.command()
@click.argument("name")
@password_stdin
@common_options
@pass_context
def login(context: Context, name: str, password_stdin: bool) -> None:
    """Sign in as NAME: later commands act as this user."""
    installation = context.installation()
    token = sign_in(installation.sign_in, name, read_password(password_stdin), password_stdin)
    before = read_token(installation)
    keep_token(installation, token)
    if before is not None:
        installation.sign_in.sign_out(before)
    actor = installation.sign_in.actor_of(token)
    roles = sorted(role.value for role in actor.user.roles)
    context.done(
        {"user_id": actor.user.user_id, "organisation": actor.organisation.name, "roles": roles},
        [f"Signed in as {actor.user.sign_in_name} ({', '.join(roles)}) of {actor.organisation.name}."],
    )


@click.command()
@common_options
@pass_context
def logout(context: Context) -> None:
    """End this command line's session."""
    installation = context.installation()
    token = read_token(installation)
    if token is not None:
        installation.sign_in.sign_out(token)
    token_file(installation).unlink(missing_ok=True)
    context.done({"signed_out": True}, ["Signed out."])


@click.group()
def org() -> None:
    """Organisations: add, import, list, end, activate."""


for _command in (import_orgs, end_orgs, activate_org):
    org.add_command(_command)


@org.command("add")
@click.argument("name")
@click.option("--sector", type=click.Choice([sector.value for sector in Sector]), required=True)
@click.option("--level", type=click.Choice([level.value for level in GovernmentLevel]), help="Of a government body.")
@click.option("--place", metavar="CODE", help="Where it is based: ISO 3166, for example US-IL or FR.")
@common_options
@pass_context
def add_org(context: Context, name: str, sector: str, level: str | None, place: str | None) -> None:
    """Add the organisation NAME."""
    chosen = GovernmentLevel(level) if level else None
    added = context.installation().accounts.add_organisation(context.actor(), name, Sector(sector), chosen, place)
    context.done({"organisation_id": added.organisation_id, "name": added.name}, [f"Added {added.name}."])


@org.command("list")
@click.option("--would-end-by", "pack", metavar="PACK", help="Say of each what this pack would end, and why.")
@click.option("--as-of", metavar="DATE", help="With --would-end-by: the day, YYYY-MM-DD; default today.")
@common_options
@pass_context
def list_orgs(context: Context, pack: str | None, as_of: str | None) -> None:
    """List the organisations, or what an order would end."""
    if pack:
        list_would_end(context, pack, as_of)
        return
    if as_of:
        raise BadUseError("bad_use", "--as-of needs --would-end-by.", next_step="See: facewarden org list --help")
    context.actor()
    known = context.installation().accounts.organisations()
    rows = [(o.organisation_id, o.name, o.sector or "-", o.level or "-", o.place or "-", o.state) for o in known]
    result = [
        {
            "organisation_id": o.organisation_id,
            "name": o.name,
            "sector": o.sector,
            "level": o.level,
            "place": o.place,
            "state": o.state,
        }
        for o in known
    ]
    context.done({"organisations": result}, table(("id", "name", "sector", "level", "place", "state"), rows))


@click.group()
def user() -> None:
    """Users: add and list."""


user.add_command(give_second_factor)


@user.command("add")
@click.argument("name")
@click.option("--org", "organisation", required=True, help="The organisation's name or id.")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), required=True)
@click.option("--display-name", default="")
@click.option("--training-until", metavar="DATE", help="Last day of the training certificate, YYYY-MM-DD.")
@password_stdin
@common_options
@pass_context
def add_user(
    context: Context,
    name: str,
    organisation: str,
    roles: tuple[str, ...],
    display_name: str,
    training_until: str | None,
    password_stdin: bool,
) -> None:
    """Add the user NAME to an organisation."""
    installation, actor = context.installation(), context.actor()
    added = installation.accounts.add_user(
        actor,
        installation.accounts.organisation_named(organisation),
        name,
        display_name,
        [Role(role) for role in roles],
        read_password(password_stdin, confirm=True),
        end_of_day(training_until) if training_until else None,
    )
    context.done(
        {"user_id": added.user_id, "sign_in_name": added.sign_in_name},
        [
            f"Added {added.sign_in_name}.",
            f"Give them a second factor: facewarden user second-factor {added.sign_in_name}",
        ],
    )


def end_of_day(day: str) -> datetime:
    """The last moment of that day, UTC; raises BadUseError."""
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(hour=23, minute=59, second=59, tzinfo=UTC)
    except ValueError:
        raise BadUseError("bad_date", f"{day} is no date.", next_step="Write it as YYYY-MM-DD.") from None


@user.command("list")
@common_options
@pass_context
def list_users(context: Context) -> None:
    """List the users."""
    users = context.installation().accounts.users(context.actor())
    names = {o.organisation_id: o.name for o in context.installation().accounts.organisations()}
    rows = [
        (u.user_id, u.sign_in_name, names.get(u.organisation_id, "-"), ", ".join(sorted(u.roles)), u.state)
        for u in users
    ]
    result = [
        {
            "user_id": u.user_id,
            "sign_in_name": u.sign_in_name,
            "organisation_id": u.organisation_id,
            "roles": sorted(u.roles),
            "state": u.state,
        }
        for u in users
    ]
    context.done({"users": result}, table(("id", "name", "organisation", "roles", "state"), rows))

"""`facewarden login`, `logout`, `org` and `user`: who is there, and as whom the command line acts."""

from __future__ import annotations

from datetime import date

import click

from facewarden.cli import members, organisations
from facewarden.cli.console import Context, common_options, keep_token, pass_context, read_token, table, token_file
from facewarden.cli.customers import activate_org, end_orgs, import_orgs, list_would_end
from facewarden.cli.days import DAY, end_of_day
from facewarden.cli.passwords import password_stdin, read_password
from facewarden.cli.second_factors import give_second_factor, sign_in
from facewarden.domain.accounts import AccountBasis, AccountState, GovernmentLevel, Role, Sector
from facewarden.errors import BadUseError
from facewarden.services.banner import USE_BANNER


@click.command()
@click.argument("name")
@password_stdin
@common_options
@pass_context
def login(context: Context, name: str, password_stdin: bool) -> None:
    """Sign in as NAME: later commands act as this user."""
    installation = context.installation()
    if not context.json:
        click.echo("\n".join(USE_BANNER) + "\n", err=True)  # before the password is asked for
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


for _command in (import_orgs, end_orgs, activate_org, *organisations.COMMANDS):
    org.add_command(_command)


@org.command("add")
@click.argument("name")
@click.option("--sector", type=click.Choice([sector.value for sector in Sector]), required=True)
@click.option("--level", type=click.Choice([level.value for level in GovernmentLevel]), help="Of a government body.")
@click.option("--place", metavar="CODE", help="Where it is based: ISO 3166, for example US-IL or FR.")
@click.option(
    "--other-body", is_flag=True, help="It is no part of your body: it applies, is verified, signs an agreement."
)
@common_options
@pass_context
def add_org(context: Context, name: str, sector: str, level: str | None, place: str | None, other_body: bool) -> None:
    """Add the organisation NAME: a part of your own body, active at once, or with --other-body another one."""
    chosen, basis = (
        GovernmentLevel(level) if level else None,
        AccountBasis.AGREEMENT if other_body else AccountBasis.OWN,
    )
    accounts = context.installation().accounts
    added = accounts.add_organisation(context.actor(), name, Sector(sector), chosen, place, basis)
    how = "It has applied; verify it next." if other_body else "It is part of your body and active."
    result = {"organisation_id": added.organisation_id, "name": added.name, "state": added.state}
    context.done(result, [f"Added {added.name}. {how}"])


@org.command("list")
@click.option("--state", type=click.Choice([state.value for state in AccountState]), help="Only those in this state.")
@click.option("--sector", type=click.Choice([sector.value for sector in Sector]), help="Only those of this sector.")
@click.option("--place", metavar="CODE", help="Only those there: US-IL, or a whole country: US.")
@click.option("--would-end-by", "pack", metavar="PACK", help="Say of each what this pack would end, and why.")
@click.option("--as-of", metavar="DATE", help="With --would-end-by: the day, YYYY-MM-DD; default today.")
@common_options
@pass_context
def list_orgs(
    context: Context, state: str | None, sector: str | None, place: str | None, pack: str | None, as_of: str | None
) -> None:
    """List the organisations, or what an order would end. The reading is on record."""
    if pack:
        list_would_end(context, pack, as_of)
        return
    if as_of:
        raise BadUseError("bad_use", "--as-of needs --would-end-by.", next_step="See: facewarden org list --help")
    organisations.list_filtered(context, state, sector, place)


@click.group()
def user() -> None:
    """Users: add and list."""


for _command in (give_second_factor, *members.COMMANDS):
    user.add_command(_command)


@user.command("add")
@click.argument("name")
@click.option("--org", "organisation", required=True, help="The organisation's name or id.")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), required=True)
@click.option("--display-name", default="")
@click.option("--training-until", type=DAY, help="Last day of the training certificate.")
@click.option(
    "--invite", is_flag=True, help="Nobody chooses a password: print an invitation by which the user comes in."
)
@password_stdin
@common_options
@pass_context
def add_user(
    context: Context,
    name: str,
    organisation: str,
    roles: tuple[str, ...],
    display_name: str,
    training_until: date | None,
    invite: bool,
    password_stdin: bool,
) -> None:
    """Add the user NAME to an organisation."""
    if invite and password_stdin:
        raise BadUseError("bad_use", "An invited user brings no password.", next_step="Leave one of the two out.")
    installation, actor = context.installation(), context.actor()
    added = installation.accounts.add_user(
        actor,
        installation.accounts.organisation_for(actor, organisation),
        name,
        display_name,
        [Role(role) for role in roles],
        None if invite else read_password(password_stdin, confirm=True),
        end_of_day(training_until) if training_until else None,
    )
    result = {"user_id": added.user_id, "sign_in_name": added.sign_in_name}
    if invite:
        token = installation.people.welcome.invite(actor, added.sign_in_name)
        lines = [f"Added {added.sign_in_name}. Invitation, shown once, good for three days:", f"  {token}"]
        context.done({**result, "invitation": token}, [*lines, "They come in by: facewarden join"])
        return
    step = f"Give them a second factor: facewarden user second-factor {added.sign_in_name}"
    context.done(result, [f"Added {added.sign_in_name}.", step])


@user.command("list")
@common_options
@pass_context
def list_users(context: Context) -> None:
    """List the users. Reading other organisations' names is on record."""
    installation, actor = context.installation(), context.actor()
    users, names = installation.accounts.users(actor), installation.people.directory.names(actor)
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
            "training_expires_at": u.training_expires_at.isoformat() if u.training_expires_at else None,
            "last_seen_at": u.last_seen_at.isoformat() if u.last_seen_at else None,
        }
        for u in users
    ]
    context.done({"users": result}, table(("id", "name", "organisation", "roles", "state"), rows))

"""`facewarden user` beyond adding: invited, trained, suspended, held, ended; and `facewarden join` by an invitation.

Never takes a token, a password or a code as an argument: other users of the machine see those.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from facewarden.cli.console import Context, common_options, pass_context, reason_option
from facewarden.cli.days import DAY, end_of_day
from facewarden.cli.files import read_bytes
from facewarden.cli.passwords import password_stdin, read_password
from facewarden.cli.second_factors import enrolment_lines
from facewarden.domain.accounts import Role, User
from facewarden.domain.customers import Cut


def _cut(context: Context, name: str, state: str, cut: Cut) -> None:
    result = {"user": name, "state": state, "sessions_cut": cut.sessions, "keys_revoked": cut.keys}
    result |= {"work_stopped": cut.work}
    line = (
        f"{name} is {state}; {cut.sessions} sessions cut, {cut.keys} keys revoked, {cut.work} pieces of work stopped."
    )
    context.done(result, [line])


def _done(context: Context, user: User, line: str) -> None:
    training = user.training_expires_at.isoformat() if user.training_expires_at else None
    result = {"user_id": user.user_id, "sign_in_name": user.sign_in_name, "roles": sorted(user.roles)}
    context.done({**result, "training_expires_at": training}, [line])


@click.command("invite")
@click.argument("name")
@common_options
@pass_context
def invite(context: Context, name: str) -> None:
    """Give user NAME an invitation, shown once: by it they choose a password that nobody else knows."""
    token = context.installation().people.welcome.invite(context.actor(), name)
    lines = ["Invitation, shown once, good for three days. Hand it over in person or by a sealed letter:", f"  {token}"]
    context.done({"user": name, "invitation": token}, [*lines, "They come in by: facewarden join"])


@click.command()
@password_stdin
@common_options
@pass_context
def join(context: Context, password_stdin: bool) -> None:
    """Come in by an invitation: choose a password, take in a second factor, prove it.

    With --password-stdin: the invitation is the first line, the password the second; it prints the second factor and
    reads its code as the third.
    """
    welcome = context.installation().people.welcome
    token = sys.stdin.readline().strip() if password_stdin else click.prompt("Invitation", hide_input=True, err=True)
    user = welcome.invited(token)
    password = read_password(password_stdin, confirm=True)
    shown = welcome.choose(token, password)
    required = welcome.factor_required
    for line in enrolment_lines(shown):
        click.echo(line, err=True)
    code = sys.stdin.readline() if password_stdin else click.prompt("Its code now", default="", err=True)
    welcome.come_in(token, password, code)
    proven = bool(code.strip()) or required
    line = f"Welcome, {user.sign_in_name}. Sign in: facewarden login {user.sign_in_name}"
    context.done({"sign_in_name": user.sign_in_name, "second_factor": proven}, [line])


@click.command("roles")
@click.argument("name")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), required=True)
@common_options
@pass_context
def roles(context: Context, name: str, roles: tuple[str, ...]) -> None:
    """Give user NAME these roles and no other; their sessions end."""
    wanted = [Role(role) for role in roles]
    user = context.installation().people.members.change_roles(context.actor(), name, wanted)
    _done(context, user, f"{user.sign_in_name}: {', '.join(sorted(user.roles))}.")


@click.command("training")
@click.argument("name")
@click.option("--title", required=True, help="What was learnt, and who taught it.")
@click.option("--until", type=DAY, required=True, help="The certificate's last day.")
@click.option("--document", type=click.Path(path_type=Path), help="The certificate; hashed, not kept.")
@common_options
@pass_context
def training(context: Context, name: str, title: str, until: date, document: Path | None) -> None:
    """Record the training certificate of user NAME: without one in force nobody searches."""
    content = read_bytes(document) if document else None
    members = context.installation().people.members
    user = members.record_training(context.actor(), name, title, end_of_day(until), content)
    _done(context, user, f"{user.sign_in_name}: trained until {until}.")


@click.command("suspend")
@click.argument("name")
@reason_option
@common_options
@pass_context
def suspend(context: Context, name: str, reason: str) -> None:
    """Suspend user NAME until an administrator reinstates them."""
    _cut(context, name, "suspended", context.installation().people.members.suspend(context.actor(), name, reason))


@click.command("hold")
@click.argument("name")
@reason_option
@common_options
@pass_context
def hold(context: Context, name: str, reason: str) -> None:
    """Hold the account of user NAME as an overseer: only an overseer lifts it."""
    _cut(context, name, "suspended", context.installation().people.members.hold(context.actor(), name, reason))


@click.command("reinstate")
@click.argument("name")
@common_options
@pass_context
def reinstate(context: Context, name: str) -> None:
    """Make user NAME active again."""
    context.installation().people.members.reinstate(context.actor(), name)
    context.done({"user": name, "state": "active"}, [f"{name} is active."])


@click.command("end")
@click.argument("name")
@reason_option
@common_options
@pass_context
def end(context: Context, name: str, reason: str) -> None:
    """End the account of user NAME, who left, for good."""
    _cut(context, name, "ended", context.installation().people.members.end(context.actor(), name, reason))


COMMANDS = (invite, roles, training, suspend, hold, reinstate, end)

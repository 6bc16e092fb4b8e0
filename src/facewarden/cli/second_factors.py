"""One-time codes on the command line: asked for at sign-in, and `facewarden user second-factor`.

Never takes a code as an argument of a command: other users of the machine see those.
"""

from __future__ import annotations

import sys

import click

from facewarden.cli.console import Context, common_options, pass_context
from facewarden.errors import NotPermittedError
from facewarden.services.people.second_factors import Enrolment
from facewarden.services.people.signin import CODE_NEEDED, SignIn


def sign_in(service: SignIn, name: str, password: str, from_stdin: bool) -> str:
    """A token; the one-time code, where one is needed, is asked for or is the second line of standard input."""
    try:
        return service.sign_in(name, password)
    except NotPermittedError as error:
        if error.code != CODE_NEEDED:
            raise
        code = sys.stdin.readline() if from_stdin else click.prompt("One-time code", err=True)
        if not code.strip():
            raise
    return service.sign_in(name, password, code)


@click.command("second-factor")
@click.argument("name")
@common_options
@pass_context
def give_second_factor(context: Context, name: str) -> None:
    """Give the user NAME a new second factor, shown once. The one before, and every session, are worth nothing."""
    given = context.installation().people.second_factors.give(context.actor(), name)
    context.done({"second_factor": given.uri, "secret": given.secret}, enrolment_lines(given))


def enrolment_lines(given: Enrolment | None) -> list[str]:
    """What to tell whoever is given a second factor; nothing for none."""
    if given is None:
        return ["Second factor: not asked for. That is for trying things out, not for real use."]
    return [
        "Second factor, shown once. Have an authenticator app take it in, by its address or typed by hand:",
        f"  {given.uri}",
        f"  {given.secret}",
    ]

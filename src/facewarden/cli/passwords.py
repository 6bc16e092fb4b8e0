"""Passwords on the command line: asked for, piped in, or made. Never echoed, never an argument."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable

import click

from facewarden.errors import BadUseError
from facewarden.services.people.weak_passwords import is_common

GROUPS, GROUP_LENGTH = 4, 4  # 16 characters of 30: 78 bits
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike


def new_password(choose: Callable[[str], str] = secrets.choice) -> str:
    """A password of random letters and digits in groups, easy to type; three in ten thousand have too few letters."""
    while True:
        made = "-".join("".join(choose(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
        if not is_common(made):
            return made


def read_password(from_stdin: bool, *, confirm: bool = False) -> str:
    """The password: the first line of standard input, or asked for without echo."""
    if from_stdin:
        try:
            line = sys.stdin.readline()
        except UnicodeDecodeError:
            raise BadUseError(
                "password_not_text",
                "The password is not text in this terminal's encoding.",
                next_step="Pipe it in as UTF-8.",
            ) from None
        if not line.strip("\r\n"):
            raise BadUseError("no_password", "Standard input held no password.", next_step="Pipe it in, one line.")
        return line.strip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=confirm, err=True)
    return answer


password_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")

"""What the commands share: the options that each takes, one way to print, one way to fail.

Never prints a traceback, and never anything but one JSON object where --json is given.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from facewarden.domain.accounts import Actor
from facewarden.errors import BadUseError, Error, NotPermittedError, UnavailableError
from facewarden.services.refusal import RefusedError, error_json
from facewarden.settings import API_KEY_VARIABLE, TOKEN_VARIABLE, Settings, read_settings

if TYPE_CHECKING:
    from facewarden.bootstrap.installation import Installation

F = TypeVar("F", bound=Callable[..., Any])

EXIT_DONE, EXIT_FAILED, EXIT_BAD_USE, EXIT_REFUSED = 0, 1, 2, 3


class Context:
    """What a command knows of its call: the data folder named, and whether JSON is wanted."""

    def __init__(self) -> None:
        self.data: str | None = None
        self.json = False
        self.defaults: dict[str, str] = {}
        self._opened: Installation | None = None

    def settings(self) -> Settings:
        """The settings of this call: of the environment, and of the command's own defaults."""
        return read_settings(self.data, {**self.defaults, **os.environ})

    def installation(self) -> Installation:
        """The installation, opened once and closed when the command ends."""
        from facewarden.bootstrap import opening  # seconds of models and stores, that --help must not wait for

        if self._opened is None:
            self._opened = opening.open_installation(self.settings())
        return self._opened

    def actor(self) -> Actor:
        """Who is signed in for this installation; raises NotPermittedError."""
        installation = self.installation()
        token = installation.settings.api_key or installation.settings.token or read_token(installation)
        if token is None:
            raise NotPermittedError(
                "signed_out",
                "You are not signed in.",
                next_step=f"Sign in: facewarden login, or set {API_KEY_VARIABLE} to an API key.",
            )
        return installation.sign_in.actor_of(token, keys_too=True)

    def actor_if_any(self) -> Actor | None:
        """Who is signed in, None for nobody: for what needs no account."""
        try:
            return self.actor()
        except NotPermittedError:
            return None

    def close(self) -> None:
        """Closes what was opened."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def done(self, result: Mapping[str, Any], lines: Sequence[str] = ()) -> None:
        """Prints the result: as one JSON object, or as the lines."""
        if self.json:
            print(_json_text(result), flush=True)
        else:
            print(visible("\n".join(lines)), flush=True)


pass_context = click.make_pass_decorator(Context, ensure=True)


def _set_data(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Context).data = value


def _set_json(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Context).json = True


def common_options(function: F) -> F:
    """--data and --json, accepted before and after the command's name."""
    data = click.option("--data", metavar="DIR", expose_value=False, callback=_set_data, help="The installation.")
    as_json = click.option(
        "--json", is_flag=True, expose_value=False, callback=_set_json, help="Print one JSON object."
    )
    return data(as_json(function))


reason_option = click.option("--reason", required=True, help="Why, in one line; kept encrypted.")


def token_file(installation: Installation) -> Path:
    """Where `facewarden login` keeps this installation's token."""
    return installation.settings.config_dir / "sessions" / f"{installation.installation_id}.token"


def read_token(installation: Installation) -> str | None:
    """The token kept by `facewarden login`, or None."""
    try:
        return token_file(installation).read_text("ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def keep_token(installation: Installation, token: str) -> None:
    """Keeps the token for later commands in a file of mode 0600; raises UnavailableError, and ends its session then."""
    path = token_file(installation)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token + "\n")
    except OSError as problem:
        installation.sign_in.sign_out(token)
        raise UnavailableError(
            "token_not_kept",
            f"The session cannot be kept in {path}.",
            f"The system says: {problem.strerror}.",
            f"Have that folder made writable, or name another with XDG_CONFIG_HOME; or use {TOKEN_VARIABLE}.",
        ) from problem


def report(error: Error, as_json: bool) -> int:
    """Prints the error where the caller looks for it, and gives the exit code."""
    if as_json:
        print(_json_text(error_json(error)))
    else:
        for line in error_lines(error):
            print(visible(line, keep=""), file=sys.stderr)
    if isinstance(error, RefusedError):
        return EXIT_REFUSED
    return EXIT_BAD_USE if isinstance(error, BadUseError | NotPermittedError) else EXIT_FAILED


def error_lines(error: Error) -> list[str]:
    """The error for a person: what, why, every ground of a refusal, what to do."""
    if not isinstance(error, RefusedError):
        lines = [f"facewarden: {error.what}"]
        lines += [f"  {error.why}"] if error.why else []
        return lines + ([f"  {error.next_step}"] if error.next_step else []) + [f"  ({error.code})"]
    lines = [f"facewarden: refused by law (log entry {error.audit_index})"]
    for ground in error.decision.grounds:
        mark = "" if ground.verified else " [unverified]"
        lines.append(f"  - {ground.text}")
        lines.append(f"    {ground.rule}: {ground.citation}{mark}")
        if ground.remedy:
            lines.append(f"    {ground.remedy}")
    return lines


def _json_text(value: Mapping[str, Any]) -> str:
    # Undecodable bytes of a name are surrogates here: written as the escapes that JSON has for them.
    return json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace").decode()


def visible(text: str, keep: str = "\n") -> str:
    """The text with every character that a terminal would act on, but for those in `keep`, shown as a question mark.

    Names of files and cases come from anybody: an escape sequence in one could rewrite what is on the screen, a line
    break could forge a line of its own.
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in keep else "\N{REPLACEMENT CHARACTER}" for letter in text)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Lines of a plain table, columns as wide as their widest cell."""
    cells = [[visible(str(cell), keep="") for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]

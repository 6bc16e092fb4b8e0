"""The door of the command line: finds the command, runs it, and turns every error into one line and one exit code.

Never lets a traceback out unless FACEWARDEN_DEBUG asks for it.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence

import click

from facewarden import __version__
from facewarden.cli.console import EXIT_BAD_USE, EXIT_DONE, EXIT_FAILED, Context, common_options, report
from facewarden.errors import BadUseError, Error

COMMANDS = {
    "init": "installation",
    "serve": "serving",
    "demo": "serving",
    "doctor": "installation",
    "daily": "daily",
    "login": "accounts",
    "logout": "accounts",
    "org": "accounts",
    "user": "accounts",
    "join": "members",
    "key": "keys",
    "session": "keys",
    "oversight": "oversight",
    "case": "cases",
    "source": "sources",
    "ingest": "sources",
    "collect": "collecting",
    "search": "searching",
    "law": "law",
    "duties": "law",
    "optout": "optouts",
    "erase": "erasing",
    "receipt": "erasing",
    "access": "access",
    "suppression": "keeping_out",
    "quarantine": "keeping_out",
    "incidents": "keeping_out",
    "backup": "backup",
    "restore": "backup",
    "models": "models",
    "audit": "audit",
    "verify": "audit",
    "report": "report",
    "policy": "policy",
    "bench": "bench",
}
"""Each command's module, read only when the command is called: `facewarden login` loads no models and no web."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"facewarden.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="facewarden")
@common_options
@click.pass_context
def facewarden(context: click.Context) -> None:
    """A face search service that the law runs through.

    Start with: facewarden --data DIR init, or see everything at once with: facewarden demo
    """
    shared = context.ensure_object(Context)
    context.call_on_close(shared.close)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file's name may hold bytes that no encoding has: shown escaped, never a failure of its own.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:] if arguments is None else list(arguments)))


def run(arguments: Sequence[str]) -> int:
    """The exit code of one command: 0 done, 1 failed, 2 bad use, 3 refused by law."""
    as_json = "--json" in arguments
    try:
        result = facewarden.main(list(arguments), prog_name="facewarden", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as problem:
        print(problem.format_message())
        return EXIT_BAD_USE
    except click.ClickException as problem:
        usage = problem.ctx.command_path if isinstance(problem, click.UsageError) and problem.ctx else "facewarden"
        wrapped = BadUseError("bad_use", " ".join(problem.format_message().split()), next_step=f"See: {usage} --help")
        return report(wrapped, as_json)
    except (click.Abort, KeyboardInterrupt):
        stopped = Error(
            "interrupted", "Stopped.", "What was done before is kept.", "Run the same command again to go on."
        )
        return report(stopped, as_json)
    except BrokenPipeError:  # whoever read our output has had enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that flushing at exit finds no broken pipe
        return EXIT_FAILED
    except Error as error:
        if os.environ.get("FACEWARDEN_DEBUG"):
            raise
        return report(error, as_json)
    except Exception as problem:
        if os.environ.get("FACEWARDEN_DEBUG"):
            raise
        return report(_unforeseen(problem), as_json)
    return result if isinstance(result, int) else EXIT_DONE


def _unforeseen(problem: Exception) -> Error:
    return Error(
        "unforeseen",
        "Something happened that facewarden does not know how to handle.",
        f"Its kind: {type(problem).__name__}.",
        "See what was kept: facewarden doctor. To report it, run it again with FACEWARDEN_DEBUG=1, which shows where.",
    )

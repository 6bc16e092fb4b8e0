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
    "init": ("installation", "Create an installation: records, keys, log, and the operator's account"),
    "serve": ("serving", "Serve the web app and the API"),
    "demo": (
        "serving",
        "Make an installation of generated people, print a sign-in for each kind of user, and serve it",
    ),
    "doctor": (
        "installation",
        "Check everything that a start checks, and the whole log; say what is wrong and what to do",
    ),
    "daily": ("daily", "Do what is due today: each round once a day (UTC)"),
    "login": ("accounts", "Sign in as NAME: later commands act as this user"),
    "logout": ("accounts", "End this command line's session"),
    "org": ("accounts", "Organisations: add, import, list, end, activate"),
    "user": ("accounts", "Users: add and list"),
    "join": ("members", "Come in by an invitation: choose a password, take in a second factor, prove it"),
    "key": ("keys", "API keys: make, list, revoke"),
    "session": ("keys", "Where you are signed in: list, end, end-all"),
    "oversight": ("oversight", "Unusual use, and every search of late"),
    "case": ("cases", "Open, list, change and close cases"),
    "source": ("sources", "Sources of photos: propose, approve, list, suspend, end; letters of sites' owners"),
    "ingest": ("sources", "Take in the photos below PATH, or the one photo PATH"),
    "collect": ("collecting", "Collect photos as durable work that can be paused, shared and gone on with"),
    "search": ("searching", "Search the gallery for a face in PHOTO"),
    "law": ("law", "What the law says: check, orders, test, explain, impact, apply, adopt, lift; holds and proofs"),
    "duties": (
        "law",
        "List the duties in force: verb, reach, places, clock, source, and whether a service does it here",
    ),
    "optout": ("optouts", "Requests of people to be taken out, or to be told"),
    "erase": (
        "erasing",
        "Erase photos, with every face in them, from every file, for good: they cannot be collected again",
    ),
    "receipt": ("erasing", "Receipts of erasure"),
    "access": ("access", 'Answers to "what do you hold of me?"'),
    "suppression": ("keeping_out", "Faces that are kept out"),
    "quarantine": ("keeping_out", "Photos with a face that is like one that is kept out, not like enough to tell"),
    "incidents": ("keeping_out", "The erased or the kept-out, found again by the nightly probe, and erased at once"),
    "backup": ("backup", "Back up the data folder into a new folder below TO, while the server runs"),
    "restore": (
        "backup",
        "Restore a BACKUP into the data folder, which must be empty or absent, and erase again what was erased since",
    ),
    "models": ("models", "Face packs: list, build, pull, verify"),
    "audit": ("audit", "The audit log: verify, prove, export, checkpoint, witnesses"),
    "witness": ("witness", "Be an outside witness of audit logs: new, watch, serve, show"),
    "verify": ("audit", "Check a proof FILE offline: needs no installation, no account and no network"),
    "report": ("report", "Reports of leads and searches"),
    "policy": ("policy", "See and set what searches may give"),
    "bench": ("bench", "Measure accuracy and speed"),
}
"""Each command's module, read only when the command is called, and what `facewarden --help` says of it without that."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"facewarden.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


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

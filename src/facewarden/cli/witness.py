"""`facewarden witness`: being the outside witness of somebody's audit log, on a machine of one's own.

Needs no installation, and never learns what a log's entries say: it sees sizes and hashes.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import click

from facewarden.adapters.witnesses.book import WitnessBook
from facewarden.adapters.witnesses.server import WitnessServer
from facewarden.audit.note import VerifierKey
from facewarden.cli.console import Context, common_options, pass_context, table

HOST_DEFAULT, PORT_DEFAULT = "127.0.0.1", 8322


def now_s() -> int:
    """The time as a cosignature tells it."""
    return int(time.time())


@click.group()
def witness() -> None:
    """Be an outside witness of audit logs: new, watch, serve, show."""


@witness.command("new")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="The witness's name, such as witness.example.org/w1.")
@common_options
@pass_context
def new(context: Context, folder: Path, name: str) -> None:
    """Make a witness with a key of its own in FOLDER. Never copy that folder: two of one key could tell two stories."""
    key = str(WitnessBook.create(folder, name, now_s).verifier_key)
    lines = [f"Verifier key: {key}", "Hand it to the operators of the logs, and to whoever is to check them."]
    context.done({"folder": str(folder), "verifier_key": key}, lines)


@witness.command("watch")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("log_key", metavar="KEY")
@common_options
@pass_context
def watch(context: Context, folder: Path, log_key: str) -> None:
    """Watch the log with this verifier KEY from its beginning; a running server does from then on."""
    key = VerifierKey.parse(log_key)
    WitnessBook(folder, now_s).watch(key)
    context.done({"log": key.name, "watched": True}, [f"{key.name} is watched from now on."])


@witness.command("show")
@click.argument("folder", type=click.Path(path_type=Path))
@common_options
@pass_context
def show(context: Context, folder: Path) -> None:
    """Show the witness's key, and how far it cosigned each log."""
    book = WitnessBook(folder, now_s)
    logs = [{"log": str(key), "size": head.size if head else None} for key, head in book.logs()]
    rows = [[log["log"], "-" if log["size"] is None else log["size"]] for log in logs]
    lines = [f"Verifier key: {book.verifier_key}", *(table(("log", "entries"), rows) if rows else ["It watches none."])]
    context.done({"verifier_key": str(book.verifier_key), "logs": logs}, lines)


@witness.command("serve")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--host", default=HOST_DEFAULT, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), default=PORT_DEFAULT)
@common_options
@pass_context
def serve(context: Context, folder: Path, host: str, port: int) -> None:
    """Answer logs that ask for cosignatures (C2SP tlog-witness). Put a proxy that speaks TLS in front of it."""
    book = WitnessBook(folder, now_s)
    logs = book.logs()  # a damaged one is told at once
    with book.served(), WitnessServer(book, host, port) as server:
        line = f"{book.verifier_key.name} watches {len(logs)} logs at http://{host}:{port}/ (Ctrl-C stops it)"
        context.done({"verifier_key": str(book.verifier_key), "address": f"http://{host}:{port}/"}, [line])
        with suppress(KeyboardInterrupt):
            server.serve_forever()

"""`facewarden serve` and `demo`: the web app and the API, of a real installation or of one to try."""

from __future__ import annotations

import gc
import signal
import socket
import sys
from contextlib import closing
from pathlib import Path

import click
from fastapi import FastAPI

from facewarden.adapters.clock import SystemClock
from facewarden.adapters.listening import listening
from facewarden.bootstrap.installation import Installation
from facewarden.cli.console import Context, common_options, pass_context
from facewarden.cli.models import build_pack
from facewarden.domain.audit import AuditEvent
from facewarden.settings import CLOCK_CHECKED_VARIABLE
from facewarden.web.app import create_app
from facewarden.web.server import FirstServer, FurtherServer
from facewarden.web.workers import Workers

HOST_DEFAULT = "127.0.0.1"  # nobody else reaches it until somebody decides so
PORT_DEFAULT = 8321
PORTS = click.IntRange(1, 65_535)
WORKERS_DEFAULT_MOST = 4  # each holds the models and the index in its own memory
DEMO_PEOPLE = 200


@click.command()
@click.option("--host", default=HOST_DEFAULT, help="The address to listen on.")
@click.option("--port", type=PORTS, default=PORT_DEFAULT)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help=f"How many processes answer: one for each thread of FACEWARDEN_THREADS, {WORKERS_DEFAULT_MOST} at most.",
)
@click.option("--beside", is_flag=True, hidden=True, help="A further process, handed connections by the first.")
@common_options
@pass_context
def serve(context: Context, host: str, port: int, workers: int | None, beside: bool) -> None:
    """Serve the web app and the API."""
    if beside:
        serve_beside(context.installation())
    else:
        serve_installation(context.installation(), host, port, workers)


def _end(*_: object) -> None:
    """A service manager's stop ends the process as everything else does: what is open is closed, and put on record."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(0)


def serve_installation(installation: Installation, host: str, port: int, workers: int | None = None) -> None:
    """Serves until stopped; refuses to start unless every self-check passes. Further processes join once it answers."""
    signal.signal(signal.SIGTERM, _end)
    workers = workers or min(installation.settings.threads, WORKERS_DEFAULT_MOST)
    command = [sys.executable, "-P", "-m", "facewarden", "--data", str(installation.data_dir), "serve", "--beside"]
    app = _ready_app(installation, tends=True)
    with closing(listening(host, port)) as heard:
        installation.gate.note(AuditEvent.SERVER_STARTED, actor=None, subject=installation.installation_id)
        installation.keep_seen()
        try:
            with Workers(workers - 1, command) as others:
                FirstServer(app, heard, others.hands, others.stop).run()
        finally:
            installation.gate.note(AuditEvent.SERVER_STOPPED, actor=None, subject=installation.installation_id)
            installation.keep_seen()


def serve_beside(installation: Installation) -> None:
    """Serves what the first process hands on over standard input, as long as that one does."""
    signal.signal(signal.SIGTERM, _end)
    with socket.socket(fileno=sys.stdin.fileno()) as line:
        FurtherServer(_ready_app(installation, tends=False), line).run()


def _ready_app(installation: Installation, *, tends: bool) -> FastAPI:
    installation.self_check()
    app = create_app(installation, tends=tends)
    gc.collect()
    gc.freeze()  # packs, models and pages stay until the end: the collector need not look through them at every search
    return app


@click.command()
@click.option("--people", type=click.IntRange(2, 5_000), default=DEMO_PEOPLE, help="How many generated people.")
@click.option("--host", default=HOST_DEFAULT)
@click.option("--port", type=PORTS, default=PORT_DEFAULT)
@click.option("--serve/--no-serve", "then_serve", default=True, help="Serve it once it is there.")
@common_options
@pass_context
def demo(context: Context, people: int, host: str, port: int, then_serve: bool) -> None:
    """Make an installation of generated people, print a sign-in for each kind of user, and serve it."""
    from facewarden.cli import demonstration  # draws people: nothing else that is served needs it

    context.data = context.data or str(Path("demo").absolute())
    # Nobody's time runs out in a demo, so one that was left alone for months opens without a word about the clock.
    context.defaults[CLOCK_CHECKED_VARIABLE] = str(SystemClock().now().date())
    settings = context.settings()
    build_pack(settings.models_dir)
    sign_ins = demonstration.prepare(context, settings, people)
    address = f"http://{host}:{port}/"
    lines = [f"The demo is in {settings.data_dir}. Nobody in it exists. Throw-away sign-ins:"]
    lines += [f"  {entry['role']:<18} {entry['name']:<14} {entry['password']}" for entry in sign_ins]
    lines.append(f"Photos to search with: {settings.data_dir / demonstration.PROBE_FOLDER}")
    if then_serve:
        lines.append(f"Open {address}  (Ctrl-C stops it; run it again and the data is still there)")
    context.done({"data": str(settings.data_dir), "address": address, "sign_ins": sign_ins}, lines)
    if then_serve:
        serve_installation(context.installation(), host, port)

"""`facewarden init`, `serve`, `demo` and `doctor`: making an installation, running it, looking after it."""

from __future__ import annotations

import secrets
from pathlib import Path

import click
import uvicorn

from facewarden import bootstrap
from facewarden.bootstrap import Installation
from facewarden.cli import demonstration
from facewarden.cli.accounts import password_stdin, read_password
from facewarden.cli.console import EXIT_DONE, EXIT_FAILED, Context, common_options, pass_context
from facewarden.cli.models import build_pack
from facewarden.domain.audit import AuditEvent
from facewarden.web.app import create_app

HOST_DEFAULT = "127.0.0.1"  # nobody else reaches it until somebody decides so
PORT_DEFAULT = 8321
DEMO_PEOPLE = 200
WORDS_IN_PASSWORD = 4


def register(group: click.Group) -> None:
    """Adds this group's commands."""
    for command in (init, serve, demo, doctor):
        group.add_command(command)


@click.command()
@click.option("--name", default="facewarden", help="The installation's name: the origin of its audit log.")
@click.option("--operator", default="operator", help="The sign-in name of the first account.")
@click.option("--organisation", default="Operations", help="The body that runs this installation.")
@password_stdin
@common_options
@pass_context
def init(context: Context, name: str, operator: str, organisation: str, password_stdin: bool) -> None:
    """Create an installation: records, keys, log, and the operator's account."""
    settings = context.settings()
    password = read_password(True) if password_stdin else new_password()
    made = bootstrap.create_installation(settings, name, organisation, operator, password)
    shown = {} if password_stdin else {"password": password}
    context.done(
        {"installation_id": made.installation_id, "data": str(settings.data_dir), "operator": operator}
        | {"master_key_file": str(made.master_key_file) if made.master_key_file else None}
        | shown,
        [
            f"Installation {name} is in {settings.data_dir}.",
            f"Master key: {made.master_key_file or 'from the environment'}. Keep a copy elsewhere: without it nothing"
            " can be read.",
            f"Operator: {operator}" + (f", password {password} (shown once)" if shown else ""),
            f"Sign in: facewarden --data {settings.data_dir} login {operator}",
        ],
    )


def new_password() -> str:
    """A password of random letters and digits in four groups: some 80 bits, easy to type."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike
    groups = ("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(WORDS_IN_PASSWORD))
    return "-".join(groups)


@click.command()
@click.option("--host", default=HOST_DEFAULT, help="The address to listen on.")
@click.option("--port", type=int, default=PORT_DEFAULT)
@common_options
@pass_context
def serve(context: Context, host: str, port: int) -> None:
    """Serve the web app and the API."""
    serve_installation(context.installation(), host, port)


def serve_installation(installation: Installation, host: str, port: int) -> None:
    """Serves until stopped; refuses to start unless every self-check passes."""
    installation.self_check()
    installation.gate.note(AuditEvent.SERVER_STARTED, actor=None, subject=installation.installation_id)
    try:
        uvicorn.run(
            create_app(installation), host=host, port=port, log_level="warning", server_header=False, access_log=False
        )
    finally:
        installation.gate.note(AuditEvent.SERVER_STOPPED, actor=None, subject=installation.installation_id)


@click.command()
@click.option("--people", type=click.IntRange(2, 5_000), default=DEMO_PEOPLE, help="How many generated people.")
@click.option("--host", default=HOST_DEFAULT)
@click.option("--port", type=int, default=PORT_DEFAULT)
@click.option("--serve/--no-serve", "then_serve", default=True, help="Serve it once it is there.")
@common_options
@pass_context
def demo(context: Context, people: int, host: str, port: int, then_serve: bool) -> None:
    """Make an installation of generated people, print a sign-in for each kind of user, and serve it."""
    context.data = context.data or str(Path("demo").absolute())
    settings = context.settings()
    build_pack(settings.models_dir)
    sign_ins = demonstration.prepare(context, settings, people)
    address = f"http://{host}:{port}/"
    lines = [f"The demo is in {settings.data_dir}. Nobody in it exists. Throw-away sign-ins:"]
    lines += [f"  {entry['role']:<18} {entry['name']:<14} {entry['password']}" for entry in sign_ins]
    if then_serve:
        lines.append(f"Open {address}  (Ctrl-C stops it; run it again and the data is still there)")
    context.done({"data": str(settings.data_dir), "address": address, "sign_ins": sign_ins}, lines)
    if then_serve:
        serve_installation(context.installation(), host, port)


@click.command()
@click.option("--rebuild-index", is_flag=True, help="Make the index anew from the records.")
@common_options
@pass_context
def doctor(context: Context, rebuild_index: bool) -> int:
    """Check everything that a start checks, and the whole log; say what is wrong and what to do."""
    installation = context.installation()
    if rebuild_index:
        installation.rebuild_index()
    checks = installation.examine()
    result = {
        "ok": all(check.problem is None for check in checks),
        "checks": [
            {"name": check.name, "ok": check.problem is None, "detail": check.detail, "next_step": check.next_step}
            for check in checks
        ],
    }
    lines = []
    for check in checks:
        lines.append(f"{'ok     ' if check.problem is None else 'PROBLEM'} {check.name}: {check.detail}")
        if check.next_step:
            lines.append(f"        {check.next_step}")
    context.done(result, lines)
    return EXIT_DONE if result["ok"] else EXIT_FAILED

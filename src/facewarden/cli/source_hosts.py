"""`facewarden source hosts`, `permit-host`, `approve-host`, `mirror`: sites that asked to be left alone.

Never lifts a bar on one person's word.
"""

from __future__ import annotations

from pathlib import Path

import click

from facewarden.cli.console import Context, common_options, pass_context, table
from facewarden.cli.files import read_bytes
from facewarden.domain.hosts import HostPermission


@click.command("hosts")
@common_options
@pass_context
def list_hosts(context: Context) -> None:
    """List the hosts that asked to be left alone, and permissions of their owners."""
    context.actor()
    every = context.installation().source_desk.bars.all()
    rows = [
        (bar.host, bar.reason, f"{bar.barred_at:%Y-%m-%d}" if bar.barred_at else "always", _permission(permission))
        for bar, permission in every
    ]
    result = [
        {
            "host": bar.host,
            "reason": bar.reason,
            "barred_at": bar.barred_at.isoformat() if bar.barred_at else None,
            "letter_sha256": bar.letter_hash,
            "permission": _permission(permission),
        }
        for bar, permission in every
    ]
    context.done({"hosts": result}, table(("host", "asked", "barred", "permission"), rows))


@click.command("permit-host")
@click.argument("host")
@click.option("--permission", type=click.Path(path_type=Path), required=True, help="The owner's document.")
@common_options
@pass_context
def permit_host(context: Context, host: str, permission: Path) -> None:
    """Record that the owner of HOST permits collecting; the bar is lifted once another person approves it."""
    proposed = context.installation().source_desk.bars.propose_permission(context.actor(), host, read_bytes(permission))
    context.done(
        {"host": proposed.host, "permission": _permission(proposed)},
        [
            f"Proposed for {proposed.host}.",
            f"  Another person approves it: facewarden source approve-host {proposed.host}",
        ],
    )


@click.command("approve-host")
@click.argument("host")
@common_options
@pass_context
def approve_host(context: Context, host: str) -> None:
    """Approve the permission of HOST's owner, which another person recorded; photos that were erased stay out."""
    lifted = context.installation().source_desk.bars.approve_permission(context.actor(), host)
    context.done({"host": lifted.host, "permission": _permission(lifted)}, [f"The bar of {lifted.host} is lifted."])


@click.command("mirror")
@click.argument("host")
@click.argument("mirror")
@common_options
@pass_context
def note_mirror(context: Context, host: str, mirror: str) -> None:
    """Note that HOST and MIRROR show one site: a letter about one bars both."""
    context.installation().source_desk.bars.note_mirror(context.actor(), host, mirror)
    context.done({"host": host, "mirror": mirror}, [f"{host} and {mirror} are one site."])


def _permission(permission: HostPermission | None) -> str:
    if permission is None:
        return "none"
    return "in force" if permission.in_force else "proposed"

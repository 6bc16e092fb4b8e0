"""`facewarden access`: what is held of a person, for that person, after a check of who asks.

Never tells anything without that check, and never writes a bundle that others of this machine can read.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path

import click

from facewarden.cli.console import Context, common_options, pass_context
from facewarden.cli.days import DAY
from facewarden.cli.files import check_new, write_bytes
from facewarden.domain.ids import FaceNumber
from facewarden.services.taking_out.optout import IDENTITY_CHECKS


@click.group()
def access() -> None:
    """Answers to "what do you hold of me?"."""


@access.command("bundle")
@click.argument("to", type=click.Path(path_type=Path))
@click.option("--face", "faces", type=int, multiple=True, metavar="NUMBER", help="A face that you found to be theirs.")
@click.option("--request", "request_id", help="The request that it answers.")
@click.option(
    "--identity-checked",
    type=click.Choice([str(check) for check in IDENTITY_CHECKS]),
    help="How you checked, outside this program, who asks. No document is kept.",
)
@common_options
@pass_context
def bundle(
    context: Context, to: Path, faces: tuple[int, ...], request_id: str | None, identity_checked: str | None
) -> None:
    """Write to TO what is held of a person: a ZIP with JSON, PDF and the photos, other faces burnt out."""
    installation, actor = context.installation(), context.actor()
    numbers = [FaceNumber(number) for number in faces]
    check_new(to)
    made = installation.taking_out.access.bundle(actor, numbers, identity_checked, request_id)
    write_bytes(to, made.content, new=True, all_the_same="The telling is on record all the same.")
    context.done(
        {"bundle_id": made.bundle_id, "faces": made.faces, "file": str(to), "audit_index": made.audit_index},
        [f"Written: {to}, {made.faces} faces. Hand it over by a way that only the person can read."],
    )


@access.command("seal")
@click.argument("case_id")
@click.option("--basis", required=True, help="The paper that orders it: a court's order, a statute.")
@click.option("--until", type=DAY, required=True, help="The day on which it ends by itself.")
@common_options
@pass_context
def seal(context: Context, case_id: str, basis: str, until: date) -> None:
    """Leave a case out of what persons are told, until a day within a year."""
    installation, actor = context.installation(), context.actor()
    made = installation.taking_out.access.seal(actor, case_id, basis, datetime.combine(until, time(), UTC))
    context.done(
        {"seal_id": made.seal_id, "case_id": made.case_id, "until": made.until.date().isoformat()},
        [f"Sealed until {made.until.date()}: {made.seal_id}."],
    )

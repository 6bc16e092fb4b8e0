"""`facewarden suppression`, `quarantine` and `incidents`: who is kept out, what waits for a word, what came back.

Never lists who is kept out, and never shows a face to anybody but a privacy officer.
"""

from __future__ import annotations

from pathlib import Path

import click

from facewarden.cli.console import Context, common_options, pass_context, table
from facewarden.cli.files import write_bytes
from facewarden.services.taking_out.optout import IDENTITY_CHECKS
from facewarden.services.taking_out.quarantine import Answer


@click.group()
def suppression() -> None:
    """Faces that are kept out."""


@suppression.command("lift")
@click.argument("suppression_id")
@click.option(
    "--identity-checked",
    type=click.Choice([str(check) for check in IDENTITY_CHECKS]),
    required=True,
    help="How you checked, outside this program, that the person themselves asks for it. No document is kept.",
)
@common_options
@pass_context
def lift(context: Context, suppression_id: str, identity_checked: str) -> None:
    """Let a person go who was kept out and wants to be so no more; SUPPRESSION_ID is on their receipt."""
    installation, actor = context.installation(), context.actor()
    installation.taking_out.kept_out.lift(actor, suppression_id, identity_checked)
    context.done(
        {"ok": True, "suppression_id": suppression_id},
        ["Lifted: the face is kept out no more. What was erased stays erased, and those files stay barred."],
    )


@click.group()
def quarantine() -> None:
    """Photos with a face that is like one that is kept out, not like enough to tell."""


@quarantine.command("list")
@common_options
@pass_context
def list_quarantine(context: Context) -> None:
    """List what waits for a privacy officer's word, the photo that ends first at the head."""
    installation, actor = context.installation(), context.actor()
    waiting = installation.ways_in.quarantine.waiting(actor)
    rows = [(w.quarantine_id, w.source_id, w.faces, w.came_at.date(), w.until.date()) for w in waiting]
    context.done(
        {
            "waiting": [
                {
                    "quarantine_id": w.quarantine_id,
                    "source_id": w.source_id,
                    "faces": w.faces,
                    "came_at": w.came_at.isoformat(),
                    "until": w.until.isoformat(),
                }
                for w in waiting
            ]
        },
        table(("photo", "source", "faces in question", "came", "destroyed on"), rows) if rows else ["Nothing waits."],
    )


@quarantine.command("show")
@click.argument("quarantine_id")
@click.argument("to", type=click.Path(path_type=Path))
@common_options
@pass_context
def show(context: Context, quarantine_id: str, to: Path) -> None:
    """Write the photo, as a JPEG without metadata, to the file TO. Destroy it when you have looked."""
    installation, actor = context.installation(), context.actor()
    write_bytes(to, installation.ways_in.quarantine.picture(actor, quarantine_id))
    context.done({"ok": True, "file": str(to)}, [f"Written: {to}. Destroy it when you have looked at it."])


@quarantine.command("decide")
@click.argument("quarantine_id")
@click.argument("answer", type=click.Choice([answer.value for answer in Answer]))
@common_options
@pass_context
def decide(context: Context, quarantine_id: str, answer: str) -> None:
    """Say whose face it is: somebody_else lets the photo in, keep_out does not. When in doubt, keep out."""
    installation, actor = context.installation(), context.actor()
    report = installation.ways_in.quarantine.decide(actor, quarantine_id, Answer(answer))
    result = {
        "admitted": report.admitted,
        "faces": report.faces,
        "burnt": report.burnt,
        "refused": dict(report.refused),
    }
    came = f"In: {report.faces} faces of the photo." if report.admitted else "The photo stays out, and is destroyed."
    context.done(result, [came])


@click.group()
def incidents() -> None:
    """The erased or the kept-out, found again by the nightly probe, and erased at once."""


@incidents.command("list")
@common_options
@pass_context
def list_incidents(context: Context) -> None:
    """List incidents, the newest first. For privacy officers, auditors and overseers."""
    found = context.installation().taking_out.incidents.all(context.actor())
    rows = [(i.incident_id, i.found_at.date(), i.kind.value, i.photos, i.state.value) for i in found]
    context.done(
        {
            "incidents": [
                {
                    "incident_id": i.incident_id,
                    "kind": i.kind.value,
                    "state": i.state.value,
                    "found_at": i.found_at.isoformat(),
                    "photos": i.photos,
                    "suppression_id": i.suppression_id,
                    "erasure_id": i.erasure_id,
                }
                for i in found
            ]
        },
        table(("incident", "found", "what", "how many", "state"), rows) if rows else ["There is no incident."],
    )


@incidents.command("close")
@click.argument("incident_id")
@common_options
@pass_context
def close(context: Context, incident_id: str) -> None:
    """Close an incident that you have looked into. For privacy officers."""
    context.installation().taking_out.incidents.close(context.actor(), incident_id)
    context.done({"ok": True, "incident_id": incident_id}, ["Closed."])

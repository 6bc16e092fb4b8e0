"""`facewarden source takedown`, `takedowns`, `reviews`, `review`, `expunge`, `origins`: what leaves, and why it stays.

Never takes anything down that a dry run did not show first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from facewarden.cli.console import Context, common_options, pass_context, table
from facewarden.cli.files import check_new, read_bytes, write_bytes
from facewarden.domain.provenance import Takedown
from facewarden.errors import BadUseError
from facewarden.services.collecting.takedown import DryRun
from facewarden.services.collecting.takedown_letter import reply_letter
from facewarden.services.shapes import origins_json


@click.command("takedown")
@click.argument("subject", metavar="HOST")
@click.option("--letter", type=click.Path(path_type=Path), required=True, help="The owner's letter; kept and hashed.")
@click.option("--mirror", "mirrors", multiple=True, metavar="HOST", help="Another name of the same site.")
@click.option("--confirm", metavar="CODE", help="Do what the dry run with this code showed.")
@click.option("--reply", type=click.Path(path_type=Path), help="Write the reply to the owner here.")
@common_options
@pass_context
def takedown(
    context: Context, subject: str, letter: Path, mirrors: tuple[str, ...], confirm: str | None, reply: Path | None
) -> None:
    """Follow the letter of the owner of HOST (or of the source of that name): first without --confirm, to see what it
    would do; then with the code that was printed."""
    installation, actor, content = context.installation(), context.actor(), read_bytes(letter)
    desk = installation.source_desk.takedowns
    if confirm is None:
        _tell_dry_run(context, desk.dry_run(actor, subject, content, mirrors))
        return
    if reply is not None:
        check_new(reply)
    done = desk.carry_out(actor, subject, content, mirrors, confirm)
    text = reply_letter(done, installation.name, str(installation.log.verifier_key))
    if reply is not None:
        write_bytes(
            reply,
            text.encode(),
            new=True,
            all_the_same="The takedown is done all the same.",
            next_step="Print the letter again: facewarden source takedowns --reply ID",
        )
    context.done(
        {**takedown_json(done), "reply": text},
        [f"Done: {done.counts['photos']:,} photos erased. Log entry {done.outcome_index}."]
        + ([f"Reply: {reply}"] if reply else ["", text]),
    )


def _tell_dry_run(context: Context, dry: DryRun) -> None:
    counts = dry.plan.counts()
    lines = [
        "Dry run: nothing was changed.",
        f"  hosts to be barred: {', '.join(dry.scope.hosts) or '-'}",
        f"  sources to end: {', '.join(source.name for source in dry.whole) or '-'}",
        f"  sources that keep their other hosts: {', '.join(source.name for source in dry.partly) or '-'}",
        f"  photos to erase: {dry.plan.photos:,} with {dry.plan.faces:,} faces",
        f"  photos that another source permits: {dry.plan.kept:,}",
        f"  photos on hold, erased when it ends: {dry.plan.held:,}",
        f"  look-alikes elsewhere, to be reviewed: {dry.plan.look_alikes:,}",
        f"  photos without an address from sources with other hosts: {dry.plan.without_address:,}",
        f"To do it, run the same with: --confirm {dry.code}",
    ]
    result: dict[str, Any] = {
        "dry_run": True,
        "code": dry.code,
        "hosts": list(dry.scope.hosts),
        "sources": [source.name for source in dry.whole],
        "partly": [source.name for source in dry.partly],
        **counts,
    }
    context.done(result, lines)


@click.command("takedowns")
@click.option("--reply", "wanted", metavar="ID", help="Print the reply letter of that takedown.")
@common_options
@pass_context
def takedowns(context: Context, wanted: str | None) -> None:
    """List the takedowns, or print a reply letter again."""
    installation, actor = context.installation(), context.actor()
    desk = installation.source_desk.takedowns
    if wanted is not None:
        text = reply_letter(desk.find(actor, wanted), installation.name, str(installation.log.verifier_key))
        context.done({"takedown_id": wanted, "reply": text}, [text])
        return
    every = desk.all(actor)
    rows = [
        (t.takedown_id, t.subject, t.state, f"{t.begun_at:%Y-%m-%d}", t.counts["photos"], t.counts["kept"])
        for t in every
    ]
    header = ("takedown", "about", "state", "begun", "erased", "kept")
    context.done({"takedowns": [takedown_json(t) for t in every]}, table(header, rows) if rows else ["No takedowns."])


@click.command("reviews")
@common_options
@pass_context
def reviews(context: Context) -> None:
    """List photos of other sources that look like one taken down, for a privacy officer to decide."""
    waiting = context.installation().source_desk.copies.waiting(context.actor())
    rows = [(review.takedown_id, review.photo_id, review.bits) for review in waiting]
    result = [
        {"takedown_id": review.takedown_id, "photo_id": review.photo_id, "bits": review.bits} for review in waiting
    ]
    context.done({"reviews": result}, table(("takedown", "photo", "bits of 256"), rows) if rows else ["Nothing waits."])


@click.command("review")
@click.argument("takedown_id")
@click.argument("photo_id")
@click.option("--erase/--keep", "erase", default=None, help="It is the same picture, or another.")
@common_options
@pass_context
def review(context: Context, takedown_id: str, photo_id: str, erase: bool | None) -> None:
    """Decide about a photo that looks like one taken down."""
    if erase is None:
        raise BadUseError("no_decision", "Say what becomes of it.", next_step="Add --erase or --keep.")
    desk = context.installation().source_desk.copies
    desk.decide(context.actor(), takedown_id, photo_id, erase=erase)
    state = "erased" if erase else "kept"
    context.done({"photo_id": photo_id, "state": state}, [f"{photo_id} is {state}."])


@click.command("expunge")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--source", "name", required=True, help="The source whose records these are.")
@common_options
@pass_context
def expunge(context: Context, path: Path, name: str) -> None:
    """Erase the photos of everybody in FILE, a CSV with a column person, and keep them out.

    With a column expunge_on only those whose day has come.
    """
    installation, actor = context.installation(), context.actor()
    done = installation.source_desk.expunging.follow(actor, installation.sources.named(name), read_bytes(path))
    context.done(
        {
            "people": done.people,
            "photos": done.photos,
            "kept": done.withdrawn.kept,
            "held": done.withdrawn.photos - done.photos,
            "audit_index": done.audit_index,
        },
        [
            f"{done.people:,} people: {done.photos:,} photos erased, {done.withdrawn.kept:,} kept that another source"
            f" permits. Log entry {done.audit_index}."
        ],
    )


@click.command("origins")
@click.argument("photo_id")
@common_options
@pass_context
def origins(context: Context, photo_id: str) -> None:
    """Show where a photo came from, by which decisions, and when it goes."""
    told = context.installation().source_desk.provenance.of_photo(context.actor(), photo_id)
    rows = [
        (
            told.sources[arrival.source_id].name,
            f"{arrival.arrived_at:%Y-%m-%d %H:%M}",
            arrival.decision_index,
            arrival.server_ip or "-",
            arrival.url or arrival.file_name or "-",
        )
        for arrival in told.origins.arrivals
    ]
    lines = [f"{photo_id} is {told.origins.state}; it goes on {told.term.due_on or 'no day known yet'}."]
    lines += table(("source", "came (UTC)", "log entry", "server", "from"), rows)
    lines += [f"looks like {copy.photo_id} ({copy.bits} bits of 256)" for copy in told.origins.near_copies]
    context.done(origins_json(told), lines)


def takedown_json(takedown: Takedown) -> dict[str, Any]:
    """A takedown as the command line and the API show it."""
    return {
        "takedown_id": takedown.takedown_id,
        "subject": takedown.subject,
        "hosts": list(takedown.hosts),
        "state": takedown.state,
        "letter_sha256": takedown.letter_hash,
        "begun_at": takedown.begun_at.isoformat(),
        "done_at": takedown.done_at.isoformat() if takedown.done_at else None,
        "audit_index": takedown.outcome_index,
        **takedown.counts,
    }

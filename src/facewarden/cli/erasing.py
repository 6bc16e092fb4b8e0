"""`facewarden erase` and `facewarden receipt`: taking photos out, and checking what was promised.

Never erases without the log's word for it, and never trusts the key that a receipt brings.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from facewarden.audit.receipt import verify_receipt
from facewarden.cli.console import Context, common_options, pass_context
from facewarden.cli.files import read_json, write_bytes, write_json
from facewarden.cli.witnessing import named_witnesses, witness_options, witnessed
from facewarden.domain.erasing import Erasure, ErasureReason
from facewarden.domain.ids import FaceNumber, PhotoId


@click.command()
@click.argument("photo_ids", nargs=-1, metavar="[PHOTO_ID]...")
@click.option("--face", "faces", type=int, multiple=True, metavar="NUMBER", help="Only this face.")
@click.option("--reason", type=click.Choice([reason.value for reason in ErasureReason]), required=True)
@click.option("--release-hold", is_flag=True, help="Erase held photos too: their hold has ended.")
@click.option("--receipt", "receipt_file", type=click.Path(path_type=Path), help="Write the signed receipt here.")
@common_options
@pass_context
def erase(
    context: Context,
    photo_ids: tuple[str, ...],
    faces: tuple[int, ...],
    reason: str,
    release_hold: bool,
    receipt_file: Path | None,
) -> None:
    """Erase photos, with every face in them, from every file, for good: they cannot be collected again.

    Of a face named with --face the photo stays where it shows others, with that face burnt out. A held photo stays
    hidden and is erased when its hold ends.
    """
    installation, actor = context.installation(), context.actor()
    taking_out = installation.taking_out
    erasure = taking_out.erasing.erase(
        actor,
        [PhotoId(photo_id) for photo_id in photo_ids],
        ErasureReason(reason),
        face_numbers=[FaceNumber(number) for number in faces],
        despite_holds=release_hold,
    )
    receipt = taking_out.receipts.make(erasure, tell_what=True)
    if receipt_file is not None:
        write_receipt(receipt_file, receipt)
    context.done({**erasure_json(erasure), "receipt": receipt}, erasure_lines(erasure, receipt_file))


def erasure_json(erasure: Erasure) -> dict[str, Any]:
    """The erasure as the command line and the API show it."""
    return {
        "erasure_id": erasure.erasure_id,
        "reason": erasure.reason.value,
        "photos": erasure.photos,
        "burnt": erasure.burnt,
        "faces": erasure.faces,
        "candidates": erasure.candidates,
        "held": erasure.held,
        "audit_index": erasure.outcome_index,
    }


def erasure_lines(erasure: Erasure, receipt_file: Path | None) -> list[str]:
    """The erasure for a person."""
    lines = [
        f"Erased: {erasure.photos:,} photos and {erasure.faces:,} faces; {erasure.candidates:,} candidates of past"
        f" searches redacted. Log entry {erasure.outcome_index}."
    ]
    if erasure.burnt:
        lines.append(f"Burnt out of photos that show others: in {erasure.burnt:,} photos.")
    if erasure.held:
        lines.append(f"Held, hidden and erased when their hold ends: {erasure.held:,} photos.")
    return lines + ([f"Receipt: {receipt_file}"] if receipt_file else [])


def write_receipt(path: Path, receipt: dict[str, Any]) -> None:
    """Writes the receipt as JSON; BadUseError where it cannot be written: the erasure is done all the same."""
    write_json(
        path,
        receipt,
        all_the_same="What was asked for is done and on record.",
        next_step="Ask for --json next time, which prints the receipt too.",
    )


@click.group()
def receipt() -> None:
    """Receipts of erasure."""


@receipt.command("page")
@click.argument("to", type=click.Path(path_type=Path))
@common_options
@pass_context
def page(context: Context, to: Path) -> None:
    """Write to the file TO the page with which a browser checks receipts: without a server, and offline."""
    content = (files("facewarden.web") / "static" / "receipt-check.html").read_bytes()
    write_bytes(to, content)
    context.done({"ok": True, "file": str(to)}, [f"Written: {to}. Open it in a browser; it asks nobody for anything."])


@receipt.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", required=True, help="The log's verifier key, from a place that you trust.")
@witness_options
@common_options
@pass_context
def verify(context: Context, file: Path, key: str, witnesses: tuple[str, ...], quorum: int | None) -> None:
    """Check a receipt FILE offline: needs no installation, no account and no network."""
    policy = named_witnesses(witnesses, quorum)
    told = read_json(file)
    entries = verify_receipt(told, key)
    seen, lines = witnessed(told, key, policy)
    context.done(
        {"ok": True, "receipt_id": told["receipt_id"], "erased": told["erased"], "suppressed": told["suppressed"]}
        | {"request": told.get("request"), "not_reached": told["not_reached"], "entries": len(entries), **seen},
        [*_verified_lines(told, len(entries)), *lines],
    )


def _verified_lines(told: dict[str, Any], entries: int) -> list[str]:
    erased, suppressed = told["erased"], told["suppressed"]
    request = told.get("request")
    whose = f"of the request {request['id']}" if request else "of no request"
    lines = [f"The receipt holds: {whose}, signed by {told['installation']}, {entries} log entries proved."]
    if erased:
        lines.append(
            f"Erased: {erased['photos']} photos whole, {erased['burnt']} burnt, {erased['faces']} faces,"
            f" {erased['candidates']} candidates redacted, {erased['held']} held; done {erased['done_at']}."
        )
    if suppressed:
        until = suppressed["until"] or "it is lifted at your request"
        lines.append(f"Kept out: one face, since {suppressed['since']}, until {until}.")
    for left in told["not_reached"]:
        lines.append(f"Not reached: {left['what']}" + (f", at the latest {left['until']}" if left["until"] else ""))
    return lines

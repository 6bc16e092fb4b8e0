"""`facewarden optout`: a person's request to be taken out, and the privacy officer's answer to it.

Never tells whoever asks anything about the gallery.
"""

from __future__ import annotations

from pathlib import Path

import click

from facewarden.cli.console import Context, common_options, pass_context, table
from facewarden.cli.erasing import erasure_json, erasure_lines, write_receipt
from facewarden.cli.reading import read_bytes
from facewarden.domain.requests import Channel, PersonRequest
from facewarden.errors import BadUseError
from facewarden.services.optout import BEHALVES, IDENTITY_CHECKS
from facewarden.services.request_review import Review
from facewarden.services.requests import RequestForm


@click.group()
def optout() -> None:
    """Requests of people to be taken out."""


@optout.command()
@click.argument("photo", type=click.Path(path_type=Path))
@click.option("--face", type=int, help="Which face, from 1, the largest first.")
@click.option("--place", help="Country or state as declared, ISO 3166: FR, US-IL.")
@click.option("--behalf", type=click.Choice(BEHALVES), default="self", help="On whose behalf.")
@click.option(
    "--release-on-file",
    is_flag=True,
    help="The person was told in writing what the photo is used for and for how long, and has released it for that.",
)
@common_options
@pass_context
def submit(
    context: Context, photo: Path, face: int | None, place: str | None, behalf: str, release_on_file: bool
) -> None:
    """Hand in a request with a PHOTO of the person's face. Needs no account and no proof, and tells nothing."""
    if not release_on_file:
        raise BadUseError(
            "release_missing",
            "The person's written release for this photo is not on file.",
            "The photo makes a face template, which is used to find and erase this face, then kept to keep it out.",
            "Tell the person so in writing, have them release it, then add --release-on-file.",
        )
    content = read_bytes(photo)
    form = RequestForm(behalf=behalf, place=place, face_number=face, notice_given=True, released=True)
    request = context.installation().request_desk.intake.submit([content], form, channel=Channel.COUNTER, client=None)
    if request is None:  # only the same request of one e-mail address again
        raise BadUseError("request_repeated", "This very request is open already.", next_step="See: optout list")
    context.done(
        {"request_id": request.request_id, "state": request.state.value, "due_at": request.due_at.isoformat()},
        [f"Request {request.request_id} is waiting for a privacy officer; due {request.due_at.date()}."],
    )


@optout.command("list")
@click.argument("request_id", required=False)
@common_options
@pass_context
def list_requests(context: Context, request_id: str | None) -> None:
    """List the requests that wait, or the faces that may be the person's of REQUEST_ID. For privacy officers."""
    opt_out, actor = context.installation().request_desk.opt_out, context.actor()
    if request_id is not None:
        review = opt_out.review(actor, request_id)
        context.done(_review_json(review), _review_lines(review))
        return
    waiting = opt_out.waiting(actor)
    rows = [(r.request_id, r.received_at.date(), r.due_at.date(), r.place or "-", r.behalf) for r in waiting]
    lines = table(("request", "received", "due", "place", "for"), rows) if rows else ["No request is waiting."]
    context.done({"requests": [_request_json(request) for request in waiting]}, lines)


@optout.command()
@click.argument("request_id")
@click.option("--face", "faces", type=int, multiple=True, metavar="NUMBER", help="This candidate is the person.")
@click.option("--all-above", type=click.FloatRange(0.0, 1.0), help="So is every candidate at least this similar.")
@click.option(
    "--identity-checked", type=click.Choice(IDENTITY_CHECKS), help="How who asks was checked, outside this program."
)
@click.option("--receipt", "receipt_file", type=click.Path(path_type=Path), help="Write the person's receipt here.")
@common_options
@pass_context
def approve(
    context: Context,
    request_id: str,
    faces: tuple[int, ...],
    all_above: float | None,
    identity_checked: str | None,
    receipt_file: Path | None,
) -> None:
    """Confirm a request: erase the photos of the confirmed faces, and keep the person's face out from now on.

    With no face confirmed nothing is erased and the face is kept out all the same. The person's receipt tells what was
    found only with --identity-checked.
    """
    installation, actor = context.installation(), context.actor()
    taking_out = installation.taking_out
    erasure = installation.request_desk.opt_out.approve(actor, request_id, faces, all_above, identity_checked)
    receipt = taking_out.receipts.make(erasure, tell_what=identity_checked is not None)
    if receipt_file is not None:
        write_receipt(receipt_file, receipt)
    context.done(
        {**erasure_json(erasure), "request_id": request_id, "receipt": receipt},
        [*erasure_lines(erasure, receipt_file), "The face is kept out from now on."],
    )


def _request_json(request: PersonRequest) -> dict[str, object]:
    return {
        "request_id": request.request_id,
        "state": request.state.value,
        "place": request.place,
        "behalf": request.behalf,
        "received_at": request.received_at.isoformat(),
        "due_at": request.due_at.isoformat(),
    }


def _review_json(review: Review) -> dict[str, object]:
    return {
        **_request_json(review.request),
        "gallery_size": review.gallery_size,
        "people": review.people,
        "suspect": review.suspect,
        "candidates": [
            {
                "face_number": candidate.face_number,
                "photo_id": candidate.photo_id,
                "similarity": candidate.similarity,
                "fmr": list(candidate.fmr) if candidate.fmr else None,
                "expected_lookalikes": list(candidate.expected_lookalikes) if candidate.expected_lookalikes else None,
                "source": candidate.source,
            }
            for candidate in review.candidates
        ],
    }


def _review_lines(review: Review) -> list[str]:
    rows = [(c.face_number, f"{c.similarity:.3f}", c.photo_id, c.source) for c in review.candidates]
    lines = table(("face", "similarity", "photo", "source"), rows) if rows else ["No face of the gallery comes near."]
    if review.suspect:
        lines.append(
            f"SUSPECT: it meets {review.people} different people, more than {review.people_allowed}. "
            "It may be an averaged face: the request is stopped."
        )
    return lines

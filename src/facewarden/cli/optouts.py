"""`facewarden optout`: a person's request handed in at the office, and the privacy officer's answer to it.

Never tells whoever asks anything about the gallery.
"""

from __future__ import annotations

from pathlib import Path

import click

from facewarden.cli.console import Context, common_options, pass_context, table
from facewarden.cli.erasing import erasure_json, erasure_lines, write_receipt
from facewarden.cli.files import read_bytes
from facewarden.domain.requests import Channel, Outcome, PersonRequest, RequestKind
from facewarden.errors import BadUseError
from facewarden.services.taking_out.optout import BEHALVES, CLOSING_OUTCOMES, EXTENSION_REASONS, IDENTITY_CHECKS
from facewarden.services.taking_out.request_form import RequestForm
from facewarden.services.taking_out.request_review import Review

_face_option = click.option(
    "--face", "faces", type=int, multiple=True, metavar="NUMBER", help="This candidate is the person."
)
_receipt_option = click.option(
    "--receipt", "receipt_file", type=click.Path(path_type=Path), help="Write the person's receipt here."
)


@click.group()
def optout() -> None:
    """Requests of people to be taken out, or to be told."""


@optout.command()
@click.argument("photos", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--face", type=int, help="Which face of the first photo, from 1, the largest first.")
@click.option("--place", help="Country or state as declared, ISO 3166: FR, US-IL.")
@click.option("--behalf", type=click.Choice(BEHALVES), default=BEHALVES[0], help="On whose behalf.")
@click.option("--email", help="Where the answer goes. Without one the person follows the request with the code.")
@click.option("--access", is_flag=True, help="The person asks what is held, and does not ask to be taken out.")
@click.option("--keep-photo", is_flag=True, help="The person chose that the photo is kept for a change of models.")
@click.option(
    "--release-on-file",
    is_flag=True,
    help="The person was told in writing what the photo is used for and for how long, and has released it for that.",
)
@common_options
@pass_context
def submit(
    context: Context,
    photos: tuple[Path, ...],
    face: int | None,
    place: str | None,
    behalf: str,
    email: str | None,
    access: bool,
    keep_photo: bool,
    release_on_file: bool,
) -> None:
    """Hand in a request with PHOTOS of the person's face. Needs no account and no proof, and tells nothing.

    Whoever is signed in is on record as the one who took it in.
    """
    if not release_on_file:
        raise _release_missing()
    form = RequestForm(
        kind=RequestKind.ACCESS if access else RequestKind.TAKE_OUT,
        behalf=behalf,
        place=place,
        email=email,
        face_number=face,
        notice_given=True,
        released=True,
        keep_photo=keep_photo,
    )
    content = [read_bytes(photo) for photo in photos]
    intake, officer = context.installation().request_desk.intake, context.actor_if_any()
    request = intake.submit(content, form, channel=Channel.COUNTER, client=None, taken_in_by=officer)
    if request is None:  # only the same request of one e-mail address again, or too many of one
        raise _request_repeated()
    code = intake.code(request.request_id)
    lines = [
        f"Request {request.request_id} is waiting for a privacy officer; due {request.due_at.date()}.",
        f"Give the person this number and this code to follow it with: {code}",
        f"On record as taken in by {officer.user.sign_in_name if officer else 'nobody: nobody is signed in'}.",
    ]
    context.done({**_request_json(request), "code": code}, lines)


def _release_missing() -> BadUseError:
    return BadUseError(
        "release_missing",
        "The person's written release for this photo is not on file.",
        "The photo makes a face template, which is used to find and erase this face, then kept to keep it out.",
        "Tell the person so in writing, have them release it, then add --release-on-file.",
    )


def _request_repeated() -> BadUseError:
    return BadUseError(
        "request_repeated",
        "This request is open already, or its address has as many open ones as it may.",
        next_step="See: optout list",
    )


@optout.command("list")
@click.argument("request_id", required=False)
@common_options
@pass_context
def list_requests(context: Context, request_id: str | None) -> None:
    """List the requests that wait, or the faces that may be the person's of REQUEST_ID. For privacy officers."""
    looking, actor = context.installation().request_desk.looking, context.actor()
    if request_id is not None:
        review = looking.review(actor, request_id)
        context.done(_review_json(review), _review_lines(review))
        return
    queue = looking.queue(actor)
    rows = [
        (r.request_id, r.kind, r.received_at.date(), r.due_at.date(), r.place or "-", r.behalf) for r in queue.waiting
    ]
    lines = table(("request", "asks", "received", "due", "place", "for"), rows) if rows else ["No request is waiting."]
    if queue.overdue or queue.soon:
        lines.append(f"{queue.overdue} overdue, {queue.soon} due within a week.")
    counts = {"overdue": queue.overdue, "due_soon": queue.soon, "unconfirmed": queue.unconfirmed}
    context.done({"requests": [_request_json(request) for request in queue.waiting], **counts}, lines)


@optout.command()
@click.argument("request_id")
@_face_option
@click.option("--all-above", type=click.FloatRange(0.0, 1.0), help="So is every candidate at least this similar.")
@click.option(
    "--identity-checked", type=click.Choice(IDENTITY_CHECKS), help="How who asks was checked, outside this program."
)
@click.option("--cases-asked", is_flag=True, help="The offices of the open cases listed were asked.")
@_receipt_option
@common_options
@pass_context
def approve(
    context: Context,
    request_id: str,
    faces: tuple[int, ...],
    all_above: float | None,
    identity_checked: str | None,
    cases_asked: bool,
    receipt_file: Path | None,
) -> None:
    """Confirm a request: erase the confirmed faces, and keep the person's face out from now on.

    With no face confirmed nothing is erased and the face is kept out all the same. The person's receipt tells what was
    found only with --identity-checked. More than five faces at once are confirmed twice, with time to look between.
    """
    installation, actor = context.installation(), context.actor()
    opt_out = installation.request_desk.opt_out
    if cases_asked:
        opt_out.record_cases_asked(actor, request_id)
    erasure = opt_out.approve(actor, request_id, faces, all_above, identity_checked)
    receipt = installation.request_desk.telling.receipt_of(installation.request_desk.looking.find(actor, request_id))
    if receipt_file is not None:
        write_receipt(receipt_file, receipt)
    context.done(
        {**erasure_json(erasure), "request_id": request_id, "receipt": receipt},
        [*erasure_lines(erasure, receipt_file), "The face is kept out from now on."],
    )


@optout.command()
@click.argument("request_id")
@_face_option
@click.option("--identity-checked", type=click.Choice(IDENTITY_CHECKS), help="How who asks was checked.")
@common_options
@pass_context
def answer(context: Context, request_id: str, faces: tuple[int, ...], identity_checked: str | None) -> None:
    """Answer a request to be told: these faces are the person's. Refused without an identity check on record."""
    opt_out, actor = context.installation().request_desk.opt_out, context.actor()
    if identity_checked is not None:
        opt_out.record_identity(actor, request_id, identity_checked)
    _done(context, opt_out.answer(actor, request_id, faces), "The request is answered.")


@optout.command()
@click.argument("request_id")
@click.argument("reason", type=click.Choice(EXTENSION_REASONS))
@common_options
@pass_context
def extend(context: Context, request_id: str, reason: str) -> None:
    """Put a request off once, by as long as its law allows; the person gets a letter with the REASON."""
    request = context.installation().request_desk.opt_out.extend(context.actor(), request_id, reason)
    _done(context, request, f"Put off until {request.due_at.date()}.")


@optout.command()
@click.argument("request_id")
@click.argument("outcome", type=click.Choice(CLOSING_OUTCOMES))
@common_options
@pass_context
def close(context: Context, request_id: str, outcome: str) -> None:
    """Close a request with nothing done: the photo is unusable, or nobody's identity was checked for an answer."""
    request = context.installation().request_desk.opt_out.close(context.actor(), request_id, Outcome(outcome))
    _done(context, request, "The request is closed; its photo and address are destroyed.")


@optout.command()
@click.argument("request_id")
@click.option("--identity-checked", type=click.Choice(IDENTITY_CHECKS), required=True, help="How who asks was checked.")
@common_options
@pass_context
def clear(context: Context, request_id: str, identity_checked: str) -> None:
    """Lift the suspicion of a stopped request after an identity check, the photo beside the person."""
    opt_out, actor = context.installation().request_desk.opt_out, context.actor()
    opt_out.record_identity(actor, request_id, identity_checked)
    _done(context, opt_out.clear_suspicion(actor, request_id), "No longer stopped: confirm faces one by one.")


def _done(context: Context, request: PersonRequest, line: str) -> None:
    context.done(_request_json(request), [line])


def _request_json(request: PersonRequest) -> dict[str, object]:
    return {
        "request_id": request.request_id,
        "kind": request.kind.value,
        "state": request.state.value,
        "place": request.place,
        "behalf": request.behalf.value,
        "received_at": request.received_at.isoformat(),
        "due_at": request.due_at.isoformat(),
        "clock": request.clock_id,
        "identity_checked": request.identity.value if request.identity else None,
        "outcome": request.outcome.value if request.outcome else None,
    }


def _review_json(review: Review) -> dict[str, object]:
    return {
        **_request_json(review.request),
        "gallery_size": review.gallery_size,
        "people": review.people,
        "people_allowed": review.people_allowed,
        "suspect": review.suspect,
        "held": review.held,
        "open_cases": [{"number": case.number, "organisation": case.organisation} for case in review.cases],
        "candidates": [
            {
                "face_number": candidate.face_number,
                "photo_id": candidate.photo_id,
                "similarity": candidate.similarity,
                "fmr": list(candidate.fmr) if candidate.fmr else None,
                "expected_lookalikes": list(candidate.expected_lookalikes) if candidate.expected_lookalikes else None,
                "source": candidate.source,
                "held": candidate.held,
                "open_cases": list(candidate.open_cases),
            }
            for candidate in review.candidates
        ],
    }


def _review_lines(review: Review) -> list[str]:
    rows = [
        (
            c.face_number,
            f"{c.similarity:.3f}",
            c.photo_id,
            c.source,
            "held" if c.held else ", ".join(c.open_cases) or "-",
        )
        for c in review.candidates
    ]
    head = ("face", "similarity", "photo", "source", "hold or open case")
    lines = table(head, rows) if rows else ["No face of the gallery comes near."]
    if review.suspect:
        lines.append(
            f"SUSPECT: it meets {review.people} different people, more than {review.people_allowed}. "
            "It may be an averaged face: the request is stopped."
        )
    if review.cases:
        lines.append(f"Ask the offices of {len(review.cases)} open cases first, then approve with --cases-asked.")
    return lines

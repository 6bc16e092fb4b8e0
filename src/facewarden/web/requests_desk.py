"""The privacy officer's desk: the queue with its dates, the request's face beside the candidates, the answer.

Never erases at one click what nobody can have looked at, and shows a picture only through the service that decides it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.erasing import Erasure
from facewarden.domain.requests import ExtensionReason, IdentityCheck, Outcome, PersonRequest, RequestKind, RequestState
from facewarden.errors import BadPhotoError, BadUseError, Error
from facewarden.services.taking_out.optout import OptOut
from facewarden.services.taking_out.request_looking import Looking, due_soon
from facewarden.services.taking_out.request_review import Review
from facewarden.web.answers import attachment, jpeg
from facewarden.web.door import actor_of
from facewarden.web.forms import Form, form_of
from facewarden.web.pages import page
from facewarden.web.requests_words import REQUEST_WORDS
from facewarden.web.site import installation_of

router = APIRouter(include_in_schema=False, prefix="/requests")

PICTURE_SIDE_PX = 480
LARGE_SIDE_PX = 900
FACE_FIELD = "face_"
FACE_DIGITS = 18  # a face number has 63 bits


@dataclass(frozen=True, slots=True)
class _Typed:
    """What the officer had chosen when something was wrong."""

    faces: frozenset[int] = frozenset()
    above: str = ""


@router.get("")
def queue(request: Request) -> Response:
    """What waits, the one due first at the head; what is overdue; what was closed of late."""
    actor = actor_of(request)
    now = installation_of(request).clock.now()
    found = _looking(request).queue(actor)
    return page(
        request,
        "requests.html",
        queue=found,
        now=now,
        dates={each.request_id: _date_state(each, now) for each in found.waiting},
        said=REQUEST_WORDS,
    )


@router.get("/{request_id}")
def review(request: Request, request_id: str) -> Response:
    """One request: its face beside the faces that may be the person's; how it ended, once it is closed."""
    actor = actor_of(request)
    found = _looking(request).find(actor, request_id)
    if found.state is not RequestState.WAITING:
        return _closed_page(request, found)
    return _review_page(request, _looking(request).review(actor, request_id), _Typed(), None)


@router.get("/{request_id}/face.jpg")
def probe_picture(request: Request, request_id: str) -> Response:
    """The face that the person sent."""
    return jpeg(_looking(request).probe_picture(actor_of(request), request_id, LARGE_SIDE_PX))


@router.get("/{request_id}/candidates/{face_number}")
def candidate(request: Request, request_id: str, face_number: int) -> Response:
    """The person's face and one candidate's, large, side by side."""
    actor = actor_of(request)
    found = _looking(request).review(actor, request_id)
    numbers = [each.face_number for each in found.candidates if not each.held]
    if face_number not in numbers:
        raise BadUseError("not_a_candidate", "This face is no candidate of this request now.", next_step="Go back.")
    at = [int(number) for number in numbers].index(face_number)
    return page(
        request,
        "request_candidate.html",
        review=found,
        item=next(each for each in found.candidates if each.face_number == face_number),
        previous=numbers[at - 1] if at else None,
        following=numbers[at + 1] if at + 1 < len(numbers) else None,
        calibration=installation_of(request).calibration,
        card=installation_of(request).card,
    )


@router.get("/{request_id}/candidates/{face_number}/face.jpg")
def candidate_picture(request: Request, request_id: str, face_number: int) -> Response:
    """A candidate's face; every look is decided and recorded."""
    return jpeg(_looking(request).face_picture(actor_of(request), request_id, face_number, LARGE_SIDE_PX))


@router.post("/{request_id}/identity")
def record_identity(request: Request, request_id: str) -> Response:
    """The request with the identity check on record."""
    return _done(
        request, request_id, lambda desk: desk.record_identity(actor_of(request), request_id, _chosen(request))
    )


@router.post("/{request_id}/cases")
def record_cases(request: Request, request_id: str) -> Response:
    """The request with the word that the offices of open cases were asked."""
    return _done(request, request_id, lambda desk: desk.record_cases_asked(actor_of(request), request_id))


@router.post("/{request_id}/clear")
def clear(request: Request, request_id: str) -> Response:
    """The request, no longer stopped."""
    return _done(request, request_id, lambda desk: desk.clear_suspicion(actor_of(request), request_id))


@router.post("/{request_id}/extend")
def extend(request: Request, request_id: str) -> Response:
    """The request, put off once."""
    return _done(request, request_id, lambda desk: desk.extend(actor_of(request), request_id, _chosen(request)))


@router.post("/{request_id}/close")
def close(request: Request, request_id: str) -> Response:
    """The request, closed without anything done."""
    given = _chosen(request)
    outcome = Outcome(given) if given in set(Outcome) else Outcome.HANDLED  # which the service refuses
    return _done(request, request_id, lambda desk: desk.close(actor_of(request), request_id, outcome))


@router.post("/{request_id}/approve")
def approve(request: Request, request_id: str) -> Response:
    """The faces confirmed: erased, and the person kept out."""
    form, actor = form_of(request), actor_of(request)
    typed = _typed(form)

    def confirmed(desk: OptOut) -> object:
        if not (typed.faces or typed.above or form.text("none")):
            raise BadUseError(
                "nothing_ticked",
                "No face is ticked.",
                "A slip would close the request for good.",
                "Tick the faces that are the person, or say that none of them is.",
            )
        return desk.approve(actor, request_id, sorted(typed.faces), _similarity(typed.above))

    return _done(request, request_id, confirmed, typed)


@router.post("/{request_id}/bundle")
def bundle(request: Request, request_id: str) -> Response:
    """What is held of the ticked faces, as a file to hand over; refused without an identity check on record."""
    actor, typed = actor_of(request), _typed(form_of(request))
    installation = installation_of(request)
    try:
        faces, checked = _desk(request).told_faces(actor, request_id, sorted(typed.faces))
    except (BadUseError, BadPhotoError) as error:
        return _review_page(request, _looking(request).review(actor, request_id), typed, error)
    made = installation.taking_out.access.bundle(actor, faces, checked, request_id)
    return attachment(made.content, f"{made.bundle_id}.zip", "application/zip")


@router.post("/{request_id}/answer")
def answer(request: Request, request_id: str) -> Response:
    """The access request, answered."""
    typed = _typed(form_of(request))
    return _done(
        request, request_id, lambda desk: desk.answer(actor_of(request), request_id, sorted(typed.faces)), typed
    )


@router.get("/{request_id}/receipt.json")
def receipt(request: Request, request_id: str) -> Response:
    """The receipt as the person gets it."""
    actor = actor_of(request)
    found, installation = _looking(request).find(actor, request_id), installation_of(request)
    made = installation.request_desk.telling.receipt_of(found)
    return attachment(json.dumps(made, indent=1, ensure_ascii=False), "receipt.json", "application/json")


# -- inside ---------------------------------------------------------------------------------------------------


def _done(request: Request, request_id: str, act: Callable[[OptOut], object], typed: _Typed | None = None) -> Response:
    """The request's page after the act; with the error on it where the act was not possible."""
    desk = _desk(request)
    try:
        act(desk)
    except (BadUseError, BadPhotoError) as error:
        found = _looking(request).find(actor_of(request), request_id)
        if found.state is not RequestState.WAITING:
            raise
        return _review_page(request, _looking(request).review(actor_of(request), request_id), typed or _Typed(), error)
    return RedirectResponse(f"/requests/{request_id}", 303)


def _review_page(request: Request, found: Review, typed: _Typed, error: Error | None) -> Response:
    installation, asked = installation_of(request), found.request
    now = installation.clock.now()
    return page(
        request,
        "request.html",
        review=found,
        asked=asked,
        typed=typed,
        error=error,
        now=now,
        date=_date_state(asked, now),
        is_access=asked.kind is RequestKind.ACCESS,
        checks=list(IdentityCheck),
        reasons=list(ExtensionReason),
        extendable=asked.extended_at is None and now <= asked.due_at,
        extended_until=asked.clock.extended(asked.received_at),
        said=REQUEST_WORDS,
        calibration=installation.calibration,
        card=installation.card,
    )


def _closed_page(request: Request, found: PersonRequest) -> Response:
    erasure: Erasure | None = None
    if found.erasure_id is not None:
        erasure = installation_of(request).request_desk.telling.erasure_of(found)
    return page(
        request,
        "request_closed.html",
        asked=found,
        erasure=erasure,
        let_go=bool(request.query_params.get("let_go")),
        checks=list(IdentityCheck),
        said=REQUEST_WORDS,
    )


def _date_state(asked: PersonRequest, now: datetime) -> str:
    return "overdue" if asked.overdue(now) else "soon" if due_soon(asked, now) else "in_time"


def _desk(request: Request) -> OptOut:
    return installation_of(request).request_desk.opt_out


def _looking(request: Request) -> Looking:
    return installation_of(request).request_desk.looking


def _chosen(request: Request) -> str:
    return form_of(request).text("chosen")


def _typed(form: Form) -> _Typed:
    given = [name.removeprefix(FACE_FIELD) for name in form.fields if name.startswith(FACE_FIELD)]
    faces = frozenset(int(number) for number in given if number.isdecimal() and len(number) <= FACE_DIGITS)
    return _Typed(faces, form.text("above"))


def _similarity(text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise BadUseError("bad_similarity", "A similarity is a number from 0 to 1.", next_step="Write it like 0.95.")
    return value

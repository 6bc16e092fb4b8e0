"""What anybody may do about their own face: ask to be taken out, ask what is held, follow a request, read the policy.

Never says anything about the gallery, and never asks for an account, a script or an identity document.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from facewarden.domain.requests import NOTICE_VERSION, Behalf, Channel, Outcome, RequestKind, RequestState
from facewarden.errors import BadPhotoError, BadUseError, DamagedError, Error, UnavailableError
from facewarden.services.refusal import RefusedError
from facewarden.services.taking_out.catalogues import LANGUAGES, Catalogue, catalogue, language_of
from facewarden.services.taking_out.request_form import RequestForm
from facewarden.services.taking_out.request_limits import (
    ADDRESS_OPEN,
    CONFIRM_LETTERS,
    CONFIRM_WITHIN,
    NETWORK_REQUESTS,
)
from facewarden.services.taking_out.requests import Followed
from facewarden.web.addresses import is_open
from facewarden.web.answers import attachment
from facewarden.web.forms import Form, form_of
from facewarden.web.open_pages import bound
from facewarden.web.optout_policy import policy_of
from facewarden.web.pages import environment
from facewarden.web.site import address_of, installation_of
from facewarden.web.statuses import status_of

router = APIRouter(include_in_schema=False, prefix="/opt-out")

PHOTO_FIELDS = ("photo", "photo_2", "photo_3")
FACES_OFFERED = 9
PAGES = {RequestKind.TAKE_OUT: "out", RequestKind.ACCESS: "in"}
_NOT_RELEASED = "not_released"
_NOT_A_PHOTO = "not_a_photo"
_UNAVAILABLE = "unavailable"
_SHOWN_ERRORS = (BadUseError, BadPhotoError, UnavailableError, RefusedError)


@router.get("")
def start(request: Request) -> Response:
    """The three ways, and the policy."""
    return _page(request, "start.html")


@router.get("/policy")
def policy(request: Request) -> Response:
    """What is kept and for how long, made from the live configuration, and what cannot be known."""
    installation = installation_of(request)
    return _page(request, "policy.html", policy=policy_of(installation), today=installation.clock.now())


# -- asking ---------------------------------------------------------------------------------------------------


@router.get("/take-me-out")
def take_out_form(request: Request) -> Response:
    """The form of a request to be taken out."""
    return _request_form(request, RequestKind.TAKE_OUT, Form(), None)


@router.get("/in-it")
def access_form(request: Request) -> Response:
    """The form of a request to be told."""
    return _request_form(request, RequestKind.ACCESS, Form(), None)


@router.post("/take-me-out")
def take_out(request: Request) -> Response:
    """The request, waiting for its confirmation; the page reads the same whatever became of it."""
    return _submit(request, RequestKind.TAKE_OUT)


@router.post("/in-it")
def access(request: Request) -> Response:
    """The question, waiting for its confirmation; the page reads the same whatever became of it."""
    return _submit(request, RequestKind.ACCESS)


@router.get("/sent")
def sent(request: Request) -> Response:
    """What to do next."""
    return _page(request, "sent.html", days=CONFIRM_WITHIN.days, letters=CONFIRM_LETTERS)


def _submit(request: Request, kind: RequestKind) -> Response:
    form, language = form_of(request), _language(request)
    asked = RequestForm(
        kind=kind,
        behalf=form.text("behalf") or Behalf.SELF.value,
        place=form.text("place") or None,
        email=form.text("email"),
        language=language,
        from_left=_whole(form.text("from_left")),
        # A form that was opened before the notice changed did not show this one.
        notice_given=form.text("notice") == NOTICE_VERSION,
        released=form.text("released") == "yes",
        keep_photo=form.text("keep") == "yes",
    )
    photos = [form.files[name] for name in PHOTO_FIELDS if name in form.files]
    try:
        installation_of(request).request_desk.intake.submit(
            photos, asked, channel=Channel.WEB, client=address_of(request)
        )
    except _SHOWN_ERRORS as error:
        return _request_form(request, kind, form, error)
    return RedirectResponse(f"/opt-out/sent?lang={language}", 303)


def _request_form(request: Request, kind: RequestKind, form: Form, error: Error | None) -> Response:
    return _page(
        request,
        "ask.html",
        error=error,
        kind=kind,
        part=PAGES[kind],
        form=form,
        states=_places(_language(request), "state."),
        countries=_places(_language(request), "country."),
        behalves=list(Behalf),
        faces_offered=FACES_OFFERED,
        notice_version=NOTICE_VERSION,
        days=CONFIRM_WITHIN.days,
        limits={"address": ADDRESS_OPEN, "network": NETWORK_REQUESTS},
    )


# -- confirming -----------------------------------------------------------------------------------------------


@router.get("/confirm")
def confirm_form(request: Request, number: str = "", token: str = "") -> Response:
    """One button: a machine that opens every link of a letter confirms nothing."""
    return _page(request, "confirm.html", number=number[:80], token=token[:80], error=None, confirmed=None)


@router.post("/confirm")
def confirm(request: Request) -> Response:
    """The request, in the officer's queue."""
    form = form_of(request)
    number, token = form.text("number"), form.text("token")
    try:
        intake = installation_of(request).request_desk.intake
        confirmed = intake.confirm(number, token, client=address_of(request))
    except _SHOWN_ERRORS as error:
        return _page(request, "confirm.html", number=number, token=token, error=error, confirmed=None)
    return _page(request, "confirm.html", number=number, token=token, error=None, confirmed=confirmed)


# -- following ------------------------------------------------------------------------------------------------


@router.get("/track")
def track_form(request: Request, number: str = "") -> Response:
    """The form that asks for number and code; the code stands in no address, where others might read it."""
    return _page(request, "track.html", number=number[:80], code="", error=None, followed=None)


@router.post("/track")
def track(request: Request) -> Response:
    """How far the request is."""
    follow = installation_of(request).request_desk.intake.follow
    return _by_code(request, lambda number, code, client: _followed(request, follow(number, code, client=client), code))


@router.post("/withdraw")
def withdraw(request: Request) -> Response:
    """The request, taken back."""

    def withdrawn(number: str, code: str, client: str) -> Response:
        taken_back = installation_of(request).request_desk.intake.withdraw(number, code, client=client)
        return _followed(request, Followed(taken_back, overdue=False), code)

    return _by_code(request, withdrawn)


@router.post("/receipt")
def receipt(request: Request) -> Response:
    """The receipt as a file."""

    def made(number: str, code: str, client: str) -> Response:
        told = installation_of(request).request_desk.telling.receipt(number, code, client=client)
        return attachment(json.dumps(told, indent=1, ensure_ascii=False), "receipt.json", "application/json")

    return _by_code(request, made)


def _by_code(request: Request, act: Callable[[str, str, str], Response]) -> Response:
    """What number and code open, given to `act` with the address that asks; the form again where they open nothing."""
    number, code = (form_of(request).text(name) for name in ("number", "code"))
    try:
        return act(number, code, address_of(request))
    except _SHOWN_ERRORS as error:
        return _page(request, "track.html", number=number, code=code, error=error, followed=None)


def _followed(request: Request, followed: Followed, code: str) -> Response:
    asked = followed.request
    state = "overdue" if followed.overdue else asked.state.value
    if asked.state is RequestState.CLOSED:
        state = (asked.outcome or Outcome.HANDLED).value
    return _page(
        request,
        "track.html",
        number=asked.request_id,
        code=code,
        error=None,
        followed=asked,
        state=state,
        found=installation_of(request).request_desk.telling.found(asked),
    )


# -- every page -----------------------------------------------------------------------------------------------


def _page(request: Request, template: str, /, *, error: Error | None = None, **context: Any) -> Response:
    text, installation = catalogue(_language(request), "pages"), installation_of(request)
    made = environment().get_template(f"optout/{template}")

    def render(key: str) -> Response:
        body = made.render(
            t=text,
            languages={name: catalogue(name, "pages")("site.language") for name in LANGUAGES},
            installation_name=installation.name,
            contact=installation.settings.office.contact,
            here=request.url.path if is_open("GET", request.url.path) else "/opt-out/track",
            form_key=key,
            error_text=_error_text(text, error),
            error_code=error_key(text, error) if error else "",
            **context,
        )
        return HTMLResponse(body, status_of(error) if error else 200)

    return bound(request, render)


def error_page(request: Request, error: Error) -> Response:
    """What went wrong before a route was reached, in the visitor's language."""
    return _page(request, "error.html", error=error)


def _error_text(text: Catalogue, error: Error | None) -> str:
    return "" if error is None else text(f"error.{error_key(text, error)}")


def error_key(text: Catalogue, error: Error) -> str:
    """The text that says this error; what a decoder finds wrong with a file is all the same to whoever sent it."""
    code = _NOT_RELEASED if isinstance(error, RefusedError) else error.code
    if f"error.{code}" in text:
        return code
    if isinstance(error, UnavailableError | DamagedError):
        return _UNAVAILABLE
    return _NOT_A_PHOTO if isinstance(error, BadPhotoError) else "other"


def _language(request: Request) -> str:
    """What the form or the address says, else what the browser asks for."""
    form = getattr(request.state, "form", None)
    named = form.text("lang") if isinstance(form, Form) else request.query_params.get("lang", "")
    return named if named in LANGUAGES else language_of(request.headers.get("accept-language", ""))


def _places(language: str, kind: str) -> list[tuple[str, str]]:
    """Codes and names, by name as its letters go without their accents."""
    texts = catalogue(language, "places").items()
    named = [(key.removeprefix(kind), name) for key, name in texts.items() if key.startswith(kind)]
    return sorted(named, key=lambda each: unicodedata.normalize("NFKD", each[1]).encode("ascii", "ignore").lower())


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 2 else None

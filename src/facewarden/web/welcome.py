"""Coming in by an invitation: a password of one's own, then a second factor proven by its code.

Never shows whom an unknown invitation is for, and never sends a password back to the browser.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.errors import BadUseError, Error, NotPermittedError
from facewarden.services.people.second_factors import Enrolment
from facewarden.services.people.welcome import Welcome
from facewarden.web.forms import form_of
from facewarden.web.open_pages import open_page
from facewarden.web.site import installation_of

router = APIRouter(prefix="/welcome", include_in_schema=False)


def _welcome(request: Request) -> Welcome:
    return installation_of(request).people.welcome


@router.get("")
def welcome(request: Request, token: str = "") -> Response:
    """The invited person chooses a password."""
    return _choose(request, token, None)


@router.post("")
def choose(request: Request) -> Response:
    """The second factor, for an app to take in; nothing is changed yet."""
    form = form_of(request)
    token = form.text("token")
    try:
        shown = _welcome(request).choose(token, form.fields.get("password", ""))
    except BadUseError as error:
        return _choose(request, token, error)
    return _prove(request, token, shown, None)


@router.post("/in")
def come_in(request: Request) -> Response:
    """The account, ready: the way to the sign-in page."""
    form = form_of(request)
    token = form.text("token")
    try:
        _welcome(request).come_in(token, form.fields.get("password", ""), form.text("code"))
    except (BadUseError, NotPermittedError) as error:
        if error.code == "invitation_gone":
            raise
        return _choose(request, token, error)
    return RedirectResponse("/sign-in?welcome=1", 303)


def _choose(request: Request, token: str, error: Error | None) -> Response:
    user = _welcome(request).invited(token)
    return open_page(request, "welcome.html", error=error, token=token, user=user)


def _prove(request: Request, token: str, shown: Enrolment, error: Error | None) -> Response:
    required = _welcome(request).factor_required
    return open_page(request, "welcome_code.html", error=error, token=token, shown=shown, required=required)

"""One's own one-time codes: shown once, proven by the first code, in the place of any before.

Never shows a secret without the password, and never keeps one that was not proven.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.errors import BadUseError, Error, NotPermittedError
from facewarden.services.people.welcome import Welcome
from facewarden.web.door import actor_of, clear_session_cookie
from facewarden.web.forms import form_of
from facewarden.web.pages import page
from facewarden.web.site import address_of, installation_of

router = APIRouter(prefix="/settings/codes", include_in_schema=False)


def _welcome(request: Request) -> Welcome:
    return installation_of(request).people.welcome


@router.get("")
def codes(request: Request) -> Response:
    """Whether one has codes, and the way to have new ones."""
    return _codes(request, None)


@router.post("")
def show(request: Request) -> Response:
    """The secret for an app, once the password was given again."""
    actor, password = actor_of(request), form_of(request).fields.get("password", "")
    try:
        installation_of(request).sign_in.confirm(actor, password, address_of(request))
        shown = _welcome(request).show_own(actor)
    except NotPermittedError as error:
        return _codes(request, error)
    return page(request, "codes_new.html", shown=shown)


@router.post("/prove")
def prove(request: Request) -> Response:
    """The new codes count; every session ends, this one too, so that the next sign-in shows that they work."""
    try:
        _welcome(request).prove_own(actor_of(request), form_of(request).text("code"))
    except (BadUseError, NotPermittedError) as error:
        return _codes(request, error)
    response = RedirectResponse("/sign-in?ended=1", 303)
    clear_session_cookie(request, response)
    return response


def _codes(request: Request, error: Error | None) -> Response:
    actor = actor_of(request)
    has = "code" in installation_of(request).sign_in.factors_of(actor.user.user_id)
    return page(request, "codes.html", has_codes=has, error=error)

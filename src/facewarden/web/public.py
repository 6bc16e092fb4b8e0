"""What anybody may ask for: signing in, in one step or two, and out.

Never says whether a name exists.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.errors import NotPermittedError
from facewarden.services.banner import USE_BANNER
from facewarden.services.people.second_step import Entered, Halfway, SecondStep
from facewarden.services.people.signin import SignIn
from facewarden.web.door import (
    clear_session_cookie,
    set_session_cookie,
    visitor,
)
from facewarden.web.forms import form_of
from facewarden.web.open_pages import open_page
from facewarden.web.pages import home
from facewarden.web.site import address_of, installation_of, site_of

router = APIRouter(include_in_schema=False)


def _sign_in(request: Request) -> SignIn:
    return installation_of(request).sign_in


def _steps(request: Request) -> SecondStep:
    return installation_of(request).credentials.second_step


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/", ended: str = "", welcome: str = "") -> Response:
    """The sign-in form, or home for somebody who is signed in."""
    if visitor(request).actor is not None:
        return RedirectResponse("/", 303)
    return _form(request, _own_path(next), "", None, ended=bool(ended), welcome=bool(welcome))


@router.post("/sign-in")
def sign_in(request: Request) -> Response:
    """A session and the way to where the visitor wanted to go."""
    form = form_of(request)
    target, name = _own_path(form.text("next")), form.text("name")
    try:
        password, code = form.fields.get("password", ""), form.text("code")
        step = _steps(request).begin(site_of(request), name, password, code, address_of(request))
    except NotPermittedError as error:
        return _form(request, target, name, error)
    return _entered(request, target, step) if isinstance(step, Entered) else _second(request, target, step)


@router.post("/sign-in/passkey")
def sign_in_by_passkey(request: Request) -> Response:
    """A session, by what a passkey answered; otherwise the way in begins anew."""
    form = form_of(request)
    ticket, answer = form.text("ticket"), form.fields.get("answer", "")
    steps, address = _steps(request), address_of(request)
    return _finish(request, lambda: steps.by_passkey(site_of(request), ticket, answer, address))


@router.post("/sign-in/code")
def sign_in_by_code(request: Request) -> Response:
    """A session, by a one-time code in the place of the passkey; otherwise the way in begins anew."""
    form = form_of(request)
    steps, address = _steps(request), address_of(request)
    return _finish(request, lambda: steps.by_code(form.text("ticket"), form.text("code"), address))


def _finish(request: Request, step: Callable[[], Entered]) -> Response:
    target = _own_path(form_of(request).text("next"))
    try:
        return _entered(request, target, step())
    except NotPermittedError as error:
        return _form(request, target, "", error)


def _entered(request: Request, target: str, entered: Entered) -> Response:
    before = visitor(request).token
    if before is not None:
        _sign_in(request).sign_out(before)  # its cookie is about to be replaced: nobody could end it any more
    response = RedirectResponse(target, 303)
    set_session_cookie(request, response, entered.token)
    return response


def _second(request: Request, target: str, halfway: Halfway) -> Response:
    return open_page(
        request,
        "sign_in_second.html",
        next=target,
        question=halfway.question,
        takes_code=halfway.takes_code,
    )


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """The end of the session."""
    token = visitor(request).token
    if token is not None:
        _sign_in(request).sign_out(token)
    response = RedirectResponse("/sign-in", 303)
    clear_session_cookie(request, response)
    return response


@router.get("/")
def start(request: Request) -> Response:
    """The visitor's own first page."""
    actor = visitor(request).actor
    return RedirectResponse(home(actor) if actor else "/sign-in", 303)


def _form(
    request: Request,
    target: str,
    name: str,
    error: NotPermittedError | None,
    *,
    ended: bool = False,
    welcome: bool = False,
) -> Response:
    return open_page(
        request,
        "sign_in.html",
        next=target,
        name=name,
        error=error,
        ended=ended,
        welcome=welcome,
        use_banner=USE_BANNER,
        second_factor_required=_sign_in(request).second_factor_required,
    )


def _own_path(target: str) -> str:
    """The target if it is a path of this very site, else home."""
    own = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if own and not target.startswith("/sign-") else "/"

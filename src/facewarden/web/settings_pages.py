"""What everybody may change about their own way in: passkeys and sessions.

Never shows or changes anything of another user, and takes no word for who somebody is but the session's.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.accounts import Actor
from facewarden.domain.passkeys import Passkey
from facewarden.errors import BadUseError, Error, NotPermittedError
from facewarden.services.people.own_factors import OwnFactors
from facewarden.services.people.passkeys import Passkeys
from facewarden.web.door import actor_of, clear_session_cookie
from facewarden.web.forms import form_of
from facewarden.web.pages import page
from facewarden.web.site import address_of, installation_of, site_of, takes_passkeys

router = APIRouter(prefix="/settings", include_in_schema=False)

DONE = {
    "passkey-added": "The passkey was added. Your other sessions have ended.",
    "passkey-renamed": "The passkey has its new name.",
    "passkey-removed": "The passkey was removed.",
    "session-ended": "That session has ended.",
    "others-ended": "Your other sessions have ended.",
}


def _passkeys(request: Request) -> Passkeys:
    return installation_of(request).credentials.passkeys


def _factors(request: Request) -> OwnFactors:
    return installation_of(request).credentials.own_factors


@router.get("")
def settings(request: Request, done: str = "") -> Response:
    """One's own ways in and open sessions."""
    return _settings(request, done=done)


def _settings(request: Request, *, done: str = "", error: Error | None = None) -> Response:
    actor, installation = actor_of(request), installation_of(request)
    return page(
        request,
        "settings.html",
        passkeys=_passkeys(request).of(actor.user.user_id),
        here=site_of(request).host,
        takes_passkeys=takes_passkeys(request),
        sessions=installation.sign_in.sessions_of(actor),
        has_codes="code" in installation.sign_in.factors_of(actor.user.user_id),
        done=DONE.get(done, ""),
        error=error,
    )


# -- passkeys ------------------------------------------------------------------------------------------------


@router.post("/passkeys/new")
def ask_device(request: Request) -> Response:
    """The page that asks the device, once the password was given again."""
    actor, form = actor_of(request), form_of(request)
    name = form.text("name")
    try:
        password = form.fields.get("password", "")
        question = _factors(request).ask_to_add(actor, site_of(request), password, address_of(request))
    except (NotPermittedError, BadUseError) as error:
        return _settings(request, error=error)
    return page(request, "passkey_new.html", question=question, name=name)


@router.post("/passkeys")
def add_passkey(request: Request) -> Response:
    """A passkey more."""
    actor, form = actor_of(request), form_of(request)
    ticket, answer, name = form.text("ticket"), form.fields.get("answer", ""), form.text("name")
    try:
        _factors(request).add(actor, site_of(request), ticket, answer, name)
    except (NotPermittedError, BadUseError) as error:
        return _settings(request, error=error)
    return _back("passkey-added")


@router.get("/passkeys/{passkey_id}")
def passkey(request: Request, passkey_id: str) -> Response:
    """One passkey of one's own."""
    return _one(request, passkey_id)


@router.post("/passkeys/{passkey_id}/name")
def rename_passkey(request: Request, passkey_id: str) -> Response:
    """Another name for it."""
    actor = actor_of(request)
    try:
        _passkeys(request).rename(actor, passkey_id, form_of(request).text("name"))
    except BadUseError as error:
        return _one(request, passkey_id, error)
    return _back("passkey-renamed")


@router.post("/passkeys/{passkey_id}/remove")
def remove_passkey(request: Request, passkey_id: str) -> Response:
    """One way in less, once the password was given again."""
    actor, password = actor_of(request), form_of(request).fields.get("password", "")
    try:
        _factors(request).remove(actor, passkey_id, password, address_of(request))
    except (NotPermittedError, BadUseError) as error:
        return _one(request, passkey_id, error)
    return _back("passkey-removed")


def _one(request: Request, passkey_id: str, error: Error | None = None) -> Response:
    found = _own_passkey(request, actor_of(request), passkey_id)
    return page(request, "passkey.html", passkey=found, error=error)


def _own_passkey(request: Request, actor: Actor, passkey_id: str) -> Passkey:
    for known in _passkeys(request).of(actor.user.user_id):
        if known.passkey_id == passkey_id:
            return known
    raise BadUseError("unknown_passkey", "You have no such passkey.", next_step="See Settings for those you have.")


# -- sessions ------------------------------------------------------------------------------------------------


@router.post("/sessions/others/end")
def end_others(request: Request) -> Response:
    """Signed in here alone."""
    installation_of(request).sign_in.sign_out_everywhere(actor_of(request), stay=True)
    return _back("others-ended")


@router.post("/sessions/all/end")
def end_all(request: Request) -> Response:
    """Signed out everywhere, here too."""
    installation_of(request).sign_in.sign_out_everywhere(actor_of(request))
    response = RedirectResponse("/sign-in", 303)
    clear_session_cookie(request, response)
    return response


@router.post("/sessions/{session_id}/end")
def end_session(request: Request, session_id: str) -> Response:
    """One session less."""
    installation_of(request).sign_in.end_session(actor_of(request), session_id)
    return _back("session-ended")


def _back(done: str) -> Response:
    return RedirectResponse(f"/settings?done={done}", 303)

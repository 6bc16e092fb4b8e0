"""One's own API keys: made, shown once, revoked.

Never shows a key's token a second time, and makes none without the password.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.accounts import Scope
from facewarden.errors import BadUseError, Error, NotPermittedError
from facewarden.services.people.api_keys import DAYS_DEFAULT, DAYS_MAX, ApiKeys
from facewarden.web.door import actor_of
from facewarden.web.forms import Form, form_of
from facewarden.web.pages import page
from facewarden.web.site import address_of, installation_of

router = APIRouter(prefix="/settings/keys", include_in_schema=False)

DAYS_OFFERED = (30, DAYS_DEFAULT, 180, DAYS_MAX)
SCOPE_WORDS = {
    Scope.SEARCH: "search under an open case",
    Scope.CASES: "list and open cases",
    Scope.COLLECT: "take photos in",
    Scope.LOG: "read the log",
}


def _keys(request: Request) -> ApiKeys:
    return installation_of(request).people.api_keys


@router.get("")
def keys(request: Request, done: str = "") -> Response:
    """One's own keys, and a form for another."""
    return _list(request, Form(), None, done=bool(done))


@router.post("")
def make_key(request: Request) -> Response:
    """The key, shown this once."""
    actor, form = actor_of(request), form_of(request)
    try:
        days = form.text("days")
        installation_of(request).sign_in.confirm(actor, form.fields.get("password", ""), address_of(request))
        scopes = [scope for scope in Scope if form.text(f"scope-{scope.value}")]
        wanted_days = int(days) if days.isdecimal() and len(days) < 5 else 0
        key, token = _keys(request).make(actor, form.text("name"), form.text("purpose"), scopes, wanted_days)
    except (BadUseError, NotPermittedError) as error:
        return _list(request, form, error)
    return page(request, "key_made.html", key=key, token=token)


@router.post("/{key_id}/revoke")
def revoke_key(request: Request, key_id: str) -> Response:
    """One key less, at once."""
    _keys(request).revoke(actor_of(request), key_id)
    return RedirectResponse("/settings/keys?done=1", 303)


def _list(request: Request, form: Form, error: Error | None, *, done: bool = False) -> Response:
    actor, service = actor_of(request), _keys(request)
    return page(
        request,
        "keys.html",
        keys=service.of(actor),
        scopes=service.scopes_for(actor),
        scope_words=SCOPE_WORDS,
        days_offered=DAYS_OFFERED,
        days_default=DAYS_DEFAULT,
        now=installation_of(request).clock.now(),
        form=form,
        error=error,
        done=done,
    )

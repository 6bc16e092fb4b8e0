"""Who comes in: every address needs a session unless it is on the open list, and most rooms one of a few roles, known
before any route is looked up.

Never takes a cookie for the API nor a bearer token for a page, so that no other site can act through a browser.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from facewarden.domain.accounts import AccountBasis, Actor, Role
from facewarden.domain.accounts import Scope as KeyScope
from facewarden.domain.audit import AuditEvent
from facewarden.errors import BadUseError, Error, NotPermittedError
from facewarden.services.gate import Gate
from facewarden.services.people.signin import SignIn
from facewarden.web.addresses import SESSION_COOKIE, is_api, is_open
from facewarden.web.answers import error_answer
from facewarden.web.rooms import is_house, room_of

FORM_COOKIE = "facewarden_form"  # binds the sign-in form to the browser it was given to
FORM_FIELD = "form_key"
FORM_COOKIE_BYTES = 24
MAX_JSON_BYTES = 64 * 1024
NO_WEBSOCKET = 1008  # RFC 6455: refused by policy; none is served


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: `actor` and `token` are None until signed in; `form_key` must come back with every form."""

    actor: Actor | None
    token: str | None
    form_key: str


class Door:
    """ASGI layer that puts a Visitor into the request's state, or answers itself."""

    def __init__(self, app: ASGIApp, sign_in: SignIn, gate: Gate) -> None:
        self._app = app
        self._sign_in = sign_in
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": NO_WEBSOCKET})
            return
        request = Request(scope)
        problem: Error = _signed_out()
        actor, token = None, _token(request)
        if token is not None:
            try:
                api = is_api(request.url.path)
                actor = await run_in_threadpool(self._sign_in.actor_of, token, keys_too=api)
            except Error as error:
                problem = error
        if actor is None and not is_open(request.method, request.url.path):
            await error_answer(request, problem)(scope, receive, send)
            return
        if is_api(request.url.path) and _too_long(request):
            await error_answer(request, _too_large())(scope, receive, send)
            return
        secret = token if actor else request.cookies.get(FORM_COOKIE, "")
        scope.setdefault("state", {})["visitor"] = Visitor(actor, token if actor else None, form_key(secret or ""))
        if actor is not None and (refused := _turned_away(actor, request)) is not None:
            room, why = refused
            await run_in_threadpool(self._note_refusal, actor, room, request)
            await error_answer(request, why)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _note_refusal(self, actor: Actor, room: str, request: Request) -> None:
        action = "look" if request.method in ("GET", "HEAD") else "change"
        details = {"room": room.strip("/").replace("/", "-"), "action": action}
        self._gate.note(AuditEvent.TURNED_AWAY, actor=actor.user.user_id, subject=None, details=details)


def visitor(request: Request) -> Visitor:
    """Who asks; raises NotPermittedError where the door was never passed."""
    found = getattr(request.state, "visitor", None)
    if not isinstance(found, Visitor):
        raise _signed_out()
    return found


def actor_of(request: Request) -> Actor:
    """The signed-in actor of this request; raises NotPermittedError."""
    found = visitor(request).actor
    if found is None:
        raise _signed_out()
    return found


def actor_with(request: Request, *roles: Role) -> Actor:
    """The actor, who has one of these roles; raises NotPermittedError."""
    actor = actor_of(request)
    if not actor.has(*roles):
        raise _not_your_page(roles)
    return actor


def actor_in_scope(request: Request, *scopes: KeyScope) -> Actor:
    """The actor, signed in or by an API key made for one of these; raises NotPermittedError `key_scope`."""
    actor = actor_of(request)
    if not actor.scopes & {KeyScope.ALL, *scopes}:
        raise NotPermittedError(
            "key_scope",
            "This API key was not made for that.",
            f"It takes one of these scopes: {', '.join(scope.value for scope in scopes)}.",
            "Make a key with it, under Settings.",
        )
    return actor


def form_key(secret: str) -> str:
    """What a form must bring back: bound to the session (or to the sign-in cookie), useless to any other site."""
    return hmac.new(secret.encode(), b"facewarden form", hashlib.sha256).hexdigest() if secret else ""


def check_form_key(request: Request, given: str) -> None:
    """Nothing; raises NotPermittedError unless the form was given out to this very visitor."""
    wanted = visitor(request).form_key
    if not wanted or not hmac.compare_digest(wanted.encode(), given.encode()):
        raise NotPermittedError(
            "stale_form",
            "This form is out of date.",
            "It was opened in another session, or did not come from this site.",
            "Reload the page and send it again.",
        )


def set_session_cookie(request: Request, response: Response, token: str) -> None:
    """Puts the token into a cookie that no script reads and no other site sends."""
    _set_cookie(request, response, SESSION_COOKIE, token)


def clear_session_cookie(request: Request, response: Response) -> None:
    """Takes the session's cookie back."""
    response.delete_cookie(SESSION_COOKIE, path="/", secure=_secure(request), httponly=True, samesite="strict")


def set_form_cookie(request: Request, response: Response, secret: str) -> None:
    """Gives the browser the secret that its sign-in form is bound to."""
    _set_cookie(request, response, FORM_COOKIE, secret)


def form_secret(request: Request) -> str:
    """The sign-in form's secret of this browser, fresh if it has none."""
    return request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(FORM_COOKIE_BYTES)


def _set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    # No max-age: it ends with the browser, and the service ends the session after its own limits in any case.
    response.set_cookie(name, value, path="/", secure=_secure(request), httponly=True, samesite="strict")


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _token(request: Request) -> str | None:
    if not is_api(request.url.path):
        return request.cookies.get(SESSION_COOKIE)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _too_long(request: Request) -> bool:
    """True for JSON that is longer than any this API takes, or that does not say how long it is."""
    if request.method in ("GET", "HEAD", "OPTIONS") or request.url.path.endswith("/search"):
        return False  # a search brings a photo, which has its own limit
    length = request.headers.get("content-length", "")
    return not length.isdecimal() or int(length) > MAX_JSON_BYTES


def _too_large() -> BadUseError:
    return BadUseError(
        "upload_too_large",
        "That is more JSON than this address takes, or its length is not given.",
        f"It takes {MAX_JSON_BYTES // 1024} kB.",
        "Send less, with a Content-Length.",
    )


def _turned_away(actor: Actor, request: Request) -> tuple[str, NotPermittedError] | None:
    """The room of that address and why the actor may not come into it; None if they may."""
    found = room_of(request.method, request.url.path)
    if found is None:
        return None
    room, roles = found
    if not actor.has(*roles):
        return room, _not_your_page(roles)
    if actor.organisation.basis is not AccountBasis.OWN and is_house(request.url.path):
        return room, _not_your_house()
    return None


def _not_your_page(roles: Sequence[Role]) -> NotPermittedError:
    names = " or ".join(role.value.replace("_", " ") for role in roles)
    return NotPermittedError(
        "not_your_page",
        "This page is not for your role.",
        f"It is for: {names}.",
        "Go back to your own pages, or ask somebody with that role.",
    )


def _not_your_house() -> NotPermittedError:
    return NotPermittedError(
        "not_your_page",
        "This page is not for your organisation.",
        "It is about everybody in the gallery, and for people of the body that runs this installation.",
        "Go back to your own pages, or ask that body's privacy officer.",
    )


def _signed_out() -> NotPermittedError:
    return NotPermittedError("signed_out", "You are not signed in.", next_step="Sign in first.")

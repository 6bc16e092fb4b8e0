"""How an error leaves: one JSON shape for programs, a page for people, with the status that fits.

Never shows more of an error than its own sentences and, for a refusal, every ground of it.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from facewarden.errors import BadPhotoError, BadUseError, DamagedError, Error, NotPermittedError, UnavailableError
from facewarden.services.refusal import RefusedError, error_json
from facewarden.web.addresses import SESSION_COOKIE, is_api
from facewarden.web.pages import page

RETRY_AFTER_S = "60"  # the shortest of the windows that requests are counted in
_BY_CODE = {
    "signed_out": 401,
    "sign_in_failed": 401,
    "organisation_not_active": 401,
    "sign_in_locked": 429,
    "too_many_requests": 429,
    "step_stale": 401,
    "passkey_refused": 401,
    "passkey_copied": 401,
    "unknown_passkey": 404,
    "invitation_gone": 404,
    "unknown_key": 404,
    "unknown_user": 404,
    "unknown_application": 404,
    "unknown_organisation": 404,
    "unknown_session": 404,
    "not_found": 404,
    "no_such_method": 405,
    "upload_too_large": 413,
    "unknown_case": 404,
    "unknown_search": 404,
    "not_a_candidate": 404,
    "probe_gone": 410,
}
_BY_CLASS: tuple[tuple[type[Error], int], ...] = (
    (RefusedError, 403),
    (NotPermittedError, 403),
    (BadPhotoError, 422),
    (BadUseError, 400),
    (UnavailableError, 503),
    (DamagedError, 500),
)


def status_of(error: Error) -> int:
    """The HTTP status of an error."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    return next((status for kind, status in _BY_CLASS if isinstance(error, kind)), 500)


def error_answer(request: Request, error: Error) -> Response:
    """The answer to a request that ended in `error`."""
    status = status_of(error)
    if is_api(request.url.path):
        return JSONResponse(error_json(error), status, _headers(status))
    if error.code == "signed_out":
        return RedirectResponse(_sign_in_address(request), 303)
    if isinstance(error, RefusedError):
        return page(request, "refused.html", status, error=error, decision=error.decision)
    answer = page(request, "error.html", status, error=error, status=status)
    answer.headers.update(_headers(status))
    return answer


def _headers(status: int) -> dict[str, str]:
    """What a program goes by: how to sign in, and when to try again."""
    return {401: {"www-authenticate": "Bearer"}, 429: {"retry-after": RETRY_AFTER_S}}.get(status, {})


def _sign_in_address(request: Request) -> str:
    """The sign-in page, which leads back here if here was a page (and not a form or a picture)."""
    path = request.url.path
    wanted = {"next": path} if request.method == "GET" and path != "/" and not path.endswith(".jpg") else {}
    ended = {"ended": "1"} if SESSION_COOKIE in request.cookies else {}
    query = urlencode(wanted | ended, safe="/")
    return f"/sign-in?{query}" if query else "/sign-in"

"""How an error leaves: one JSON shape for programs, a page for people, with the status that fits.

Never shows more of an error than its own sentences and, for a refusal, every ground of it.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from facewarden.errors import BadPhotoError, BadUseError, Error, UnavailableError
from facewarden.services.refusal import RefusedError, error_json
from facewarden.web.addresses import SESSION_COOKIE, is_api
from facewarden.web.pages import page
from facewarden.web.statuses import status_of

TOLD_ON_FORMS = (BadUseError, BadPhotoError, UnavailableError)
"""What is said beside the fields that were sent: they may be sent again. A refusal has a page of its own."""
RETRY_AFTER_S = "60"  # the shortest of the windows that requests are counted in


def error_answer(request: Request, error: Error) -> Response:
    """The answer to a request that ended in `error`."""
    status = status_of(error)
    if is_api(request.url.path):
        return JSONResponse(error_json(error), status, _headers(status))
    if error.code == "signed_out":
        return RedirectResponse(_sign_in_address(request), 303)
    if isinstance(error, RefusedError):
        return page(request, "refused.html", error=error, decision=error.decision)
    answer = page(request, "error.html", error=error, status=status)
    answer.headers.update(_headers(status))
    return answer


def jpeg(content: bytes) -> Response:
    """The answer that is that picture."""
    return Response(content, media_type="image/jpeg")


def attachment(content: bytes | str, name: str, media_type: str) -> Response:
    """The answer that a browser saves under that name, which is one of ours: nothing that somebody typed."""
    return Response(content, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})


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

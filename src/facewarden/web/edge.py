"""The outermost layer: security headers on every answer, and an incident id for what nobody foresaw.

Never lets a traceback, a path or a value of the program into an answer.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from facewarden.domain.ids import random_id
from facewarden.errors import BadUseError, Error, UnavailableError
from facewarden.web.addresses import STATIC_PREFIX
from facewarden.web.answers import error_answer

LOGGER = logging.getLogger("facewarden.web")

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",  # blob: shows the chosen photo before it is sent
        "connect-src 'self'",  # the worker asks this site again for what it keeps
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(), microphone=(), camera=(self)",
}
YEAR_S = 31_536_000
WORKER = STATIC_PREFIX + "worker.js"
"""The script between a browser and the site: it keeps stylesheets and scripts, and nothing about anybody."""
MAX_BODY_BYTES = 256 * 1024 * 1024  # above what forms drains, so that its own limits speak first
BODIES_MAX_BYTES = 1024 * 1024 * 1024  # of all requests of a process together: held in memory, photos twice
OF_ONE_ADDRESS = 3  # so many addresses must send at once before somebody else waits


class Edge:
    """ASGI layer around the whole app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._bodies = Bodies(BODIES_MAX_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(scope, MutableHeaders(scope=message))
            await send(message)

        if _is_of_two_lengths(scope):
            await error_answer(Request(scope), _two_lengths())(scope, receive, _closing(send_guarded))
            return
        try:
            with self._bodies.of(scope) as came:
                await self._app(scope, _limited(receive, came), send_guarded)
        except ClientDisconnect:
            return  # nobody is left to answer
        except Exception as problem:  # where the unforeseen of a request ends; of chores it is in chores
            incident_id = random_id("inc")
            LOGGER.error("incident %s: %s", incident_id, type(problem).__name__, exc_info=problem)
            if not started:
                answer = error_answer(Request(scope), _incident(incident_id))
                await answer(scope, receive, send_guarded)


class Bodies:
    """How many bytes of bodies are held at this moment, in all and from each address; a third of all from one."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._of: Counter[str] = Counter()

    @contextmanager
    def of(self, scope: Scope) -> Iterator[Callable[[int], None]]:
        """Counts the bytes of one request's body as they come, and forgets them at its end.

        The counting raises UnavailableError `too_many_uploads`.
        """
        address, size_bytes = str((scope.get("client") or ("",))[0]), 0

        def came(more_bytes: int) -> None:
            nonlocal size_bytes
            size_bytes += more_bytes
            self._of[address] += more_bytes
            if self._of[address] > self._most_bytes // OF_ONE_ADDRESS or self._of.total() > self._most_bytes:
                raise UnavailableError(
                    "too_many_uploads",
                    "Too much is being sent here at this moment.",
                    "What comes in is held in memory, which has a limit.",
                    "Send it again in a minute.",
                )

        try:
            yield came
        finally:
            self._of[address] -= size_bytes
            if self._of[address] == 0:
                del self._of[address]


def _limited(receive: Receive, came: Callable[[int], None]) -> Receive:
    """`receive`, ending in an error for a body that no reader of ours would take: each has a lower limit."""
    size_bytes = 0

    async def receive_limited() -> Message:
        nonlocal size_bytes
        message = await receive()
        length_bytes = len(message.get("body", b""))
        size_bytes += length_bytes
        if size_bytes > MAX_BODY_BYTES:
            raise BadUseError("upload_too_large", "That is far more than this address takes.", next_step="Send less.")
        came(length_bytes)
        return message

    return receive_limited


def _is_of_two_lengths(scope: Scope) -> bool:
    """True where a proxy may see another end of this request than we do, and ours as the next one's (RFC 9112, 6.3)."""
    names = {name for name, _ in scope["headers"]}
    return {b"content-length", b"transfer-encoding"} <= names


def _two_lengths() -> BadUseError:
    return BadUseError(
        "bad_request",
        "The request cannot be read.",
        "It says in two ways how long it is.",
        "Send either its length or chunks of it.",
    )


def _closing(send: Send) -> Send:
    """`send`, after which the connection ends: what came behind is nobody's."""

    async def send_closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["connection"] = "close"
        await send(message)

    return send_closing


def _incident(incident_id: str) -> Error:
    return Error(
        "incident",
        "Something went wrong here, not on your side.",
        f"The incident is on record as {incident_id}.",
        "Try again. If it happens again, give this incident number to the operator.",
    )


def _add_headers(scope: Scope, headers: MutableHeaders) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
    # Pages and pictures show faces and cases; only the stylesheets and scripts may stay in a cache.
    if scope["path"] == WORKER:
        headers["service-worker-allowed"] = "/"
    headers["cache-control"] = "no-cache" if scope["path"].startswith(STATIC_PREFIX) else "no-store"
    if scope.get("scheme") == "https":
        headers["strict-transport-security"] = f"max-age={YEAR_S}"

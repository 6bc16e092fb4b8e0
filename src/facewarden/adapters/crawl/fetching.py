"""One request to one checked address: no redirect is followed, no more is read than asked for, no longer waited.

Never connects by name: the connection goes to the address that was checked, the name is only what the server is
called.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore

from facewarden.adapters.crawl.endpoints import Endpoint
from facewarden.errors import BadPhotoError

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 10.0, 20.0
WHOLE_TIMEOUT_S = 60.0  # a page that drips a byte a second ends here
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: status, headers by lower-case name, body up to the limit, and whether it had more."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    cut: bool
    seconds: float

    def header(self, name: str) -> str:
        """The first header of that name, empty if there is none."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every header of that name."""
        return tuple(value for key, value in self.headers if key == name)

    @property
    def kind(self) -> str:
        """The media type, lower case, without parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read and how long is waited; tests shorten them."""

    connect_s: float = CONNECT_TIMEOUT_S
    read_s: float = READ_TIMEOUT_S
    whole_s: float = WHOLE_TIMEOUT_S


class _Pinned(httpcore.NetworkBackend):
    """Connects to one address whatever it is asked for; no request outlives `deadline_s` (monotonic)."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._sockets = httpcore.SyncBackend()
        self.deadline_s = 0.0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the endpoint's address."""
        address, port = self._endpoint.unsafe_dial or (self._endpoint.address, port)
        return _Timed(self._sockets.connect_tcp(address, port, timeout=timeout, local_address=local_address), self)


class _Timed(httpcore.NetworkStream):
    """A connection that drips: each read may wait, all of them together no longer than the request's whole time."""

    def __init__(self, stream: httpcore.NetworkStream, pinned: _Pinned) -> None:
        self._stream = stream
        self._pinned = pinned

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left_s = self._pinned.deadline_s - time.monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout("the request's time is over")
        return self._stream.read(max_bytes, left_s if timeout is None else min(timeout, left_s))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, timeout), self._pinned)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Fetcher:
    """Requests under one name of ours; keeps the last connection of each host for the next request."""

    def __init__(self, user_agent: str, limits: Limits | None = None, trust: ssl.SSLContext | None = None) -> None:
        """`trust` says which certificates are good; None: those of the authorities that browsers know."""
        self._user_agent = user_agent
        self._limits = limits or Limits()
        self._trust = trust
        self._pools: dict[tuple[str, Endpoint], tuple[httpcore.ConnectionPool, _Pinned]] = {}

    def get(
        self, url: str, endpoint: Endpoint, max_bytes: int, wanted: Callable[[Answer], bool] = lambda answer: True
    ) -> Answer:
        """The answer; its body is read only if `wanted` says so of the answer without one.

        Raises BadPhotoError `fetch_failed` or `fetch_slow`.
        """
        began = time.monotonic()
        headers = [
            (b"Host", _authority(url)),
            (b"User-Agent", self._user_agent.encode("ascii", "replace")),
            (b"Accept", b"*/*"),
            (b"Accept-Encoding", b"identity"),
        ]
        connect_s = self._limits.connect_s
        timeouts = {"connect": connect_s, "read": self._limits.read_s, "write": connect_s, "pool": connect_s}
        pool = self._pool(url, endpoint, began + self._limits.whole_s)
        try:
            with pool.stream("GET", url, headers=headers, extensions={"timeout": timeouts}) as said:
                bare = _bare(said, began)
                body, cut = self._body(said, max_bytes) if wanted(bare) else (b"", False)
        except httpcore.TimeoutException as fault:
            raise _slow() from fault
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as fault:
            raise _failed(type(fault).__name__) from fault
        return Answer(bare.status, bare.headers, _uncoded(bare, body, max_bytes), cut, time.monotonic() - began)

    def close(self) -> None:
        """Ends every connection."""
        for pool, _ in self._pools.values():
            pool.close()
        self._pools.clear()

    def _pool(self, url: str, endpoint: Endpoint, deadline_s: float) -> httpcore.ConnectionPool:
        key = (urlsplit(url).netloc.lower(), endpoint)
        if key not in self._pools:
            for other in [known for known in self._pools if known[0] == key[0]]:
                self._pools.pop(other)[0].close()  # its name leads elsewhere now
            pinned = _Pinned(endpoint)
            pool = httpcore.ConnectionPool(self._trust, network_backend=pinned, max_connections=1)
            self._pools[key] = pool, pinned
        pool, pinned = self._pools[key]
        pinned.deadline_s = deadline_s
        return pool

    @staticmethod
    def _body(said: httpcore.Response, max_bytes: int) -> tuple[bytes, bool]:
        """As much of the body as is allowed, and whether there is more."""
        parts, size = [], 0
        for block in said.iter_stream():
            parts.append(block)
            size += len(block)
            if size > max_bytes:
                return b"".join(parts)[:max_bytes], True
        return b"".join(parts), False


def _bare(said: httpcore.Response, began: float) -> Answer:
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1").strip()) for name, value in said.headers)
    return Answer(said.status, headers, b"", False, time.monotonic() - began)


def _authority(url: str) -> bytes:
    return urlsplit(url).netloc.encode("idna" if not urlsplit(url).netloc.isascii() else "ascii")


def _uncoded(bare: Answer, body: bytes, max_bytes: int) -> bytes:
    """The body without the coding that the server put it under though none was asked for."""
    window = _WINDOWS.get(bare.header("content-encoding").strip().lower())
    if window is None or not body:
        return body
    try:
        return zlib.decompressobj(window).decompress(body, max_bytes)
    except zlib.error as fault:
        raise _failed("bad coding") from fault


def _slow() -> BadPhotoError:
    return BadPhotoError("fetch_slow", "The server took too long to answer.", next_step="Collect again later.")


def _failed(how: str) -> BadPhotoError:
    return BadPhotoError("fetch_failed", "The server could not be asked.", f"({how})", "Collect again later.")

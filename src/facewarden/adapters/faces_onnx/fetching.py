"""Fetches one published file over HTTPS into memory: of a known length and digest, or nothing.

It never speaks without encryption, never reads more than it was told to, and never waits without an end.
"""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from facewarden.adapters.deadlines import Deadline
from facewarden.errors import DamagedError, UnavailableError

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_HOPS = 5
_BLOCK_BYTES = 64 * 1024
_HTTPS_PORT = 443
USER_AGENT = "facewarden-models"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a single wait and one file may take, whatever it is that drips; tests shorten them."""

    wait_s: float = 20.0
    whole_s: float = 600.0


def fetch(url: str, size_bytes: int, sha256: str, limits: Limits | None = None) -> bytes:
    """The file at `url`, of exactly that length and digest.

    Redirects are followed to https alone, five at most. A proxy is used if HTTPS_PROXY names one; certificates are
    checked against those that the system trusts, or SSL_CERT_FILE names. UnavailableError `model_pull_failed` when it
    cannot be had, DamagedError `model_source_changed` when it is another file.
    """
    limits = limits or Limits()
    deadline = Deadline(limits.whole_s)
    try:
        for _ in range(_MOST_HOPS + 1):
            answer = _hop(url, size_bytes, limits, deadline)
            if isinstance(answer, bytes):
                return _checked(answer, size_bytes, sha256)
            url = urljoin(url, answer)
    except (OSError, http.client.HTTPException) as fault:
        raise _failed("it took too long." if deadline.over else _said(fault)) from fault
    except ValueError as fault:
        raise _failed("an address of it, or of the proxy, is none.") from fault
    finally:
        deadline.stop()
    raise _failed(f"it leads from one address to the next more than {_MOST_HOPS} times.")


def _hop(url: str, size_bytes: int, limits: Limits, deadline: Deadline) -> bytes | str:
    """What that address answers: the body, or another address."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise _failed("it leads away from https.")
    connection = _connection(parts, limits)
    try:
        connection.connect()
        deadline.watch(connection.sock)
        answer = _answer(connection, parts, size_bytes)
    finally:
        connection.close()
    if deadline.over:
        raise TimeoutError
    return answer


def _answer(connection: http.client.HTTPSConnection, parts: SplitResult, size_bytes: int) -> bytes | str:
    """The body, at most one byte longer than the file, or the address that the server names instead."""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("GET", target, headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})
    with connection.getresponse() as answer:
        return _body(answer, size_bytes)


def _body(answer: http.client.HTTPResponse, size_bytes: int) -> bytes | str:
    where = answer.getheader("Location")
    if answer.status in _REDIRECTS and where:
        return where
    if answer.status != http.client.OK:
        raise _failed(f"it answered {answer.status}.")
    if answer.length is not None and answer.length > size_bytes:
        raise _other(f"it has {answer.length:,} bytes instead of {size_bytes:,}.")
    blocks, size = [], 0
    while size <= size_bytes and (block := answer.read1(_BLOCK_BYTES)):
        blocks.append(block)
        size += len(block)
    return b"".join(blocks)


def _checked(content: bytes, size_bytes: int, sha256: str) -> bytes:
    if len(content) < size_bytes:
        raise _failed(f"it ended after {len(content):,} of {size_bytes:,} bytes.")
    if len(content) > size_bytes:
        raise _other(f"it is longer than {size_bytes:,} bytes.")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _other("its SHA-256 differs from the pinned one.")
    return content


def _connection(parts: SplitResult, limits: Limits) -> http.client.HTTPSConnection:
    """A connection that is not yet made, through the proxy of the environment if one is named for this host."""
    host, port = parts.hostname or "", parts.port or _HTTPS_PORT
    trust = ssl.create_default_context()
    named = getproxies().get("https")
    if not named or proxy_bypass(host):
        return http.client.HTTPSConnection(host, port, timeout=limits.wait_s, context=trust)
    proxy = urlsplit(named if "//" in named else f"//{named}")
    if not proxy.hostname:
        raise _failed("HTTPS_PROXY names no proxy.")
    connection = http.client.HTTPSConnection(proxy.hostname, proxy.port, timeout=limits.wait_s, context=trust)
    headers = {}
    if proxy.username is not None:
        account = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        headers["Proxy-Authorization"] = "Basic " + b64encode(account.encode()).decode()
    connection.set_tunnel(host, port, headers)
    return connection


def _said(fault: Exception) -> str:
    if isinstance(fault, TimeoutError):
        return "it took too long."
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({fault.verify_message})."
    if isinstance(fault, socket.gaierror):
        return "its name cannot be looked up: is there a network?"
    return f"no answer ({getattr(fault, 'strerror', None) or type(fault).__name__})."


def _failed(why: str) -> UnavailableError:
    return UnavailableError("model_pull_failed", "The file could not be fetched.", why, _ELSEWHERE)


def _other(why: str) -> DamagedError:
    return DamagedError("model_source_changed", "The file is not the published one.", why, _ELSEWHERE)


_ELSEWHERE = "Fetch it elsewhere, bring it in a folder and run the command again with --from FOLDER."

"""Asking a witness over HTTPS for its cosignature. Never follows a redirect, never reads more than an answer holds."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urlsplit

from facewarden.adapters.deadlines import Deadline
from facewarden.audit.cosigning import Answer
from facewarden.audit.note import MAX_NOTE_BYTES
from facewarden.errors import BadUseError, UnavailableError

TIMEOUT_S = 10.0
"""For each step; a witness that drips its answer is hung up on after three times as long."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def check_url(url: str) -> None:
    """Nothing; raises BadUseError `bad_witness_policy` for an address that is not https (or http on this machine)."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
        parts = urlsplit("")
    plain = parts.scheme == "http" and host in LOOPBACK
    if not host or not (parts.scheme == "https" or plain) or parts.query or parts.fragment or parts.username:
        raise BadUseError(
            "bad_witness_policy",
            "The address of a witness cannot be used.",
            "It is not https, or has more than a host, a port and a path.",
            "Write it like https://witness.example.org/prefix",
        )


class HttpWitnesses:
    """Witnesses at their addresses."""

    def add_checkpoint(self, url: str, request: bytes) -> Answer:
        """The witness's answer; raises UnavailableError `witness_silent` where there is none."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        connection = (
            http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT_S, context=ssl.create_default_context())
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_S)
        )
        deadline = Deadline(3 * TIMEOUT_S)
        try:
            connection.connect()
            deadline.watch(connection.sock)
            connection.request("POST", parts.path.rstrip("/") + "/add-checkpoint", request)
            told = connection.getresponse()
            return Answer(told.status, told.read(MAX_NOTE_BYTES), told.headers.get("Content-Type", ""))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UnavailableError(
                "witness_silent",
                "The witness does not answer.",
                f"{type(error).__name__} after at most {TIMEOUT_S:.0f} seconds.",
                "See whether it runs and is reached from here; it is asked again by itself.",
            ) from error
        finally:
            deadline.stop()
            connection.close()

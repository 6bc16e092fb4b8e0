"""A small client of the HTTP API: sign in, open a case, ask the law, search. Needs the standard library alone.

Never keeps a password, never retries a search by itself, and never follows a redirect to another host with its token.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from facewarden.errors import BadUseError, Error, NotPermittedError, UnavailableError

TIMEOUT_S = 60.0
FORBIDDEN, UNAUTHORISED, SERVER_FAULT = 403, 401, 500


class RefusedByLawError(NotPermittedError):
    """The law in force refused the act. `grounds` are the rules' own words, `audit_index` the log's entry."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        super().__init__(str(told["code"]), str(told["what"]), str(told["why"]), str(told["next_step"]))
        self.grounds: list[dict[str, Any]] = list(told.get("grounds") or [])
        self.audit_index: int | None = told.get("audit_index")


class Client:
    """One signed-in stay at a facewarden server. Use it with `with`: leaving signs out.

    `address` is the server's, such as https://faces.example.org. Raises Error for whatever the server or the way to it
    refuses: RefusedByLawError by law, BadUseError for what was asked wrongly, NotPermittedError, UnavailableError.
    """

    def __init__(self, address: str, name: str, password: str, code: str = "", timeout_s: float = TIMEOUT_S) -> None:
        if not address.startswith(("http://", "https://")):
            raise BadUseError("bad_address", "The server's address begins with https:// or http://.", next_step="")
        self._address = address.rstrip("/")
        self._timeout_s = timeout_s
        self._token = ""
        self._open = urllib.request.build_opener(_NoRedirects()).open
        self._token = self._call("POST", "sign-in", {"name": name, "password": password, "code": code})["token"]

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call("POST", "sign-out", {})

    def cases(self) -> list[dict[str, Any]]:
        """Your cases, newest first."""
        found: list[dict[str, Any]] = self._call("GET", "cases")["cases"]
        return found

    def open_case(self, number: str, purpose: str, **stated: object) -> dict[str, Any]:
        """The opened case; `stated` as the API names it: offence, sought_for, basis, basis_reference, …"""
        return self._call("POST", "cases", {"number": number, "purpose": purpose, **stated})

    def ask(self, case_id: str) -> dict[str, Any]:
        """What the law says to a search under that case now; nothing is sent or recorded."""
        return self._call("GET", f"cases/{quote(case_id, safe='')}/law")

    def search(self, case_id: str, photo: Path | bytes, **stated: object) -> dict[str, Any]:
        """The answer for one face of a photo; `stated`: face, limit, kind, taken_on, protected_activity.

        No candidates is an answer: there is no reliable lead. Leaving `kind` out states that it is a photo as taken.
        """
        content = photo.read_bytes() if isinstance(photo, Path) else photo
        body, kind = _multipart({name: str(value) for name, value in stated.items()}, content)
        return self._send("POST", f"cases/{quote(case_id, safe='')}/search", body, kind)

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        content = None if body is None else json.dumps(body).encode()
        return self._send(method, path, content, "application/json")

    def _send(self, method: str, path: str, body: bytes | None, kind: str) -> dict[str, Any]:
        headers = {"accept": "application/json", "content-type": kind}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(  # noqa: S310 - the address was checked to be http or https
            f"{self._address}/api/v1/{path}", data=body, method=method, headers=headers
        )
        try:
            with self._open(request, timeout=self._timeout_s) as answer:
                told: dict[str, Any] = json.loads(answer.read())
                return told
        except urllib.error.HTTPError as problem:
            raise _error_of(problem.code, problem.read()) from None
        except (OSError, ValueError) as problem:
            raise UnavailableError(
                "no_connection",
                "The server did not answer.",
                f"The way to it failed: {type(problem).__name__}. Nothing is known of what it did.",
                "Look at your cases before you send it again: what was searched is on record there.",
            ) from problem


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def _multipart(fields: Mapping[str, str], photo: bytes) -> tuple[bytes, str]:
    mark = uuid.uuid4().hex
    parts = [
        f'--{mark}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{mark}\r\ncontent-disposition: form-data; name="photo"; filename="photo"\r\n'
    parts += [f"{head}content-type: application/octet-stream\r\n\r\n".encode(), photo, f"\r\n--{mark}--\r\n".encode()]
    return b"".join(parts), f"multipart/form-data; boundary={mark}"


def _error_of(status: int, content: bytes) -> Error:
    try:
        told = json.loads(content)
        words = [str(told[name]) for name in ("code", "what", "why", "next_step")]
    except (ValueError, KeyError, TypeError):
        return UnavailableError(
            "strange_answer", f"The server answered {status} in words that are not facewarden's.", next_step=""
        )
    if told.get("grounds"):
        return RefusedByLawError(told)
    if status in (FORBIDDEN, UNAUTHORISED):
        return NotPermittedError(*words)
    return UnavailableError(*words) if status >= SERVER_FAULT else BadUseError(*words)

"""The client: one connection to one installation. Never follows a redirect: a token is for one server."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from facewarden_client.answers import Answer, Case, Verdict
from facewarden_client.errors import FacewardenError, error_of

KEY_VARIABLE = "FACEWARDEN_API_KEY"
TIMEOUT_S = 60.0


class Facewarden:
    """An installation, as a program asks it. Use it in a `with`, or call `close`.

    `key` is an API key from the settings page; without one FACEWARDEN_API_KEY is read, or call `sign_in`.
    Every method raises FacewardenError: `Refused` where the law does not allow it, with every ground.
    """

    def __init__(self, address: str, key: str | None = None, timeout_s: float = TIMEOUT_S) -> None:
        self._http = httpx.Client(base_url=f"{address.rstrip('/')}/api/v1/", timeout=timeout_s)
        self._use(key or os.environ.get(KEY_VARIABLE))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection. A session made by `sign_in` stays until `sign_out` or its end."""
        self._http.close()

    def sign_in(self, name: str, password: str, code: str = "") -> None:
        """From now on acts as that person; `code` is the one-time code where one is needed."""
        told = self._call("POST", "sign-in", json={"name": name, "password": password, "code": code})
        self._use(told["token"])

    def sign_out(self) -> None:
        """Ends the session."""
        self._call("POST", "sign-out")

    def cases(self) -> tuple[Case, ...]:
        """The cases that this person may work on, newest first."""
        return tuple(Case.of(case) for case in self._call("GET", "cases")["cases"])

    def open_case(self, number: str, purpose: str, **details: Any) -> Case:
        """A new case; `details` are the other fields of the installation's own API page (/api)."""
        return Case.of(self._call("POST", "cases", json={"number": number, "purpose": purpose, **details}))

    def law(self, case: Case) -> Verdict:
        """What the law says to a search under this case, before any photo is sent. Nothing is recorded."""
        return Verdict.of(self._call("GET", f"cases/{case.case_id}/law"))

    def search(
        self, case: Case, photo: Path | str | bytes, face: int | None = None, limit: int | None = None, **details: str
    ) -> Answer:
        """The candidates for one face of a photo (a path or its bytes), which the server does not keep.

        A photo of several faces needs `face`, 1 being the largest; the error `several_faces` says where each is.
        `details` are the other fields of the installation's own API page (/api).
        """
        content = photo if isinstance(photo, bytes) else _read(Path(photo))
        numbers = {"face": face, "limit": limit}
        fields = details | {name: str(number) for name, number in numbers.items() if number is not None}
        files = {"photo": ("probe", content)}
        return Answer.of(self._call("POST", f"cases/{case.case_id}/search", files=files, data=fields))

    def checkpoint(self) -> str:
        """The audit log's signed head. Keep it: a log rewritten later cannot be proved consistent with it."""
        return str(self._call("GET", "log/checkpoint")["checkpoint"])

    def _use(self, token: str | None) -> None:
        if token:
            self._http.headers["authorization"] = f"Bearer {token}"

    def _call(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TransportError as problem:
            raise FacewardenError(
                "no_connection",
                "The server did not answer.",
                f"The way to it failed: {type(problem).__name__}. Nothing is known of what it did.",
                "Look at your cases before you send it again: what was searched is on record there.",
            ) from problem
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not answer.is_success or told is None:
            raise error_of(told, answer.status_code)
        return told


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise FacewardenError(
            "unreadable_photo",
            f"The photo cannot be read: {problem.strerror}.",
            "Nothing was sent.",
            "Check the path and who may read the file.",
        ) from problem

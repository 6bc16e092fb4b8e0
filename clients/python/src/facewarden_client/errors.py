"""What can go wrong, in the server's own words: what happened, why, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from facewarden_client.answers import Ground


class FacewardenError(Exception):
    """An act that did not happen. `code` is stable and for programs, the rest for people; `status` is HTTP's, or 0."""

    def __init__(self, code: str, what: str, why: str = "", next_step: str = "", status: int = 0) -> None:
        super().__init__(" ".join(part for part in (what, why, next_step) if part))
        self.code = code
        self.what = what
        self.why = why
        self.next_step = next_step
        self.status = status


class Refused(FacewardenError):  # noqa: N818 - the law's answer is no error of anybody's
    """The law in force does not allow it. `grounds` are all of them; `audit_index` is the entry in the audit log."""

    def __init__(self, answer: Mapping[str, Any], status: int) -> None:
        super().__init__(str(answer["code"]), answer["what"], answer["why"], answer["next_step"], status)
        self.grounds = tuple(Ground.of(ground) for ground in answer["grounds"])
        self.audit_index: int | None = answer["audit_index"]


def error_of(answer: object, status: int) -> FacewardenError:
    """The error that the server told; one of this client's own for an answer in no known form."""
    if not isinstance(answer, dict) or not {"code", "what"} <= answer.keys():
        return FacewardenError(
            "not_facewarden",
            f"The server answered with status {status} and nothing that facewarden says.",
            "Something else answers at this address, or stands before it.",
            "Check the address.",
            status,
        )
    if answer.get("grounds"):
        return Refused(answer, status)
    return FacewardenError(answer["code"], answer["what"], answer.get("why", ""), answer.get("next_step", ""), status)

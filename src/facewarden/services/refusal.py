"""How a refusal leaves a service, the decision as a value carried by one error; and the one JSON shape of errors.

Never softens or drops a ground.
"""

from __future__ import annotations

from typing import Any

from facewarden.errors import Error
from facewarden.law.decision import Decision


class RefusedError(Error):
    """The law in force refused the act. `decision` holds every ground, `audit_index` the log entry of the refusal."""

    def __init__(self, decision: Decision, audit_index: int) -> None:
        first = decision.grounds[0]
        unknown = ", ".join(first.undetermined)
        cause = f" It speaks because nobody knows: {unknown}." if unknown else ""
        remedy = first.remedy or "Ask the privacy officer of your organisation what would make this lawful."
        super().__init__(
            "refused_by_law",
            first.text,
            f"Rule {first.rule} ({first.citation}).{cause}",
            f"Have this recorded: {unknown}. If the rule then still speaks: {remedy}" if unknown else remedy,
        )
        self.decision = decision
        self.audit_index = audit_index


def error_json(error: Error) -> dict[str, Any]:
    """The one JSON shape of every error."""
    refusal = error if isinstance(error, RefusedError) else None
    return {
        "ok": False,
        "code": error.code,
        "what": error.what,
        "why": error.why,
        "next_step": error.next_step,
        "grounds": [ground.to_json() for ground in refusal.decision.grounds] if refusal else [],
        "audit_index": refusal.audit_index if refusal else None,
    }

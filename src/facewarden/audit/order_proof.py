"""Proofs of orders carried out: signed JSON that a stranger checks offline against the log's verifier key.

It never believes an answer or a count that the log's own entry does not state, and never a key that came with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from facewarden.audit.note import NoteSigner, VerifierKey
from facewarden.audit.signed_json import SignedJson
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.errors import DamagedError

FORMAT = "facewarden-order-proof/1"


def sign_order_proof(body: Mapping[str, Any], signer: NoteSigner) -> dict[str, Any]:
    """The proof: the body with its signature, a signed note over the SHA-256 of its canonical JSON."""
    return _PROOF.sign(body, signer)


def verify_order_proof(proof: Mapping[str, Any], verifier_key: VerifierKey | str) -> Sequence[AuditEntry]:
    """The log entries that it rests on, after its signature, every inclusion proof, answer and count were checked.

    DamagedError `order_proof_invalid`, or the code of the signature or proof that does not verify; BadUseError
    `audit_key_invalid` for a key that is none.
    """
    entries = list(_PROOF.open(proof, verifier_key).values())
    duties = proof.get("duties")
    if not isinstance(duties, list):
        raise _invalid("Its duties are missing.")
    own = [entry for entry in entries if entry.subject == proof.get("run")]
    if len(own) != len(entries):
        raise _invalid("A log entry in it is about something else.")
    for event in (AuditEvent.ORDER_DECIDED, AuditEvent.ORDER_FINISHED):
        if not any(entry.event is event for entry in own):
            raise _invalid(f"The log entry {event.value} is missing.")
    answers = {str(e.details["duty_id"]): e for e in own if e.event is AuditEvent.DUTY_ANSWERED}
    if len(answers) != len(duties):
        raise _invalid("It does not have one log entry for each duty.")
    for duty in duties:
        _check_duty(duty, answers)
    return entries


def _check_duty(duty: object, answers: Mapping[str, AuditEntry]) -> None:
    if not isinstance(duty, Mapping) or duty.get("id") not in answers:
        raise _invalid("A duty in it is in none of its log entries.")
    details = answers[duty["id"]].details
    counts, things = duty.get("counts"), duty.get("things")
    if not isinstance(counts, Mapping) or not isinstance(things, list):
        raise _invalid("A duty in it has no counts.")
    stated = {"state": duty.get("state"), "action": duty.get("verb"), **counts}
    if any(details.get(name) != value for name, value in stated.items()):
        raise _invalid("An answer or a count in it is not the one that the log states.")
    reached = sum(counts.get(name, 0) for name in ("photos", "accounts", "held"))
    if len(things) < reached:
        raise _invalid("It names fewer things than it counts.")


def _invalid(why: str) -> DamagedError:
    return DamagedError(
        "order_proof_invalid",
        "The proof does not hold.",
        why,
        "Do not trust it; ask the operator for a fresh one: facewarden law proof RUN",
    )


_PROOF = SignedJson(FORMAT, _invalid)

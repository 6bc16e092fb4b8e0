"""Receipts of erasure: signed JSON that a stranger checks offline against the log's verifier key.

It never believes a count that the log's own entry does not state, and never a key that came with the receipt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from facewarden.audit.note import NoteSigner, VerifierKey
from facewarden.audit.signed_json import SignedJson
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.errors import DamagedError

FORMAT = "facewarden-receipt/1"
COUNTS = ("photos", "burnt", "faces", "candidates", "held")
"""What a receipt that tells what was erased counts; the log's entry of the outcome states the same."""


def sign_receipt(body: Mapping[str, Any], signer: NoteSigner) -> dict[str, Any]:
    """The receipt: the body with its signature, a signed note over the SHA-256 of its canonical JSON."""
    return _RECEIPT.sign(body, signer)


def verify_receipt(receipt: Mapping[str, Any], verifier_key: VerifierKey | str) -> Sequence[AuditEntry]:
    """The log entries that the receipt rests on, after its signature, every proof and every count were checked.

    DamagedError `receipt_invalid`, or the code of the signature or proof that does not verify; BadUseError
    `audit_key_invalid` for a key that is none.
    """
    entries = list(_RECEIPT.open(receipt, verifier_key).values())
    _check_erased(receipt.get("erased"), entries)
    for part, event in (
        ("suppressed", AuditEvent.FACE_SUPPRESSED),
        ("request", AuditEvent.OPT_OUT_CLOSED),
    ):
        told = receipt.get(part)
        if told is not None and not any(
            entry.event is event and isinstance(told, Mapping) and entry.subject == told.get("id") for entry in entries
        ):
            raise _invalid(f"No log entry in it states what it says under {part}.")
    return entries


def _check_erased(erased: object, entries: Sequence[AuditEntry]) -> None:
    if erased is None:
        return
    if not isinstance(erased, Mapping):
        raise _invalid("What it says was erased is no object.")
    outcome = [e for e in entries if e.event is AuditEvent.PHOTO_ERASED and e.subject == erased.get("id")]
    if len(outcome) != 1:
        raise _invalid("No log entry in it states the erasure.")
    if any(outcome[0].details.get(name) != erased.get(name) for name in COUNTS):
        raise _invalid("Its counts are not those that the log states.")
    touched = erased["photos"] + erased["burnt"]
    if not isinstance(erased.get("photo_hashes"), list) or len(erased["photo_hashes"]) != touched:
        raise _invalid("It does not name as many photos as were erased.")


def _invalid(why: str) -> DamagedError:
    return DamagedError(
        "receipt_invalid", "The receipt does not hold.", why, "Do not trust it; ask the operator for a fresh one."
    )


_RECEIPT = SignedJson(FORMAT, _invalid)

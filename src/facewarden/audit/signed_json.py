"""Signed JSON for strangers: a body, the log entries that it rests on with their proofs, and one signature over both.

It never believes a key that came with it, and never an entry whose proof does not hold.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from facewarden.audit.note import NoteSigner, VerifierKey, open_note, signed_note
from facewarden.audit.proof import verify_proof_bundle
from facewarden.domain.audit import AuditEntry
from facewarden.errors import DamagedError


@dataclass(frozen=True, slots=True)
class SignedJson:
    """One kind of it: `format` is its name and version, `invalid` makes its error from a sentence why."""

    format: str
    invalid: Callable[[str], DamagedError]

    def sign(self, body: Mapping[str, Any], signer: NoteSigner) -> dict[str, Any]:
        """The body with its signature, a signed note over the SHA-256 of its canonical JSON."""
        text = self._text(body)
        return {**body, "signature": signed_note(text, signer.verifier_key, signer.sign(text)).decode()}

    def open(self, told: object, verifier_key: VerifierKey | str) -> dict[int, AuditEntry]:
        """The log entries that it rests on, by index, once format, signature and every inclusion proof were checked.

        DamagedError by `invalid`, or the code of the signature or proof that does not hold; BadUseError
        `audit_key_invalid` for a key that is none.
        """
        key = VerifierKey.parse(verifier_key) if isinstance(verifier_key, str) else verifier_key
        if not isinstance(told, Mapping) or told.get("format") != self.format:
            raise self.invalid(f"It is not of the format {self.format}.")
        signature, proofs = told.get("signature"), told.get("log")
        if not isinstance(signature, str) or not isinstance(proofs, list) or not proofs:
            raise self.invalid("Its signature or its log entries are missing.")
        body = {name: value for name, value in told.items() if name != "signature"}
        if open_note(signature.encode(errors="replace"), key).text != self._text(body):
            raise self.invalid("It was changed after it was signed.")
        entries = [verify_proof_bundle(proof, key) for proof in proofs]
        by_index = {proof["index"]: entry for proof, entry in zip(proofs, entries, strict=True)}
        if len(by_index) != len(proofs):
            raise self.invalid("A log entry is in it twice.")
        return by_index

    def _text(self, body: Mapping[str, Any]) -> str:
        try:
            canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise self.invalid("It holds something that is not JSON.") from error
        return f"{self.format}\n{hashlib.sha256(canonical.encode()).hexdigest()}\n"

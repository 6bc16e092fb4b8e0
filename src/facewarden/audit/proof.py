"""Proof bundles: one JSON object with all that a stranger needs, offline, to see that an entry is in the log.

Verifying never trusts a key that comes in the bundle: the verifier key comes from somewhere else.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from facewarden.audit.checkpoint import open_checkpoint
from facewarden.audit.entry import decode_entry, entry_to_json
from facewarden.audit.merkle import leaf_hash, verify_consistency, verify_inclusion
from facewarden.audit.note import VerifierKey
from facewarden.domain.audit import AuditEntry
from facewarden.errors import DamagedError

INCLUSION_FORMAT = "facewarden-audit-inclusion/1"
CONSISTENCY_FORMAT = "facewarden-audit-consistency/1"


def _encode(hashes: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(step).decode() for step in hashes]


def proof_bundle(index: int, leaf: bytes, path: Sequence[bytes], checkpoint: bytes, key: VerifierKey) -> dict[str, Any]:
    """The bundle for entry `index`, whose stored bytes are `leaf`.

    `entry` is for reading; `leaf` (base64 of the stored bytes) is what is hashed, and must say the same.
    """
    return {
        "format": INCLUSION_FORMAT,
        "index": index,
        "entry": entry_to_json(decode_entry(leaf)),
        "leaf": base64.b64encode(leaf).decode(),
        "inclusion_proof": _encode(path),
        "checkpoint": checkpoint.decode(),
        "verifier_key": str(key),
    }


def consistency_bundle(
    old_checkpoint: bytes, new_checkpoint: bytes, path: Sequence[bytes], key: VerifierKey
) -> dict[str, Any]:
    """The bundle that shows that the log of the newer checkpoint begins with the whole log of the older one."""
    return {
        "format": CONSISTENCY_FORMAT,
        "old_checkpoint": old_checkpoint.decode(),
        "new_checkpoint": new_checkpoint.decode(),
        "consistency_proof": _encode(path),
        "verifier_key": str(key),
    }


def _field(bundle: Mapping[str, Any], name: str, kind: type) -> Any:
    value = bundle.get(name) if isinstance(bundle, Mapping) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _invalid(f"Its {name} is missing or of the wrong kind.")
    return value


def _note(bundle: Mapping[str, Any], name: str) -> bytes:
    try:
        return str(_field(bundle, name, str)).encode()
    except UnicodeEncodeError as error:
        raise _invalid(f"Its {name} is not text.") from error


def _decode(texts: object) -> list[bytes]:
    if not isinstance(texts, list):
        raise _invalid("Its proof is not a list.")
    try:
        return [base64.b64decode(text, validate=True) for text in texts]
    except (binascii.Error, ValueError, TypeError) as error:
        raise _invalid("A part of it is not base64.") from error


def _open(bundle: Mapping[str, Any], expected_format: str, key: VerifierKey) -> None:
    if _field(bundle, "format", str) != expected_format:
        raise _invalid(f"It is not of the format {expected_format}.")
    if _field(bundle, "verifier_key", str) != str(key):
        raise _invalid("It was made with another verifier key than the one to check it with.")


def verify_proof_bundle(bundle: Mapping[str, Any], verifier_key: VerifierKey | str) -> AuditEntry:
    """The entry, after it was proved to be in the log that signs with that key.

    Raises DamagedError `audit_proof_invalid`, or one of the codes of a checkpoint or an entry that does not verify.
    """
    key = VerifierKey.parse(verifier_key) if isinstance(verifier_key, str) else verifier_key
    _open(bundle, INCLUSION_FORMAT, key)
    checkpoint = open_checkpoint(_note(bundle, "checkpoint"), key)
    leaf = _decode([_field(bundle, "leaf", str)])[0]
    path = _decode(bundle.get("inclusion_proof"))
    verify_inclusion(_field(bundle, "index", int), checkpoint.size, leaf_hash(leaf), path, checkpoint.root)
    entry = decode_entry(leaf)
    if _field(bundle, "entry", dict) != entry_to_json(entry):
        raise _invalid("The entry shown is not the entry proved.")
    return entry


def verify_consistency_bundle(bundle: Mapping[str, Any], verifier_key: VerifierKey | str) -> tuple[int, int]:
    """The older and the newer size, after the newer log was proved to begin with the whole older one.

    Raises DamagedError `audit_proof_invalid`, or one of the codes of a checkpoint that does not verify.
    """
    key = VerifierKey.parse(verifier_key) if isinstance(verifier_key, str) else verifier_key
    _open(bundle, CONSISTENCY_FORMAT, key)
    old = open_checkpoint(_note(bundle, "old_checkpoint"), key)
    new = open_checkpoint(_note(bundle, "new_checkpoint"), key)
    path = _decode(bundle.get("consistency_proof"))
    verify_consistency(old.size, new.size, old.root, new.root, path)
    return old.size, new.size


def _invalid(why: str) -> DamagedError:
    return DamagedError(
        "audit_proof_invalid", "The proof does not hold.", why, "Do not trust it; ask the operator for a fresh one."
    )

"""A true receipt over a small log, for tests that change it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from facewarden.audit.checkpoint import Checkpoint
from facewarden.audit.entry import encode_entry
from facewarden.audit.merkle import complete_root, inclusion_proof, leaf_hash, root_hash
from facewarden.audit.note import NoteSigner
from facewarden.audit.proof import proof_bundle
from facewarden.audit.receipt import FORMAT, sign_receipt
from facewarden.domain.audit import AuditEntry, AuditEvent

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SIGNER = NoteSigner("agency.example", bytes(range(32)))
ERASURE, REQUEST, FACE = (f"{kind}_{'0123456789ab' * 2}" for kind in ("era", "req", "sup"))
COUNTS = {"photos": 1, "burnt": 0, "faces": 2, "candidates": 3, "held": 0}
ENTRIES = (
    AuditEntry(AuditEvent.FACE_SUPPRESSED, NOON, subject=FACE),
    AuditEntry(AuditEvent.OPT_OUT_CLOSED, NOON, subject=REQUEST, details={"outcome": "handled"}),
    AuditEntry(AuditEvent.LOG_READ, NOON),
    AuditEntry(AuditEvent.LOG_READ, NOON),
    AuditEntry(AuditEvent.PHOTO_ERASED, NOON, subject=ERASURE, details={"reason": "opt_out", **COUNTS}),
)


def bundles(told: tuple[int, ...] = (0, 1, 4)) -> list[dict[str, Any]]:
    """Proofs of these entries; the last one is at the right edge of the tree."""
    leaves = [encode_entry(entry) for entry in ENTRIES]
    hashes = [leaf_hash(leaf) for leaf in leaves]
    size = len(leaves)

    def node(level: int, index: int) -> bytes:
        return complete_root(hashes[index << level : (index + 1) << level])

    note = Checkpoint("agency.example", size, root_hash(size, node)).sign(SIGNER)
    return [proof_bundle(at, leaves[at], inclusion_proof(at, size, node), note, SIGNER.verifier_key) for at in told]


def body() -> dict[str, Any]:
    """The receipt before it is signed."""
    return {
        "format": FORMAT,
        "receipt_id": "rcp_" + "a" * 24,
        "installation": "agency.example",
        "made_at": NOON.isoformat(),
        "request": {"id": REQUEST},
        "erased": {
            "id": ERASURE,
            **COUNTS,
            "photo_hashes": ["ab" * 32],
            "stores": ["records", "index"],
            "done_at": NOON.isoformat(),
        },
        "suppressed": {"id": FACE, "since": NOON.isoformat(), "until": None},
        "not_reached": [{"what": "copies made elsewhere \u2013 na\u00efve \U0001f600 \x7f", "until": "2026-12-22"}],
        "log": bundles(),
    }


def made() -> dict[str, Any]:
    """The signed receipt, as it comes out of a file."""
    receipt: dict[str, Any] = json.loads(json.dumps(sign_receipt(body(), SIGNER)))
    return receipt

"""Receipts as the person checks them: offline, against the verifier key alone; a changed one never holds."""

import copy
import json
from datetime import UTC, datetime

import pytest

from facewarden.audit.checkpoint import Checkpoint
from facewarden.audit.entry import encode_entry
from facewarden.audit.merkle import complete_root, inclusion_proof, leaf_hash
from facewarden.audit.note import NoteSigner
from facewarden.audit.proof import proof_bundle
from facewarden.audit.receipt import FORMAT, sign_receipt, verify_receipt
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.errors import DamagedError, Error

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SIGNER, STRANGER = NoteSigner("agency.example", bytes(range(32))), NoteSigner("agency.example", bytes(32))
ERASURE, REQUEST, FACE = (f"{kind}_{'0123456789ab' * 2}" for kind in ("era", "req", "sup"))
COUNTS = {"photos": 1, "burnt": 0, "faces": 2, "candidates": 3, "held": 0}


def _bundles():
    entries = [
        AuditEntry(AuditEvent.FACE_SUPPRESSED, NOON, subject=FACE),
        AuditEntry(AuditEvent.OPT_OUT_CLOSED, NOON, subject=REQUEST, details={"outcome": "handled"}),
        AuditEntry(AuditEvent.PHOTO_ERASED, NOON, subject=ERASURE, details={"reason": "opt_out", **COUNTS}),
        AuditEntry(AuditEvent.LOG_VERIFIED, NOON),
    ]
    leaves = [encode_entry(entry) for entry in entries]
    hashes = [leaf_hash(leaf) for leaf in leaves]
    note = Checkpoint("agency.example", 4, complete_root(hashes)).sign(SIGNER)

    def node(level, index):
        return complete_root(hashes[index << level : (index + 1) << level])

    return [proof_bundle(at, leaves[at], inclusion_proof(at, 4, node), note, SIGNER.verifier_key) for at in range(3)]


def _body():
    return {
        "format": FORMAT,
        "receipt_id": "rcp_" + "a" * 24,
        "request": {"id": REQUEST},
        "erased": {"id": ERASURE, **COUNTS, "photo_hashes": ["ab" * 32]},
        "suppressed": {"id": FACE, "since": NOON.isoformat(), "until": None},
        "log": _bundles(),
    }


@pytest.fixture
def receipt():
    return json.loads(json.dumps(sign_receipt(_body(), SIGNER)))


def test_a_receipt_holds_for_whoever_has_the_verifier_key(receipt):
    events = [entry.event for entry in verify_receipt(receipt, str(SIGNER.verifier_key))]
    assert events == [AuditEvent.FACE_SUPPRESSED, AuditEvent.OPT_OUT_CLOSED, AuditEvent.PHOTO_ERASED]


@pytest.mark.parametrize("name", ["receipt_id", "request", "erased", "suppressed", "log", "signature", "format"])
def test_a_receipt_changed_anywhere_does_not_hold(receipt, name):
    for value in (None, "x", {}, []):
        changed = {**copy.deepcopy(receipt), name: value}
        with pytest.raises(Error):
            verify_receipt(changed, SIGNER.verifier_key)


def test_a_receipt_of_somebody_elses_key_does_not_hold(receipt):
    with pytest.raises(DamagedError):
        verify_receipt(receipt, STRANGER.verifier_key)
    with pytest.raises(DamagedError):
        verify_receipt(sign_receipt(_body(), STRANGER), SIGNER.verifier_key)


@pytest.mark.parametrize("name", COUNTS)
def test_a_signed_receipt_cannot_count_otherwise_than_the_log(name):
    body = _body()
    body["erased"][name] += 1
    with pytest.raises(DamagedError) as refused:
        verify_receipt(sign_receipt(body, SIGNER), SIGNER.verifier_key)
    assert refused.value.code == "receipt_invalid"


def test_a_signed_receipt_cannot_name_a_request_or_a_face_that_the_log_does_not(receipt):
    for part in ("request", "suppressed", "erased"):
        body = _body()
        body[part]["id"] = "era_" + "f" * 24
        with pytest.raises(DamagedError):
            verify_receipt(sign_receipt(body, SIGNER), SIGNER.verifier_key)

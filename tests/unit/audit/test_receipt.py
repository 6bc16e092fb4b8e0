"""Receipts as the person checks them: offline, against the verifier key alone; a changed one never holds."""

import copy

import pytest

from facewarden.audit.note import NoteSigner
from facewarden.audit.receipt import sign_receipt, verify_receipt
from facewarden.domain.audit import AuditEvent
from facewarden.errors import DamagedError, Error
from tests.unit.audit.receipts import COUNTS, SIGNER, body, made

STRANGER = NoteSigner("agency.example", bytes(32))


@pytest.fixture
def receipt():
    return made()


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
        verify_receipt(sign_receipt(body(), STRANGER), SIGNER.verifier_key)


@pytest.mark.parametrize("name", COUNTS)
def test_a_signed_receipt_cannot_count_otherwise_than_the_log(name):
    told = body()
    told["erased"][name] += 1
    with pytest.raises(DamagedError) as refused:
        verify_receipt(sign_receipt(told, SIGNER), SIGNER.verifier_key)
    assert refused.value.code == "receipt_invalid"


def test_a_signed_receipt_cannot_name_a_request_or_a_face_that_the_log_does_not(receipt):
    for part in ("request", "suppressed", "erased"):
        told = body()
        told[part]["id"] = "era_" + "f" * 24
        with pytest.raises(DamagedError):
            verify_receipt(sign_receipt(told, SIGNER), SIGNER.verifier_key)


def test_a_signed_receipt_cannot_count_one_log_entry_twice():
    told = body()
    told["log"] = [*told["log"], told["log"][0]]
    with pytest.raises(DamagedError, match="does not hold") as refused:
        verify_receipt(sign_receipt(told, SIGNER), SIGNER.verifier_key)
    assert refused.value.why == "A log entry is in it twice."

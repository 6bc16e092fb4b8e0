"""Answers of devices: a true one verifies, each kind of false one is refused in our own words, whatever it holds."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.adapters.webauthn import MAX_ANSWER_CHARS, WebAuthnQuestions
from facewarden.domain.ids import UserId
from facewarden.domain.passkeys import Passkey, PasskeyId, Site
from facewarden.errors import NotPermittedError
from tests.unit.web.authenticator import PRESENT, VERIFIED, Authenticator, decoded, encoded

SITE = Site("test.example", "https://test.example")
OTHER = Site("other.example", "https://other.example")
QUESTIONS = WebAuthnQuestions()
CHALLENGE = bytes(range(64))


def made_options():
    return QUESTIONS.creation_options(SITE, CHALLENGE, b"usr_1", "ana", [])


def passkey_of(device, site=SITE):
    made = QUESTIONS.check_creation(site, CHALLENGE, device.create(made_options()))
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return Passkey(PasskeyId("pky_1"), UserId("usr_1"), "Key", site.host, *made, at)


@pytest.fixture
def device():
    return Authenticator()


@pytest.fixture
def passkey(device):
    return passkey_of(device)


def asked(passkey):
    return QUESTIONS.request_options(SITE, CHALLENGE, [passkey.credential_id])


def test_a_true_answer_names_the_passkey_and_its_count(device, passkey):
    assert QUESTIONS.check_request(SITE, CHALLENGE, device.get(asked(passkey)), [passkey]) == (passkey, 1)


def test_options_ask_for_no_attestation_and_no_list_of_users_on_the_device():
    options = json.loads(QUESTIONS.creation_options(SITE, CHALLENGE, b"usr_1", "ana", [b"known"]))
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "discouraged"
    assert [decoded(known["id"]) for known in options["excludeCredentials"]] == [b"known"]
    assert options["rp"]["id"] == "test.example"
    assert decoded(options["user"]["id"]) == b"usr_1"


@pytest.mark.parametrize(
    "changes",
    [
        {"client": {"origin": "https://test.example.evil"}},
        {"client": {"origin": "http://test.example"}},
        {"client": {"challenge": encoded(bytes(64))}},
        {"client": {"type": "webauthn.create"}},
        {"flags": VERIFIED},  # nobody touched it
        {"top": {"type": "password"}},
        {"top": {"rawId": encoded(b"another")}},
    ],
    ids=["origin", "scheme", "challenge", "kind", "nobody-there", "type", "another-key"],
)
def test_a_false_answer_is_refused(device, passkey, changes):
    with pytest.raises(NotPermittedError) as refused:
        QUESTIONS.check_request(SITE, CHALLENGE, device.get(asked(passkey), **changes), [passkey])
    assert refused.value.code == "passkey_refused"


def test_a_signature_of_another_device_is_refused(device, passkey):
    thief = Authenticator()
    passkey_of(thief)
    thief.credential_id = device.credential_id
    with pytest.raises(NotPermittedError):
        QUESTIONS.check_request(SITE, CHALLENGE, thief.get(asked(passkey)), [passkey])


def test_a_passkey_of_another_address_is_refused(device, passkey):
    elsewhere = Passkey(
        passkey.passkey_id,
        passkey.user_id,
        passkey.name,
        OTHER.host,
        passkey.credential_id,
        passkey.public_key,
        0,
        passkey.added_at,
    )
    with pytest.raises(NotPermittedError):
        QUESTIONS.check_request(SITE, CHALLENGE, device.get(asked(passkey)), [elsewhere])


def test_certificates_are_not_read(device):
    statement = {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"x", "x5c": [b"no certificate"]}}
    with pytest.raises(NotPermittedError) as refused:
        QUESTIONS.check_creation(SITE, CHALLENGE, device.create(made_options(), statement=statement))
    assert "certificates" in refused.value.why


@pytest.mark.parametrize("fmt", ["tpm", "fido-u2f", "android-safetynet", "apple", "made-up"])
def test_other_attestations_are_refused(device, fmt):
    with pytest.raises(NotPermittedError):
        QUESTIONS.check_creation(SITE, CHALLENGE, device.create(made_options(), statement={"fmt": fmt}))


def test_a_passkey_made_for_another_address_is_not_stored(device):
    with pytest.raises(NotPermittedError):
        QUESTIONS.check_creation(OTHER, CHALLENGE, device.create(made_options()))


@pytest.mark.parametrize("answer", ["", "null", "[]", "7", "{", '{"id": 7}', "{" * 5000, "x" * (MAX_ANSWER_CHARS + 1)])
def test_what_is_no_answer_is_refused(passkey, answer):
    for check in (
        lambda: QUESTIONS.check_creation(SITE, CHALLENGE, answer),
        lambda: QUESTIONS.check_request(SITE, CHALLENGE, answer, [passkey]),
    ):
        with pytest.raises(NotPermittedError):
            check()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_change_of_bytes_is_refused_and_never_an_error_of_anothers(data):
    device = Authenticator()
    answer = json.loads(device.create(made_options()))
    field = data.draw(st.sampled_from(["attestationObject", "clientDataJSON"]))
    content = bytearray(decoded(answer["response"][field]))
    start = data.draw(st.integers(0, len(content) - 1))
    content[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    answer["response"][field] = encoded(bytes(content))
    with contextlib.suppress(NotPermittedError):
        QUESTIONS.check_creation(SITE, CHALLENGE, json.dumps(answer))


def test_a_device_that_verified_nobody_may_still_be_the_second_step(device, passkey):
    assert QUESTIONS.check_request(SITE, CHALLENGE, device.get(asked(passkey), flags=PRESENT), [passkey])[1] == 1

"""Signed notes and checkpoints: published ones verify, anything altered does not."""

import base64
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from facewarden.audit.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, read_checkpoint
from facewarden.audit.note import (
    KeyKind,
    Note,
    NoteSignature,
    NoteSigner,
    VerifierKey,
    cosigned_at,
    count_witnesses,
    open_note,
    parse_note,
)
from facewarden.errors import BadUseError, DamagedError

# The example of the Go project's note package, and a checkpoint that Go's checksum database published.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
SUMDB_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SUMDB_CHECKPOINT = """go.sum database tree
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 sum.golang.org Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""
SIGNER = NoteSigner("agency.example/log", bytes(32))
HEAD = Checkpoint("agency.example/log", 7, bytes(range(32)))


def test_the_published_note_and_checkpoint_verify():
    key = VerifierKey.parse(GO_KEY)
    assert str(key) == GO_KEY
    assert open_note(GO_NOTE.encode(), key).text.startswith("If you think")
    note = open_note(SUMDB_CHECKPOINT.encode(), VerifierKey.parse(SUMDB_KEY))
    assert parse_checkpoint(note.text).size == 20852163
    assert note.to_bytes() == SUMDB_CHECKPOINT.encode()


def test_a_checkpoint_of_another_origin_is_refused_though_well_signed():
    with pytest.raises(DamagedError) as caught:
        open_checkpoint(SUMDB_CHECKPOINT.encode(), VerifierKey.parse(SUMDB_KEY))
    assert caught.value.code == "audit_checkpoint_malformed"


def test_a_checkpoint_comes_back_as_it_was_signed():
    note = HEAD.sign(SIGNER)
    assert open_checkpoint(note, SIGNER.verifier_key) == HEAD == read_checkpoint(note)
    assert note == HEAD.sign(NoteSigner("agency.example/log", Ed25519PrivateKey.from_private_bytes(bytes(32))))


@given(st.data())
def test_no_altered_byte_of_a_checkpoint_passes(data):
    note = HEAD.sign(SIGNER)
    at = data.draw(st.integers(0, len(note) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != note[at]))
    with pytest.raises(DamagedError):
        open_checkpoint(note[:at] + bytes([byte]) + note[at + 1 :], SIGNER.verifier_key)


@given(st.integers(0, 200))
def test_no_shortened_checkpoint_passes(length):
    note = HEAD.sign(SIGNER)
    if length < len(note):
        with pytest.raises(DamagedError):
            open_checkpoint(note[:length], SIGNER.verifier_key)


def test_a_signature_by_another_key_under_the_same_name_is_refused():
    note = HEAD.sign(NoteSigner("agency.example/log", bytes([1] * 32)))
    with pytest.raises(DamagedError) as caught:
        open_checkpoint(note, SIGNER.verifier_key)
    assert caught.value.code == "audit_signature_invalid"


def test_unknown_signatures_are_ignored_and_known_wrong_ones_are_not():
    note = parse_note(HEAD.sign(SIGNER))
    stranger = NoteSignature("witness.example/w", b"abcd", bytes(72))
    assert open_note(Note(note.text, (stranger, *note.signatures)).to_bytes(), SIGNER.verifier_key)
    forged = NoteSignature(SIGNER.verifier_key.name, SIGNER.verifier_key.key_id, bytes(64))
    with pytest.raises(DamagedError):
        open_note(Note(note.text, (*note.signatures, forged)).to_bytes(), SIGNER.verifier_key)


@pytest.mark.parametrize(
    "text",
    [
        "agency.example/log\n7\n",
        "agency.example/log\n07\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "agency.example/log\n-1\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "agency.example/log\n+7\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "agency.example/log\n٧\n" + base64.b64encode(bytes(32)).decode() + "\n",
        f"agency.example/log\n{2**63}\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "agency.example/log\n" + "9" * 5000 + "\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "agency.example/log\n7\n" + base64.b64encode(bytes(31)).decode() + "\n",
        "\n7\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "agency.example/log\n7\n" + base64.b64encode(bytes(32)).decode() + "\nextension\n",
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused(text):
    with pytest.raises(DamagedError) as caught:
        parse_checkpoint(text)
    assert caught.value.code == "audit_checkpoint_malformed"


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_a_note_or_malformed(content):
    with suppress(DamagedError):
        assert parse_note(content).to_bytes() == content


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+0+AA==",
        GO_KEY.replace("c74f", "c74e"),
        GO_KEY[:-4],
        GO_KEY.replace("+ARpc", "+CRpc"),
        GO_KEY + " x",
        "na me" + GO_KEY.removeprefix("PeterNeumann"),
    ],
)
def test_a_damaged_verifier_key_is_refused(text):
    with pytest.raises(BadUseError) as caught:
        VerifierKey.parse(text)
    assert caught.value.code == "audit_key_invalid"


def test_a_seed_of_the_wrong_length_is_refused():
    with pytest.raises(BadUseError):
        NoteSigner("agency.example/log", b"short")


# -- witnesses ------------------------------------------------------------------------------------------------

WITNESS_SEED = Ed25519PrivateKey.from_private_bytes(bytes([7] * 32))
WITNESS = VerifierKey("witness.example/w1", WITNESS_SEED.public_key().public_bytes_raw(), KeyKind.COSIGNATURE_V1)


def cosign(note, time, text=None):
    message = f"cosignature/v1\ntime {time}\n{text or note.text}".encode()
    blob = time.to_bytes(8, "big") + WITNESS_SEED.sign(message)
    return Note(note.text, (*note.signatures, NoteSignature(WITNESS.name, WITNESS.key_id, blob)))


def test_a_cosignature_says_when_the_witness_saw_the_checkpoint():
    note = cosign(parse_note(HEAD.sign(SIGNER)), 1679315147)
    assert cosigned_at(note, WITNESS) == 1679315147
    assert count_witnesses(note, [WITNESS]) == 1
    assert open_checkpoint(note.to_bytes(), SIGNER.verifier_key) == HEAD
    assert VerifierKey.parse(str(WITNESS)) == WITNESS


def test_a_cosignature_of_another_text_or_time_or_key_does_not_count():
    note = parse_note(HEAD.sign(SIGNER))
    assert cosigned_at(note, WITNESS) is None
    assert cosigned_at(cosign(note, 5, "another text\n"), WITNESS) is None
    seen = cosign(note, 5)
    last = seen.signatures[-1]
    later = NoteSignature(last.name, last.key_id, (6).to_bytes(8, "big") + last.signature[8:])
    assert cosigned_at(Note(note.text, (later,)), WITNESS) is None
    assert cosigned_at(seen, VerifierKey(WITNESS.name, WITNESS.public_key)) is None

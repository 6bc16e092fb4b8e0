"""Signed notes (C2SP signed-note) with Ed25519, and the cosignatures of witnesses (C2SP tlog-cosignature, v1).

It never trusts a note for a name alone: only a signature by a key that the caller brought counts.
Sources: https://c2sp.org/signed-note , https://c2sp.org/tlog-cosignature
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from facewarden.errors import BadUseError, DamagedError

KEY_ID_BYTES = 4
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
TIMESTAMP_BYTES = 8
MAX_NOTE_BYTES = 100_000  # room for 16 post-quantum cosignatures of 5 kB, which a reader must accept
MAX_SIGNATURES = 64
_DASH = "\u2014 "


class KeyKind(IntEnum):
    """The signature types of signed-note that are understood here."""

    ED25519 = 0x01
    COSIGNATURE_V1 = 0x04


def _malformed(why: str) -> DamagedError:
    return DamagedError(
        "audit_note_malformed", "A signed note is malformed.", why, "Fetch it again from where it came from."
    )


def _decode_base64(text: str) -> bytes:
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed("A part of it is not base64.") from error
    if base64.b64encode(decoded).decode() != text:
        raise _malformed("A part of it is not canonical base64.")
    return decoded


def _is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(char.isspace() or ord(char) < 0x20 for char in name)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under. `str(key)` is its portable form, `name+hex+base64`."""

    name: str
    public_key: bytes
    kind: KeyKind = KeyKind.ED25519

    def __post_init__(self) -> None:
        if not _is_key_name(self.name) or len(self.public_key) != PUBLIC_KEY_BYTES:
            raise BadUseError(
                "audit_key_invalid",
                "That is not a verifier key.",
                "Its name is empty or has spaces or a plus, or its key is not 32 bytes.",
                "Use a name such as example.org/facewarden.",
            )

    @property
    def key_id(self) -> bytes:
        """SHA-256(name || newline || kind || key), its first 4 bytes."""
        return hashlib.sha256(f"{self.name}\n".encode() + self._encoded_key).digest()[:KEY_ID_BYTES]

    @property
    def _encoded_key(self) -> bytes:
        return bytes([self.kind]) + self.public_key

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self._encoded_key).decode()}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """The key of a line `name+hex+base64`. Raises BadUseError `audit_key_invalid` for any other text."""
        try:
            name, _, encoded = text.strip().split("+", 2)
            decoded = _decode_base64(encoded)
            key = cls(name, decoded[1:], KeyKind(decoded[0] if decoded else 0))
        except (ValueError, DamagedError) as error:
            raise BadUseError(
                "audit_key_invalid",
                "That is not a verifier key.",
                "One is a line: name, plus, 8 hexadecimal digits, plus, base64.",
                "facewarden audit checkpoint prints the log's own.",
            ) from error
        if str(key) != text.strip():
            raise BadUseError(
                "audit_key_invalid",
                "That verifier key is damaged.",
                "Its id does not belong to its name and key.",
                "Copy it again, whole.",
            )
        return key

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (64 bytes) is this key's Ed25519 signature of the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class NoteSigner:
    """Signs notes under a name. `key` is an Ed25519 private key or its 32-byte seed; it is never shown again."""

    def __init__(self, name: str, key: Ed25519PrivateKey | bytes) -> None:
        if isinstance(key, bytes):
            if len(key) != PUBLIC_KEY_BYTES:
                raise BadUseError(
                    "audit_key_invalid", "A signing key's seed is not 32 bytes.", "", "Use Ed25519's 32-byte seed."
                )
            key = Ed25519PrivateKey.from_private_bytes(key)
        self._key = key
        self.verifier_key = VerifierKey(name, key.public_key().public_bytes_raw())

    def sign(self, text: str) -> bytes:
        """The 64-byte signature of a note's text; the same text always gives the same bytes."""
        return self._key.sign(text.encode())


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line of a note, unverified."""

    name: str
    key_id: bytes
    signature: bytes

    def is_by(self, key: VerifierKey) -> bool:
        """Whether the line claims to be by that key."""
        return self.name == key.name and self.key_id == key.key_id

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note: its text, which ends in a newline, and its signatures, unverified."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def to_bytes(self) -> bytes:
        return (self.text + "\n" + "".join(map(str, self.signatures))).encode()


def signed_note(text: str, key: VerifierKey, signature: bytes) -> bytes:
    """The bytes of the note with that one signature."""
    return Note(text, (NoteSignature(key.name, key.key_id, signature),)).to_bytes()


def parse_note(content: bytes) -> Note:
    """The note in these bytes, no signature verified. Raises DamagedError `audit_note_malformed`."""
    if len(content) > MAX_NOTE_BYTES:
        raise _malformed("It is too long.")
    try:
        whole = content.decode()
    except UnicodeDecodeError as error:
        raise _malformed("It is not UTF-8.") from error
    if any(ord(char) < 0x20 and char != "\n" for char in whole):
        raise _malformed("It holds a control character.")
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise _malformed("It has no signature after a blank line.")
    signatures = [_parse_signature(line) for line in lines[:-1].split("\n")]
    if len(signatures) > MAX_SIGNATURES:
        raise _malformed("It has too many signatures.")
    return Note(text + "\n", tuple(signatures))


def _parse_signature(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not _is_key_name(name):
        raise _malformed("A signature line is malformed.")
    blob = _decode_base64(encoded)
    if len(blob) <= KEY_ID_BYTES:
        raise _malformed("A signature is empty.")
    return NoteSignature(name, blob[:KEY_ID_BYTES], blob[KEY_ID_BYTES:])


def open_note(content: bytes, key: VerifierKey) -> Note:
    """The note, after the key's signature on it was found and verified.

    Raises DamagedError `audit_note_malformed`, or `audit_signature_invalid` if the key did not sign exactly this.
    """
    note = parse_note(content)
    own = [signature for signature in note.signatures if signature.is_by(key)]
    if not own or not all(key.verifies(note.text.encode(), signature.signature) for signature in own):
        raise DamagedError(
            "audit_signature_invalid",
            f"A note is not signed by {key.name}.",
            "Its signature is wrong." if own else "It has no signature of that key.",
            "Do not trust it; compare the verifier key with the one that the operator published.",
        )
    return note


def cosigned_at(note: Note, witness: VerifierKey) -> int | None:
    """When that witness cosigned the note (POSIX seconds), None if it did not, or not validly."""
    for line in note.signatures:
        if witness.kind is KeyKind.COSIGNATURE_V1 and line.is_by(witness):
            time = int.from_bytes(line.signature[:TIMESTAMP_BYTES], "big")
            message = f"cosignature/v1\ntime {time}\n{note.text}".encode()
            if len(line.signature) == TIMESTAMP_BYTES + SIGNATURE_BYTES and witness.verifies(
                message, line.signature[TIMESTAMP_BYTES:]
            ):
                return time
    return None


def count_witnesses(note: Note, witnesses: Sequence[VerifierKey]) -> int:
    """How many of these witnesses cosigned the note validly."""
    return sum(cosigned_at(note, witness) is not None for witness in witnesses)

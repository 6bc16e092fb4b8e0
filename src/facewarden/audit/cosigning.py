"""What a log and its witnesses say to each other: the request for a cosignature, the cosignature, the witness's answer.

It never cosigns a tree that does not go on from the one cosigned before, and never looks at what entries say.
Sources: https://c2sp.org/tlog-witness , https://c2sp.org/tlog-cosignature
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from facewarden.audit.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from facewarden.audit.merkle import EMPTY_ROOT, HASH_SIZE_BYTES, MAX_LEVEL, verify_consistency
from facewarden.audit.note import (
    MAX_NOTE_BYTES,
    TIMESTAMP_BYTES,
    KeyKind,
    Note,
    NoteSignature,
    VerifierKey,
    cosigned_at,
    parse_note,
)
from facewarden.errors import DamagedError

MAX_PROOF_LINES = 63
MAX_REQUEST_BYTES = MAX_NOTE_BYTES + 64 * (MAX_PROOF_LINES + 1)
MAX_DIGITS = 19
"""A size is below 2^63."""
SIZE_TYPE = "text/x.tlog.size"
NOTE_TYPE = "text/plain; charset=utf-8"


class Cosigner:
    """Cosigns checkpoints under a witness's name. `seed` is 32 bytes of Ed25519; it is never shown again."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes_raw()
        self.verifier_key = VerifierKey(name, public, KeyKind.COSIGNATURE_V1)

    def cosign(self, text: str, time_s: int) -> NoteSignature:
        """The signature line that says: at that time (POSIX seconds) this was the largest tree that I had seen."""
        signature = self._key.sign(f"cosignature/v1\ntime {time_s}\n{text}".encode())
        key = self.verifier_key
        return NoteSignature(key.name, key.key_id, time_s.to_bytes(TIMESTAMP_BYTES, "big") + signature)


@dataclass(frozen=True, slots=True)
class Request:
    """What a log asks of a witness: to cosign `note`, whose tree goes on from `old_size` entries by this proof."""

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes

    def to_bytes(self) -> bytes:
        lines = [f"old {self.old_size}", *(base64.b64encode(step).decode() for step in self.proof), "", ""]
        return "\n".join(lines).encode() + self.note


def parse_request(body: bytes) -> Request:
    """The request in these bytes, nothing verified. Raises DamagedError `witness_request_malformed`."""
    head, blank, note = body.partition(b"\n\n")
    lines = head.split(b"\n")
    word, _, digits = lines[0].partition(b" ")
    if not blank or word != b"old" or not is_size(digits) or len(lines) > MAX_PROOF_LINES + 1:
        raise _malformed("It does not begin with a size and a proof.")
    try:
        proof = tuple(base64.b64decode(line, validate=True) for line in lines[1:])
    except (binascii.Error, ValueError) as error:
        raise _malformed("Its proof is not base64.") from error
    if any(len(step) != HASH_SIZE_BYTES for step in proof):
        raise _malformed("A part of its proof is no hash.")
    return Request(int(digits), proof, note)


def is_size(digits: bytes) -> bool:
    """Whether that is a size as it is written here: decimal, below 2^63, without zeros before it."""
    plain = digits.isdigit() and len(digits) <= MAX_DIGITS and (digits == b"0" or not digits.startswith(b"0"))
    return plain and int(digits).bit_length() <= MAX_LEVEL


@dataclass(frozen=True, slots=True)
class Answer:
    """A witness's answer: an HTTP status, a body and its content type."""

    status: int
    body: bytes = b""
    content_type: str = NOTE_TYPE

    @property
    def size(self) -> int | None:
        """The size that a witness which has cosigned another one tells (409), else None."""
        digits = self.body.removesuffix(b"\n")
        is_told = self.status == HTTPStatus.CONFLICT and self.content_type.split(";")[0].strip() == SIZE_TYPE
        return int(digits) if is_told and is_size(digits) else None


def weigh(request: Request, log_key: VerifierKey, last: Checkpoint | None) -> Checkpoint | Answer:
    """The checkpoint that may be cosigned after `last` (None: the first one), or the answer that refuses it."""
    try:
        head = open_checkpoint(request.note, log_key)
    except DamagedError:
        return Answer(HTTPStatus.FORBIDDEN, b"not signed by the key that is trusted for this log\n")
    size, root = (last.size, last.root) if last else (0, EMPTY_ROOT)
    if request.old_size > head.size:
        return Answer(HTTPStatus.BAD_REQUEST, b"the old size is beyond the checkpoint's\n")
    if request.old_size != size:
        return Answer(HTTPStatus.CONFLICT, f"{size}\n".encode(), SIZE_TYPE)
    try:
        verify_consistency(size, head.size, root, head.root, request.proof)
    except DamagedError:
        return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, b"this log does not go on from what was cosigned\n")
    return head


def origin_of(request: Request) -> str | None:
    """The log that a request says it is of, unverified; None where it says none."""
    try:
        return read_checkpoint(request.note).origin
    except DamagedError:
        return None


def joined(note: bytes, lines: bytes, witnesses: Sequence[VerifierKey]) -> bytes:
    """The note with those of these signature lines that are valid cosignatures of these witnesses, one of each.

    Raises DamagedError `audit_note_malformed` for lines that are none.
    """
    own = parse_note(note)
    told = parse_note(own.text.encode() + b"\n" + lines)
    valid = {}
    for witness in witnesses:
        for line in told.signatures:
            if line.is_by(witness) and cosigned_at(Note(told.text, (line,)), witness) is not None:
                valid[str(witness)] = line
    kept = [line for line in own.signatures if not any(line.is_by(key) for key in witnesses if str(key) in valid)]
    return Note(own.text, (*kept, *valid.values())).to_bytes()


def _malformed(why: str) -> DamagedError:
    return DamagedError("witness_request_malformed", "A request to a witness is malformed.", why, "Ask again.")

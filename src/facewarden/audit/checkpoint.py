"""Checkpoints (C2SP tlog-checkpoint): a log's name, size and root, as the text of a signed note.

A checkpoint never says anything about entries beyond its size. Source: https://c2sp.org/tlog-checkpoint
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from facewarden.audit.merkle import HASH_SIZE_BYTES, MAX_LEVEL
from facewarden.audit.note import NoteSigner, VerifierKey, open_note, parse_note, signed_note
from facewarden.errors import DamagedError


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: `origin` names it, `size` counts its entries, `root` is their tree's root, 32 bytes."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed: three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def sign(self, signer: NoteSigner) -> bytes:
        """The signed note of this checkpoint."""
        return signed_note(self.text, signer.verifier_key, signer.sign(self.text))


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in a note's text; extension lines are refused, as this log writes none.

    Raises DamagedError `audit_checkpoint_malformed`.
    """
    lines = text.split("\n")
    try:
        size = int(lines[1])
        checkpoint = Checkpoint(lines[0], size, base64.b64decode(lines[2], validate=True))
    except (IndexError, ValueError, binascii.Error) as error:
        raise _malformed("It is not a name, a size and a root.") from error
    if len(checkpoint.root) != HASH_SIZE_BYTES or not lines[0] or size < 0 or size.bit_length() > MAX_LEVEL:
        raise _malformed("Its name is empty, or its size or root is out of range.")
    if checkpoint.text != text:
        raise _malformed("It is not written in the one allowed way.")
    return checkpoint


def read_checkpoint(note: bytes) -> Checkpoint:
    """What a signed checkpoint says, unverified: good for naming a fault, never for trusting it."""
    return parse_checkpoint(parse_note(note).text)


def open_checkpoint(note: bytes, key: VerifierKey) -> Checkpoint:
    """The checkpoint in a signed note, after the key's signature was verified and the origin found to be its name.

    Raises DamagedError `audit_note_malformed`, `audit_signature_invalid` or `audit_checkpoint_malformed`.
    """
    checkpoint = parse_checkpoint(open_note(note, key).text)
    if checkpoint.origin != key.name:
        raise _malformed("It is the checkpoint of another log.")
    return checkpoint


def _malformed(why: str) -> DamagedError:
    return DamagedError(
        "audit_checkpoint_malformed", "A checkpoint of the audit log is malformed.", why, "Fetch it again."
    )

"""Keys under keys: AES-256-GCM with the place of the wrapped key as associated data.

A wrapped key that is moved to another place does not open. Never decides which key wraps which.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facewarden.errors import DamagedError

KEY_BYTES = 32  # AES-256
NONCE_BYTES = 12  # what GCM is defined for (NIST SP 800-38D)


def wrap(under: AESGCM, key: bytes, place: bytes) -> bytes:
    """`key` sealed for `place`: nonce, ciphertext, tag; 60 bytes for a key of 32."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + under.encrypt(nonce, key, place)


def unwrap(under: AESGCM, wrapped: bytes, place: bytes) -> bytes:
    """The key that was wrapped for `place`; DamagedError if a bit differs, or it was wrapped for another place."""
    try:
        return under.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], place)
    except (InvalidTag, ValueError) as error:  # ValueError: cut too short for a nonce
        raise damaged() from error


def damaged() -> DamagedError:
    """The error for a wrapped key that does not open."""
    return DamagedError(
        "key_damaged",
        "A stored key does not open.",
        "keys.db was changed outside facewarden, or is not of this installation.",
        "Restore keys.db from its newest backup; erased keys must not come back: replay the erasures after it.",
    )


def place_of_kek(kek_id: int, scope: str, block: int) -> bytes:
    """Where a key-encryption key belongs."""
    return kek_id.to_bytes(8, "big") + block.to_bytes(8, "big") + scope.encode()

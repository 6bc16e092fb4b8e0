"""Templates sealed and opened: AES-256-GCM under a key of each template's own, bound to its face number.

Never keeps a template or a key longer than its caller does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from facewarden.errors import DamagedError

NONCE_BYTES = 12
_PLACE = b"template"  # then the face number: a template moved to another face does not open
_LITTLE_ENDIAN = np.dtype("<f4")


def seal(key: bytes, face_number: int, template: NDArray[np.float32]) -> bytes:
    """Nonce, ciphertext and tag of a template (dimension,), float32: 28 bytes more than it."""
    nonce = os.urandom(NONCE_BYTES)
    plain = np.ascontiguousarray(template, dtype=_LITTLE_ENDIAN).tobytes()
    return nonce + AESGCM(key).encrypt(nonce, plain, _PLACE + face_number.to_bytes(8, "big"))


def opened(sealed: Sequence[tuple[int, bytes]], keys: Mapping[int, bytes]) -> NDArray[np.float32]:
    """The templates (N, dimension) of face numbers with what was sealed for them, in their order; read-only.

    Every number must have a key. DamagedError `template_damaged` if one does not open, `templates_mixed` if not all
    have one dimension.
    """
    plain: list[bytes] = []
    append, cipher, place = plain.append, AESGCM, _PLACE
    try:
        for number, content in sealed:
            append(
                cipher(keys[number]).decrypt(
                    content[:NONCE_BYTES], content[NONCE_BYTES:], place + number.to_bytes(8, "big")
                )
            )
    except (InvalidTag, ValueError) as error:  # ValueError: cut too short for a nonce
        raise DamagedError(
            "template_damaged",
            "A stored template does not open.",
            "The records or keys.db were changed outside facewarden, or are of two different days.",
            "Run `facewarden verify`, and restore both from the newest backups.",
        ) from error
    if not plain:
        return np.empty((0, 0), dtype=np.float32)
    if any(len(part) != len(plain[0]) for part in plain):
        raise DamagedError(
            "templates_mixed",
            "The gallery holds templates of different lengths.",
            "They come from different face packs and cannot be compared.",
            "Enrol the gallery anew with one pack.",
        )
    return np.frombuffer(b"".join(plain), dtype=_LITTLE_ENDIAN).reshape(len(plain), -1)

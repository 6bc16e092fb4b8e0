"""One digest over a set of face numbers, the same in whatever order they came and went.

Defined as the sum modulo 2^256 of SHA-256(face number, 8 bytes, big-endian) over the set, 32 bytes big-endian. It
tells two copies of a gallery apart that differ by accident; it is no defence against somebody who picks the numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

FINGERPRINT_BYTES = 32
EMPTY = bytes(FINGERPRINT_BYTES)
"""The fingerprint of no face at all."""
_MODULUS = 1 << (8 * FINGERPRINT_BYTES)


def add(fingerprint: bytes, numbers: Iterable[int]) -> bytes:
    """The fingerprint once `numbers` joined. Numbers already in the set would count twice: the caller's care."""
    return _shifted(fingerprint, _total(numbers))


def remove(fingerprint: bytes, numbers: Iterable[int]) -> bytes:
    """The fingerprint once `numbers` left. Each must have been in the set."""
    return _shifted(fingerprint, -_total(numbers))


def _total(numbers: Iterable[int]) -> int:
    sha256, from_bytes = hashlib.sha256, int.from_bytes
    return sum(from_bytes(sha256(number.to_bytes(8, "big")).digest(), "big") for number in numbers)


def _shifted(fingerprint: bytes, by: int) -> bytes:
    return ((int.from_bytes(fingerprint, "big") + by) % _MODULUS).to_bytes(FINGERPRINT_BYTES, "big")

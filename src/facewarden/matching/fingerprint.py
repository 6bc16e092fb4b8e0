"""A digest over a set of face numbers, the same in whatever order they come, kept up to date in constant time.

It tells two honest parts (the records and the index) whether they hold the same faces. It never looks at
templates, and it is no proof against a forger: the index file carries its own authentication for that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import BadUseError

Numbers: TypeAlias = Iterable[int] | NDArray[np.int64]

EMPTY_FINGERPRINT = bytes(16)
"""The fingerprint of no faces at all."""

# Two independent lanes of the SplitMix64 mixer (Steele, Lea, Flood: Fast splittable pseudorandom number
# generators, 2014), summed modulo 2**64 each: sums commute and can be undone, which is all that is asked here.
_GAMMA = np.array([0x9E3779B97F4A7C15, 0xD1B54A32D192ED03], dtype=np.uint64)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def fingerprint(face_numbers: Numbers) -> bytes:
    """The 16 bytes that stand for exactly this set of face numbers, each counted once as given.

    `face_numbers` are positive 63-bit integers, each at most once (a repeated number changes the digest).
    BadUseError for a number below 1.
    """
    return _packed(_lanes(face_numbers))


def updated(digest: bytes, *, added: Numbers = (), removed: Numbers = ()) -> bytes:
    """The fingerprint after these numbers came and went, without looking at the ones that stayed.

    `digest` is what `fingerprint` or `updated` gave before; the caller sees to it that `added` were absent and
    `removed` present. BadUseError for a digest of the wrong length.
    """
    if len(digest) != len(EMPTY_FINGERPRINT):
        raise BadUseError("bad_fingerprint", f"A fingerprint has 16 bytes, not {len(digest)}.")
    return _packed(np.frombuffer(digest, dtype="<u8").astype(np.uint64) + _lanes(added) - _lanes(removed))


def _lanes(face_numbers: Numbers) -> NDArray[np.uint64]:
    values = _as_array(face_numbers)
    if values.size and int(values.min()) < 1:
        raise BadUseError("bad_face_number", "A face number is a positive integer.", f"One is {values.min()}.")
    mixed = values.astype(np.uint64)[:, None] * _GAMMA[None, :]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    mixed ^= mixed >> np.uint64(31)
    lanes: NDArray[np.uint64] = mixed.sum(axis=0, dtype=np.uint64)
    return lanes


def _as_array(face_numbers: Numbers) -> NDArray[np.int64]:
    if isinstance(face_numbers, np.ndarray):
        return face_numbers.astype(np.int64, copy=False).reshape(-1)
    return np.fromiter(face_numbers, dtype=np.int64)


def _packed(lanes: NDArray[np.uint64]) -> bytes:
    return lanes.astype("<u8").tobytes()

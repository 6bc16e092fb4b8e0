"""How alike two pictures look as wholes: a short hash of what a photo shows, the same after re-encoding or resizing.

Never tells who is in a picture, and is no fingerprint of a file: it is derived from pixels, so whoever keeps one keeps
it encrypted and destroys it with the photo. A mirrored, cropped or retouched copy has another hash.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

HASH_BITS = 256
HASH_BYTES = HASH_BITS // 8
NEAR_BITS = 40
"""Two hashes that differ in at most so many bits belong to copies of one picture (see docs/design/sources.md)."""
_SIDE = 64  # the picture is averaged to so many cells a side
_LOW = 16  # the lowest so many frequencies a side become bits
_WORDS = HASH_BITS // 64


def perceptual_hash(pixels: NDArray[np.uint8]) -> bytes:
    """The hash (32 bytes) of a picture: uint8, (height, width, 3), RGB, any size; its own orientation counts.

    The signs of the 256 lowest cosine frequencies of the brightness, against their median (Zauner 2010, "pHash").
    """
    cells = _averaged(pixels[:, :, 1])  # green carries most of the brightness, and one channel costs a third
    cosines = _cosines()
    low = cosines @ cells @ cosines.T
    flat = low.ravel()
    bits = flat > np.median(flat[1:])  # without the mean brightness, which is far above all others
    bits[0] = False
    return np.packbits(bits).tobytes()


def as_words(hashes: list[bytes]) -> NDArray[np.uint64]:
    """Hashes as (N, 4) numbers, as `distances` wants them."""
    return np.frombuffer(b"".join(hashes), dtype=np.uint64).reshape(len(hashes), _WORDS)


def distances(probe: NDArray[np.uint64], hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """In how many bits (0 to 256) each of the hashes (N, 4) differs from the probe (4,)."""
    differing: NDArray[np.int64] = np.bitwise_count(hashes ^ probe).sum(axis=1, dtype=np.int64)
    return differing


def near(probe: NDArray[np.uint64], columns: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of the hashes, given as columns (4, N), are near copies of the probe (4,), and the bits that differ.

    Exact: of two hashes that differ in 40 bits, one of the four words differs in ten at most.
    """
    candidate = np.zeros(columns.shape[1], dtype=bool)
    for word in range(_WORDS):
        candidate |= np.bitwise_count(columns[word] ^ probe[word]) <= NEAR_BITS // _WORDS
    at = np.flatnonzero(candidate)
    bits = distances(probe, columns[:, at].T)
    return at[bits <= NEAR_BITS], bits[bits <= NEAR_BITS]


def _averaged(channel: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The channel as 64 x 64 cells, each the mean of its part of the picture; small ones are enlarged by repetition."""
    for axis in (0, 1):
        if channel.shape[axis] < _SIDE:
            channel = np.repeat(channel, -(-_SIDE // channel.shape[axis]), axis=axis)
    rows, row_sizes = _edges(channel.shape[0])
    columns, column_sizes = _edges(channel.shape[1])
    sums = np.add.reduceat(np.add.reduceat(channel, rows, axis=0, dtype=np.uint32), columns, axis=1, dtype=np.uint64)
    means: NDArray[np.float64] = sums / np.outer(row_sizes, column_sizes)
    return means


def _edges(length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each of 64 nearly equal parts of so many pixels begins, and how many it has."""
    bounds = np.linspace(0, length, _SIDE + 1).round().astype(np.int64)
    return bounds[:-1], np.diff(bounds)


@cache
def _cosines() -> NDArray[np.float64]:
    """The lowest 16 rows of the discrete cosine transform (type II) of 64 values."""
    return np.cos(np.pi * np.outer(np.arange(_LOW), np.arange(_SIDE) + 0.5) / _SIDE)

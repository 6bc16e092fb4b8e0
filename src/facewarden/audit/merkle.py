"""The Merkle tree of RFC 9162, section 2.1, over SHA-256: roots, proofs, and their verification.

It never stores anything, and a verification never ends well by default: each checks that the whole path was used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from facewarden.errors import BadUseError, DamagedError

HASH_SIZE_BYTES = 32
MAX_LEVEL = 63
"""A tree has fewer than 2^63 leaves, so every loop over levels ends within this many steps."""
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of the tree without leaves (RFC 9162, 2.1.1)."""

ReadNode = Callable[[int, int], bytes]
"""`read(level, index)`: the hash of the complete subtree over the leaves [index * 2^level, (index + 1) * 2^level)."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry), 32 bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a number of hashes that is a power of two; these may be leaves or roots of equal subtrees."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def fold_peaks(peaks: Sequence[bytes]) -> bytes:
    """The root over complete subtrees of falling size, left to right; EMPTY_ROOT if there is none."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def _split(size: int) -> int:
    """The largest power of two below `size` (> 1)."""
    return 1 << (size - 1).bit_length() - 1


def _subtree_root(start: int, stop: int, read: ReadNode) -> bytes:
    """MTH(D[start:stop]) for a range that the RFC's own splitting yields: `start` is a multiple of its power."""
    peaks = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        peaks.append(read(level, start >> level))
        start += 1 << level
    return fold_peaks(peaks)


def root_hash(size: int, read: ReadNode) -> bytes:
    """MTH(D[0:size]), 32 bytes; EMPTY_ROOT for size 0."""
    return _subtree_root(0, size, read)


def inclusion_proof(index: int, size: int, read: ReadNode) -> list[bytes]:
    """PATH(index, D[size]), from the leaf's sibling up (RFC 9162, 2.1.3.1); empty for a tree of one leaf.

    Raises BadUseError `audit_index_unknown` unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise BadUseError(
            "audit_index_unknown",
            f"The log of {size} entries has no entry {index}.",
            "Entries are counted from 0.",
            "Ask for an index below the log's size.",
        )
    path = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(_subtree_root(middle, stop, read))
            stop = middle
        else:
            path.append(_subtree_root(start, middle, read))
            start = middle
    return path[::-1]


def consistency_proof(old_size: int, new_size: int, read: ReadNode) -> list[bytes]:
    """PROOF(old_size, D[new_size]) (RFC 9162, 2.1.4.1); empty where the sizes are equal or the old one is 0.

    Raises BadUseError `audit_size_unknown` unless 0 <= old_size <= new_size.
    """
    if not 0 <= old_size <= new_size:
        raise BadUseError(
            "audit_size_unknown",
            f"There is no proof from size {old_size} to size {new_size}.",
            "A log only grows.",
            "Give the smaller size first.",
        )
    if old_size in (0, new_size):
        return []
    path = []
    start, stop = 0, new_size
    old_is_whole = True  # whether D[start:old_size] is a subtree whose root the verifier already has
    while old_size != stop:
        middle = start + _split(stop - start)
        if old_size <= middle:
            path.append(_subtree_root(middle, stop, read))
            stop = middle
        else:
            path.append(_subtree_root(start, middle, read))
            start = middle
            old_is_whole = False
    if not old_is_whole:
        path.append(_subtree_root(start, stop, read))
    return path[::-1]


def _invalid(what: str, why: str) -> DamagedError:
    return DamagedError("audit_proof_invalid", what, why, "Do not trust it; ask the operator for a fresh proof.")


def _check_path(path: Sequence[bytes]) -> None:
    if len(path) > 2 * MAX_LEVEL or any(len(step) != HASH_SIZE_BYTES for step in path):
        raise _invalid("The proof is malformed.", "It is too long, or a step of it is not a SHA-256 hash.")


def _next_level(fn: int, sn: int) -> tuple[int, int]:
    """Both positions one level up, after the levels at which a right edge has no sibling were left out."""
    if not fn & 1:
        while fn and not fn & 1:
            fn, sn = fn >> 1, sn >> 1
    return fn >> 1, sn >> 1


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Returns only if `leaf` (a leaf hash) is entry `index` of the tree of `size` leaves with that root.

    The algorithm of RFC 9162, 2.1.3.2. Raises DamagedError `audit_proof_invalid` for everything else.
    """
    _check_path(path)
    if not 0 <= index < size or size.bit_length() > MAX_LEVEL:
        raise _invalid("The proof of inclusion is malformed.", "Its index is not below its tree's size.")
    fn, sn, computed = index, size - 1, leaf
    for step in path:
        if sn == 0:
            raise _invalid("The proof of inclusion does not hold.", "It has more steps than the tree has levels.")
        if fn & 1 or fn == sn:
            computed = node_hash(step, computed)
            fn, sn = _next_level(fn, sn)
        else:
            computed = node_hash(computed, step)
            fn, sn = fn >> 1, sn >> 1
    if fn != 0 or sn != 0:
        raise _invalid("The proof of inclusion does not hold.", "It has fewer steps than the tree has levels.")
    if computed != root:
        raise _invalid("The proof of inclusion does not hold.", "It leads to another root than the signed one.")


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Returns only if the tree of `new_size` leaves begins with the whole tree of `old_size` leaves.

    The algorithm of RFC 9162, 2.1.4.2; the empty tree is the beginning of every tree and has EMPTY_ROOT. Raises
    DamagedError `audit_proof_invalid` for everything else.
    """
    _check_path(path)
    if not 0 <= old_size <= new_size or new_size.bit_length() > MAX_LEVEL:
        raise _invalid("The proof of consistency is malformed.", "Its sizes are not in order.")
    if old_size in (0, new_size):
        expected = EMPTY_ROOT if old_size == 0 else new_root
        if path or old_root != expected or (new_size == 0 and new_root != EMPTY_ROOT):
            raise _invalid("The two trees are not consistent.", "Trees of one size have different roots.")
        return
    if not path:
        raise _invalid("The proof of consistency does not hold.", "It is empty.")
    steps = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    _walk_consistency(old_size, new_size, old_root, new_root, steps)


def _walk_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, steps: Sequence[bytes]) -> None:
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old_computed = new_computed = steps[0]
    for step in steps[1:]:
        if sn == 0:
            raise _invalid("The proof of consistency does not hold.", "It has more steps than the tree has levels.")
        if fn & 1 or fn == sn:
            old_computed, new_computed = node_hash(step, old_computed), node_hash(step, new_computed)
            fn, sn = _next_level(fn, sn)
        else:
            new_computed = node_hash(new_computed, step)
            fn, sn = fn >> 1, sn >> 1
    if fn != 0 or sn != 0:
        raise _invalid("The proof of consistency does not hold.", "It has fewer steps than the tree has levels.")
    if old_computed != old_root or new_computed != new_root:
        raise _invalid("The two trees are not consistent.", "The newer one does not begin with the older one.")

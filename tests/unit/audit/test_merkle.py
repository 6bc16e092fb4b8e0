"""The tree against a second, naive implementation of the RFC's own recursive definitions, and against known roots."""

from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.audit.merkle import (
    EMPTY_ROOT,
    complete_root,
    consistency_proof,
    fold_peaks,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_hash,
    verify_consistency,
    verify_inclusion,
)
from facewarden.errors import BadUseError, DamagedError

LARGEST = 300
ENTRIES = [b"entry %d" % at for at in range(LARGEST)]

# The eight leaves and the roots of their first one to eight that Certificate Transparency's implementations share.
CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


# -- the oracle: RFC 6962, 2.1, word by word ------------------------------------------------------------------


def half(count):
    power = 1
    while power * 2 < count:
        power *= 2
    return power


@cache
def mth(start, stop):
    if start == stop:
        return sha256(b"").digest()
    if stop - start == 1:
        return sha256(b"\x00" + ENTRIES[start]).digest()
    middle = start + half(stop - start)
    return sha256(b"\x01" + mth(start, middle) + mth(middle, stop)).digest()


@cache
def path(index, start, stop):
    if stop - start == 1:
        return ()
    middle = start + half(stop - start)
    if index < middle:
        return (*path(index, start, middle), mth(middle, stop))
    return (*path(index, middle, stop), mth(start, middle))


@cache
def subproof(old, start, stop, is_whole):
    if old == stop:
        return () if is_whole else (mth(start, stop),)
    middle = start + half(stop - start)
    if old <= middle:
        return (*subproof(old, start, middle, is_whole), mth(middle, stop))
    return (*subproof(old, middle, stop, False), mth(start, middle))


def read(level, index):
    return mth(index << level, (index + 1) << level)


# -- against it -----------------------------------------------------------------------------------------------


def test_roots_are_the_known_ones_of_certificate_transparency():
    leaves = [leaf_hash(bytes.fromhex(text)) for text in CT_LEAVES]

    def read_leaves(level, index):
        return complete_root(leaves[index << level : (index + 1) << level])

    assert [root_hash(size, read_leaves).hex() for size in range(1, 9)] == CT_ROOTS
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_every_root_to_300_is_the_oracles():
    for size in range(LARGEST + 1):
        assert root_hash(size, read) == mth(0, size)


def test_every_inclusion_proof_to_300_is_the_oracles_and_verifies():
    for size in range(1, LARGEST + 1):
        for index in range(size):
            proof = inclusion_proof(index, size, read)
            assert proof == list(path(index, 0, size))
            verify_inclusion(index, size, mth(index, index + 1), proof, mth(0, size))


def test_every_consistency_proof_to_300_is_the_oracles_and_verifies():
    for new in range(LARGEST + 1):
        for old in range(new + 1):
            proof = consistency_proof(old, new, read)
            assert proof == (list(subproof(old, 0, new, True)) if old else [])
            verify_consistency(old, new, mth(0, old), mth(0, new), proof)


def test_the_odd_node_is_never_doubled():
    twice = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c"), leaf_hash(b"c")]
    three = fold_peaks([complete_root(twice[:2]), twice[2]])
    assert three != complete_root(twice)


# -- proofs that must fail, and a broken verifier that must not survive them ----------------------------------


def wrong_inclusions():
    """(index, size, leaf, path, root) that claim something false, or true with a path of the wrong length."""
    other = leaf_hash(b"something else")
    for size in (1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 100, 255, 256, 257, 300):
        root = mth(0, size)
        for index in {0, 1, size // 2, size - 1} & set(range(size)):
            leaf, proof = mth(index, index + 1), list(path(index, 0, size))
            yield index, size, other, proof, root
            yield index, size, leaf, [*proof, other], root
            yield index, size, leaf, proof, other
            yield index, size + 1, leaf, proof, node_hash(root, other)
            if proof:
                yield index, size, leaf, proof[:-1], root
                yield index, size, leaf, proof[1:], root
                yield index, size, leaf, [proof[0][:-1], *proof[1:]], root
                yield index, size, node_hash(leaf, proof[0]), proof[1:], root  # an inner node shown as a leaf
                yield index, size, node_hash(proof[0], leaf), proof[1:], root
            for wrong in (index + 1, index - 1, size, -1):
                yield wrong, size, leaf, proof, root
    yield 0, 0, other, [], EMPTY_ROOT


def test_no_wrong_inclusion_proof_verifies():
    for index, size, leaf, proof, root in wrong_inclusions():
        with pytest.raises(DamagedError) as caught:
            verify_inclusion(index, size, leaf, proof, root)
        assert caught.value.code == "audit_proof_invalid"


def test_a_verifier_that_forgets_the_final_check_would_be_caught():
    def forgetful(index, size, leaf, proof, root):
        fn, sn, computed = index, size - 1, leaf
        for step in proof:
            computed = node_hash(step, computed) if fn & 1 or fn == sn else node_hash(computed, step)
            if (fn & 1 or fn == sn) and not fn & 1:
                while fn and not fn & 1:
                    fn, sn = fn >> 1, sn >> 1
            fn, sn = fn >> 1, sn >> 1
        return computed == root  # and never looks whether the path was long enough

    assert any(forgetful(*claim) for claim in wrong_inclusions() if 0 <= claim[0] < claim[1])


def wrong_consistencies():
    other = leaf_hash(b"something else")
    for new in (1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 100, 255, 256, 257, 300):
        for old in {1, 2, new // 2, new - 1, new} & set(range(1, new + 1)):
            old_root, new_root, proof = mth(0, old), mth(0, new), list(subproof(old, 0, new, True))
            yield old, new, other, new_root, proof
            yield old, new, old_root, other, proof
            yield old, new, old_root, new_root, [*proof, other]
            yield new + 1, new, new_root, new_root, []
            if old < new:
                yield old, new, old_root, old_root, proof
                yield old, new, old_root, new_root, proof[1:]
                yield old, new, old_root, new_root, proof[:-1]
                yield old, new, old_root, new_root, []
                yield old, old, old_root, new_root, []
    yield 0, 5, other, mth(0, 5), []
    yield 0, 5, EMPTY_ROOT, mth(0, 5), [other]
    yield 0, 0, other, other, []
    yield -1, 5, EMPTY_ROOT, mth(0, 5), []


def test_no_wrong_consistency_proof_verifies():
    for old, new, old_root, new_root, proof in wrong_consistencies():
        with pytest.raises(DamagedError) as caught:
            verify_consistency(old, new, old_root, new_root, proof)
        assert caught.value.code == "audit_proof_invalid"


@given(st.integers(1, LARGEST), st.data())
def test_any_flipped_bit_of_any_proof_fails(size, data):
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    flip = data.draw(st.integers(0, 255))

    def flipped(step):
        return bytes(byte ^ (1 << flip % 8 if at == flip // 8 else 0) for at, byte in enumerate(step))

    proof = inclusion_proof(index, size, read)
    for at in range(len(proof)):
        bad = [*proof[:at], flipped(proof[at]), *proof[at + 1 :]]
        with pytest.raises(DamagedError):
            verify_inclusion(index, size, mth(index, index + 1), bad, mth(0, size))
    proof = consistency_proof(old, size, read)
    for at in range(len(proof)):
        bad = [*proof[:at], flipped(proof[at]), *proof[at + 1 :]]
        with pytest.raises(DamagedError):
            verify_consistency(old, size, mth(0, old), mth(0, size), bad)


@given(st.integers(), st.integers(), st.lists(st.binary(max_size=40), max_size=200), st.binary(max_size=40))
def test_any_nonsense_ends_in_our_error_and_soon(first, second, proof, root):
    with pytest.raises(DamagedError):
        verify_inclusion(first, second, root, proof, root + b"x")
    with pytest.raises(DamagedError):
        verify_consistency(first, second, root, root + b"x", proof)


def test_a_proof_is_not_made_for_what_is_not_there():
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(BadUseError) as caught:
            inclusion_proof(index, size, read)
        assert caught.value.code == "audit_index_unknown"
    for old, new in ((6, 5), (-1, 5)):
        with pytest.raises(BadUseError) as caught:
            consistency_proof(old, new, read)
        assert caught.value.code == "audit_size_unknown"

"""Proof bundles as a stranger checks them: with the bundle, the verifier key, and nothing else."""

import base64
import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.audit.merkle import complete_root, consistency_proof, inclusion_proof
from facewarden.audit.note import VerifierKey
from facewarden.audit.proof import (
    consistency_bundle,
    proof_bundle,
    verify_consistency_bundle,
    verify_proof_bundle,
)
from facewarden.errors import BadUseError, DamagedError, Error

SIZE = 77
INDEX = 40


def reader(log):
    return lambda level, index: complete_root(log.leaves[index << level : (index + 1) << level])


@pytest.fixture(scope="module")
def log(make_log):
    return make_log(SIZE)


@pytest.fixture(scope="module")
def bundle(log):
    path = inclusion_proof(INDEX, SIZE, reader(log))
    made = proof_bundle(INDEX, log.entries[INDEX], path, log.checkpoint(SIZE), log.key)
    return json.loads(json.dumps(made))


@pytest.fixture(scope="module")
def growth(log):
    path = consistency_proof(50, SIZE, reader(log))
    return consistency_bundle(log.checkpoint(50), log.checkpoint(SIZE), path, log.key)


def test_a_bundle_proves_its_entry_to_whoever_has_the_verifier_key(log, bundle, entry_of):
    assert verify_proof_bundle(bundle, str(log.key)) == entry_of(INDEX)
    assert verify_proof_bundle(bundle, log.key) == entry_of(INDEX)


def test_a_bundle_proves_growth(log, growth):
    assert verify_consistency_bundle(growth, str(log.key)) == (50, SIZE)


def changed(value):
    """Another value of the same kind."""
    if isinstance(value, int):
        return value + 1
    if isinstance(value, list):
        return [*value[:-1]]
    if isinstance(value, dict):
        return value | {"verdict": "allow" if value.get("verdict") != "allow" else "refuse"}
    return value[:-3] + ("A" if value[-3] != "A" else "B") + value[-2:]


@pytest.mark.parametrize("name", ["format", "index", "entry", "leaf", "inclusion_proof", "checkpoint", "verifier_key"])
def test_a_bundle_with_any_part_changed_missing_or_of_another_kind_does_not_hold(log, bundle, name):
    for value in (changed(bundle[name]), None, 7.5, True, "\ud800", [["x"]], {}):
        with pytest.raises(Error):
            verify_proof_bundle(bundle | {name: value}, log.key)
    without = {key: value for key, value in bundle.items() if key != name}
    with pytest.raises(DamagedError):
        verify_proof_bundle(without, log.key)


@pytest.mark.parametrize("name", ["format", "old_checkpoint", "new_checkpoint", "consistency_proof", "verifier_key"])
def test_growth_with_any_part_changed_missing_or_of_another_kind_does_not_hold(log, growth, name):
    for value in (changed(growth[name]), None, 7.5, True, "\ud800", [["x"]], {}):
        with pytest.raises(Error):
            verify_consistency_bundle(growth | {name: value}, log.key)


def test_a_bundle_is_no_proof_under_another_key_even_its_own(make_log, log, bundle):
    other = VerifierKey(log.key.name, bytes(32))
    with pytest.raises(DamagedError):
        verify_proof_bundle(bundle, other)
    with pytest.raises(DamagedError):
        verify_proof_bundle(bundle | {"verifier_key": str(other)}, log.key)
    with pytest.raises(BadUseError):
        verify_proof_bundle(bundle, "no key")


def test_an_entry_shown_must_be_the_entry_proved(log, bundle):
    shown = copy.deepcopy(bundle)
    shown["entry"]["verdict"] = "allow"
    with pytest.raises(DamagedError, match="not the entry proved"):
        verify_proof_bundle(shown, log.key)


def test_an_older_checkpoint_does_not_vouch_for_a_later_entry(log, bundle):
    with pytest.raises(DamagedError):
        verify_proof_bundle(bundle | {"checkpoint": log.checkpoint(INDEX).decode()}, log.key)


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda part: st.lists(part) | st.dictionaries(st.text(), part))
)
def test_any_nonsense_is_no_proof(log, nonsense):
    with pytest.raises(DamagedError):
        verify_proof_bundle(nonsense, log.key)
    with pytest.raises(DamagedError):
        verify_consistency_bundle(nonsense, log.key)


@given(st.binary(max_size=100))
def test_an_invented_leaf_is_no_entry(log, bundle, content):
    with pytest.raises(DamagedError):
        verify_proof_bundle(bundle | {"leaf": base64.b64encode(content).decode()}, log.key)

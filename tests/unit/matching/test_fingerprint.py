"""The digest over face numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import BadUseError
from facewarden.matching.fingerprint import EMPTY_FINGERPRINT, fingerprint, updated

face_numbers = st.integers(min_value=1, max_value=2**63 - 1)


def test_no_faces_have_the_empty_fingerprint():
    assert fingerprint([]) == EMPTY_FINGERPRINT


@given(st.lists(face_numbers, unique=True), st.randoms())
def test_order_does_not_change_the_fingerprint(numbers, random):
    shuffled = list(numbers)
    random.shuffle(shuffled)
    assert fingerprint(shuffled) == fingerprint(np.array(numbers, dtype=np.int64))


@given(st.sets(face_numbers), st.sets(face_numbers))
def test_updating_equals_computing_anew(before, after):
    digest = updated(fingerprint(before), added=after - before, removed=before - after)
    assert digest == fingerprint(after)


@given(st.sets(face_numbers), face_numbers)
def test_one_face_more_or_less_is_seen(numbers, other):
    assert fingerprint(numbers | {other}) != fingerprint(numbers - {other})


def test_the_digest_stays_the_same_across_versions():
    """Index files and records outlive a release; another digest would force every index to be rebuilt."""
    assert fingerprint([1, 2, 3]).hex() == "f278e09cbca35d57abd06ba11754bc4e"


@pytest.mark.parametrize("number", [0, -1])
def test_a_number_below_one_is_refused(number):
    with pytest.raises(BadUseError):
        fingerprint([5, number])


def test_a_digest_of_the_wrong_length_is_refused():
    with pytest.raises(BadUseError):
        updated(b"short", added=[1])

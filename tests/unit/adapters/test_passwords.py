"""Passwords are hashed at the cost that RFC 9106 asks of a machine with little memory, and never fail on odd input."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from facewarden.adapters import passwords
from facewarden.adapters.passwords import Argon2Passwords

GOOD = "rivers-and-mountains-9"


def test_a_hash_costs_what_the_rfc_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PasswordHasher", PasswordHasher)  # the other tests make theirs cheaper
    made = Argon2Passwords().hash(GOOD)
    assert extract_parameters(made) == RFC_9106_LOW_MEMORY
    assert Argon2Passwords().verify(made, GOOD)


def test_only_the_password_itself_is_good_and_two_hashes_of_it_differ() -> None:
    hasher = Argon2Passwords()
    first, second = hasher.hash(GOOD), hasher.hash(GOOD)
    assert first != second
    assert hasher.verify(first, GOOD)
    assert not hasher.verify(first, GOOD + "0")
    assert not hasher.verify(first, "")


@pytest.mark.parametrize("damaged", ["", "no hash", "$argon2id$v=19$m=8,t=1,p=1$AAAA"])
def test_a_damaged_hash_lets_nobody_in(damaged: str) -> None:
    assert not Argon2Passwords().verify(damaged, GOOD)


def test_undecodable_bytes_are_a_wrong_password_and_no_failure() -> None:
    hasher = Argon2Passwords()
    assert not hasher.verify(hasher.hash(GOOD), "\udcff" * 3)

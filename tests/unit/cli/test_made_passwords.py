"""A password that is made is one that is accepted."""

from __future__ import annotations

from facewarden.cli.passwords import ALPHABET, new_password
from facewarden.services.people.accounts import check_password


def test_one_that_chance_left_almost_without_letters_is_made_anew():
    drawn = iter("2345abab23456789" + "kxvh3rmt7qwc9snp")
    made = new_password(lambda _: next(drawn))
    assert made == "kxvh-3rmt-7qwc-9snp"
    check_password(made, "operator")


def test_every_letter_comes_from_the_alphabet_that_is_easy_to_type():
    made = [new_password() for _ in range(20)]
    assert len(set(made)) == 20
    assert all(set(password) <= set(ALPHABET) | {"-"} and len(password) == 19 for password in made)

"""Passwords that are tried first are refused, random words are not."""

from __future__ import annotations

import pytest

from facewarden.errors import BadUseError
from facewarden.services.people.accounts import check_password


@pytest.mark.parametrize(
    "password",
    ["Password1234!", "P@ssw0rd2026!!", "qwertyuiop123", "123456789abc", "letmein-letmein-1", "Chicago-Police-2026"],
)
def test_a_common_password_is_refused(password: str) -> None:
    with pytest.raises(BadUseError) as refused:
        check_password(password, "ana")
    assert refused.value.code in ("common_password", "weak_password")
    assert password not in str(refused.value)


@pytest.mark.parametrize("password", ["rivers-and-mountains-9", "correct horse battery", "x7ab-k2mn-p9qr-ttuv"])
def test_random_words_and_made_passwords_pass(password: str) -> None:
    check_password(password, "ana")

"""Coming in by an invitation: a password nobody else knew, a factor that was proven, nothing twice."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from facewarden.domain.accounts import Role
from facewarden.errors import BadUseError, NotPermittedError
from facewarden.services.people import totp
from facewarden.services.people.second_factors import Enrolment
from facewarden.services.people.welcome import Welcome
from tests.integration.accounts.people import House

GOOD = "seven-orchards-by-lakeside"


@pytest.fixture
def strict(staffed: House) -> House:
    """The same, letting nobody in without a second factor."""
    staffed.of.people.welcome.factor_required = True
    staffed.of.sign_in.second_factor_required = True
    return staffed


def welcome_of(house: House) -> Welcome:
    return house.of.people.welcome


def secret_of(shown: Enrolment) -> bytes:
    return base64.b32decode(shown.secret + "=" * (-len(shown.secret) % 8))


def code_of(house: House, secret: bytes, steps: int = 0) -> str:
    return totp.code_at(secret, totp.step_of(house.of.clock.now()) + steps)


def refused(act, *arguments) -> str:
    with pytest.raises((BadUseError, NotPermittedError)) as caught:
        act(*arguments)
    return caught.value.code


def test_a_new_user_comes_in_by_invitation_password_and_proven_factor(strict: House) -> None:
    token = welcome_of(strict).invite(strict.actor("adm"), "ana")
    assert welcome_of(strict).invited(token).sign_in_name == "ana"
    secret = secret_of(welcome_of(strict).choose(token, GOOD))
    assert refused(welcome_of(strict).come_in, token, GOOD, "") == "code_wrong"
    code = code_of(strict, secret)
    welcome_of(strict).come_in(token, GOOD, code)
    assert refused(strict.of.sign_in.sign_in, "ana", GOOD, code) == "code_wrong"  # it was used to prove the factor
    assert strict.of.sign_in.sign_in("ana", GOOD, code_of(strict, secret, steps=1))
    assert refused(welcome_of(strict).come_in, token, GOOD, code) == "invitation_gone"
    assert token.encode() not in strict.stored()
    assert secret not in strict.stored()


def test_an_invitation_ends_after_three_days_and_when_another_takes_its_place(strict: House) -> None:
    first = welcome_of(strict).invite(strict.actor("adm"), "ana")
    second = welcome_of(strict).invite(strict.actor("adm"), "ana")
    assert refused(welcome_of(strict).invited, first) == "invitation_gone"
    strict.time.ahead = timedelta(hours=72)
    assert refused(welcome_of(strict).invited, second) == "invitation_gone"
    assert refused(welcome_of(strict).invited, "\udcff") == "invitation_gone"


def test_a_factor_shown_too_long_ago_is_shown_anew(strict: House) -> None:
    token = welcome_of(strict).invite(strict.actor("adm"), "ana")
    secret = secret_of(welcome_of(strict).choose(token, GOOD))
    strict.time.ahead = timedelta(minutes=16)
    assert refused(welcome_of(strict).come_in, token, GOOD, code_of(strict, secret)) == "factor_not_shown"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short-9x", "weak_password"),
        ("Alderford-Police-1", "common_password"),
        ("pneumonoultramicroscopicsilicovolcanoconiosis", ""),
        ("mypassword1!", "common_password"),
        ("1q2w3e4r5t6y7u", "guessable_password"),
        ("alderford-alderford", "common_password"),
        ("!!Peanutbutter!!", "breached_password"),
    ],
)
def test_a_weak_breached_or_soon_guessed_password_is_refused_with_the_reason(
    strict: House, password: str, code: str
) -> None:
    token = welcome_of(strict).invite(strict.actor("adm"), "ana")
    if not code:
        assert welcome_of(strict).choose(token, password)
        return
    with pytest.raises(BadUseError) as caught:
        welcome_of(strict).choose(token, password)
    assert (caught.value.code, bool(caught.value.next_step)) == (code, True)
    assert password not in str(caught.value)


def test_a_code_of_minutes_ago_is_refused_and_told_so_and_one_to_come_is_told_nothing(strict: House) -> None:
    token = welcome_of(strict).invite(strict.actor("adm"), "ana")
    secret = secret_of(welcome_of(strict).choose(token, GOOD))
    for steps, said in ((-10, "5 minutes old"), (4, "It is wrong"), (-30, "It is wrong")):
        with pytest.raises(NotPermittedError, match="not accepted") as caught:
            welcome_of(strict).come_in(token, GOOD, code_of(strict, secret, steps))
        assert said in caught.value.why


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_that_is_off_by_half_a_minute_is_taken(strict: House, steps: int) -> None:
    token = welcome_of(strict).invite(strict.actor("adm"), "ana")
    secret = secret_of(welcome_of(strict).choose(token, GOOD))
    assert welcome_of(strict).come_in(token, GOOD, code_of(strict, secret, steps))


def test_one_changes_ones_own_factor_once_it_is_proven_and_every_session_ends(strict: House) -> None:
    token = strict.of.sign_in.open_session(strict.user("ana"), "password")
    actor = strict.of.sign_in.actor_of(token)
    secret = secret_of(welcome_of(strict).show_own(actor))
    assert strict.of.sign_in.factors_of(actor.user.user_id) == frozenset()
    assert refused(welcome_of(strict).prove_own, actor, "000000") == "code_wrong"
    welcome_of(strict).prove_own(actor, code_of(strict, secret))
    assert strict.of.sign_in.factors_of(actor.user.user_id) == {"code"}
    assert refused(strict.of.sign_in.actor_of, token) == "signed_out"
    assert refused(welcome_of(strict).prove_own, actor, code_of(strict, secret)) == "factor_not_shown"


def test_nobody_is_invited_to_an_account_that_is_not_active(strict: House) -> None:
    token = welcome_of(strict).invite(strict.actor("adm"), "ana")
    strict.of.people.members.suspend(strict.actor("adm"), "ana", "On leave.")
    assert refused(welcome_of(strict).invite, strict.actor("adm"), "ana") == "not_active"
    assert refused(welcome_of(strict).come_in, token, GOOD, "") == "invitation_gone"


def test_where_a_factor_is_not_asked_for_a_password_suffices(staffed: House) -> None:
    staffed.add_user("bo", Role.EXAMINER, by="adm")
    token = welcome_of(staffed).invite(staffed.actor("adm"), "bo")
    welcome_of(staffed).come_in(token, GOOD)
    assert staffed.of.sign_in.sign_in("bo", GOOD)

"""Signing in: one wording, a lock that guesses sent at once do not outrun, sessions that end."""

import contextlib
import threading
from dataclasses import replace

import pytest

from facewarden.domain.accounts import AccountState
from facewarden.errors import NotPermittedError
from facewarden.services.people.signin import FAILURES_TO_LOCK, SignIn
from tests.unit.web import fakes
from tests.unit.web.builders import PASSWORD, populated


class SlowPasswords(fakes.Passwords):
    """Holds every check until as many have arrived as may arrive at once, then counts them."""

    def __init__(self, guesses):
        self.tried = 0
        self._lock = threading.Lock()
        self._gate = threading.Barrier(guesses)

    def verify(self, password_hash, password):
        with self._lock:
            self.tried += 1
        with contextlib.suppress(threading.BrokenBarrierError):
            self._gate.wait(0.5)
        return super().verify(password_hash, password)


@pytest.fixture
def installation():
    return populated()


def sign_in_with(installation, passwords):
    gate, clock = installation.gate, installation.clock
    return SignIn(installation.account_records, installation.sessions, fakes.Failures(), passwords, gate, clock)


def failed(service, name="investigator", password="wrong"):
    with pytest.raises(NotPermittedError) as caught:
        service.sign_in(name, password)
    return caught.value.code


def test_guesses_sent_at_once_are_no_more_than_guesses_sent_one_by_one(installation):
    passwords = SlowPasswords(20)
    service, codes = sign_in_with(installation, passwords), []
    guesses = [threading.Thread(target=lambda: codes.append(failed(service))) for _ in range(20)]
    for guess in guesses:
        guess.start()
    for guess in guesses:
        guess.join()
    assert passwords.tried <= FAILURES_TO_LOCK
    assert codes.count("sign_in_locked") == 20 - passwords.tried


def test_the_fifth_failure_is_told_as_a_failure_and_the_sixth_attempt_is_locked(installation):
    codes = [failed(installation.sign_in) for _ in range(FAILURES_TO_LOCK + 1)]
    assert codes == ["sign_in_failed"] * FAILURES_TO_LOCK + ["sign_in_locked"]


def test_signing_in_forgets_the_failures_before_it(installation):
    for _ in range(3):
        for _ in range(FAILURES_TO_LOCK - 1):
            failed(installation.sign_in)
        assert installation.sign_in.sign_in("investigator", PASSWORD)


@pytest.mark.parametrize("state", [AccountState.SUSPENDED, AccountState.ENDED, AccountState.APPLIED])
def test_whoever_knows_the_password_is_told_that_their_organisation_is_not_active_and_no_session_begins(
    installation, state
):
    known = installation.account_records.known
    known[:] = [replace(organisation, state=state) for organisation in known]
    with pytest.raises(NotPermittedError) as caught:
        installation.sign_in.sign_in("investigator", PASSWORD)
    assert caught.value.code == "organisation_not_active"
    assert state.value in caught.value.why
    assert installation.sessions.open == {}
    assert failed(installation.sign_in) == "sign_in_failed"  # without the password it is not told


def test_trying_on_while_locked_does_not_keep_the_owner_out(installation):
    for _ in range(FAILURES_TO_LOCK):
        failed(installation.sign_in)
    installation.clock.pass_time(minutes=14)
    assert failed(installation.sign_in) == "sign_in_locked"
    installation.clock.pass_time(minutes=2)
    assert installation.sign_in.sign_in("investigator", PASSWORD)


def test_a_token_of_undecodable_bytes_is_an_unknown_session(installation):
    with pytest.raises(NotPermittedError) as caught:
        installation.sign_in.actor_of("\udcff\udcfe")
    assert caught.value.code == "signed_out"

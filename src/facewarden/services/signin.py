"""Signing in and out, for the command line and the web alike.

Never says whether a name exists, never keeps a password or a token in the clear.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from facewarden.domain.accounts import AccountState, Actor, Session, User
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import SessionId, random_id
from facewarden.errors import NotPermittedError
from facewarden.ports import AccountRecords, Clock, Passwords, SecondFactors, SessionRecords, SignInFailures
from facewarden.ports.passkeys import PasskeyRecords
from facewarden.services import totp
from facewarden.services.gate import Gate

IDLE_LIMIT = timedelta(minutes=30)  # CJIS AC-11 as recalled in the notes: lock after 30 idle minutes
ABSOLUTE_LIMIT = timedelta(hours=12)  # one shift: nobody stays signed in overnight
FAILURES_TO_LOCK = 5  # CJIS AC-7 as recalled: five consecutive failures
FAILURE_WINDOW = timedelta(minutes=15)
TOKEN_BYTES = 32
CODE_NEEDED = "code_needed"
"""The error's code where name and password are right and a one-time code is still to be given."""


class SignIn:
    """Turns a name and a password into a token, and a token into an actor."""

    def __init__(
        self,
        accounts: AccountRecords,
        sessions: SessionRecords,
        failures: SignInFailures,
        passwords: Passwords,
        gate: Gate,
        clock: Clock,
        second_factors: SecondFactors | None = None,
        second_factor_required: bool = False,
        passkeys: PasskeyRecords | None = None,
    ) -> None:
        """With `second_factors`, whoever has one must give its code; if required, nobody comes in without one.

        With `passkeys`, whoever has one must use it (`services.second_step`) or give a code.
        """
        self._passkeys = passkeys
        self.second_factor_required = second_factor_required
        self._second_factors = second_factors
        self._accounts = accounts
        self._sessions = sessions
        self._failures = failures
        self._passwords = passwords
        self._gate = gate
        self._clock = clock
        self._decoy: str | None = None

    def sign_in(self, sign_in_name: str, password: str, code: str = "") -> str:
        """A fresh token for that user; raises NotPermittedError, with one wording for name and password.

        `code` is the one-time code, "" for none: where one is needed the error's code is `CODE_NEEDED`.
        """
        user = self.first_step(sign_in_name, password)
        self.check_code(user, code)
        return self.enter(user)

    def first_step(self, sign_in_name: str, password: str) -> User:
        """The user whose name and password these are, not signed in yet: a second step or `enter` follows.

        The attempt stays counted as a failure until `enter`. Raises NotPermittedError, one wording for both.
        """
        now = self._clock.now()
        found = self._accounts.sign_in_record(sign_in_name)
        if not self._may_try(sign_in_name, now):
            self._gate.note(AuditEvent.SIGN_IN_LOCKED, actor=None, subject=found[0].user_id if found else None)
            raise _locked()
        good = self._passwords.verify(found[1] if found else self._decoy_hash(), password)
        if found is None or not good or found[0].state is not AccountState.ACTIVE:
            self._gate.note(AuditEvent.SIGN_IN_FAILED, actor=None, subject=found[0].user_id if found else None)
            raise NotPermittedError(
                "sign_in_failed",
                "Signing in failed.",
                "The name or the password is wrong, or the account is not active.",
                "Try again, or ask your organisation's administrator.",
            )
        return found[0]

    def enter(self, user: User) -> str:
        """A fresh token for a user who passed every step; the failures of their name are forgotten."""
        now = self._clock.now()
        self._failures.forget(user.sign_in_name)
        session = Session(SessionId(random_id("ses")), user.user_id, now, now, now + ABSOLUTE_LIMIT)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._gate.note(AuditEvent.SIGN_IN_SUCCEEDED, actor=user.user_id, subject=session.session_id)
        self._sessions.start(session, hash_token(token))
        return token

    def actor_of(self, token: str) -> Actor:
        """The actor behind a token; raises NotPermittedError if the session ended, idled out or was cut."""
        found = self._sessions.find(hash_token(token))
        now = self._clock.now()
        if found is None:
            raise _signed_out("This session is not known.")
        session, user, organisation = found
        if now >= session.expires_at or now - session.last_seen_at > IDLE_LIMIT:
            self._sessions.end(session)
            raise _signed_out("The session has run out.")
        if user.state is not AccountState.ACTIVE or organisation.state is not AccountState.ACTIVE:
            self._sessions.end(session)
            raise _signed_out("The account or its organisation is not active.")
        self._sessions.touch(session, now)
        return Actor(user, organisation, session.session_id)

    def sign_out(self, token: str) -> None:
        """Ends the session behind the token; nothing happens if there is none."""
        found = self._sessions.find(hash_token(token))
        if found is not None:
            self._gate.note(AuditEvent.SIGNED_OUT, actor=found[1].user_id, subject=found[0].session_id)
            self._sessions.end(found[0])

    def _may_try(self, sign_in_name: str, now: datetime) -> bool:
        """Whether one more password may be tried; it counts as failed until it proves right."""
        if self._failures.failures(sign_in_name, now - FAILURE_WINDOW) >= FAILURES_TO_LOCK:
            return False  # not counted: whoever goes on trying does not lock the owner out for ever
        # Counted before the slow check, not after: guesses sent all at once would each see a count of none.
        self._failures.note_failure(sign_in_name, now)
        return self._failures.failures(sign_in_name, now - FAILURE_WINDOW) <= FAILURES_TO_LOCK

    def confirm(self, actor: Actor, password: str) -> None:
        """Nothing; raises NotPermittedError unless that is the password of whoever acts. Wrong ones are counted."""
        self.first_step(actor.user.sign_in_name, password)
        self._failures.forget(actor.user.sign_in_name)

    def has_code(self, user: User) -> bool:
        """Whether the user has a second factor that gives one-time codes."""
        return self._second_factors is not None and self._second_factors.secret(user.user_id) is not None

    def check_code(self, user: User, code: str) -> None:
        """Nothing; raises NotPermittedError unless the second factor is there, or is not asked for."""
        now = self._clock.now()
        secret = self._second_factors.secret(user.user_id) if self._second_factors else None
        if self._second_factors is None or secret is None:
            if self._passkeys is not None and self._passkeys.of(user.user_id):
                raise _passkey_needed()
            if self.second_factor_required:
                raise _no_factor()
            return
        if not code.strip():
            raise NotPermittedError(CODE_NEEDED, "A one-time code is needed.", next_step="Give the code of your app.")
        step = totp.matching_step(secret, code, now)
        if step is None or not self._second_factors.use(user.user_id, step):
            self._gate.note(AuditEvent.SIGN_IN_FAILED, actor=None, subject=user.user_id)
            raise NotPermittedError(
                "code_wrong",
                "That one-time code is not accepted.",
                "It is wrong, too old or too new, or was used before; or a clock is off by more than half a minute.",
                "Wait for the next code. If that fails too, ask your organisation's administrator for a new factor.",
            )

    def _decoy_hash(self) -> str:
        # Verified when the name is unknown, so that both answers take equally long.
        if self._decoy is None:
            self._decoy = self._passwords.hash(secrets.token_hex(TOKEN_BYTES))
        return self._decoy


def hash_token(token: str) -> bytes:
    """What the records keep of a token: its SHA-256, 32 bytes (the token has 256 random bits, no salt needed)."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def _locked() -> NotPermittedError:
    return NotPermittedError(
        "sign_in_locked",
        "Signing in is locked for this name.",
        f"{FAILURES_TO_LOCK} attempts failed within {FAILURE_WINDOW.seconds // 60} minutes.",
        "Wait a quarter of an hour, or ask your organisation's administrator.",
    )


def _no_factor() -> NotPermittedError:
    return NotPermittedError(
        "no_second_factor",
        "You have no second factor.",
        "This installation lets nobody in without one.",
        "Ask your organisation's administrator or the operator: facewarden user second-factor NAME",
    )


def _passkey_needed() -> NotPermittedError:
    return NotPermittedError(
        "passkey_needed",
        "This account signs in with a passkey.",
        "A passkey works in a browser, at the address where it was added.",
        "Sign in there. For programs and the command line make an API key under Settings.",
    )


def _signed_out(why: str) -> NotPermittedError:
    return NotPermittedError("signed_out", "You are not signed in.", why, "Sign in: facewarden login, or the web page.")

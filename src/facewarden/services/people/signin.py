"""Signing in and out, for the command line, the web and programs alike.

Never says whether a name exists, never keeps a password or a token in the clear, and lets nobody in with one factor
where two are required.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from facewarden.domain.accounts import AccountState, Actor, Organisation, Session, User
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import SessionId, UserId, random_id
from facewarden.errors import BadUseError, NotPermittedError
from facewarden.ports import (
    AccountRecords,
    ApiKeyRecords,
    Clock,
    Passwords,
    SecondFactors,
    SessionRecords,
    SignInFailures,
    UserSessions,
)
from facewarden.services.gate import Gate
from facewarden.services.limits import RequestLimits
from facewarden.services.people import totp

IDLE_LIMIT = timedelta(minutes=30)  # CJIS AC-11 as recalled in the notes: lock after 30 idle minutes
ABSOLUTE_LIMIT = timedelta(hours=12)  # one shift: nobody stays signed in overnight
FAILURES_TO_LOCK = 5  # CJIS AC-7 as recalled: five consecutive failures
FAILURE_WINDOW = timedelta(minutes=15)
ADDRESS_FAILURES_TO_LOCK = 25  # an office behind one address has five people who mistype; a list of names has more
IPV6_SITE_BITS = 64  # RFC 4291: whoever has one address of such a network has all of them
TOKEN_BYTES = 32
KEY_PREFIX = "fwk_"
"""What the token of an API key begins with: told apart from a session's, and found by scanners for lost secrets."""
CODE_NEEDED = "code_needed"
"""The error's code where name and password are right and a second factor is still to be given."""


class OtherFactors(Protocol):
    """Second factors beside one-time codes: passkeys."""

    def has(self, user_id: UserId) -> bool: ...


@dataclass(frozen=True, slots=True)
class SignInParts:
    """What signing in may have beside passwords; each None is left out.

    `second_factors` are one-time codes, `other_factors` passkeys; `keys` lets programs in, `user_sessions` shows people
    their sessions, `limits` counts requests.
    """

    second_factors: SecondFactors | None = None
    other_factors: OtherFactors | None = None
    keys: ApiKeyRecords | None = None
    user_sessions: UserSessions | None = None
    limits: RequestLimits | None = None


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
        second_factor_required: bool = False,
        parts: SignInParts | None = None,
    ) -> None:
        """Whoever has a second factor must give it; if required, nobody comes in without one."""
        self.second_factor_required = second_factor_required
        self._parts = parts or SignInParts()
        self._accounts = accounts
        self._sessions = sessions
        self._failures = failures
        self._passwords = passwords
        self._gate = gate
        self._clock = clock
        self._decoy: str | None = None

    # -- coming in -------------------------------------------------------------------------------------------

    def sign_in(self, sign_in_name: str, password: str, code: str = "", origin: str = "") -> str:
        """A fresh token for that user; raises NotPermittedError, with one wording for name and password.

        `code` is the one-time code, "" for none: where a second factor is needed the error's code is `CODE_NEEDED`.
        `origin` is the network address that it comes from, "" where it comes from none.
        """
        user = self.check_password(sign_in_name, password, origin)
        factors = self.factors_of(user.user_id)
        if not factors and self.second_factor_required:
            raise no_factor()
        if factors:
            self._check_code(user, code, "code" in factors, origin)
        return self.open_session(user, "code" if factors else "password")

    def check_password(self, sign_in_name: str, password: str, origin: str = "") -> User:
        """The user of that name and password, the first factor done; raises NotPermittedError. Opens nothing.

        Whoever knows the password is told that their organisation's account is not active, nobody else.
        It counts as a failed attempt until `open_session` is called: whoever has the password alone guesses no codes.
        """
        now = self._clock.now()
        found = self._accounts.sign_in_record(sign_in_name)
        subject = found[0].user_id if found else None
        if not self._may_try(sign_in_name, origin, now):
            self._gate.note(AuditEvent.SIGN_IN_LOCKED, actor=None, subject=subject)
            raise _locked()
        good = self._passwords.verify(found[2] if found else self._decoy_hash(), password)
        if found is None or not good or found[0].state is not AccountState.ACTIVE:
            self._fail(subject, origin)
            raise NotPermittedError(
                "sign_in_failed",
                "Signing in failed.",
                "The name or the password is wrong, or the account is not active.",
                "Try again, or ask your organisation's administrator.",
            )
        user, organisation, _ = found
        if organisation.state is not AccountState.ACTIVE:
            self._fail(subject, origin)
            raise _organisation_not_active(organisation)
        return user

    def factors_of(self, user_id: UserId) -> frozenset[str]:
        """Which second factors that user has: "code", "passkey"; empty for none."""
        found = set()
        if self._parts.second_factors and self._parts.second_factors.secret(user_id) is not None:
            found.add("code")
        if self._parts.other_factors and self._parts.other_factors.has(user_id):
            found.add("passkey")
        return frozenset(found)

    def check_code(self, user: User, code: str, origin: str = "") -> None:
        """Nothing; raises NotPermittedError unless it is the user's one-time code of now, which is used up then."""
        self._check_code(user, code, "code" in self.factors_of(user.user_id), origin)

    def confirm(self, actor: Actor, password: str, origin: str = "") -> None:
        """Nothing; raises NotPermittedError unless that is the password of whoever acts. Wrong ones are counted."""
        self.check_password(actor.user.sign_in_name, password, origin)
        self._failures.forget(actor.user.sign_in_name)

    def open_session(self, user: User, means: str) -> str:
        """A fresh token for a user whose factors were checked; `means` is the last one: a word for the log.

        Raises NotPermittedError `sign_in_failed` for an account that is not active.
        """
        if user.state is not AccountState.ACTIVE:
            raise NotPermittedError(
                "sign_in_failed",
                "Signing in failed.",
                "The account is not active.",
                "Ask your organisation's administrator.",
            )
        now = self._clock.now()
        self._failures.forget(user.sign_in_name)
        session = Session(SessionId(random_id("ses")), user.user_id, now, now, now + ABSOLUTE_LIMIT)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        details = {"kind": means}
        subject = session.session_id
        self._gate.note(AuditEvent.SIGN_IN_SUCCEEDED, actor=user.user_id, subject=subject, details=details)
        self._sessions.start(session, hash_token(token))
        return token

    # -- being in --------------------------------------------------------------------------------------------

    def actor_of(self, token: str, *, keys_too: bool = False) -> Actor:
        """The actor behind a token; raises NotPermittedError if the session ended, idled out or was cut.

        `keys_too` takes API keys as well: for programs, never for a browser. Raises `too_many_requests` for whoever
        asks too often.
        """
        if token.startswith(KEY_PREFIX):
            actor = self._actor_of_key(token, keys_too=keys_too)
        else:
            actor = self._actor_of_session(token)
        if self._parts.limits is not None:
            self._parts.limits.admit(actor)
        return actor

    def _actor_of_session(self, token: str) -> Actor:
        found = self._sessions.find(hash_token(token))
        now = self._clock.now()
        if found is None:
            raise _signed_out("This session is not known.")
        session, user, organisation = found
        if now >= session.expires_at or now - session.last_seen_at > IDLE_LIMIT:
            self._sessions.end(session)
            raise _signed_out("The session has run out.")
        if not _both_active(user, organisation):
            self._sessions.end(session)
            raise _signed_out("The account or its organisation is not active.")
        self._sessions.touch(session, now)
        return Actor(user, organisation, session.session_id)

    def _actor_of_key(self, token: str, *, keys_too: bool) -> Actor:
        found = self._parts.keys.find(hash_token(token)) if self._parts.keys and keys_too else None
        if self._parts.keys is None or found is None:
            raise _signed_out("This API key is not known, or not taken here.")
        key, user, organisation = found
        now = self._clock.now()
        if key.revoked_at is not None or now >= key.expires_at:
            raise _signed_out("This API key has expired or was revoked.")
        if not _both_active(user, organisation):
            raise _signed_out("The account or its organisation is not active.")
        self._parts.keys.use(key, now)
        return Actor(user, organisation, SessionId(key.key_id), key.scopes)

    # -- going out -------------------------------------------------------------------------------------------

    def sign_out(self, token: str) -> None:
        """Ends the session behind the token; nothing happens if there is none."""
        found = self._sessions.find(hash_token(token))
        if found is not None:
            self._gate.note(AuditEvent.SIGNED_OUT, actor=found[1].user_id, subject=found[0].session_id)
            self._sessions.end(found[0])

    def sessions_of(self, actor: Actor) -> Sequence[Session]:
        """The actor's own sessions that still hold, newest first."""
        now = self._clock.now()
        known = self._own_sessions().of_user(actor.user.user_id)
        return [s for s in known if now < s.expires_at and now - s.last_seen_at <= IDLE_LIMIT]

    def end_session(self, actor: Actor, session_id: str) -> None:
        """Ends one of the actor's own sessions; raises BadUseError `unknown_session` for any other."""
        self._gate.note(AuditEvent.SIGNED_OUT, actor=actor.user.user_id, subject=actor.session_id)
        if not self._own_sessions().end_one(actor.user.user_id, SessionId(session_id)):
            raise BadUseError("unknown_session", "You have no such session.", next_step="Reload the list of sessions.")

    def sign_out_everywhere(self, actor: Actor, *, stay: bool = False) -> int:
        """Ends every session of the actor, but for the one in use if `stay`, and says how many ended."""
        details: dict[str, str | int] = {"action": "everywhere"}
        user_id = actor.user.user_id
        self._gate.note(AuditEvent.SIGNED_OUT, actor=user_id, subject=actor.session_id, details=details)
        return self._own_sessions().end_all(user_id, actor.session_id if stay else None)

    def _own_sessions(self) -> UserSessions:
        if self._parts.user_sessions is None:
            raise BadUseError("no_session_list", "This installation keeps no list of sessions.", next_step="Sign out.")
        return self._parts.user_sessions

    # -- failing ---------------------------------------------------------------------------------------------

    def note_wrong_factor(self, user: User, origin: str = "") -> None:
        """Puts on record that the second factor was wrong, and counts it against the address it came from."""
        self._fail(user.user_id, origin)

    def _fail(self, subject: str | None, origin: str) -> None:
        self._gate.note(AuditEvent.SIGN_IN_FAILED, actor=None, subject=subject)
        if origin:
            self._failures.note_failure(_address_bucket(origin), self._clock.now())

    def _may_try(self, sign_in_name: str, origin: str, now: datetime) -> bool:
        """Whether one more password may be tried; it counts as failed until it proves right."""
        since = now - FAILURE_WINDOW
        if origin and self._failures.failures(_address_bucket(origin), since) >= ADDRESS_FAILURES_TO_LOCK:
            return False  # one guess for each of many names locks no name: it locks where they come from
        if self._failures.failures(sign_in_name, since) >= FAILURES_TO_LOCK:
            return False  # not counted: whoever goes on trying does not lock the owner out for ever
        # Counted before the slow check, not after: guesses sent all at once would each see a count of none.
        self._failures.note_failure(sign_in_name, now)
        return self._failures.failures(sign_in_name, since) <= FAILURES_TO_LOCK

    def _check_code(self, user: User, code: str, has_codes: bool, origin: str) -> None:
        """Nothing; raises NotPermittedError unless the code is that of now."""
        factors = self._parts.second_factors
        secret = factors.secret(user.user_id) if factors and has_codes else None
        if not code.strip() or factors is None or secret is None:
            raise NotPermittedError(
                CODE_NEEDED,
                "A second factor is needed.",
                next_step="Give the code of your app." if has_codes else "Sign in on the web page with your passkey.",
            )
        now = self._clock.now()
        step = totp.matching_step(secret, code, now)
        if step is None or not factors.use(user.user_id, step):
            self._fail(user.user_id, origin)
            raise code_wrong(totp.steps_behind(secret, code, now) if step is None else None)

    def _decoy_hash(self) -> str:
        # Verified when the name is unknown, so that both answers take equally long.
        if self._decoy is None:
            self._decoy = self._passwords.hash(secrets.token_hex(TOKEN_BYTES))
        return self._decoy


def hash_token(token: str) -> bytes:
    """What the records keep of a token: its SHA-256, 32 bytes (the token has 256 random bits, no salt needed)."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def code_wrong(steps_behind: int | None) -> NotPermittedError:
    """The error for a code that is not taken; `steps_behind` is how old it is, None where it never was one of late."""
    if steps_behind is None:
        why = "It is wrong or was used before, or the clock of the phone that made it is ahead."
        next_step = "Wait for the next code. If that fails too, ask your organisation's administrator for a new factor."
    else:
        minutes = steps_behind * totp.STEP_S / 60
        why = f"It is {minutes:.0f} minutes old, or the clock of the phone that made it is that far behind."
        next_step = "Give the newest code. If that fails too, have the phone set its time by the network."
    return NotPermittedError("code_wrong", "That one-time code is not accepted.", why, next_step)


def _both_active(user: User, organisation: Organisation) -> bool:
    return user.state is AccountState.ACTIVE and organisation.state is AccountState.ACTIVE


def _address_bucket(origin: str) -> str:
    """What attempts from one place count under: the address, or its network where a site has many (IPv6)."""
    try:
        address = ipaddress.ip_address(origin.partition("%")[0])
    except ValueError:
        return f"address {origin[:64]}"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return f"address {address.ipv4_mapped}"
        return f"address {ipaddress.ip_network((address, IPV6_SITE_BITS), strict=False)}"
    return f"address {address}"


def _organisation_not_active(organisation: Organisation) -> NotPermittedError:
    return NotPermittedError(
        "organisation_not_active",
        "Your organisation's account is not active.",
        f"It is {organisation.state.value}: name and password are right, but nobody of it comes in.",
        "Ask your organisation's administrator, or whoever runs this installation.",
    )


def _locked() -> NotPermittedError:
    return NotPermittedError(
        "sign_in_locked",
        "Signing in is locked for this name, or from this address.",
        f"{FAILURES_TO_LOCK} attempts for the name, or {ADDRESS_FAILURES_TO_LOCK} from the address, failed within "
        f"{FAILURE_WINDOW.seconds // 60} minutes.",
        "Wait a quarter of an hour, or ask your organisation's administrator.",
    )


def no_factor() -> NotPermittedError:
    """The error for somebody without a second factor where one is required."""
    return NotPermittedError(
        "no_second_factor",
        "You have no second factor.",
        "This installation lets nobody in without one.",
        "Ask your organisation's administrator for an invitation: facewarden user invite NAME",
    )


def _signed_out(why: str) -> NotPermittedError:
    return NotPermittedError("signed_out", "You are not signed in.", why, "Sign in: facewarden login, or the web page.")

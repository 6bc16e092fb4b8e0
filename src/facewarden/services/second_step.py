"""Signing in in two steps: name and password, then a passkey or a one-time code.

Never lets anybody in on the first step alone who has a second, and says nothing of a user before the first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from facewarden.domain.accounts import User
from facewarden.domain.ids import UserId
from facewarden.domain.passkeys import Site
from facewarden.errors import NotPermittedError
from facewarden.ports import AccountRecords
from facewarden.services.passkeys import Passkeys, Question
from facewarden.services.signin import SignIn


@dataclass(frozen=True, slots=True)
class Entered:
    """Signed in: the session's token."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Halfway:
    """Name and password are right; the question to the user's passkeys, and whether a code would do as well."""

    question: Question
    takes_code: bool


class SecondStep:
    """Both steps of signing in."""

    def __init__(self, sign_in: SignIn, passkeys: Passkeys, accounts: AccountRecords) -> None:
        self._sign_in = sign_in
        self._passkeys = passkeys
        self._accounts = accounts

    def begin(self, site: Site, sign_in_name: str, password: str, code: str) -> Entered | Halfway:
        """A session, or the way to the second step; raises NotPermittedError."""
        user = self._sign_in.first_step(sign_in_name, password)
        here = any(key.site_host == site.host for key in self._passkeys.of(user.user_id))
        if here and not code.strip():
            return Halfway(self._passkeys.ask_to_sign_in(user, site), self._sign_in.has_code(user))
        self._sign_in.check_code(user, code)
        return Entered(self._sign_in.enter(user))

    def by_passkey(self, site: Site, ticket: str, answer: str) -> Entered:
        """A session; raises NotPermittedError, and then the way in begins anew with the password."""
        return self._enter(self._passkeys.check(site, ticket, answer))

    def by_code(self, ticket: str, code: str) -> Entered:
        """A session by a one-time code instead; raises NotPermittedError, and then it begins anew."""
        user = self._user(self._passkeys.close(ticket))
        if not code.strip():
            raise NotPermittedError("code_wrong", "No code was given.", next_step="Sign in again, and give the code.")
        self._sign_in.check_code(user, code)
        return Entered(self._sign_in.enter(user))

    def _enter(self, user_id: UserId) -> Entered:
        return Entered(self._sign_in.enter(self._user(user_id)))

    def _user(self, user_id: UserId) -> User:
        for user in self._accounts.users():
            if user.user_id == user_id:
                return user
        raise NotPermittedError(
            "step_stale", "This account is gone.", next_step="Ask your organisation's administrator."
        )

"""Signing in in two steps: name and password, then a passkey or a one-time code.

Never lets anybody in on the first step alone who has a second, and says nothing of a user before the first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from facewarden.domain.accounts import User
from facewarden.domain.ids import UserId
from facewarden.domain.passkeys import Site
from facewarden.errors import NotPermittedError
from facewarden.ports import MemberRecords
from facewarden.services.people.passkeys import Passkeys, Question
from facewarden.services.people.signin import SignIn, no_factor


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

    def __init__(self, sign_in: SignIn, passkeys: Passkeys, members: MemberRecords) -> None:
        self._sign_in = sign_in
        self._passkeys = passkeys
        self._members = members

    def begin(self, site: Site, sign_in_name: str, password: str, code: str, origin: str = "") -> Entered | Halfway:
        """A session, or the way to the second step; raises NotPermittedError.

        `origin` is the network address that it comes from, "" for none.
        """
        user = self._sign_in.check_password(sign_in_name, password, origin)
        factors = self._sign_in.factors_of(user.user_id)
        here = any(key.site_host == site.host for key in self._passkeys.of(user.user_id))
        if here and not code.strip():
            return Halfway(self._passkeys.ask_to_sign_in(user, site), "code" in factors)
        if factors:
            self._sign_in.check_code(user, code, origin)
        elif self._sign_in.second_factor_required:
            raise no_factor()
        return Entered(self._sign_in.open_session(user, "code" if factors else "password"))

    def by_passkey(self, site: Site, ticket: str, answer: str, origin: str = "") -> Entered:
        """A session; raises NotPermittedError, and then the way in begins anew with the password."""
        ceremony = self._passkeys.close(ticket)
        user = self._user(ceremony.user_id)
        try:
            self._passkeys.check(site, ceremony, answer)
        except NotPermittedError:
            self._sign_in.note_wrong_factor(user, origin)
            raise
        return Entered(self._sign_in.open_session(user, "passkey"))

    def by_code(self, ticket: str, code: str, origin: str = "") -> Entered:
        """A session by a one-time code instead; raises NotPermittedError, and then it begins anew."""
        user = self._user(self._passkeys.close(ticket).user_id)
        self._sign_in.check_code(user, code, origin)
        return Entered(self._sign_in.open_session(user, "code"))

    def _user(self, user_id: UserId) -> User:
        found = self._members.user(user_id)
        if found is None:
            raise NotPermittedError(
                "step_stale", "This account is gone.", next_step="Ask your organisation's administrator."
            )
        return found[0]

"""Coming in by an invitation: a new user chooses a password that nobody else ever knew, and proves a second factor.

Never lets anybody choose a password for an account that an administrator did not invite them to, and keeps no token.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from facewarden.domain.accounts import AccountState, Actor, Organisation, User
from facewarden.domain.audit import AuditEvent
from facewarden.errors import BadUseError, NotPermittedError
from facewarden.law.actions import Action
from facewarden.ports import Clock, Invitations, MemberRecords, Passwords, SecondFactors
from facewarden.services.gate import Gate
from facewarden.services.people import totp
from facewarden.services.people.account_facts import change_facts
from facewarden.services.people.accounts import check_password
from facewarden.services.people.members import Members
from facewarden.services.people.second_factors import Enrolment, enrolment
from facewarden.services.people.signin import TOKEN_BYTES, code_wrong, hash_token

INVITED_FOR = timedelta(hours=72)  # over a weekend; then the administrator asks again whether it is still wanted
PROVEN_WITHIN = timedelta(minutes=15)


class Welcome:
    """Invitations, and second factors that people give themselves."""

    def __init__(
        self,
        invitations: Invitations,
        members: Members,
        records: MemberRecords,
        factors: SecondFactors,
        passwords: Passwords,
        gate: Gate,
        clock: Clock,
        issuer: str,
        factor_required: bool,
    ) -> None:
        """`issuer` is what the authenticator app shows beside the name; `factor_required`: nobody comes in without."""
        self.factor_required = factor_required
        self._invitations = invitations
        self._members = members
        self._records = records
        self._factors = factors
        self._passwords = passwords
        self._gate = gate
        self._clock = clock
        self._issuer = issuer

    # -- by an invitation ------------------------------------------------------------------------------------

    def invite(self, actor: Actor, name: str) -> str:
        """The token for that user, worth something once and for `INVITED_FOR`; raises RefusedError, BadUseError.

        It is how a new user comes in, and how one who lost password or second factor comes in again.
        """
        user, organisation = self._members.find(actor, name)
        if user.state is not AccountState.ACTIVE:
            raise BadUseError("not_active", "This account is not active.", next_step="Reinstate it first.")
        now, event = self._clock.now(), AuditEvent.USER_DECIDED
        facts = change_facts(self._gate, actor, organisation, "invite_user", now, user=user)
        by = actor.user.user_id
        self._gate.enter(Action.ACCOUNT, facts, event, actor=by, subject=user.user_id)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._invitations.invite(user.user_id, hash_token(token), now + INVITED_FOR)
        details = {"action": "invite"}
        self._gate.note(AuditEvent.CREDENTIALS_CHANGED, actor=by, subject=user.user_id, details=details)
        return token

    def invited(self, token: str) -> User:
        """Whom the token invites; raises NotPermittedError `invitation_gone`."""
        return self._invited(token)[0]

    def choose(self, token: str, password: str) -> Enrolment:
        """The second factor for an app to take in; the password is checked, and nothing is changed yet.

        Raises NotPermittedError, and BadUseError for a password that is weak, breached or soon guessed.
        """
        user, organisation = self._invited(token)
        check_password(password, user.sign_in_name, user.display_name, organisation.name)
        return self._shown(user)

    def come_in(self, token: str, password: str, code: str = "") -> User:
        """The user, who can sign in from now on: password set, the shown factor proven by its code, token used up.

        `code` may be left out where the installation asks for no second factor. Every session of the user ends.
        Raises NotPermittedError, BadUseError.
        """
        user, organisation = self._invited(token)
        check_password(password, user.sign_in_name, user.display_name, organisation.name)
        if code.strip() or self.factor_required:
            self._prove(user, code)
        self._gate.note(AuditEvent.CREDENTIALS_CHANGED, actor=user.user_id, subject=user.user_id)
        self._records.set_password(user.user_id, self._passwords.hash(password))
        self._invitations.done(user.user_id)
        return user

    # -- one's own, signed in --------------------------------------------------------------------------------

    def show_own(self, actor: Actor) -> Enrolment:
        """A fresh second factor of the actor's own; it counts once `prove_own` has its code, within `PROVEN_WITHIN`.

        The surface asks for the password once more before: a session left open must not add a way in.
        """
        now, event = self._clock.now(), AuditEvent.USER_DECIDED
        facts = change_facts(self._gate, actor, actor.organisation, "change_credentials", now, user=actor.user)
        user_id = actor.user.user_id
        self._gate.enter(Action.ACCOUNT, facts, event, actor=user_id, subject=user_id)
        return self._shown(actor.user)

    def prove_own(self, actor: Actor, code: str) -> None:
        """Makes it the actor's second factor, in the place of any before; every session of theirs ends."""
        self._prove(actor.user, code)
        user_id = actor.user.user_id
        self._gate.note(AuditEvent.CREDENTIALS_CHANGED, actor=user_id, subject=user_id)
        self._invitations.done(user_id)

    # -- inside ----------------------------------------------------------------------------------------------

    def _invited(self, token: str) -> tuple[User, Organisation]:
        user_id = self._invitations.invited(hash_token(token), self._clock.now())
        found = self._records.user(user_id) if user_id else None
        if found is None or found[0].state is not AccountState.ACTIVE:
            raise NotPermittedError(
                "invitation_gone",
                "This invitation is not known.",
                f"It was used, or is older than {INVITED_FOR.days} days, or another took its place.",
                "Ask your organisation's administrator for another.",
            )
        return found

    def _shown(self, user: User) -> Enrolment:
        secret = totp.new_secret()
        self._invitations.keep_factor(user.user_id, secret, self._clock.now() + PROVEN_WITHIN)
        return enrolment(secret, self._issuer, user.sign_in_name)

    def _prove(self, user: User, code: str) -> None:
        now = self._clock.now()
        secret = self._invitations.kept_factor(user.user_id, now)
        if secret is None:
            raise BadUseError(
                "factor_not_shown",
                "No second factor waits for its code.",
                f"It was shown more than {PROVEN_WITHIN.seconds // 60} minutes ago, or never.",
                "Begin again: a fresh one is shown.",
            )
        step = totp.matching_step(secret, code, now)
        if step is None:
            raise code_wrong(totp.steps_behind(secret, code, now))
        self._factors.issue(user.user_id, secret, now)
        self._factors.use(user.user_id, step)  # the code that proved it opens no session

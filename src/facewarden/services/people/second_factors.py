"""Giving out second factors, and giving out another when one is lost.

Never shows a secret twice: whoever is given one sees it once, and every session of that user ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from facewarden.domain.accounts import Actor, Organisation, User
from facewarden.domain.audit import AuditEvent
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.ports import AccountRecords, Clock, SecondFactors
from facewarden.services.gate import Gate
from facewarden.services.people import totp
from facewarden.services.people.account_facts import change_facts


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the user's authenticator app takes in: the address, and the secret as it is typed by hand."""

    uri: str = field(repr=False)
    secret: str = field(repr=False)


class SecondFactorDesk:
    """Gives second factors out."""

    def __init__(self, factors: SecondFactors, accounts: AccountRecords, gate: Gate, clock: Clock, issuer: str) -> None:
        self._factors = factors
        self._accounts = accounts
        self._gate = gate
        self._clock = clock
        self._issuer = issuer

    def give(self, actor: Actor, sign_in_name: str) -> Enrolment:
        """A fresh second factor for that user, the old one worth nothing; raises RefusedError, BadUseError.

        Whoever may invite users of that organisation may do this: the operator, and its own administrators; nobody for
        themselves.
        """
        user, organisation = self._found(sign_in_name)
        now = self._clock.now()
        facts = change_facts(self._gate, actor, organisation, "invite_user", now, user=user)
        actor_id = actor.user.user_id
        self._gate.enter(Action.ACCOUNT, facts, AuditEvent.USER_DECIDED, actor=actor_id, subject=user.user_id)
        secret = totp.new_secret()
        self._factors.issue(user.user_id, secret, now)
        self._gate.note(AuditEvent.CREDENTIALS_CHANGED, actor=actor_id, subject=user.user_id)
        return enrolment(secret, self._issuer, user.sign_in_name)

    def _found(self, sign_in_name: str) -> tuple[User, Organisation]:
        record = self._accounts.sign_in_record(sign_in_name.strip())
        if record is None:
            raise BadUseError(
                "unknown_user", "There is no user of that name.", next_step="List them with: facewarden user list"
            )
        return record[:2]


def enrolment(secret: bytes, issuer: str, sign_in_name: str) -> Enrolment:
    """What the app takes in for that secret."""
    return Enrolment(totp.enrolment_uri(secret, issuer, sign_in_name), totp.written(secret))

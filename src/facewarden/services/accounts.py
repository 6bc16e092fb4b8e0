"""Adding organisations and users: who may come in, decided by law and recorded first.

Never stores a password, only its slow hash, and never lets anybody add themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from facewarden.domain.accounts import (
    AccountState,
    Actor,
    GovernmentLevel,
    Organisation,
    Role,
    Sector,
    User,
)
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import OrganisationId, UserId, random_id
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import AccountRecords, Clock, Passwords
from facewarden.services.facts import actor_facts, organisation_facts
from facewarden.services.gate import Gate
from facewarden.services.lines import printable_line
from facewarden.services.weak_passwords import is_common

SIGN_IN_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")
PASSWORD_MIN = 12  # NIST SP 800-63B asks for 8 with a second factor, 15 without; the second factor is to come
NAME_MAX = 200
SEE_ALL_USERS = (Role.OPERATOR, Role.OVERSEER, Role.AUDITOR)


class Accounts:
    """Organisations and their users."""

    def __init__(self, records: AccountRecords, passwords: Passwords, gate: Gate, clock: Clock) -> None:
        self._records = records
        self._passwords = passwords
        self._gate = gate
        self._clock = clock

    def organisations(self) -> Sequence[Organisation]:
        """All organisations, in the order they were added."""
        return self._records.organisations()

    def users(self, actor: Actor) -> Sequence[User]:
        """The users that the actor may know of, in the order they were added: of other bodies only who oversees all."""
        known = self._records.users()
        if any(actor.has(role) for role in SEE_ALL_USERS):
            return known
        return [user for user in known if user.organisation_id == actor.organisation.organisation_id]

    def organisation_named(self, name: str) -> Organisation:
        """The organisation of that name or id; raises BadUseError."""
        for organisation in self._records.organisations():
            if name in (organisation.organisation_id, organisation.name):
                return organisation
        raise BadUseError(
            "unknown_organisation",
            f"There is no organisation “{name[:NAME_MAX]}”.",
            next_step="List them with: facewarden org list",
        )

    def add_organisation(
        self, actor: Actor, name: str, sector: Sector, level: GovernmentLevel | None, place: str | None
    ) -> Organisation:
        """The organisation, active; raises RefusedError if the law bars it, BadUseError if the name is taken."""
        organisation = new_organisation(name, sector, level, place, self._clock.now())
        name = organisation.name
        if any(known.name.casefold() == name.casefold() for known in self._records.organisations()):
            raise BadUseError(
                "organisation_exists",
                "An organisation of that name exists.",
                next_step="List them with: facewarden org list",
            )
        change = AuditEvent.ORGANISATION_DECIDED
        self._enter(actor, "add_organisation", organisation, change, organisation.organisation_id)
        self._records.add_organisation(organisation)
        self._gate.note(AuditEvent.ORGANISATION_ADDED, actor=actor.user.user_id, subject=organisation.organisation_id)
        return organisation

    def add_user(
        self,
        actor: Actor,
        organisation: Organisation,
        sign_in_name: str,
        display_name: str,
        roles: Iterable[Role],
        password: str,
        training_expires_at: datetime | None,
    ) -> User:
        """The user, active; raises RefusedError if the law bars it, BadUseError for a bad name or password."""
        user = new_user(organisation, sign_in_name, display_name, roles, training_expires_at, self._clock.now())
        check_password(password, user.sign_in_name)
        if self._records.sign_in_record(user.sign_in_name) is not None:
            raise BadUseError("user_exists", "That sign-in name is taken.", next_step="Choose another sign-in name.")
        self._enter(actor, "add_user", organisation, AuditEvent.USER_DECIDED, user.user_id)
        self._records.add_user(user, self._passwords.hash(password))
        self._gate.note(AuditEvent.USER_ADDED, actor=actor.user.user_id, subject=user.user_id)
        return user

    def _enter(self, actor: Actor, change: str, organisation: Organisation, event: AuditEvent, subject: str) -> None:
        same = organisation.organisation_id == actor.organisation.organisation_id
        facts = {
            **actor_facts(actor, self._clock.now()),
            **organisation_facts(organisation),
            "account_change": Fact(change, "given"),
            "target_org_same": Fact(same, "records: users"),
        }
        self._gate.enter(Action.ACCOUNT, facts, event, actor=actor.user.user_id, subject=subject)


def new_organisation(
    name: str, sector: Sector, level: GovernmentLevel | None, place: str | None, now: datetime
) -> Organisation:
    """An organisation value with a fresh id, active; raises BadUseError for a name or place that cannot be kept."""
    check_place(place)
    return Organisation(
        OrganisationId(random_id("org")), _checked_name(name), sector, level, place, AccountState.ACTIVE, now
    )


def new_user(
    organisation: Organisation,
    sign_in_name: str,
    display_name: str,
    roles: Iterable[Role],
    training_expires_at: datetime | None,
    now: datetime,
) -> User:
    """A user value with a fresh id; raises BadUseError for a name that nobody could sign in with."""
    sign_in_name = sign_in_name.strip().lower()
    if not SIGN_IN_NAME.fullmatch(sign_in_name):
        raise BadUseError(
            "bad_sign_in_name",
            "That sign-in name cannot be used.",
            "It needs 2 to 64 characters: letters a to z, digits and . _ @ + -, beginning with a letter or digit.",
            "Choose another sign-in name.",
        )
    chosen = frozenset(roles)
    if not chosen:
        raise BadUseError("no_role", "A user needs at least one role.", next_step="Give --role, once or more.")
    return User(
        UserId(random_id("usr")),
        organisation.organisation_id,
        sign_in_name,
        _checked_name(display_name or sign_in_name),
        chosen,
        AccountState.ACTIVE,
        training_expires_at,
        now,
    )


def check_password(password: str, sign_in_name: str) -> None:
    """Nothing; raises BadUseError for a password that is too short or holds the name."""
    if len(password) < PASSWORD_MIN or sign_in_name in password.lower() or len(set(password)) < 5:
        raise BadUseError(
            "weak_password",
            "That password is too weak.",
            f"It needs at least {PASSWORD_MIN} characters, five different ones, and must not hold the sign-in name.",
            "Choose a longer one: a few random words do well.",
        )
    if is_common(password):
        raise BadUseError(
            "common_password",
            "That password is one of those that are tried first.",
            "It is made of common words, digits and signs.",
            "Choose another: a few random words do well.",
        )


def check_place(place: str | None) -> None:
    """Nothing; raises BadUseError unless it is None or an ISO 3166 code such as FR or US-IL."""
    if place is not None and not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", place):
        raise BadUseError(
            "bad_place",
            "That is no place code.",
            "Places are ISO 3166 codes.",
            "Write US-IL for Illinois, FR for France.",
        )


def _checked_name(name: str) -> str:
    line = printable_line(name, NAME_MAX)
    if not line:
        raise BadUseError(
            "bad_name",
            "That name cannot be used.",
            f"It needs 1 to {NAME_MAX} printable characters.",
            "Give another.",
        )
    return line

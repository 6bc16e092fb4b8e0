"""Adding organisations and users: who may come in, decided by law and recorded first.

Never stores a password, only its slow hash, and never lets anybody add themselves.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from facewarden.domain.accounts import (
    AccountBasis,
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
from facewarden.ports import AccountRecords, Clock, Passwords
from facewarden.services.gate import Gate
from facewarden.services.law.facts import runs_installation
from facewarden.services.lines import printable_line
from facewarden.services.people.account_facts import change_facts
from facewarden.services.people.weak_passwords import is_breached, is_common, is_guessable

SIGN_IN_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")
PASSWORD_MIN = 12  # NIST SP 800-63B asks for 8 with a second factor, 15 without
NAME_MAX = 200
UNKNOWN_BYTES = 32  # of a password that nobody knows
SEE_ALL_USERS = (Role.OVERSEER, Role.AUDITOR)  # of the body that runs the installation, and the operator


def sees_all(actor: Actor) -> bool:
    """Whether the actor oversees every body: others know of their own alone."""
    if actor.has(Role.OPERATOR):
        return True
    return runs_installation(actor.organisation) and actor.has(*SEE_ALL_USERS)


class Accounts:
    """Organisations and their users."""

    def __init__(self, records: AccountRecords, passwords: Passwords, gate: Gate, clock: Clock) -> None:
        self._records = records
        self._passwords = passwords
        self._gate = gate
        self._clock = clock

    def states(self) -> Mapping[AccountState, int]:
        """How many organisations are in each state: counts alone, so nothing of it is on record."""
        return Counter(known.state for known in self._records.organisations())

    def users(self, actor: Actor) -> Sequence[User]:
        """The users that the actor may know of, in the order they were added: of other bodies only who oversees all."""
        known = self._records.users()
        if sees_all(actor):
            return known
        return [user for user in known if user.organisation_id == actor.organisation.organisation_id]

    def organisation_named(self, name: str) -> Organisation:
        """The organisation of that name or id; raises BadUseError."""
        for organisation in self._records.organisations():
            if name in (organisation.organisation_id, organisation.name):
                return organisation
        raise _unknown_organisation(name)

    def organisation_for(self, actor: Actor, name: str) -> Organisation:
        """The same for somebody who may not know of every body: raises BadUseError, in one wording for absent and not
        theirs to know of."""
        if sees_all(actor):
            return self.organisation_named(name)
        own = self.organisation_named(actor.organisation.organisation_id)
        if name in (own.organisation_id, own.name):
            return own
        raise _unknown_organisation(name)

    def add_organisation(
        self,
        actor: Actor,
        name: str,
        sector: Sector,
        level: GovernmentLevel | None,
        place: str | None,
        basis: AccountBasis = AccountBasis.OWN,
    ) -> Organisation:
        """The organisation; raises RefusedError if the law bars it, BadUseError if the name is taken.

        By `basis` OWN it is a part of the actor's own body, and active: nobody signs an agreement with themselves. By
        AGREEMENT it is another body, `applied`: it is verified, signs, names its officers, and is then activated.
        """
        made = new_organisation(name, sector, level, place, self._clock.now())
        name = made.name
        if any(known.name.casefold() == name.casefold() for known in self._records.organisations()):
            raise BadUseError(
                "organisation_exists",
                "An organisation of that name exists.",
                next_step="List them with: facewarden org list",
            )
        check_country(actor, level, place)
        own = basis is AccountBasis.OWN
        parent = actor.organisation.organisation_id if own else None
        state = AccountState.ACTIVE if own else AccountState.APPLIED
        organisation = replace(made, basis=basis, parent_id=parent, state=state)
        event, subject = AuditEvent.ORGANISATION_DECIDED, organisation.organisation_id
        facts = change_facts(self._gate, actor, organisation, "add_organisation", self._clock.now())
        self._gate.enter(Action.ACCOUNT, facts, event, actor=actor.user.user_id, subject=subject)
        self._records.add_organisation(organisation)
        details = {"state": organisation.state.value}
        self._gate.note(AuditEvent.ORGANISATION_ADDED, actor=actor.user.user_id, subject=subject, details=details)
        return organisation

    def add_user(
        self,
        actor: Actor,
        organisation: Organisation,
        sign_in_name: str,
        display_name: str,
        roles: Iterable[Role],
        password: str | None,
        training_expires_at: datetime | None,
    ) -> User:
        """The user, active; raises RefusedError if the law bars it, BadUseError for a bad name or password.

        `password` None: nobody knows one, and the user comes in by an invitation.
        """
        user = new_user(organisation, sign_in_name, display_name, roles, training_expires_at, self._clock.now())
        check_domain(organisation, user.sign_in_name)
        if password is not None:
            check_password(password, user.sign_in_name, user.display_name, organisation.name)
        if self._records.sign_in_record(user.sign_in_name) is not None:
            raise BadUseError("user_exists", "That sign-in name is taken.", next_step="Choose another sign-in name.")
        facts = change_facts(
            self._gate, actor, organisation, "add_user", self._clock.now(), roles=user.roles, is_actor=False
        )
        event, by = AuditEvent.USER_DECIDED, actor.user.user_id
        self._gate.enter(Action.ACCOUNT, facts, event, actor=by, subject=user.user_id)
        self._records.add_user(user, self._passwords.hash(password or secrets.token_hex(UNKNOWN_BYTES)))
        self._gate.note(AuditEvent.USER_ADDED, actor=actor.user.user_id, subject=user.user_id)
        return user


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


def check_password(password: str, sign_in_name: str, *about: str) -> None:
    """Nothing; raises BadUseError for a password that is too short, holds the name, was breached, or is soon guessed.

    `about` are other texts that a guesser would try: the person's name, their organisation's.
    """
    if len(password) < PASSWORD_MIN or sign_in_name in password.lower() or len(set(password)) < 5:
        raise BadUseError(
            "weak_password",
            "That password is too weak.",
            f"It needs at least {PASSWORD_MIN} characters, five different ones, and must not hold the sign-in name.",
            "Choose a longer one: a few random words do well.",
        )
    if is_common(password, *about):
        raise BadUseError(
            "common_password",
            "That password is one of those that are tried first.",
            "It is made of common words, your own names, digits and signs.",
            "Choose another: a few random words do well.",
        )
    if is_breached(password):
        raise BadUseError(
            "breached_password",
            "That password is on the list of those that were stolen elsewhere.",
            "Whoever breaks in tries that list first.",
            "Choose another: a few random words do well.",
        )
    if is_guessable(password, sign_in_name, *about):
        raise BadUseError(
            "guessable_password",
            "That password is guessed soon.",
            "It is made of words, names, dates or keys beside each other that guessers put together first.",
            "Choose another: four random words do well.",
        )


def check_domain(organisation: Organisation, sign_in_name: str) -> None:
    """Nothing; raises BadUseError for a sign-in name that is an address of another domain than the organisation's."""
    domain = sign_in_name.rpartition("@")[2] if "@" in sign_in_name else ""
    own = organisation.email_domains
    if domain and own and not any(domain == known or domain.endswith(f".{known}") for known in own):
        raise BadUseError(
            "foreign_domain",
            "That address is of no domain of this organisation.",
            f"Its domains: {', '.join(own)}. A domain that only looks like one of them is somebody else's.",
            "Give an address there, or a plain name.",
        )


def check_country(actor: Actor, level: GovernmentLevel | None, place: str | None) -> None:
    """Nothing; raises BadUseError for a body of another country that is not said to be foreign (both known)."""
    home, there = ((known or "").partition("-")[0] for known in (actor.organisation.place, place))
    if home and there and home != there and level is not None and level is not GovernmentLevel.FOREIGN:
        raise BadUseError(
            "level_contradicts_place",
            f"A body in {there} is foreign to one in {home}.",
            f"Its level is given as {level.value}.",
            "Give the level foreign, or the right place.",
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


def _unknown_organisation(name: str) -> BadUseError:
    return BadUseError(
        "unknown_organisation",
        f"There is no organisation “{name[:NAME_MAX]}”.",
        next_step="List them with: facewarden org list",
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

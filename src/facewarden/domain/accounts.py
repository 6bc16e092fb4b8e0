"""Organisations, users, their sessions and API keys: who may ask for something. Never holds a password or a token."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from facewarden.domain.ids import ApiKeyId, OrganisationId, SessionId, UserId


class Sector(StrEnum):
    """Whose body it is. Only `GOVERNMENT` may search."""

    GOVERNMENT = "government"
    PRIVATE = "private"
    INDIVIDUAL = "individual"


class GovernmentLevel(StrEnum):
    """Which government, where the sector is government."""

    FEDERAL = "federal"
    STATE = "state"
    LOCAL = "local"
    TRIBAL = "tribal"
    FOREIGN = "foreign"
    DEFENDER = "defender"


class OrganisationKind(StrEnum):
    """What the body does."""

    LAW_ENFORCEMENT = "law_enforcement"
    PROSECUTOR = "prosecutor"
    PUBLIC_DEFENDER = "public_defender"
    OTHER_AGENCY = "other_agency"
    FINANCIAL_INSTITUTION = "financial_institution"
    SCHOOL = "school"
    COMPANY = "company"


class Exemption(StrEnum):
    """An exemption of BIPA section 25 that somebody showed; None where none is recorded."""

    GLBA_INSTITUTION = "glba_institution"
    GOVERNMENT_CONTRACTOR = "government_contractor"


class AccountState(StrEnum):
    """The state of an organisation or a user. Only `ACTIVE` may act.

    `APPLIED` is listed and may do nothing yet, nor may `VERIFIED`, which organisations alone have: somebody looked at
    what they say of themselves, and found it so.
    """

    APPLIED = "applied"
    VERIFIED = "verified"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class AccountBasis(StrEnum):
    """What an organisation has its account by."""

    OWN = "own"
    """It is the body that runs the installation, or a part of it: nobody signs an agreement with themselves."""
    AGREEMENT = "agreement"
    """It is another body: without an agreement in force it does nothing."""


class OfficeSetting(StrEnum):
    """Whether a federal office in a state whose bodies are barred may have an account; two people set it."""

    ALLOW = "allow"
    BAR = "bar"


class Scope(StrEnum):
    """What an API key may be used for, within its owner's roles. `ALL` is a person signed in, never a key."""

    ALL = "all"
    SEARCH = "search"
    CASES = "cases"
    COLLECT = "collect"
    LOG = "log"


class SuspensionCause(StrEnum):
    """Why an account is suspended."""

    LEAVER = "leaver"
    IDLE = "idle"
    OVERSEER = "overseer"
    ADMINISTRATOR = "administrator"
    ATTESTATION = "attestation"
    LAW = "law"


class Role(StrEnum):
    """What a user is there for. Rights belong to roles; the operator's never include search."""

    INVESTIGATOR = "investigator"
    EXAMINER = "examiner"
    ORG_ADMINISTRATOR = "org_administrator"
    PRIVACY_OFFICER = "privacy_officer"
    OVERSEER = "overseer"
    AUDITOR = "auditor"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Organisation:
    """One body with accounts. `place` is its base as ISO 3166 ("US-IL", "FR"), None when not known.

    `sector` and `level` are None where nobody could tell. `office_place` is where the office that works with the
    account is, None where it is the base; `parent_id` the body that it is an office of, None for none or not known.
    `agreement_until` is the last moment of the newest agreement, None without one. `attestation_due_at` is when the
    yearly statement that everything is still so is overdue, None where none is asked for.
    """

    organisation_id: OrganisationId
    name: str
    sector: Sector | None
    level: GovernmentLevel | None
    place: str | None
    state: AccountState
    added_at: datetime
    kind: OrganisationKind | None = None
    office_place: str | None = None
    exemption: Exemption | None = None
    parent_id: OrganisationId | None = None
    basis: AccountBasis = AccountBasis.OWN
    office_setting: OfficeSetting | None = None
    email_domains: tuple[str, ...] = ()
    agreement_from: datetime | None = None
    agreement_until: datetime | None = None
    administrator_id: UserId | None = None
    overseer_id: UserId | None = None
    attestation_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class User:
    """One person with an account, in exactly one organisation."""

    user_id: UserId
    organisation_id: OrganisationId
    sign_in_name: str
    display_name: str
    roles: frozenset[Role]
    state: AccountState
    training_expires_at: datetime | None
    added_at: datetime
    last_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in stay; the token itself is known to its holder only, the records keep its hash."""

    session_id: SessionId
    user_id: UserId
    started_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that a program brings in the place of a person; its token is known to its holder only.

    `name` is what its owner calls it, `purpose` what it is for, in their words. It acts as its owner, within `scopes`.
    """

    key_id: ApiKeyId
    user_id: UserId
    name: str
    purpose: str
    scopes: frozenset[Scope]
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Suspension:
    """An account held: `subject` is a user's or an organisation's id, `by` who held it, None for the program itself.

    `reason` is in the words of whoever held it; it may speak of a person and is kept encrypted.
    """

    subject: str
    cause: SuspensionCause
    by: UserId | None
    reason: str = field(repr=False)
    since: datetime
    audit_index: int


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is acting: a user with the organisation and the session (or the API key's id) they came with.

    `scopes` is what the credential permits: `Scope.ALL` for a person signed in, a key's own scopes for a key.
    """

    user: User
    organisation: Organisation
    session_id: SessionId
    scopes: frozenset[Scope] = frozenset({Scope.ALL})

    def has(self, *roles: Role) -> bool:
        """True if the user has one of these roles."""
        return not self.user.roles.isdisjoint(roles)

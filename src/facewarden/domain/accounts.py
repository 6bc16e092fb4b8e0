"""Organisations, users and their sessions: who may ask for something. Never holds a password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from facewarden.domain.ids import OrganisationId, SessionId, UserId


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
    """The state of an organisation or a user. Only `ACTIVE` may act; `APPLIED` is listed and may do nothing yet."""

    APPLIED = "applied"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


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
    account is, None where it is the base.
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


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in stay; the token itself is known to its holder only, the records keep its hash."""

    session_id: SessionId
    user_id: UserId
    started_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is acting: a user with the organisation and the session they came with."""

    user: User
    organisation: Organisation
    session_id: SessionId

    def has(self, role: Role) -> bool:
        return role in self.user.roles

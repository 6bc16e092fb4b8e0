"""Cases: the reason for a search, stated before it. Never holds a photo, nor the name of a person searched for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from facewarden.domain.ids import CaseId, OrganisationId, UserId


class CaseState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Purpose(StrEnum):
    """Why a face is searched for: a closed list, so that nothing else can be a purpose."""

    INVESTIGATE_CRIME = "investigate_crime"
    IDENTIFY_VICTIM = "identify_victim"
    FIND_MISSING_PERSON = "find_missing_person"
    IDENTIFY_DECEASED = "identify_deceased"
    DEFEND_ACCUSED = "defend_accused"


class CaseBasis(StrEnum):
    """What permits searching in this case."""

    STATUTE = "statute"
    WARRANT = "warrant"
    CONSENT = "consent"


class SoughtFor(StrEnum):
    """What about the person makes them be searched for. Those after `NEED` are there to be refused."""

    CONDUCT = "conduct"
    NEED = "need"
    RELIGION = "religion"
    POLITICS = "politics"
    PROTEST = "protest"
    ORIGIN = "origin"
    PRIVATE_LIFE = "private_life"


@dataclass(frozen=True, slots=True)
class CaseDetails:
    """What else was stated when a case was opened. None and empty: it was not stated.

    `offence_code` names an offence of the list `offence_list`; `offence_class` is its class in the law's vocabulary.
    `basis_ends_on` is the last day on which the legal basis holds, None for one without an end.
    """

    offence_list: str = ""
    offence_code: str = ""
    offence_class: str | None = None
    sought_for: SoughtFor | None = None
    basis: CaseBasis | None = None
    basis_reference: str = ""
    basis_ends_on: date | None = None
    happened_on: date | None = None
    reasonable_suspicion: bool | None = None
    closed_at: datetime | None = None


NOTHING_MORE = CaseDetails()


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `members` are the users who may work on it; `number` is the agency's own reference."""

    case_id: CaseId
    organisation_id: OrganisationId
    number: str
    purpose: Purpose
    offence: str
    state: CaseState
    members: frozenset[UserId]
    opened_by: UserId
    opened_at: datetime
    details: CaseDetails = field(default=NOTHING_MORE)

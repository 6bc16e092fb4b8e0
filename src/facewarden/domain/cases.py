"""Cases: the reason for a search, stated before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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

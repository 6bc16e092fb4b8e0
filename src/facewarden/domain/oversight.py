"""How searching is used, for those who oversee it. Never holds a probe, a candidate or a face."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from facewarden.domain.ids import CaseId, OrganisationId, SearchId, UserId


@dataclass(frozen=True, slots=True)
class SearchUse:
    """One search: who, when, under which case; `candidates` is how many it showed, erased ones included.

    `first_photos` are the random ids of the photos of whoever came first, empty for nobody; `picture` is the SHA-256 of
    the probe's file, empty where it was not kept. Both are compared, and shown to nobody.
    """

    search_id: SearchId
    user_id: UserId
    organisation_id: OrganisationId
    case_id: CaseId
    searched_at: datetime
    candidates: int
    first_photos: frozenset[str] = frozenset()
    picture: str = ""


@dataclass(frozen=True, slots=True)
class CaseUse:
    """One open case: who opened it, when, how many searches it had, and when the last was."""

    case_id: CaseId
    organisation_id: OrganisationId
    opened_by: UserId
    opened_at: datetime
    searches: int
    last_search_at: datetime


class Unusual(StrEnum):
    """What an overseer should look at."""

    BURST = "burst"
    """Many searches in a few minutes."""
    OFF_HOURS = "off_hours"
    """Searches while nobody is on duty where the body is."""
    NO_CANDIDATES = "no_candidates"
    """Many searches, hardly one of which found anybody: a search for somebody who is in no police's gallery."""
    SAME_PERSON = "same_person"
    """One person who came first under several cases: a private interest, or a case number made up for each look."""
    SAME_PICTURE = "same_picture"
    """One picture searched under several cases, of nobody who is in the gallery."""
    NO_OUTCOME = "no_outcome"
    """Cases that were searched under long ago and are still open."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to look at: whose use, what is unusual, how often, from when to when, in a sentence why.

    `shown` are the searches (or cases, for `NO_OUTCOME`) that it rests on, newest first.
    """

    user_id: UserId
    organisation_id: OrganisationId
    unusual: Unusual
    count: int
    first_at: datetime
    last_at: datetime
    why: str
    shown: tuple[str, ...]

"""Collections: photos on their way in as durable work, shared by any number of workers.

Never holds a photo.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from facewarden.domain.ids import CaseId, JobId, SourceId, UserId
from facewarden.domain.jobs import JobState

JOB_KIND = "collect"
"""The kind of the jobs that collections are."""
NOT_FETCHED = "not_fetched"
"""The code of a file that a connector left where it was, because a gate refused its address."""


class CollectionKind(StrEnum):
    """The ways in."""

    FOLDER = "folder"
    ARCHIVE = "archive"
    CSV = "csv"
    WARC = "warc"
    CRAWL = "crawl"
    UPLOAD = "upload"


class CollectionPurpose(StrEnum):
    """What a collection from the web is for: a closed list, on record."""

    OWN_RECORDS = "own_records"
    MISSING_PERSONS = "missing_persons"
    UNIDENTIFIED_VICTIMS = "unidentified_victims"
    WANTED_PERSONS = "wanted_persons"
    CASE_INVESTIGATION = "case_investigation"


Place = Mapping[str, object]
"""Where a part of a collection is and how far it was read: plain JSON, written and read by one connector."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be collected. `where` is the connector's own (a path, first addresses, limits), plain JSON.

    `subject` names the person or group that a crawl is about, in words; it is personal, and kept sealed.
    """

    kind: CollectionKind
    where: Place
    purpose: CollectionPurpose | None = None
    subject: str | None = None
    case_id: CaseId | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection as the records know it. `decision_index` is the log entry that let it begin."""

    job_id: JobId
    source_id: SourceId
    plan: Plan
    owner: UserId | None
    state: JobState
    progress: Mapping[str, int]
    failure: str | None
    started_at: datetime
    ended_at: datetime | None
    decision_index: int


@dataclass(frozen=True, slots=True)
class Found:
    """A part that a connector found: its place; `lane` names what one worker reads at a time (a host), `mark` what is
    read once (an address)."""

    place: Place
    lane: str | None = None
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class HeldPart:
    """A part that a worker holds until `leased_until`, or longer if it renews."""

    job_id: JobId
    number: int
    token: int
    place: Place
    leased_until: datetime


@dataclass(frozen=True, slots=True)
class Pulse:
    """Who works on a collection at this moment: how many, and their photos a second together."""

    workers: int
    photos_a_second: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """A file that could not be used: where it is in its archive, folder or site, and the code and words of why."""

    name: str
    code: str
    what: str
    next_step: str = ""

"""Sources: whom photos come from, and what permits it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from facewarden.domain.ids import SourceId, UserId


class SourceState(StrEnum):
    """Nothing is collected from a source that is not `ACTIVE`."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class SourceKind(StrEnum):
    """What kind of thing photos come from; a crawl needs a `WEBSITE`, a list of booking records `BOOKING_RECORDS`."""

    FILES = "files"
    BOOKING_RECORDS = "booking_records"
    WEB_ARCHIVE = "web_archive"
    WEBSITE = "website"


class LegalBasis(StrEnum):
    """What permits collection, as the permission's document says."""

    OWNER_CONSENT = "owner_consent"
    LICENCE = "licence"
    OWN_RECORDS = "own_records"
    STATUTE = "statute"


@dataclass(frozen=True, slots=True)
class Source:
    """One source. `permission_hash` is the SHA-256 (hex) of the permission's document, None if none is kept.

    The permission holds from `starts_on` to `ends_on`, both days included, UTC; None: from the approval, without end.
    `proposed_by` and `approved_by` are two people; None in records of before two were asked for.
    """

    source_id: SourceId
    name: str
    basis: LegalBasis
    permission_hash: str | None
    contact: str
    country: str | None
    hosts: tuple[str, ...]
    state: SourceState
    added_at: datetime
    kind: SourceKind = SourceKind.FILES
    starts_on: date | None = None
    ends_on: date | None = None
    proposed_by: UserId | None = None
    approved_by: UserId | None = None
    ended_at: datetime | None = None

    def state_on(self, day: date) -> SourceState:
        """The state that counts on that day (UTC): an active source is not, before its permission and after it."""
        if self.state is SourceState.ACTIVE:
            if self.ends_on is not None and day > self.ends_on:
                return SourceState.ENDED
            if self.starts_on is not None and day < self.starts_on:
                return SourceState.PROPOSED
        return self.state

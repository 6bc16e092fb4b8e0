"""Sources: whom photos come from, and what permits it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from facewarden.domain.ids import SourceId


class SourceState(StrEnum):
    """Nothing is collected from a source that is not `ACTIVE`."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class LegalBasis(StrEnum):
    """What permits collection, as the permission's document says."""

    OWNER_CONSENT = "owner_consent"
    LICENCE = "licence"
    OWN_RECORDS = "own_records"
    STATUTE = "statute"


@dataclass(frozen=True, slots=True)
class Source:
    """One source. `permission_hash` is the SHA-256 (hex) of the permission's document, None if none is kept."""

    source_id: SourceId
    name: str
    basis: LegalBasis
    permission_hash: str | None
    contact: str
    country: str | None
    hosts: tuple[str, ...]
    state: SourceState
    added_at: datetime

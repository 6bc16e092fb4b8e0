"""Being kept out: who, by which template, what waits for an officer, and what should not have happened.

Never holds a template beyond the moment of a comparison, nor a photo.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Suppression:
    """One face that is kept out. `photo_kept`: the person chose to have the photo kept, for new models."""

    suppression_id: str
    pack_id: str
    added_at: datetime
    photo_kept: bool


class QuarantineState(StrEnum):
    """What became of a photo that was set aside."""

    WAITING = "waiting"
    ADMITTED = "admitted"
    KEPT_OUT = "kept_out"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class QuarantinedPhoto:
    """A photo with a face that is like one that is kept out, not like enough to tell.

    No template was kept, no search finds it; `until` is when it is destroyed if nobody has decided. `faces` says how
    many faces in it are in question.
    """

    quarantine_id: str
    source_id: str
    content_hash: bytes
    state: QuarantineState
    faces: int
    came_at: datetime
    until: datetime


class IncidentKind(StrEnum):
    """What was found."""

    FACE_CAME_BACK = "face_came_back"
    BYTES_LEFT = "bytes_left"
    LEDGER_LOST = "ledger_lost"


class IncidentState(StrEnum):
    """`OPEN` until an officer has looked; what was found is erased at once all the same."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Incident:
    """Something erased or kept out that was found again: `photos` counts what was found, and erased at once."""

    incident_id: str
    kind: IncidentKind
    state: IncidentState
    found_at: datetime
    photos: int
    suppression_id: str | None = None
    erasure_id: str | None = None
    closed_at: datetime | None = None

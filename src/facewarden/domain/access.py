"""What is held of a person: who it was shown to and when, and the seals that courts put on some of that.

Never holds a template or a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from facewarden.domain.ids import FaceNumber


@dataclass(frozen=True, slots=True)
class Showing:
    """One time that a face was shown as a candidate: to which body, by which search, for what."""

    face_number: FaceNumber
    case_id: str
    search_id: str
    searched_at: datetime
    organisation: str
    purpose: str
    rank: int
    audit_index: int


@dataclass(frozen=True, slots=True)
class Seal:
    """A lawful bar on telling a person of one case, with the paper that orders it and the day on which it ends."""

    seal_id: str
    case_id: str
    basis: str
    until: datetime
    set_by: str
    set_at: datetime
    audit_index: int

"""Examinations: two people compare a candidate with the probe, the second without knowing what the first concluded.

Never holds a picture, and never calls two faces one person: a conclusion is a person's opinion on two pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from facewarden.domain.ids import CaseId, FaceNumber, PhotoId, SearchId, UserId

LeadId = NewType("LeadId", str)
ReleaseId = NewType("ReleaseId", str)


class Conclusion(StrEnum):
    """An examiner's opinion. `INSUFFICIENT` is a full answer: many pictures do not allow any other."""

    SUPPORTS_SAME = "supports_same"
    LIMITED_SAME = "limited_same"
    INSUFFICIENT = "insufficient"
    LIMITED_DIFFERENT = "limited_different"
    SUPPORTS_DIFFERENT = "supports_different"

    @property
    def for_same(self) -> bool:
        """True if it speaks for one person in both pictures."""
        return self in (Conclusion.SUPPORTS_SAME, Conclusion.LIMITED_SAME)


class Finding(StrEnum):
    """What the two pictures show of one facial feature."""

    SIMILAR = "similar"
    DIFFERENT = "different"
    NOT_COMPARABLE = "not_comparable"


FEATURES = (
    "skin",
    "outline",
    "composition",
    "hair",
    "forehead",
    "eyebrows",
    "eyes",
    "cheeks",
    "nose",
    "ears",
    "mouth",
    "chin",
    "neck",
    "facial_hair",
    "facial_lines",
    "scars",
    "facial_marks",
    "alterations",
    "other",
)
"""The components of FISWG's Facial Image Comparison Feature List for Morphological Analysis, by its headings."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One examiner's work on one pair of pictures; `findings` by feature, those left open are absent."""

    findings: Mapping[str, Finding]
    notes: str
    conclusion: Conclusion


class LeadState(StrEnum):
    """Where a proposed lead stands."""

    REJECTED = "rejected"
    """The first examiner did not find support for one person."""
    AWAITING_SECOND = "awaiting_second"
    SECOND_AT_WORK = "second_at_work"
    STOPPED = "stopped"
    """The two disagree: nothing leaves."""
    AGREED = "agreed"
    SUPPORTED = "supported"
    """Evidence that does not come from a face search supports it."""
    REFUTED = "refuted"


@dataclass(frozen=True, slots=True)
class LineupPlace:
    """One face of the second examiner's set: its place from 1, and whether it is the candidate in question."""

    place: int
    face_number: FaceNumber
    photo_id: PhotoId
    real: bool


@dataclass(frozen=True, slots=True)
class SecondExamination:
    """What the second examiner concluded of each place. `at` and `audit_index` None while they are at work.

    `draft`: what they filled in so far, by the name of the field; no conclusion of theirs, and gone once they conclude.
    """

    by: UserId
    began_at: datetime
    at: datetime | None = None
    audit_index: int | None = None
    comparisons: Mapping[int, Comparison] | None = None
    draft: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """A candidate that somebody examined. `lineup` is empty where its face was erased, or none was needed.

    `probe_until` is when the probe's face, kept for the second examiner and the report, is destroyed.
    """

    lead_id: LeadId
    case_id: CaseId
    search_id: SearchId
    rank: int
    state: LeadState
    first_by: UserId
    first_at: datetime
    first_index: int
    first: Comparison
    lineup: tuple[LineupPlace, ...]
    probe_until: datetime | None
    second: SecondExamination | None = None
    outcome: str = ""
    outcome_at: datetime | None = None

    @property
    def real_place(self) -> LineupPlace | None:
        """The place of the candidate in question, None once its face is erased."""
        return next((place for place in self.lineup if place.real), None)

    @property
    def examiners(self) -> tuple[UserId, ...]:
        """Who examined it, the first and, if there is one, the second."""
        return (self.first_by, self.second.by) if self.second else (self.first_by,)


class ReleaseKind(StrEnum):
    LEAD = "lead"
    DISCOVERY = "discovery"


@dataclass(frozen=True, slots=True)
class Release:
    """Something that was handed out: to whom, what file (its SHA-256), and when it was called back."""

    release_id: ReleaseId
    kind: ReleaseKind
    case_id: CaseId
    lead_id: LeadId | None
    recipient: str
    recipient_mail: str
    file_sha256: str
    released_by: UserId
    released_at: datetime
    audit_index: int
    recalled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recall:
    """Something that was handed out and tells of a lead that was refuted afterwards: whoever has it is to be told."""

    release: Release
    lead_id: LeadId
    refuted_at: datetime

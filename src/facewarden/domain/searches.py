"""Searches: one probe face against the gallery, and what came of it. A candidate is a lead, nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from facewarden.domain.ids import CaseId, FaceNumber, PhotoId, SearchId, UserId


@dataclass(frozen=True, slots=True)
class Candidate:
    """One face of the gallery above the threshold.

    `similarity` is the cosine of the two templates, -1 to 1. `fmr` is the share of non-mated pairs that score
    at least as high, lowest to highest cohort measured; `expected_lookalikes` the number of other people in
    this gallery who would. Either is None where the calibration cannot tell.
    """

    rank: int
    face_number: FaceNumber
    photo_id: PhotoId
    similarity: float
    fmr: tuple[float, float] | None
    expected_lookalikes: tuple[float, float] | None
    source: str
    url: str | None
    captured_at: datetime | None


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """What the records keep of a search: no probe pixels, no probe template. `redacted` candidates are erased."""

    search_id: SearchId
    case_id: CaseId
    user_id: UserId
    searched_at: datetime
    gallery_size: int
    threshold: float
    pack_id: str
    audit_index: int
    candidates: tuple[Candidate, ...]
    redacted: int = 0

"""Searches: one probe face against the gallery, and what came of it. A candidate is a lead, nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from facewarden.domain.ids import CaseId, FaceNumber, PhotoId, SearchId, UserId


class ProbeKind(StrEnum):
    """What a probe is, as somebody attests. Those after `VIDEO_STILL` are asked for so that they can be refused."""

    PHOTO = "photo"
    VIDEO_STILL = "video_still"
    SKETCH = "sketch"
    COMPOSITE = "composite"
    EDITED = "edited"


class EditKind(StrEnum):
    """What may be done to a probe. There is no other edit."""

    ROTATE = "rotate"
    CROP = "crop"
    EXPOSURE = "exposure"


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit. `values`: rotate (degrees clockwise: 90, 180 or 270); crop (left, top, right, bottom as shares of the
    picture, 0 to 1); exposure (stops, -3 to 3)."""

    kind: EditKind
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ProbeOrigin:
    """Where a probe comes from, and what was done to it.

    `attested` says how: by a person in the form, or by using a command that says so. `original_sha256` is of the file
    as it came. `protected_activity` is None where nobody said. `sensitive`: only face crops of it were ever kept.
    """

    kind: ProbeKind | None = None
    attested: str = ""
    original_sha256: str = ""
    taken_on: date | None = None
    protected_activity: bool | None = None
    sensitive: bool = False
    edits: tuple[Edit, ...] = ()


UNATTESTED = ProbeOrigin()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One face of the gallery above the threshold.

    `similarity` is the cosine of the two templates, -1 to 1. `fmr` is the share of non-mated pairs that score
    at least as high, lowest to highest cohort measured; `expected_lookalikes` the number of other people in
    this gallery who would. Either is None where the calibration cannot tell. `group` is the rank of the first
    candidate who seems to be the same person, this one's own rank if none before does.
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
    group: int | None = None


@dataclass(frozen=True, slots=True)
class SearchBasis:
    """What a search rested on beside its threshold: enough to repeat it and to question it.

    `packs` are the law packs that decided, id to version. `limit` is the longest list that was asked for.
    """

    pack_version: str
    calibration: str
    limit: int
    origin: ProbeOrigin
    packs: dict[str, str]


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
    basis: SearchBasis | None = None

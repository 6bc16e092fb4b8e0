"""The gallery: photos admitted, the faces in them, and how the index follows the records.

Never holds a template outside the moment in which it is stored, scanned or re-ranked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.faces import DetectedFace
from facewarden.domain.ids import FaceNumber, JobId, PhotoId, SourceId
from facewarden.domain.photos import BookingRecord, Fetched, Photo
from facewarden.domain.provenance import Arrival
from facewarden.domain.searches import UNATTESTED, ProbeOrigin


@dataclass(frozen=True, slots=True)
class NewFace:
    """A face about to be enrolled; `template` is float32, (dimension,), L2-normalised, made by `pack_id`."""

    face: DetectedFace
    template: NDArray[np.float32]
    pack_id: str


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A photo about to be enrolled with its faces, and the file exactly as it was collected.

    `fetched` and `record` are what the offered file told of itself: for the photo's provenance, as is the case that it
    was collected for. `perceptual` is the hash of `matching.perceptual`, by which copies are found; None: not made.
    `place_only`: the gallery has the photo, only where it was found is new; without that photo nothing is stored.
    """

    photo: Photo
    content: bytes
    faces: tuple[NewFace, ...]
    fetched: Fetched | None = None
    record: BookingRecord | None = None
    case_id: str | None = None
    perceptual: bytes | None = None
    place_only: bool = False

    @property
    def arrival(self) -> Arrival:
        """Where it came from, for its provenance."""
        photo, fetched, record = self.photo, self.fetched, self.record
        return Arrival(
            photo.source_id,
            photo.file_name,
            photo.url,
            photo.collected_at,
            photo.decision_index,
            fetched.page_url if fetched else None,
            fetched.server_ip if fetched else None,
            fetched.fetched_at if fetched else None,
            self.case_id,
            record.person_reference if record else None,
            record.expunge_on if record else None,
        )


@dataclass(frozen=True, slots=True)
class Joined:
    """A photo that the gallery has already, now from another place too: nothing is enrolled twice."""

    offered_id: PhotoId
    photo_id: PhotoId


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of photos that were to be stored: new ones, ones that joined a photo there is, and those left out."""

    stored: tuple[PhotoId, ...] = ()
    joined: tuple[Joined, ...] = ()
    left_out: tuple[PhotoId, ...] = ()


@dataclass(frozen=True, slots=True)
class GalleryFace:
    """A face of the gallery that may be shown, joined with its photo and the source's name."""

    face_number: FaceNumber
    face: DetectedFace
    photo: Photo
    source_name: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """What stays of a refused photo: ground, pack version, keyed hash. Counted per source."""

    source_id: SourceId
    ground: str
    pack_version: str
    content_hash: bytes
    refused_at: datetime


@dataclass(frozen=True, slots=True)
class IndexChange:
    """One step of the records' sequence: a face that came (`template` given) or went (None)."""

    sequence: int
    face_number: FaceNumber
    template: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class GallerySummary:
    """How many photos and faces may be shown, the newest change, and a digest over the active face numbers.

    `fingerprint` is order-independent and equal to the index's when both hold the same faces.
    """

    photos: int
    faces: int
    sequence: int
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class FoundPart:
    """A part of a collection that reading another part brought to light, sealed as the records keep it.

    `lane` names what only one worker may read at a time (a host), None where any number may. `mark` is a keyed hash by
    which the same part is known again, None where there is no such danger.
    """

    lane: bytes | None
    mark: bytes | None
    place: bytes


@dataclass(frozen=True, slots=True)
class PartStep:
    """What one step of a part changes, in the same transaction as the photos that it brought.

    `place` is where reading goes on, sealed, None where the part is finished. `counts` are added to the job's.
    `troubles` are sealed lines about files that could not be used.
    """

    part: int
    token: int
    place: bytes | None
    found: tuple[FoundPart, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    troubles: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class JobLease:
    """A claim on a job: whoever holds an older `fencing_token` than the records' may change nothing.

    With a `step`, several workers share the job, each holding parts of it: the part's token counts then.
    """

    job_id: JobId
    kind: str
    fencing_token: int
    leased_until: datetime
    step: PartStep | None = None


@dataclass(frozen=True, slots=True)
class StoredProbe:
    """A probe waiting for its face to be picked: the faces seen in it, and when it dies."""

    probe_id: str
    case_id: str
    user_id: str
    faces: tuple[DetectedFace, ...]
    uploaded_at: datetime
    expires_at: datetime
    origin: ProbeOrigin = UNATTESTED


@dataclass(frozen=True, slots=True)
class PhotoOfFace:
    """Which photo a face number belongs to, whatever its state: for erasure and for repair."""

    face_number: FaceNumber
    photo_id: PhotoId

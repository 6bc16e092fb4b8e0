"""What erasing and keeping out are about: why, how much, how far it has come. Never holds a name, a face or a photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.faces import DetectedFace
from facewarden.domain.ids import FaceNumber, PhotoId
from facewarden.domain.photos import PhotoState


class ErasureReason(StrEnum):
    """Why something is erased; one verb serves them all."""

    OPT_OUT = "opt_out"
    TAKEDOWN = "takedown"
    RETENTION = "retention"
    EXPUNGEMENT = "expungement"
    ORDER = "order"
    OFFICER = "officer"


class ErasureState(StrEnum):
    """`HIDDEN`: nobody sees it any more, bytes may be left. `DONE`: the bytes are gone and the log says so."""

    HIDDEN = "hidden"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class NewSuppression:
    """A face to be kept out from now on; `template` is float32, (dimension,), L2-normalised, made by `pack_id`.

    `photo` with the `face` in it comes only where the person chose to have it kept, encrypted: then a new face pack
    can make the template anew.
    """

    suppression_id: str
    template: NDArray[np.float32]
    pack_id: str
    face: DetectedFace | None = None
    photo: bytes | None = None


@dataclass(frozen=True, slots=True)
class SeenPhoto:
    """A photo of the gallery with every enrolled face in it, boxes in pixels of its file."""

    photo_id: PhotoId
    state: PhotoState
    faces: Mapping[FaceNumber, DetectedFace]


@dataclass(frozen=True, slots=True)
class BurntPhoto:
    """A photo that stays without some of its faces: a new file under a new id takes the place of the old one.

    `gone` are the faces burnt out, `kept` the others, boxes in pixels of the new file.
    """

    photo_id: PhotoId
    burnt_id: PhotoId
    gone: tuple[FaceNumber, ...]
    kept: Mapping[FaceNumber, DetectedFace]
    width_px: int
    height_px: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class OwedErasure:
    """An erasure that waited for a hold which has ended: of these faces, or of the whole photo (None)."""

    photo_id: PhotoId
    reason: ErasureReason
    faces: tuple[FaceNumber, ...] | None


@dataclass(frozen=True, slots=True)
class ErasureOrder:
    """What to erase, decided and on record at `decision_index`.

    `log_size` is the log's size before the erasure began: its outcome is looked for from there after a crash.
    `photo_ids` go whole; of `burns` some faces go and the photo stays; `owed_faces` are faces of held photos, which are
    burnt out when the hold ends. `suppression` and `request_id` come with an opt-out: they change in the transaction
    that hides. `despite_holds` erases held photos too: for their release.
    """

    erasure_id: str
    reason: ErasureReason
    photo_ids: tuple[PhotoId, ...]
    actor: str | None
    decision_index: int
    log_size: int
    request_id: str | None = None
    suppression: NewSuppression | None = None
    despite_holds: bool = False
    burns: tuple[BurntPhoto, ...] = ()
    owed_faces: Mapping[PhotoId, tuple[FaceNumber, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What one erasure destroyed, by random ids, numbers and keyed hashes alone: enough to do it again.

    `photos` went whole, `burnt` are the old ids of photos that stayed; `faces` are all faces that went; `files` are the
    ids of other files (a request's photo); `hashes` (hexadecimal) are of the files that may not come back.
    """

    erasure_id: str
    reason: str
    photos: tuple[str, ...]
    burnt: tuple[str, ...]
    faces: tuple[int, ...]
    files: tuple[str, ...]
    hashes: tuple[str, ...]
    suppression_id: str | None


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure as the records keep it: counts and keyed hashes, nothing else of what was erased.

    `photos` were erased whole, of `burnt` others faces were burnt out; `photo_hashes` are of both, as they were
    collected. `photo_ids`, and `burns` (the old id of a burnt photo to its new one), are there only until the bytes
    are gone, as is `plan`, the line for the ledger. `held` photos are hidden and wait for the end of their hold.
    """

    erasure_id: str
    reason: ErasureReason
    state: ErasureState
    actor: str | None
    decision_index: int
    log_size: int
    request_id: str | None
    suppression_id: str | None
    photos: int
    faces: int
    candidates: int
    held: int
    photo_hashes: tuple[str, ...]
    photo_ids: tuple[PhotoId, ...]
    begun_at: datetime
    done_at: datetime | None
    outcome_index: int | None
    burnt: int = 0
    burns: Mapping[PhotoId, PhotoId] = field(default_factory=dict)
    plan: LedgerLine | None = None

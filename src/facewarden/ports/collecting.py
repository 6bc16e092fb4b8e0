"""Sources, photos and the feed of the index: what services need of them. Never says how it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.erasing import ErasureReason
from facewarden.domain.gallery import (
    GalleryFace,
    GallerySummary,
    IndexChange,
    JobLease,
    NewPhoto,
    Refusal,
    Stored,
)
from facewarden.domain.hosts import BarredHost, HostPermission
from facewarden.domain.ids import FaceNumber, PhotoId, SourceId
from facewarden.domain.provenance import (
    Closing,
    CopyReview,
    NewTakedown,
    Origin,
    PhotoOrigins,
    ReviewState,
    Standing,
    Takedown,
    TakedownPlan,
    TakedownScope,
    Withdrawal,
)
from facewarden.domain.sources import Source


class SourceRecords(Protocol):
    """Sources and their permissions."""

    def add(self, source: Source, permission: bytes | None) -> None: ...

    def change(self, before: Source, after: Source, permission: bytes | None = None) -> None:
        """`after` in place of `before`, with its new document; BadUseError if somebody else changed it meanwhile."""
        ...

    def find(self, name: str) -> Source | None: ...

    def all(self) -> Sequence[Source]: ...

    def counts(self) -> Mapping[SourceId, tuple[int, int]]:
        """For each source the number of active photos and of refusals."""
        ...


class Mirrors(Protocol):
    """Other names of sites that were noted here."""

    def mirrors(self) -> Mapping[str, frozenset[str]]:
        """By host."""
        ...

    def note_mirror(self, host: str, mirror: str) -> None:
        """Both names belong to one site, either way round."""
        ...


class HostBarRecords(Protocol):
    """Hosts that asked to be left alone, and permissions of their owners."""

    def barred(self) -> Sequence[BarredHost]: ...

    def permissions(self) -> Sequence[HostPermission]: ...

    def propose(self, permission: HostPermission, document: bytes, audit_index: int) -> None: ...

    def approve(self, permission: HostPermission, approved_by: str, audit_index: int) -> None:
        """In force from now on, if it still is the one that was looked at."""
        ...


class GalleryRecords(Protocol):
    """Photos and faces: the one truth that the index follows."""

    def known(self, source_id: SourceId, offered: Sequence[tuple[bytes, Origin]]) -> Sequence[Standing]:
        """Of each of these files, by its hash and where it is, whether that source brought it before (also if held)."""
        ...

    def add(self, photos: Sequence[NewPhoto], refusals: Sequence[Refusal], job: JobLease | None) -> Stored:
        """Stores all in one transaction together with the job's progress; stale leases change nothing.

        A photo that came before, from another source or place, is not stored again: it has one more arrival.
        """
        ...

    def showable(self, face_numbers: Sequence[FaceNumber]) -> Mapping[FaceNumber, GalleryFace]:
        """Those of the faces that may be shown at this moment."""
        ...

    def templates(self, face_numbers: Sequence[FaceNumber]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The numbers that may be shown and their templates (N, dimension), in one order."""
        ...

    def photo_content(self, photo_id: PhotoId) -> bytes:
        """The file as collected; BadUseError if there is none that may be shown."""
        ...


class IndexFeed(Protocol):
    """The records as the index reads them."""

    def summary(self) -> GallerySummary: ...

    def changes(self, after_sequence: int, limit: int) -> Sequence[IndexChange]: ...


class PhotoSources(Protocol):
    """Where photos came from, and photos that nothing permits any more."""

    def origins(self, photo_id: PhotoId) -> PhotoOrigins | None: ...

    def expunged(self, source_id: SourceId, references: Sequence[str]) -> set[str]:
        """Those of the people's references whose records that source had expunged."""
        ...

    def waiting(self, reason: ErasureReason) -> Sequence[PhotoId]:
        """Listed for erasure and still there, but for those whose hold goes on."""
        ...

    def settle(self) -> None:
        """Forgets the list of what is erased by now."""
        ...


class RetentionRecords(Protocol):
    """Terms of photos, and arrivals taken away: what nothing permits then is hidden and listed in that transaction."""

    def overdue(self, now: datetime, retain_days: int | None) -> int:
        """How many arrivals have a term that is over."""
        ...

    def withdraw_overdue(self, now: datetime, retain_days: int | None) -> Withdrawal: ...

    def withdraw_expunged(self, source_id: SourceId, references: Sequence[str]) -> Withdrawal:
        """What the source's own records brought of these people; it cannot bring it again."""
        ...

    def due_on(self, photo_id: PhotoId, retain_days: int | None) -> date | None: ...

    def people(self, source_id: SourceId, references: Sequence[str]) -> tuple[bytes, ...]:
        """The keyed hashes by which a source's people are known again."""
        ...


class TakedownRecords(Protocol):
    """Letters of sites' owners, and what came of each; look-alikes are decided through `CopyReviews`."""

    def plan(self, scope: TakedownScope) -> TakedownPlan: ...

    def begin(self, takedown: NewTakedown, letter: bytes) -> Takedown:
        """Everything barred, ended, hidden and listed, in one transaction."""
        ...

    def all(self, *, only_unfinished: bool = False) -> Sequence[Takedown]: ...

    def waiting(self, takedown_id: str) -> Sequence[PhotoId]:
        """Photos of it that are still there, but for those whose hold goes on."""
        ...

    def note(self, takedown_id: str, counts: Mapping[str, int], outcome_index: int | None = None) -> Takedown:
        """These counts from now on; done, if its outcome is in the log."""
        ...


class CopyReviews(Protocol):
    """Look-alikes of photos that were taken down."""

    def reviews(self, *, only_open: bool) -> Sequence[CopyReview]: ...

    def decide(self, review: CopyReview, state: ReviewState, decided_by: str) -> None: ...


class Closings(Protocol):
    """What was closed for good, in a place that outlives the records: closed again after a restore."""

    def write(self, closing: Closing) -> None:
        """Durable at return, once for each."""
        ...

    def all(self) -> Sequence[Closing]: ...

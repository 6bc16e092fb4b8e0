"""Sources, photos and the feed of the index: what services need of them. Never says how it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

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


class HostBarRecords(Protocol):
    """Hosts that asked to be left alone, and permissions of their owners."""

    def barred(self) -> Sequence[BarredHost]: ...

    def permissions(self) -> Sequence[HostPermission]: ...

    def propose(self, permission: HostPermission, document: bytes, audit_index: int) -> None: ...

    def approve(self, permission: HostPermission, approved_by: str, audit_index: int) -> None:
        """In force from now on, if it still is the one that was looked at."""
        ...

    def mirrors(self) -> Mapping[str, frozenset[str]]:
        """Other names of sites that were noted here, by host."""
        ...


class GalleryRecords(Protocol):
    """Photos and faces: the one truth that the index follows."""

    def known(self, source_id: SourceId, content_hashes: Sequence[bytes]) -> set[bytes]:
        """Which of these files that source already brought (admitted or held)."""
        ...

    def add(self, photos: Sequence[NewPhoto], refusals: Sequence[Refusal], job: JobLease | None) -> Stored:
        """Stores all in one transaction together with the job's progress; stale leases change nothing.

        A photo that another source brought before is not stored again: it has one more source.
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

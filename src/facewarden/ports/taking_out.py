"""Erasure, suppression and requests: what services need of them. Never says how it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.access import Seal, Showing
from facewarden.domain.erasing import Erasure, ErasureOrder, LedgerLine, NewSuppression, OwedErasure, SeenPhoto
from facewarden.domain.faces import Box, DetectedFace
from facewarden.domain.ids import FaceNumber, PhotoId, SourceId
from facewarden.domain.photos import OfferedFile
from facewarden.domain.suppression import (
    Incident,
    QuarantinedPhoto,
    QuarantineState,
    Suppression,
)


class ErasureRecords(Protocol):
    """Erasures in the records, from the transaction that hides to the last byte."""

    def begin(self, order: ErasureOrder) -> Erasure:
        """Everything hidden, redacted, barred and noted for destruction, all in one transaction."""
        ...

    def find(self, erasure_id: str) -> Erasure: ...

    def unfinished(self) -> Sequence[Erasure]: ...

    def destroy(self) -> None:
        """Keys, files and old pages of everything that was hidden; may be repeated."""
        ...

    def close(self, erasure_id: str, outcome_index: int) -> Erasure: ...


class SeenPhotos(Protocol):
    """Photos with all faces in them, and files that are to take the place of theirs."""

    def seen(self, face_numbers: Sequence[FaceNumber]) -> Sequence[SeenPhoto]:
        """The photos that these faces are in, held ones too, each with all its faces."""
        ...

    def content(self, photo_id: PhotoId) -> bytes: ...

    def keep(self, files: Mapping[PhotoId, bytes]) -> None:
        """Stored, each under a key of its own; unknown to every record yet."""
        ...


class OwedErasures(Protocol):
    """Erasures that waited for a hold to end."""

    def due(self) -> Sequence[OwedErasure]:
        """Those whose hold has ended."""
        ...


class ErasureLedger(Protocol):
    """What was erased and who is kept out, in a place that outlives the records: replayed after a restore."""

    def write(self, line: LedgerLine) -> None:
        """Durable at return, once for each erasure."""
        ...

    def lines(self) -> Sequence[LedgerLine]: ...

    def keep_suppression(self, suppression: NewSuppression) -> None: ...

    def forget_suppression(self, suppression_id: str) -> None: ...

    def suppressions(self) -> Sequence[NewSuppression]: ...


class ReplayRecords(Protocol):
    """A restored backup's records, as the ledger is replayed into them."""

    def left(self, line: LedgerLine) -> tuple[Sequence[PhotoId], Sequence[FaceNumber]]:
        """Of what the line erased: photos that went whole, and burnt faces, that are there again."""
        ...

    def put_back(self, lines: Sequence[LedgerLine], kept_out: Sequence[NewSuppression]) -> int:
        """How many were put back among the kept-out; files barred again, lifted faces let go."""
        ...

    def destroy(self, lines: Sequence[LedgerLine]) -> int:
        """How many keys of what the lines name were there still."""
        ...


class Burner(Protocol):
    """Pixels without some parts, as a file."""

    def burn(self, pixels: NDArray[np.uint8], regions: Sequence[Box]) -> bytes:
        """A fresh JPEG of uint8 (H, W, 3) RGB, nothing left of what lies in the regions."""
        ...


class ErasedPlaces(Protocol):
    """Where bytes of the erased may be besides the records."""

    def rewrite_index(self) -> None:
        """The index's file written anew without them, under a new key; the old key destroyed."""
        ...

    def rotate_keys(self) -> None:
        """The keys above destroyed keys replaced, so that old copies of these open nothing."""
        ...


class ErasureTurn(Protocol):
    """Being the only one."""

    def erasing(self) -> AbstractContextManager[None]: ...


class SuppressionRecords(Protocol):
    """Faces that are kept out and files that may not come back. For the check of new faces alone."""

    def size(self) -> int: ...

    def templates(self, pack_id: str) -> NDArray[np.float32]:
        """(N, dimension) of every face kept out; an Error where one cannot be read or compared."""
        ...

    def pack_ids(self) -> Sequence[str]:
        """The packs that templates of the vault were made by."""
        ...

    def barred(self, content_hashes: Sequence[bytes]) -> set[bytes]: ...

    def erased_prints(self) -> Sequence[bytes]:
        """The perceptual hashes of photos that were erased: near copies of these may not come back."""
        ...


class SetAside(Protocol):
    """Files that wait for a privacy officer."""

    def waiting_of(self, source_id: SourceId, content_hashes: Sequence[bytes]) -> set[bytes]: ...


class QuarantineRecords(Protocol):
    """Photos set aside for a privacy officer: encrypted files, no template, unknown to every search."""

    def put(self, photos: Sequence[tuple[QuarantinedPhoto, OfferedFile]]) -> None:
        """Stored, each under a key of its own; one of the same source and hash changes nothing."""
        ...

    def waiting(self) -> Sequence[QuarantinedPhoto]: ...

    def find(self, quarantine_id: str) -> tuple[QuarantinedPhoto, OfferedFile] | None:
        """The photo and its file, while it waits."""
        ...

    def close(self, quarantine_id: str, state: QuarantineState, decided_by: str | None) -> bool:
        """Whether it was waiting; its file and key are destroyed."""
        ...


class KeptOut(Protocol):
    """Who is kept out, for the probes of the night, for new models, and for letting go. Never for a search."""

    def all(self) -> Sequence[Suppression]: ...

    def template(self, suppression_id: str) -> NewSuppression | None: ...

    def photo(self, suppression_id: str) -> tuple[DetectedFace, bytes] | None:
        """The photo that the person chose to have kept, with the face in it; None if they did not."""
        ...

    def replace(self, suppression: NewSuppression) -> None:
        """The same face kept out by a template of another pack."""
        ...

    def lift(self, suppression_id: str) -> bool:
        """Whether there was one; key, template and photo are gone."""
        ...


class AccessRecords(Protocol):
    """Who was shown a face, and the seals on that."""

    def showings(self, face_numbers: Sequence[FaceNumber]) -> Sequence[Showing]: ...

    def sealed(self, moment: datetime) -> Sequence[Seal]:
        """The seals that hold at that moment."""
        ...

    def add_seal(self, seal: Seal) -> None: ...


class Incidents(Protocol):
    """What should not have happened: the erased or the kept-out found again."""

    def add(self, incident: Incident) -> None: ...

    def all(self) -> Sequence[Incident]:
        """The newest first."""
        ...

    def close(self, incident_id: str, moment: datetime) -> bool: ...

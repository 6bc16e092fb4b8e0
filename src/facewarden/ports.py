"""What the services need of the outside, said by them: narrow Protocols, at most five methods each.

Adapters fulfil them; nothing here knows how. Every method may raise `facewarden.errors.Error` and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.accounts import Organisation, Session, User
from facewarden.domain.audit import AuditEntry
from facewarden.domain.cases import Case
from facewarden.domain.customers import Contact, Ending, ListedCustomer
from facewarden.domain.decisions import KeptDecision
from facewarden.domain.erasing import Erasure, ErasureOrder, OptOutRequest
from facewarden.domain.faces import DetectedFace, PackCard
from facewarden.domain.gallery import (
    GalleryFace,
    GallerySummary,
    IndexChange,
    JobLease,
    NewPhoto,
    Refusal,
    StoredProbe,
)
from facewarden.domain.ids import CaseId, FaceNumber, OrganisationId, PhotoId, SearchId, SourceId, UserId
from facewarden.domain.photos import DecodedPhoto, OfferedFile
from facewarden.domain.searches import SearchRecord
from facewarden.domain.sources import Source
from facewarden.errors import BadPhotoError

KeyIdT = TypeVar("KeyIdT", int, str)


class Clock(Protocol):
    """Time comes through here alone."""

    def now(self) -> datetime:
        """The current time, aware, UTC."""
        ...


class AuditLog(Protocol):
    """The append-only log. `append` returns when the entries are durable, not before."""

    def append(self, entries: Sequence[AuditEntry]) -> Sequence[int]:
        """Each entry's index in the log."""
        ...

    def size(self) -> int: ...


class PhotoDecoder(Protocol):
    """Files to pixels, in a process that can be lost."""

    def decode(self, files: Sequence[bytes]) -> list[DecodedPhoto | BadPhotoError]:
        """For each file its pixels, or why it cannot be used. Never raises for a bad file."""
        ...

    def render(self, content: bytes, *, max_side_px: int, crop: tuple[int, int, int, int] | None) -> bytes:
        """A fresh JPEG without metadata of the oriented photo: cropped to (left, top, right, bottom) px of the
        oriented original, then reduced to `max_side_px`."""
        ...


class FaceEngine(Protocol):
    """Finds faces and makes templates, with one pack."""

    @property
    def card(self) -> PackCard: ...

    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[tuple[DetectedFace, ...]]:
        """For each RGB image (height, width, 3) its faces, largest first; what one gets alone."""
        ...

    def templates(
        self, images: Sequence[NDArray[np.uint8]], faces: Sequence[DetectedFace], views: int
    ) -> NDArray[np.float32]:
        """(N, dimension), L2-normalised: of images[i] the face faces[i], averaged over `views` views."""
        ...


class FaceIndex(Protocol):
    """A rebuildable cache of all templates that follows the records' sequence."""

    @property
    def sequence(self) -> int: ...

    @property
    def fingerprint(self) -> bytes: ...

    def apply(self, changes: Sequence[IndexChange]) -> None: ...

    def search(self, probes: NDArray[np.float32], count: int) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """For each probe (Q, dimension) the face numbers and rough similarities of its nearest, best first."""
        ...

    def save(self) -> None: ...


class AccountRecords(Protocol):
    """Organisations and users."""

    def add_organisation(self, organisation: Organisation) -> None: ...

    def add_user(self, user: User, password_hash: str) -> None: ...

    def organisations(self) -> Sequence[Organisation]: ...

    def users(self) -> Sequence[User]: ...

    def sign_in_record(self, sign_in_name: str) -> tuple[User, str] | None:
        """The user of that name (case does not count) and their password's hash, or None."""
        ...


class SessionRecords(Protocol):
    """Who is signed in. Tokens are known here by their SHA-256 alone."""

    def start(self, session: Session, token_hash: bytes) -> None: ...

    def find(self, token_hash: bytes) -> tuple[Session, User, Organisation] | None: ...

    def touch(self, session: Session, seen_at: datetime) -> None: ...

    def end(self, session: Session) -> None: ...


class SignInFailures(Protocol):
    """How often signing in failed of late."""

    def note_failure(self, sign_in_name: str, at: datetime) -> None:
        """Counts one failed attempt for that name; names are kept as keyed hashes."""
        ...

    def failures(self, sign_in_name: str, since: datetime) -> int: ...

    def forget(self, sign_in_name: str) -> None:
        """None failed for that name: signing in went well."""
        ...


class SecondFactors(Protocol):
    """The secrets behind one-time codes."""

    def issue(self, user_id: UserId, secret: bytes, at: datetime) -> None:
        """Stores it in place of any before, and ends every session of the user."""
        ...

    def secret(self, user_id: UserId) -> bytes | None: ...

    def use(self, user_id: UserId, step: int) -> bool:
        """True if that step was not used before, nor any after it; it is used now."""
        ...


class CustomerRecords(Protocol):
    """Organisations as a list brought them, and what ended their accounts."""

    def add_all(self, customers: Sequence[ListedCustomer]) -> None:
        """All in one transaction, or none."""
        ...

    def told(self) -> Mapping[OrganisationId, Mapping[str, tuple[str | None, str]]]:
        """How a list told each thing of each organisation that came by one."""
        ...

    def contact(self, organisation_id: OrganisationId) -> Contact | None: ...

    def end(self, endings: Sequence[Ending]) -> int:
        """Ends those accounts, their sessions and their running work in one transaction; how many sessions it cut."""
        ...

    def reinstate(self, organisation_id: OrganisationId) -> None:
        """Makes the account active; what ended it stays on record."""
        ...


class EndingRecords(Protocol):
    """What ended accounts."""

    def of(self, organisation_id: OrganisationId) -> Sequence[Ending]: ...


class MailBox(Protocol):
    """Where letters go out."""

    def send(self, letter_id: str, to: str, subject: str, text: str) -> bool:
        """True if the letter went out now, durable at return; False if one of that id went out before."""
        ...


class CaseRecords(Protocol):
    """Cases."""

    def add(self, case: Case) -> None: ...

    def find(self, case_id: CaseId) -> Case | None: ...

    def of_organisation(self, organisation_id: OrganisationId) -> Sequence[Case]: ...


class SourceRecords(Protocol):
    """Sources and their permissions."""

    def add(self, source: Source, permission: bytes | None) -> None: ...

    def find(self, name: str) -> Source | None: ...

    def all(self) -> Sequence[Source]: ...

    def counts(self) -> Mapping[SourceId, tuple[int, int]]:
        """For each source the number of active photos and of refusals."""
        ...


class GalleryRecords(Protocol):
    """Photos and faces: the one truth that the index follows."""

    def known(self, source_id: SourceId, content_hashes: Sequence[bytes]) -> set[bytes]:
        """Which of these files that source already brought (admitted or held)."""
        ...

    def add(self, photos: Sequence[NewPhoto], refusals: Sequence[Refusal], job: JobLease | None) -> None:
        """Stores all in one transaction together with the job's progress; stale leases change nothing."""
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


class Probes(Protocol):
    """Probes waiting to be searched: encrypted, and gone after their time to live."""

    def add(self, probe: StoredProbe, content: bytes) -> None: ...

    def find(self, probe_id: str) -> tuple[StoredProbe, bytes] | None: ...

    def destroy(self, probe_ids: Iterable[str]) -> None: ...

    def expired(self, now: datetime) -> Sequence[str]: ...


class SearchRecords(Protocol):
    """What was searched and shown."""

    def add(self, record: SearchRecord) -> None: ...

    def find(self, search_id: SearchId) -> SearchRecord | None: ...

    def of_case(self, case_id: CaseId) -> Sequence[SearchRecord]: ...


class Jobs(Protocol):
    """Durable work: leases with fencing tokens over a table in the records database."""

    def start(self, kind: str, payload: Mapping[str, str], owner: UserId | None) -> JobLease: ...

    def renew(self, lease: JobLease, progress: Mapping[str, int]) -> JobLease:
        """The lease with a later end; UnavailableError if another holder took the job over."""
        ...

    def finish(self, lease: JobLease, progress: Mapping[str, int]) -> None: ...

    def fail(self, lease: JobLease, code: str) -> None: ...

    def claim(self, kind: str) -> JobLease | None:
        """A lease on an unfinished job of that kind whose lease ran out, or None."""
        ...


class Passwords(Protocol):
    """Slow, salted password hashes."""

    def hash(self, password: str) -> str: ...

    def verify(self, password_hash: str, password: str) -> bool:
        """True only if it is that password; takes as long for a wrong one."""
        ...


class PhotoFiles(Protocol):
    """Files offered for collection, in a stable order."""

    def count(self) -> int: ...

    def read(self) -> Iterable[OfferedFile]:
        """Each file with its bytes, or with the error that reading it met."""
        ...


class Acceptances(Protocol):
    """What an officer accepted on record, such as a gallery larger than the face pack was measured for."""

    def record(self, subject: str, value: str, by: UserId, at: datetime, audit_index: int) -> None: ...

    def find(self, subject: str) -> str | None:
        """The value accepted for that subject, or None."""
        ...


class DataKeys(Protocol):
    """A key of 32 bytes for each template (id: the face number) and each file (id: a name). Needed by adapters."""

    def create_many(self, key_ids: Sequence[KeyIdT]) -> dict[KeyIdT, bytes]:
        """Fresh keys, durable at return; BadUseError if an id has one already."""
        ...

    def get_many(self, key_ids: Sequence[KeyIdT]) -> dict[KeyIdT, bytes]:
        """The keys of those that have one."""
        ...

    def destroy(self, key_ids: Iterable[int | str]) -> int:
        """How many there were; what they wrapped can never be read again."""
        ...

    def derive(self, purpose: str) -> bytes:
        """The installation's own key for that purpose, always the same."""
        ...

    def ids_made_before(self, moment: datetime) -> Iterator[int | str]: ...


class Blobs(Protocol):
    """Files at rest, encrypted, each under its own key. Needed by adapters."""

    def put_many(self, blobs: Mapping[str, bytes]) -> None:
        """All durable at return, or none is there."""
        ...

    def get(self, blob_id: str) -> bytes: ...

    def delete(self, blob_ids: Iterable[str]) -> None:
        """The keys destroyed, the files unlinked."""
        ...

    def ids_written_before(self, moment: datetime) -> Iterator[str]: ...


class DecisionMemory(Protocol):
    """Facts of past decisions, readable only as long as what they are about is not erased."""

    def keep(self, decisions: Sequence[KeptDecision]) -> None:
        """Durable at return."""
        ...

    def find(self, audit_index: int) -> KeptDecision | None: ...

    def of_action(self, action: str) -> Iterator[KeptDecision]:
        """Every readable decision on that act, in the order of the log."""
        ...

    def forget(self, subject: str) -> int: ...


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


class ErasedPlaces(Protocol):
    """Where bytes of the erased may be besides the records."""

    def rewrite_index(self) -> None:
        """The index's file written anew without them, under a new key; the old key destroyed."""
        ...

    def rotate_keys(self) -> None:
        """The keys above destroyed keys replaced, so that old copies of these open nothing."""
        ...


class Turn(Protocol):
    """Taking part in what many may do at a time."""

    def enrolling(self) -> AbstractContextManager[None]: ...


class ErasureTurn(Protocol):
    """Being the only one."""

    def erasing(self) -> AbstractContextManager[None]: ...


class OutcomeLog(Protocol):
    """The log as whoever resumes work reads it."""

    def append(self, entries: Sequence[AuditEntry]) -> Sequence[int]: ...

    def size(self) -> int: ...

    def entries(self, start: int = 0) -> Iterator[AuditEntry]: ...


class ProvingLog(Protocol):
    """The log as a receipt quotes it."""

    def entries(self, start: int = 0) -> Iterator[AuditEntry]: ...

    def prove(self, index: int) -> dict[str, Any]:
        """A bundle that proves the entry to a stranger."""
        ...


class SuppressionRecords(Protocol):
    """Faces that are kept out and files that may not come back. For the check of new faces alone."""

    def size(self) -> int: ...

    def templates(self, pack_id: str) -> NDArray[np.float32]:
        """(N, dimension) of every face kept out; an Error where one cannot be read or compared."""
        ...

    def barred(self, content_hashes: Sequence[bytes]) -> set[bytes]: ...

    def lift(self, suppression_id: str) -> bool: ...


class OptOutRequests(Protocol):
    """Requests to be taken out, each with its photo until it is closed."""

    def add(self, request: OptOutRequest, content: bytes) -> None: ...

    def find(self, request_id: str) -> OptOutRequest | None: ...

    def waiting(self) -> Sequence[OptOutRequest]: ...

    def content(self, request_id: str) -> bytes: ...

"""Time, the audit log, keys, files, durable work and turns: what services need of them. Never says how it is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from facewarden.domain.audit import AuditEntry
from facewarden.domain.decisions import KeptDecision
from facewarden.domain.gallery import (
    JobLease,
)
from facewarden.domain.ids import UserId
from facewarden.domain.letters import WaitingLetter

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


class OutcomeLog(Protocol):
    """The log as whoever resumes work reads it."""

    def append(self, entries: Sequence[AuditEntry]) -> Sequence[int]: ...

    def size(self) -> int: ...

    def entries(self, start: int = 0) -> Iterator[AuditEntry]: ...


class ProvingLog(Protocol):
    """The log as a receipt quotes it."""

    def entries(self, start: int = 0) -> Iterator[AuditEntry]: ...

    def prove_all(self, indexes: Sequence[int]) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        """Bundles that prove these entries to a stranger, all under one checkpoint, and one that proves that it goes on
        from what a quorum of witnesses cosigned last (None: nothing)."""
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

    def about(self, subject: str) -> Sequence[KeptDecision]:
        """Every readable decision about that subject."""
        ...

    def forget(self, *subjects: str) -> int:
        """How many decisions about these were destroyed, from the file's last page."""
        ...


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


class Turn(Protocol):
    """Taking part in what many may do at a time."""

    def enrolling(self) -> AbstractContextManager[None]: ...


class Passwords(Protocol):
    """Slow, salted password hashes."""

    def hash(self, password: str) -> str: ...

    def verify(self, password_hash: str, password: str) -> bool:
        """True only if it is that password; takes as long for a wrong one."""
        ...


class MailBox(Protocol):
    """Where letters go out."""

    def send(self, letter_id: str, to: str, subject: str, text: str) -> bool:
        """True if the letter went out now, durable at return; False if one of that id went out before."""
        ...


class Outbox(Protocol):
    """Letters that are written and not gone yet."""

    def waiting(self) -> Sequence[WaitingLetter]:
        """Those that nobody sent yet, the oldest first."""
        ...

    def carry(self) -> int:
        """How many a mail server took now; raises UnavailableError where it did not take them."""
        ...

    def end(self, letters: Sequence[WaitingLetter]) -> None:
        """These are destroyed unsent; none of them is written again."""
        ...

"""Collections as shared, durable work: what services need of their records and of each way in. Never says how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from facewarden.domain.collections import Collection, Found, HeldPart, Place, Plan, Pulse, Trouble
from facewarden.domain.gallery import JobLease
from facewarden.domain.ids import JobId, SourceId, UserId
from facewarden.domain.jobs import JobState
from facewarden.domain.photos import OfferedFile


class CollectionRecords(Protocol):
    """Collections: what is to be collected, and how far it is."""

    def start(self, source_id: SourceId, plan: Plan, owner: UserId | None, decision_index: int) -> Collection:
        """A running collection with one part, whose place is empty: where its connector begins."""
        ...

    def find(self, job_id: JobId) -> Collection | None: ...

    def all(self, limit: int) -> Sequence[Collection]:
        """The newest first."""
        ...

    def move(self, job_id: JobId, before: Sequence[JobState], after: JobState, failure: str | None = None) -> bool:
        """True if it was in one of these states and is now in the other; an ended one's places are emptied."""
        ...

    def troubles(self, job_id: JobId) -> Sequence[Trouble]: ...


class CollectionParts(Protocol):
    """The parts of collections, shared by workers."""

    def claim(self, job_id: JobId, worker: str | None = None) -> HeldPart | None:
        """A part that nobody holds, its lane free, for that worker; None if there is none at this moment."""
        ...

    def renew(self, part: HeldPart) -> HeldPart:
        """Held longer; UnavailableError `lease_lost` if another worker took it over."""
        ...

    def lease(
        self,
        part: HeldPart,
        after: Place | None,
        found: Sequence[Found],
        counts: Mapping[str, int],
        troubles: Sequence[Trouble],
    ) -> JobLease:
        """The claim under which one step's photos are stored: with them the part moves on to `after` (None: done)."""
        ...

    def advance(self, lease: JobLease) -> None:
        """The step alone, for one that brought no photos."""
        ...

    def release(self, part: HeldPart) -> None:
        """Another worker may have it at once."""
        ...


class CollectionWorkers(Protocol):
    """Who works on collections."""

    def seen(self, job_id: JobId, worker: str, photos_a_second: float) -> None: ...

    def gone(self, job_id: JobId, worker: str) -> None:
        """The worker left, or is dead: others may have its parts at once, but for those with a lane."""
        ...

    def listed(self, job_id: JobId) -> Sequence[str]:
        """The workers that did not say that they left."""
        ...

    def pulse(self, job_id: JobId) -> Pulse: ...

    def left(self, job_id: JobId) -> tuple[int, int]:
        """How many parts wait, and how many are held."""
        ...


class Presence(Protocol):
    """Which workers live, as far as this machine can tell."""

    def here(self, worker: str) -> AbstractContextManager[None]:
        """The worker lives until this is left."""
        ...

    def dead(self, worker: str) -> bool:
        """True only if it surely is; one of another machine may live."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """What reading a part brought: files, parts found on the way, and where to go on (None: the part is done).

    `extra` is counted with the job: "planned" (files that parts found will offer), "listed" (1 once all are known),
    "pages". `troubles` are about what is no photo; files that could not be used tell their own.
    """

    files: Sequence[OfferedFile]
    after: Place | None
    found: Sequence[Found] = ()
    extra: Mapping[str, int] = field(default_factory=dict)
    troubles: Sequence[Trouble] = ()


class Connector(Protocol):
    """One way in."""

    def read(self, place: Place, check: AddressCheck) -> Iterable[Step]:
        """The steps of a part from that place on; an empty place is the beginning of all."""
        ...


class AddressCheck(Protocol):
    """The cheap gates, for a connector that fetches: asked before each fetch, with what is known by then."""

    def refused(self, file: OfferedFile) -> bool: ...

    def counted(self, name: str) -> int:
        """How many of these the collection counted so far."""
        ...

    def keep(self) -> None:
        """Says that the worker is alive; raises Error where it should stop."""
        ...

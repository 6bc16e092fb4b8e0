"""Cases, probes and searches: what services need of them. Never says how it is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from facewarden.domain.cases import Case
from facewarden.domain.examinations import Lead, LeadId, Recall, Release, ReleaseId
from facewarden.domain.gallery import (
    StoredProbe,
)
from facewarden.domain.ids import CaseId, FaceNumber, OrganisationId, SearchId, UserId
from facewarden.domain.papers import Paper
from facewarden.domain.searches import SearchRecord


class CaseRecords(Protocol):
    """Cases."""

    def add(self, case: Case) -> None: ...

    def change(self, before: Case, after: Case) -> bool:
        """State, members and details anew; what it was opened for stays.

        False, and nothing is stored, if one of them is not as `before` any more: somebody else was faster.
        """
        ...

    def find(self, case_id: CaseId) -> Case | None: ...

    def of_organisation(self, organisation_id: OrganisationId) -> Sequence[Case]: ...


class Probes(Protocol):
    """Probes waiting to be searched: encrypted, and gone after their time to live."""

    def add(self, probe: StoredProbe, content: bytes) -> None: ...

    def change(self, probe: StoredProbe) -> None:
        """Its faces and what was done to it, anew; the file stays as it came."""
        ...

    def find(self, probe_id: str) -> tuple[StoredProbe, bytes] | None: ...

    def destroy(self, probe_ids: Iterable[str]) -> None: ...

    def expired(self, now: datetime) -> Sequence[str]: ...


class SearchRecords(Protocol):
    """What was searched and shown."""

    def add(self, record: SearchRecord) -> None: ...

    def find(self, search_id: SearchId) -> SearchRecord | None: ...

    def of_case(self, case_id: CaseId) -> Sequence[SearchRecord]: ...

    def days_of(self, case_id: CaseId, original_sha256: str) -> frozenset[date]:
        """The days (UTC) on which the picture of that hash was searched under that case."""
        ...

    def listing(self, faces: Sequence[FaceNumber], case_id: CaseId, since: datetime) -> Mapping[SearchId, UserId]:
        """The searches that list one of those faces, with who made each: all of that case, others from `since` on."""
        ...


class LeadRecords(Protocol):
    """Candidates that somebody examined."""

    def add(self, lead: Lead) -> bool:
        """False if somebody examined that candidate before."""
        ...

    def change(self, before: Lead, after: Lead) -> bool:
        """False if its state or its second examiner is not as `before` any more: somebody else was faster."""
        ...

    def find(self, lead_id: LeadId) -> Lead | None: ...

    def of_case(self, case_id: CaseId) -> Sequence[Lead]: ...

    def unfinished(self) -> Sequence[Lead]:
        """Those that wait for a second examiner, or have one at work."""
        ...


class ReleaseRecords(Protocol):
    """What was handed out, and to whom."""

    def add(self, release: Release) -> None: ...

    def of_case(self, case_id: CaseId) -> Sequence[Release]: ...

    def to_recall(self) -> Sequence[Recall]:
        """Reports of leads that were refuted since, and bundles that tell of such, not called back yet; by when."""
        ...

    def recalled(self, release_id: ReleaseId, at: datetime) -> None:
        """A bundle is called back again for what is refuted after `at`."""
        ...


class Looks(Protocol):
    """Who saw a search's candidates with their scores and ranks."""

    def note(self, search_id: SearchId, user_id: UserId, at: datetime) -> None: ...

    def by(self, search_id: SearchId) -> frozenset[UserId]: ...


class Press(Protocol):
    """Papers to files that print."""

    def print(self, paper: Paper) -> bytes:
        """The paper as PDF; the same paper gives the same bytes."""
        ...

"""Cases, probes and searches: what services need of them. Never says how it is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from facewarden.domain.cases import Case
from facewarden.domain.gallery import (
    StoredProbe,
)
from facewarden.domain.ids import CaseId, OrganisationId, SearchId
from facewarden.domain.searches import SearchRecord


class CaseRecords(Protocol):
    """Cases."""

    def add(self, case: Case) -> None: ...

    def find(self, case_id: CaseId) -> Case | None: ...

    def of_organisation(self, organisation_id: OrganisationId) -> Sequence[Case]: ...


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

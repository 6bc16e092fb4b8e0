"""The records of every adapter, one after the other, behind their ports. A second database joins `ADAPTERS`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from facewarden.adapters.blobs.files import EncryptedBlobs
from facewarden.adapters.keys.vault import KeyVault
from facewarden.adapters.records_sql.acceptances import SqlAcceptances
from facewarden.adapters.records_sql.accounts import SqlAccountRecords, SqlSessionRecords, SqlSignInFailures
from facewarden.adapters.records_sql.cases import SqlCaseRecords
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.feed import SqlIndexFeed
from facewarden.adapters.records_sql.gallery import SqlGalleryRecords
from facewarden.adapters.records_sql.jobs import SqlJobs
from facewarden.adapters.records_sql.leads import SqlLeads, SqlLooks, SqlReleases
from facewarden.adapters.records_sql.orphans import SqlOrphans
from facewarden.adapters.records_sql.searches import SqlProbes, SqlSearchRecords
from facewarden.adapters.records_sql.sources import SqlSourceRecords
from facewarden.adapters.records_sql.withdrawal import SqlWithdrawals
from facewarden.domain.accounts import Organisation, User
from facewarden.domain.cases import Case
from facewarden.domain.sources import Source
from facewarden.ports import (
    Acceptances,
    AccountRecords,
    Blobs,
    CaseRecords,
    DataKeys,
    GalleryRecords,
    IndexFeed,
    Jobs,
    LeadRecords,
    Looks,
    Probes,
    ReleaseRecords,
    SearchRecords,
    SessionRecords,
    SignInFailures,
    SourceRecords,
)
from facewarden.testing.gallery import Builder, SettableClock


@dataclass
class House:
    """Everything that keeps something, as the services see it; `make` makes what to keep."""

    clock: SettableClock
    make: Builder
    keys: DataKeys
    blobs: Blobs
    accounts: AccountRecords
    sessions: SessionRecords
    sign_in_failures: SignInFailures
    cases: CaseRecords
    sources: SourceRecords
    gallery: GalleryRecords
    feed: IndexFeed
    probes: Probes
    searches: SearchRecords
    jobs: Jobs
    acceptances: Acceptances
    withdrawals: SqlWithdrawals
    orphans: SqlOrphans
    leads: LeadRecords
    releases: ReleaseRecords
    looks: Looks

    def source(self, name: str = "County records") -> Source:
        source = self.make.source(name)
        self.sources.add(source, None)
        return source

    def user(self, sign_in_name: str = "ada") -> tuple[Organisation, User]:
        organisation = self.make.organisation()
        user = self.make.user(organisation, sign_in_name)
        self.accounts.add_organisation(organisation)
        self.accounts.add_user(user, "hash of a password")
        return organisation, user

    def case(self) -> tuple[User, Case]:
        _, user = self.user()
        case = self.make.case(user)
        self.cases.add(case)
        return user, case


def sqlite_house(folder: Path, migrated: Path) -> Iterator[House]:
    clock = SettableClock()
    shutil.copyfile(migrated, folder / "records.db")
    database = Database(folder / "records.db", clock)
    vault = KeyVault(folder / "keys.db", bytes(range(32)), clock)
    blobs = EncryptedBlobs(folder / "blobs", vault)
    yield House(
        clock,
        Builder(),
        vault,
        blobs,
        SqlAccountRecords(database),
        SqlSessionRecords(database),
        SqlSignInFailures(database, vault),
        SqlCaseRecords(database),
        SqlSourceRecords(database, blobs),
        SqlGalleryRecords(database, vault, blobs),
        SqlIndexFeed(database, vault),
        SqlProbes(database, blobs),
        SqlSearchRecords(database),
        SqlJobs(database),
        SqlAcceptances(database),
        SqlWithdrawals(database, vault, blobs),
        SqlOrphans(database, vault, blobs),
        SqlLeads(database),
        SqlReleases(database),
        SqlLooks(database),
    )
    database.close()
    vault.close()


ADAPTERS: dict[str, Callable[[Path, Path], Iterator[House]]] = {"sqlite": sqlite_house}


@pytest.fixture(params=sorted(ADAPTERS))
def house(request: pytest.FixtureRequest, tmp_path: Path, migrated_records: Path) -> Iterator[House]:
    """A fresh installation's records."""
    yield from ADAPTERS[request.param](tmp_path, migrated_records)

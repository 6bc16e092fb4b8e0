"""One installation's records in a folder, as a process opens them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from facewarden.adapters.blobs.files import EncryptedBlobs
from facewarden.adapters.keys.vault import KeyVault
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.feed import SqlIndexFeed
from facewarden.adapters.records_sql.gallery import SqlGalleryRecords
from facewarden.adapters.records_sql.orphans import SqlOrphans
from facewarden.adapters.records_sql.sources import SqlSourceRecords
from facewarden.adapters.records_sql.withdrawal import SqlWithdrawals
from facewarden.testing.gallery import Builder, SettableClock


@dataclass
class Opened:
    """The parts of an installation that keep photos."""

    folder: Path
    clock: SettableClock
    make: Builder
    database: Database
    vault: KeyVault
    blobs: EncryptedBlobs
    sources: SqlSourceRecords
    gallery: SqlGalleryRecords
    feed: SqlIndexFeed
    withdrawals: SqlWithdrawals
    orphans: SqlOrphans

    def close(self) -> None:
        self.database.close()
        self.vault.close()


def opened(folder: Path) -> Opened:
    clock = SettableClock()
    database = Database(folder / "records.db", clock)
    vault = KeyVault(folder / "keys.db", bytes(range(32)), clock)
    blobs = EncryptedBlobs(folder / "blobs", vault)
    return Opened(
        folder,
        clock,
        Builder(),
        database,
        vault,
        blobs,
        SqlSourceRecords(database, blobs),
        SqlGalleryRecords(database, vault, blobs),
        SqlIndexFeed(database, vault),
        SqlWithdrawals(database, vault, blobs),
        SqlOrphans(database, vault, blobs),
    )


@pytest.fixture
def reopen(tmp_path: Path, migrated_records: Path) -> Iterator[Callable[[], Opened]]:
    """Opens the installation in the test's folder, as often as asked; the first time it is made."""
    all_opened: list[Opened] = []

    def open_again() -> Opened:
        if not (tmp_path / "records.db").exists():
            shutil.copyfile(migrated_records, tmp_path / "records.db")
        all_opened.append(opened(tmp_path))
        return all_opened[-1]

    yield open_again
    for each in all_opened:
        each.close()


@pytest.fixture
def house(reopen: Callable[[], Opened]) -> Opened:
    """A fresh installation."""
    return reopen()


@pytest.fixture
def open_house() -> Callable[[Path], Opened]:
    """Opens the installation in any folder that holds a migrated file."""
    return opened

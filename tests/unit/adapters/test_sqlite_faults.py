"""SQLite's faults in our words: what is full is told as full, what fails as failing, and neither as the other."""

from __future__ import annotations

import sqlite3

import pytest

from facewarden.adapters.sqlite_faults import explained


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SQLITE_FULL", "disk_full"),
        ("SQLITE_IOERR_WRITE", "disk_full"),  # a limit on a file's size
        ("SQLITE_IOERR_FSYNC", "disk_full"),
        ("SQLITE_IOERR_READ", "disk_failing"),
        ("SQLITE_IOERR_SHORT_READ", "disk_failing"),
        ("SQLITE_IOERR", "disk_failing"),
        ("SQLITE_NOMEM", "old_keys_failed"),
        ("SQLITE_BUSY_SNAPSHOT", "old_keys_busy"),
        ("SQLITE_READONLY_DBMOVED", "old_keys_not_accessible"),
        ("SQLITE_CORRUPT_INDEX", "old_keys_damaged"),
    ],
)
def test_a_fault_is_told_for_what_it_is(name: str, code: str) -> None:
    fault = sqlite3.OperationalError("said by SQLite")
    fault.sqlite_errorcode, fault.sqlite_errorname = getattr(sqlite3, name), name
    error = explained(fault, "old keys")
    assert error.code == code
    assert error.next_step
    assert "said by SQLite" not in str(error)


def test_a_fault_without_a_code_is_told_all_the_same() -> None:
    assert explained(sqlite3.Error(), "records").code == "records_failed"

"""Entries of a log, for a witness to watch."""

from datetime import UTC, datetime, timedelta

import pytest

from facewarden.domain.audit import AuditEntry, AuditEvent


@pytest.fixture(scope="session")
def entry_of():
    at = datetime(2026, 11, 22, 8, tzinfo=UTC)
    return lambda number: AuditEntry(AuditEvent.LOG_READ, at + timedelta(seconds=number), subject=f"org_{number:024x}")

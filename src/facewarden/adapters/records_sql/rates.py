"""How often something was done of late, counted over all processes. Never says by whom: buckets are keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

import sqlalchemy as sa

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.tables_people import rate_windows
from facewarden.adapters.records_sql.times import to_us
from facewarden.domain.ids import OrganisationId
from facewarden.ports import DataKeys

_PURPOSE = "rate-buckets"
KEPT = timedelta(days=2)
"""Windows that began longer ago are deleted when another begins; none is longer than a day."""


class SqlRates:
    """Fixed windows in SQL, one row for each bucket in use."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._key = keys.derive(_PURPOSE)

    def take(self, bucket: str, now: datetime, window: timedelta, limit: int) -> bool:
        """True if fewer than `limit` were taken since the bucket's window began; one more is taken then.

        A window begins with the first one taken after the last window's end. Two at once are counted both.
        """
        hashed = hmac.digest(self._key, bucket.encode(errors="surrogatepass"), hashlib.sha256)
        here = rate_windows.c.bucket_hash == hashed
        with self._database.writing() as connection:
            room = here & (rate_windows.c.begins_at_us > to_us(now - window)) & (rate_windows.c.taken < limit)
            more = sa.update(rate_windows).where(room).values(taken=rate_windows.c.taken + 1)
            if connection.execute(more).rowcount == 1:
                return True
            full = here & (rate_windows.c.begins_at_us > to_us(now - window))
            if limit < 1 or connection.execute(sa.select(rate_windows.c.taken).where(full)).first() is not None:
                return False
            stale = here | (rate_windows.c.begins_at_us < to_us(now - KEPT))
            connection.execute(sa.delete(rate_windows).where(stale))
            connection.execute(sa.insert(rate_windows), {"bucket_hash": hashed, "begins_at_us": to_us(now), "taken": 1})
            return True

    def organisation_of(self, user_id: str) -> OrganisationId | None:
        """Whose user that is, None for nobody's."""
        users = tables.users
        with self._database.reading() as connection:
            found = connection.execute(sa.select(users.c.organisation_id).where(users.c.user_id == user_id)).scalar()
        return None if found is None else OrganisationId(found)

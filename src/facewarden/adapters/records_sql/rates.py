"""How often something was done of late, counted over all processes. Never says by whom: buckets are keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.tables_people import rate_windows
from facewarden.adapters.records_sql.times import to_us
from facewarden.domain.ids import OrganisationId
from facewarden.ports import DataKeys

_PURPOSE = "rate-buckets"
KEPT = timedelta(days=2)
"""Windows that began longer ago are deleted when another begins; none is longer than a day."""


_TAKEN = "SELECT taken FROM rate_windows WHERE bucket_hash = ? AND begins_at_us > ?"
_ONE_MORE = "UPDATE rate_windows SET taken = taken + 1 WHERE bucket_hash = ?"


class SqlRates:
    """Fixed windows in SQL, one row for each bucket in use."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._key = keys.derive(_PURPOSE)

    def take(self, limits: Mapping[str, int], now: datetime, window: timedelta) -> bool:
        """True if of every bucket fewer than its limit were taken since its window began; one more of each is then.

        Where one is full, none is taken. A window begins with the first one taken after the last window's end. Two at
        once are counted both.
        """
        most = {self._hashed(bucket): limit for bucket, limit in limits.items()}
        since_us = to_us(now - window)
        with self._database.writing() as connection:
            taken = {
                hashed: count for hashed in most for (count,) in dialect.fetch(connection, _TAKEN, (hashed, since_us))
            }
            if any(taken.get(hashed, 0) >= limit for hashed, limit in most.items()):
                return False
            for hashed in taken:
                dialect.fetch(connection, _ONE_MORE, (hashed,))
            begun = [hashed for hashed in most if hashed not in taken]
            if begun:
                stale = rate_windows.c.bucket_hash.in_(begun) | (rate_windows.c.begins_at_us < to_us(now - KEPT))
                connection.execute(sa.delete(rate_windows).where(stale))
                fresh = [{"bucket_hash": hashed, "begins_at_us": to_us(now), "taken": 1} for hashed in begun]
                connection.execute(sa.insert(rate_windows), fresh)
        return True

    def _hashed(self, bucket: str) -> bytes:
        return hmac.digest(self._key, bucket.encode(errors="surrogatepass"), hashlib.sha256)

    def organisation_of(self, user_id: str) -> OrganisationId | None:
        """Whose user that is, None for nobody's."""
        users = tables.users
        with self._database.reading() as connection:
            found = connection.execute(sa.select(users.c.organisation_id).where(users.c.user_id == user_id)).scalar()
        return None if found is None else OrganisationId(found)

"""Second factors in SQL, their secrets encrypted. Never lets one step of one factor be used twice."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.sealed_text import SealedText
from facewarden.adapters.records_sql.times import to_us
from facewarden.domain.ids import UserId
from facewarden.ports import DataKeys

_PURPOSE = "second-factors"


class SqlSecondFactors:
    """One secret for each user who has one."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        remedy = "Give the user another: facewarden user second-factor NAME"
        self._sealed = SealedText(keys, _PURPOSE, "second factor", remedy)

    def issue(self, user_id: UserId, secret: bytes, at: datetime) -> None:
        """Stores the secret in place of any before, and ends every session of the user, in one transaction."""
        sealed = self._sealed.seal(user_id, secret)
        factors, sessions = tables.second_factors, tables.sessions
        row = {"user_id": user_id, "sealed": sealed, "last_step": 0, "issued_at_us": to_us(at)}
        with self._database.writing() as connection:
            connection.execute(sa.delete(factors).where(factors.c.user_id == user_id))
            connection.execute(sa.insert(factors), row)
            connection.execute(sa.delete(sessions).where(sessions.c.user_id == user_id))

    def secret(self, user_id: UserId) -> bytes | None:
        """The user's secret, None if they have none; DamagedError `second_factor_damaged` if it does not open."""
        factors = tables.second_factors
        with self._database.reading() as connection:
            sealed: bytes | None = connection.execute(
                sa.select(factors.c.sealed).where(factors.c.user_id == user_id)
            ).scalar()
        if sealed is None:
            return None
        return self._sealed.open(user_id, sealed)

    def use(self, user_id: UserId, step: int) -> bool:
        """True if that step was not used before, nor any after it; it is used now. One of two at once is False."""
        factors = tables.second_factors
        fresh = (factors.c.user_id == user_id) & (factors.c.last_step < step)
        with self._database.writing() as connection:
            return connection.execute(sa.update(factors).where(fresh).values(last_step=step)).rowcount == 1

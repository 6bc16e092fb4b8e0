"""Second factors in SQL, their secrets encrypted. Never lets one step of one factor be used twice."""

from __future__ import annotations

import os
from datetime import datetime

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.times import to_us
from facewarden.domain.ids import UserId
from facewarden.errors import DamagedError
from facewarden.ports import DataKeys

_PURPOSE = "second-factors"
_NONCE_BYTES = 12


class SqlSecondFactors:
    """One secret for each user who has one."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._cipher = AESGCM(keys.derive(_PURPOSE))

    def issue(self, user_id: UserId, secret: bytes, at: datetime) -> None:
        """Stores the secret in place of any before, and ends every session of the user, in one transaction."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, secret, user_id.encode())
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
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], user_id.encode())
        except (InvalidTag, ValueError) as error:
            raise DamagedError(
                "second_factor_damaged",
                "A stored second factor does not open.",
                "The records or the keys were changed outside facewarden.",
                "Give the user another: facewarden user second-factor NAME",
            ) from error

    def use(self, user_id: UserId, step: int) -> bool:
        """True if that step was not used before, nor any after it; it is used now. One of two at once is False."""
        factors = tables.second_factors
        fresh = (factors.c.user_id == user_id) & (factors.c.last_step < step)
        with self._database.writing() as connection:
            return connection.execute(sa.update(factors).where(fresh).values(last_step=step)).rowcount == 1

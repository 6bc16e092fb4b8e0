"""Invitations of new users, and second factors shown but not proven yet. Never sees an invitation's token."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.sealed_text import SealedText
from facewarden.adapters.records_sql.tables_people import invitations, pending_factors
from facewarden.adapters.records_sql.times import to_us
from facewarden.domain.ids import UserId
from facewarden.ports import DataKeys


class SqlInvitations:
    """At most one invitation and one unproven factor for each user."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._sealed = SealedText(keys, "pending-factors", "second factor", "Begin again.")

    def invite(self, user_id: UserId, token_hash: bytes, expires_at: datetime) -> None:
        """In the place of any before."""
        row = {"user_id": user_id, "token_hash": token_hash, "expires_at_us": to_us(expires_at)}
        with self._database.writing() as connection:
            connection.execute(sa.delete(invitations).where(invitations.c.user_id == user_id))
            connection.execute(sa.insert(invitations), row)

    def invited(self, token_hash: bytes, now: datetime) -> UserId | None:
        """Whom that token invites, None if nobody, or not any more."""
        live = (invitations.c.token_hash == token_hash) & (invitations.c.expires_at_us > to_us(now))
        with self._database.reading() as connection:
            found = connection.execute(sa.select(invitations.c.user_id).where(live)).scalar()
        return None if found is None else UserId(found)

    def keep_factor(self, user_id: UserId, secret: bytes, expires_at: datetime) -> None:
        """A second factor shown and not yet proven; in the place of any before."""
        row = {"user_id": user_id, "sealed": self._sealed.seal(user_id, secret), "expires_at_us": to_us(expires_at)}
        with self._database.writing() as connection:
            connection.execute(sa.delete(pending_factors).where(pending_factors.c.user_id == user_id))
            connection.execute(sa.insert(pending_factors), row)

    def kept_factor(self, user_id: UserId, now: datetime) -> bytes | None:
        """The secret shown last, None if none was, or too long ago."""
        live = (pending_factors.c.user_id == user_id) & (pending_factors.c.expires_at_us > to_us(now))
        with self._database.reading() as connection:
            sealed: bytes | None = connection.execute(sa.select(pending_factors.c.sealed).where(live)).scalar()
        return None if sealed is None else self._sealed.open(user_id, sealed)

    def done(self, user_id: UserId) -> None:
        """No invitation and no unproven factor of that user is left."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(invitations).where(invitations.c.user_id == user_id))
            connection.execute(sa.delete(pending_factors).where(pending_factors.c.user_id == user_id))

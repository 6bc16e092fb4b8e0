"""API keys in SQL. Never sees a key's token, only its hash."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.accounts import member
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.tables_people import api_keys
from facewarden.adapters.records_sql.times import from_us, from_us_or_none, to_us, to_us_or_none
from facewarden.domain.accounts import ApiKey, Organisation, Scope, User
from facewarden.domain.ids import ApiKeyId, UserId

USE_GRAIN = timedelta(minutes=1)
"""A key's last use is written when it moved by more than this: a program's hundred requests are one write."""


class SqlApiKeys:
    """The keys that programs bring."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: ApiKey, token_hash: bytes) -> None:
        """Stores the key, found again by the SHA-256 of its token."""
        row = {
            "key_id": key.key_id,
            "user_id": key.user_id,
            "token_hash": token_hash,
            "name": key.name,
            "purpose": key.purpose,
            "scopes": json.dumps(sorted(key.scopes)),
            "made_at_us": to_us(key.made_at),
            "expires_at_us": to_us(key.expires_at),
            "last_used_at_us": to_us_or_none(key.last_used_at),
            "revoked_at_us": to_us_or_none(key.revoked_at),
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(api_keys), row)

    def find(self, token_hash: bytes) -> tuple[ApiKey, User, Organisation] | None:
        """The key of that token with its owner and their organisation, expired or revoked or not, or None."""
        with self._database.reading() as connection:
            by_hash = sa.select(api_keys).where(api_keys.c.token_hash == token_hash)
            found = connection.execute(by_hash).mappings().first()
            if found is None:
                return None
            known = member(connection, tables.users.c.user_id == found["user_id"])
        return None if known is None else (_key_of(found), *known)

    def of_user(self, user_id: UserId) -> Sequence[ApiKey]:
        """That user's keys, newest first, those that are worth nothing any more included."""
        query = sa.select(api_keys).where(api_keys.c.user_id == user_id)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(api_keys.c.made_at_us.desc(), api_keys.c.key_id)).mappings()
            return [_key_of(row) for row in rows]

    def use(self, key: ApiKey, at: datetime) -> None:
        """Notes that it was in use; steps of less than `USE_GRAIN` are not written."""
        if key.last_used_at is not None and at - key.last_used_at < USE_GRAIN:
            return
        users = tables.users
        with self._database.writing() as connection:
            connection.execute(
                sa.update(api_keys).where(api_keys.c.key_id == key.key_id).values(last_used_at_us=to_us(at))
            )
            connection.execute(sa.update(users).where(users.c.user_id == key.user_id).values(last_seen_at_us=to_us(at)))

    def revoke(self, key_id: ApiKeyId, at: datetime) -> bool:
        """True if it was not revoked before."""
        live = (api_keys.c.key_id == key_id) & api_keys.c.revoked_at_us.is_(None)
        with self._database.writing() as connection:
            return connection.execute(sa.update(api_keys).where(live).values(revoked_at_us=to_us(at))).rowcount == 1


def _key_of(row: sa.RowMapping) -> ApiKey:
    return ApiKey(
        ApiKeyId(row["key_id"]),
        UserId(row["user_id"]),
        row["name"],
        row["purpose"],
        frozenset(Scope(scope) for scope in json.loads(row["scopes"])),
        from_us(row["made_at_us"]),
        from_us(row["expires_at_us"]),
        from_us_or_none(row["last_used_at_us"]),
        from_us_or_none(row["revoked_at_us"]),
    )

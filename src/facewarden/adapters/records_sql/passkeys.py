"""Passkeys and ceremonies under way, in SQL. Never lets one ceremony be answered twice, nor a count go back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from facewarden.adapters.records_sql import tables_people
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.times import from_us, from_us_or_none, to_us, to_us_or_none
from facewarden.domain.ids import UserId
from facewarden.domain.passkeys import Ceremony, CeremonyPurpose, Passkey, PasskeyId
from facewarden.errors import BadUseError


class SqlPasskeys:
    """The passkeys of all users."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, passkey: Passkey) -> None:
        """Stores it; raises BadUseError `passkey_known` if its device's id is stored already."""
        passkeys = tables_people.passkeys
        row = {
            "passkey_id": passkey.passkey_id,
            "user_id": passkey.user_id,
            "name": passkey.name,
            "site_host": passkey.site_host,
            "credential_id": passkey.credential_id,
            "public_key": passkey.public_key,
            "sign_count": passkey.sign_count,
            "added_at_us": to_us(passkey.added_at),
            "last_used_at_us": to_us_or_none(passkey.last_used_at),
        }
        with self._database.writing() as connection:
            known = sa.select(passkeys.c.passkey_id).where(passkeys.c.credential_id == passkey.credential_id)
            if connection.execute(known).first() is not None:
                raise BadUseError(
                    "passkey_known",
                    "This passkey is stored already.",
                    "A device gives each passkey an id of its own, and this one was given before.",
                    "Make a new passkey, or use the one that is there.",
                )
            connection.execute(sa.insert(passkeys), row)

    def of(self, user_id: UserId) -> Sequence[Passkey]:
        """The user's, oldest first."""
        passkeys = tables_people.passkeys
        query = sa.select(passkeys).where(passkeys.c.user_id == user_id).order_by("added_at_us", "passkey_id")
        with self._database.reading() as connection:
            return [_passkey_of(row) for row in connection.execute(query).mappings()]

    def note_use(self, passkey_id: PasskeyId, sign_count: int, at: datetime) -> bool:
        """True if the count is above the one stored, or both are 0; it and the moment are stored then."""
        passkeys = tables_people.passkeys
        fresh = passkeys.c.sign_count < sign_count
        if sign_count == 0:
            fresh = passkeys.c.sign_count == 0
        change = sa.update(passkeys).where(passkeys.c.passkey_id == passkey_id, fresh)
        with self._database.writing() as connection:
            values = {"sign_count": sign_count, "last_used_at_us": to_us(at)}
            return connection.execute(change.values(**values)).rowcount == 1

    def rename(self, passkey_id: PasskeyId, name: str) -> None:
        """Gives it another name."""
        passkeys = tables_people.passkeys
        with self._database.writing() as connection:
            connection.execute(sa.update(passkeys).where(passkeys.c.passkey_id == passkey_id).values(name=name))

    def remove(self, passkey_id: PasskeyId) -> None:
        """Deletes it; no error if it is gone."""
        passkeys = tables_people.passkeys
        with self._database.writing() as connection:
            connection.execute(sa.delete(passkeys).where(passkeys.c.passkey_id == passkey_id))


class SqlCeremonies:
    """Questions to devices that are still to be answered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, ticket_hash: bytes, ceremony: Ceremony) -> None:
        """Stores it, and drops those that ran out long ago."""
        ceremonies = tables_people.ceremonies
        row = {
            "ticket_hash": ticket_hash,
            "user_id": ceremony.user_id,
            "purpose": ceremony.purpose.value,
            "challenge": ceremony.challenge,
            "began_at_us": to_us(ceremony.began_at),
            "expires_at_us": to_us(ceremony.expires_at),
        }
        with self._database.writing() as connection:
            connection.execute(sa.delete(ceremonies).where(ceremonies.c.expires_at_us <= row["began_at_us"]))
            connection.execute(sa.insert(ceremonies), row)

    def find(self, ticket_hash: bytes) -> Ceremony | None:
        """The ceremony, run out or not, or None."""
        ceremonies = tables_people.ceremonies
        with self._database.reading() as connection:
            query = sa.select(ceremonies).where(ceremonies.c.ticket_hash == ticket_hash)
            row = connection.execute(query).mappings().first()
        return None if row is None else _ceremony_of(row)

    def take(self, ticket_hash: bytes) -> Ceremony | None:
        """The ceremony, which is gone then: of two who take it at once one gets None."""
        found = self.find(ticket_hash)
        ceremonies = tables_people.ceremonies
        with self._database.writing() as connection:
            gone = connection.execute(sa.delete(ceremonies).where(ceremonies.c.ticket_hash == ticket_hash))
            return found if gone.rowcount == 1 else None


def _passkey_of(row: sa.RowMapping) -> Passkey:
    return Passkey(
        PasskeyId(row["passkey_id"]),
        UserId(row["user_id"]),
        row["name"],
        row["site_host"],
        row["credential_id"],
        row["public_key"],
        row["sign_count"],
        from_us(row["added_at_us"]),
        from_us_or_none(row["last_used_at_us"]),
    )


def _ceremony_of(row: sa.RowMapping) -> Ceremony:
    return Ceremony(
        UserId(row["user_id"]),
        CeremonyPurpose(row["purpose"]),
        row["challenge"],
        from_us(row["began_at_us"]),
        from_us(row["expires_at_us"]),
    )

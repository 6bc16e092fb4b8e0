"""Organisations as a list brought them, their encrypted contacts, and the endings of accounts.

Never stores a contact in the clear, and never ends an account without cutting its sessions in the same transaction.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.accounts import organisation_row
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.times import from_us, to_us
from facewarden.domain.accounts import AccountState
from facewarden.domain.customers import Contact, Ending, ListedCustomer
from facewarden.domain.ids import OrganisationId
from facewarden.domain.jobs import JobState
from facewarden.errors import DamagedError
from facewarden.ports import DataKeys

_PURPOSE = "customer-contacts"
_NONCE_BYTES = 12
_ENDED_WORK = "account_ended"


class SqlCustomerRecords:
    """Customers and endings in SQL."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._cipher = AESGCM(keys.derive(_PURPOSE))

    def add_all(self, customers: Sequence[ListedCustomer]) -> None:
        """All in one transaction, or none; BadUseError `records_conflict` if an id exists."""
        if not customers:
            return
        rows = [
            organisation_row(customer.organisation)
            | {
                "told": json.dumps({name: list(told) for name, told in customer.told.items()}, ensure_ascii=False),
                "reference": customer.reference or None,
                "contact_sealed": self._sealed(customer.organisation.organisation_id, customer.contact),
            }
            for customer in customers
        ]
        with self._database.writing() as connection:
            connection.execute(sa.insert(tables.organisations), rows)

    def told(self) -> Mapping[OrganisationId, Mapping[str, tuple[str | None, str]]]:
        """For each organisation that a list brought: each thing recognised, its value and words."""
        organisations = tables.organisations
        query = sa.select(organisations.c.organisation_id, organisations.c.told).where(
            organisations.c.told.is_not(None)
        )
        with self._database.reading() as connection:
            return {
                OrganisationId(row[0]): {name: (value, words) for name, (value, words) in json.loads(row[1]).items()}
                for row in connection.execute(query)
            }

    def contact(self, organisation_id: OrganisationId) -> Contact | None:
        """Whom to write to, None if nobody is recorded; DamagedError `contact_damaged` if it does not open."""
        organisations = tables.organisations
        query = sa.select(organisations.c.contact_sealed).where(organisations.c.organisation_id == organisation_id)
        with self._database.reading() as connection:
            sealed: bytes | None = connection.execute(query).scalar()
        if sealed is None:
            return None
        try:
            plain = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], organisation_id.encode())
        except (InvalidTag, ValueError) as error:
            raise DamagedError(
                "contact_damaged",
                "A stored contact does not open.",
                "The records or the keys were changed outside facewarden, or are of two different days.",
                "Restore both from the newest backups.",
            ) from error
        name, email = json.loads(plain)
        return Contact(name, email)

    def end(self, endings: Sequence[Ending]) -> int:
        """Ends those accounts, their sessions and their running work in one transaction; how many sessions it cut."""
        cut = 0
        with self._database.writing() as connection:
            for ending in endings:
                cut += self._end_one(connection, ending)
        return cut

    def reinstate(self, organisation_id: OrganisationId) -> None:
        """Makes the account active; what ended it stays on record."""
        organisations = tables.organisations
        change = sa.update(organisations).where(organisations.c.organisation_id == organisation_id)
        with self._database.writing() as connection:
            connection.execute(change.values(state=AccountState.ACTIVE.value))

    def of(self, organisation_id: OrganisationId) -> Sequence[Ending]:
        """What ended this organisation's account, oldest first; empty if nothing did."""
        endings = tables.endings
        query = (
            sa.select(endings).where(endings.c.organisation_id == organisation_id).order_by("ended_at_us", "pack_id")
        )
        with self._database.reading() as connection:
            return [
                Ending(
                    OrganisationId(row["organisation_id"]),
                    row["pack_id"],
                    tuple(json.loads(row["rules"])),
                    from_us(row["ended_at_us"]),
                    row["audit_index"],
                )
                for row in connection.execute(query).mappings()
            ]

    def _end_one(self, connection: sa.Connection, ending: Ending) -> int:
        organisations, endings, jobs = tables.organisations, tables.endings, tables.jobs
        members = sa.select(tables.users.c.user_id).where(tables.users.c.organisation_id == ending.organisation_id)
        change = sa.update(organisations).where(organisations.c.organisation_id == ending.organisation_id)
        connection.execute(change.values(state=AccountState.ENDED.value))
        same = (endings.c.organisation_id == ending.organisation_id) & (endings.c.pack_id == ending.pack_id)
        connection.execute(sa.delete(endings).where(same))
        connection.execute(
            sa.insert(endings),
            {
                "organisation_id": ending.organisation_id,
                "pack_id": ending.pack_id,
                "rules": json.dumps(ending.rules),
                "ended_at_us": to_us(ending.ended_at),
                "audit_index": ending.audit_index,
            },
        )
        running = (jobs.c.state == JobState.RUNNING.value) & jobs.c.owner.in_(members)
        stopped = {"state": JobState.FAILED.value, "failure": _ENDED_WORK, "ended_at_us": to_us(ending.ended_at)}
        connection.execute(sa.update(jobs).where(running).values(stopped))
        return connection.execute(sa.delete(tables.sessions).where(tables.sessions.c.user_id.in_(members))).rowcount

    def _sealed(self, organisation_id: OrganisationId, contact: Contact) -> bytes | None:
        if not contact.name and not contact.email:
            return None
        nonce = os.urandom(_NONCE_BYTES)
        plain = json.dumps([contact.name, contact.email]).encode()
        return nonce + self._cipher.encrypt(nonce, plain, organisation_id.encode())

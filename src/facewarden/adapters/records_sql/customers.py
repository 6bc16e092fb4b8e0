"""Organisations as a list brought them, their encrypted contacts, and the endings of accounts.

Never stores a contact in the clear, and never ends an account without cutting its sessions in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.accounts import organisation_row
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.members import cut_users
from facewarden.adapters.records_sql.sealed_text import SealedText
from facewarden.adapters.records_sql.tables_people import suspensions
from facewarden.adapters.records_sql.times import from_us, to_us, to_us_or_none
from facewarden.domain.accounts import AccountState
from facewarden.domain.customers import Contact, Cut, Ending, ListedCustomer
from facewarden.domain.ids import OrganisationId
from facewarden.ports import DataKeys

CONTACT_PURPOSE = "customer-contacts"


class SqlCustomerRecords:
    """Customers and endings in SQL."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._sealed = SealedText(keys, CONTACT_PURPOSE, "contact")

    def add_all(self, customers: Sequence[ListedCustomer]) -> None:
        """All in one transaction, or none; BadUseError `records_conflict` if an id exists."""
        if not customers:
            return
        rows = [
            organisation_row(customer.organisation)
            | {
                "told": json.dumps({name: list(told) for name, told in customer.told.items()}, ensure_ascii=False),
                "reference": customer.reference or None,
                "contact_sealed": self._seal(customer.organisation.organisation_id, customer.contact),
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
        plain = self._sealed.open(organisation_id, sealed)
        name, email = json.loads(plain)
        return Contact(name, email)

    def end(self, endings: Sequence[Ending]) -> Cut:
        """Ends those accounts in one transaction, with their sessions, API keys and running work; what it cut."""
        cut = Cut()
        with self._database.writing() as connection:
            for ending in endings:
                cut += self._end_one(connection, ending)
        return cut

    def reinstate(self, organisation_id: OrganisationId, attestation_due_at: datetime | None) -> None:
        """Makes the account active and lifts what suspended it; what ended it stays on record."""
        organisations = tables.organisations
        change = sa.update(organisations).where(organisations.c.organisation_id == organisation_id)
        due = to_us_or_none(attestation_due_at)
        with self._database.writing() as connection:
            connection.execute(change.values(state=AccountState.ACTIVE.value, attestation_due_at_us=due))
            connection.execute(sa.delete(suspensions).where(suspensions.c.subject == organisation_id))

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

    def _end_one(self, connection: sa.Connection, ending: Ending) -> Cut:
        organisations, endings = tables.organisations, tables.endings
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
        return cut_users(connection, members, ending.ended_at)

    def _seal(self, organisation_id: OrganisationId, contact: Contact) -> bytes | None:
        if not contact.name and not contact.email:
            return None
        return self._sealed.seal(organisation_id, json.dumps([contact.name, contact.email]).encode())

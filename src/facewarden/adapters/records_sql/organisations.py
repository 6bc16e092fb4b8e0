"""Organisations as they change: their standing, agreements, settings, and to whom their list was given out.

Never stores in the clear who signed, whom to write to, or why a list was given out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.accounts import organisation_of, organisation_row
from facewarden.adapters.records_sql.customers import CONTACT_PURPOSE
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.sealed_text import SealedText
from facewarden.adapters.records_sql.tables_people import agreements, disclosures, setting_proposals
from facewarden.adapters.records_sql.times import from_us, to_us
from facewarden.domain.accounts import AccountState, Organisation
from facewarden.domain.customers import Agreement, Contact, SettingProposal
from facewarden.domain.ids import OrganisationId, UserId, random_id
from facewarden.ports import DataKeys


class SqlOrganisations:
    """Organisations and their agreements."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._signers = SealedText(keys, "agreement-signers", "signature")
        self._contacts = SealedText(keys, CONTACT_PURPOSE, "contact")

    def find(self, organisation_id: OrganisationId) -> Organisation | None:
        """The organisation, or None."""
        organisations = tables.organisations
        query = sa.select(organisations).where(organisations.c.organisation_id == organisation_id)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else organisation_of(row)

    def change(self, organisation: Organisation, before: AccountState | None = None) -> bool:
        """Stores everything but the state, for others change it; from the state `before` the state too.

        False, and nothing is stored, if the state is not `before` any more.
        """
        with self._database.writing() as connection:
            return _change(connection, organisation, before)

    def add_agreement(self, agreement: Agreement, organisation: Organisation) -> None:
        """Stores the agreement, and the organisation with it but for its state, in one transaction."""
        row = {
            "agreement_id": agreement.agreement_id,
            "organisation_id": agreement.organisation_id,
            "document_hash": agreement.document_hash,
            "signed_by_sealed": self._signers.seal(agreement.agreement_id, agreement.signed_by.encode()),
            "signed_on": agreement.signed_on.isoformat(),
            "begins_on": agreement.begins_on.isoformat(),
            "ends_on": agreement.ends_on.isoformat(),
            "recorded_by": agreement.recorded_by,
            "recorded_at_us": to_us(agreement.recorded_at),
            "audit_index": agreement.audit_index,
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(agreements), row)
            _change(connection, organisation)

    def agreements(self, organisation_id: OrganisationId) -> Sequence[Agreement]:
        """Newest first."""
        query = sa.select(agreements).where(agreements.c.organisation_id == organisation_id)
        newest = query.order_by(agreements.c.recorded_at_us.desc(), agreements.c.agreement_id)
        with self._database.reading() as connection:
            return [self._agreement_of(row) for row in connection.execute(newest).mappings()]

    def set_contact(self, organisation_id: OrganisationId, contact: Contact) -> None:
        """Stores whom to write to, encrypted, in the place of whoever it was."""
        plain = json.dumps([contact.name, contact.email]).encode()
        sealed = self._contacts.seal(organisation_id, plain) if contact.name or contact.email else None
        organisations = tables.organisations
        change = sa.update(organisations).where(organisations.c.organisation_id == organisation_id)
        with self._database.writing() as connection:
            connection.execute(change.values(contact_sealed=sealed))

    def _agreement_of(self, row: sa.RowMapping) -> Agreement:
        return Agreement(
            row["agreement_id"],
            OrganisationId(row["organisation_id"]),
            row["document_hash"],
            self._signers.open(row["agreement_id"], row["signed_by_sealed"]).decode(),
            date.fromisoformat(row["signed_on"]),
            date.fromisoformat(row["begins_on"]),
            date.fromisoformat(row["ends_on"]),
            UserId(row["recorded_by"]),
            from_us(row["recorded_at_us"]),
            row["audit_index"],
        )


class SqlSettingProposals:
    """Settings of federal offices that wait for a second person."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._sealed = SealedText(keys, "setting-reasons", "reason")

    def propose(self, proposal: SettingProposal) -> None:
        """In the place of any before."""
        row = {
            "organisation_id": proposal.organisation_id,
            "value": proposal.value,
            "proposed_by": proposal.proposed_by,
            "proposed_at_us": to_us(proposal.proposed_at),
            "reason_sealed": self._sealed.seal(proposal.organisation_id, proposal.reason.encode()),
        }
        with self._database.writing() as connection:
            connection.execute(_dropped(proposal.organisation_id))
            connection.execute(sa.insert(setting_proposals), row)

    def find(self, organisation_id: OrganisationId) -> SettingProposal | None:
        """What waits for that office, or None."""
        query = sa.select(setting_proposals).where(setting_proposals.c.organisation_id == organisation_id)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        return SettingProposal(
            organisation_id,
            row["value"],
            UserId(row["proposed_by"]),
            from_us(row["proposed_at_us"]),
            self._sealed.open(organisation_id, row["reason_sealed"]).decode(),
        )

    def drop(self, organisation_id: OrganisationId) -> None:
        """Nothing waits for that office any more."""
        with self._database.writing() as connection:
            connection.execute(_dropped(organisation_id))


class SqlDisclosures:
    """To whom the customer list was given out."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._sealed = SealedText(keys, "disclosure-reasons", "reason")

    def record(self, kind: str, to: UserId, reason: str, at: datetime, audit_index: int) -> str:
        """The id of the record; the reason is encrypted."""
        disclosure_id = random_id("dsc")
        row = {
            "disclosure_id": disclosure_id,
            "kind": kind,
            "disclosed_to": to,
            "reason_sealed": self._sealed.seal(disclosure_id, reason.encode()),
            "disclosed_at_us": to_us(at),
            "audit_index": audit_index,
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(disclosures), row)
        return disclosure_id


def _change(connection: sa.Connection, organisation: Organisation, before: AccountState | None = None) -> bool:
    row = organisation_row(organisation)
    here = tables.organisations.c.organisation_id == row.pop("organisation_id")
    if before is None:
        del row["state"]
    else:
        here &= tables.organisations.c.state == before.value
    return connection.execute(sa.update(tables.organisations).where(here).values(row)).rowcount == 1


def _dropped(organisation_id: OrganisationId) -> sa.Delete:
    return sa.delete(setting_proposals).where(setting_proposals.c.organisation_id == organisation_id)

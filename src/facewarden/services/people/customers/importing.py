"""Taking in a customer list: every row understood or reported, all rows in one transaction, nobody let in.

Never makes an account active: what a list brings is `applied`, and each activation is decided on its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from facewarden.domain.accounts import AccountBasis, AccountState, Actor, Organisation
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.customers import Contact, ListedCustomer
from facewarden.domain.ids import OrganisationId, random_id
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.placenames import PlaceNames
from facewarden.ports import AccountRecords, AuditLog, Clock, CustomerRecords
from facewarden.services.gate import Gate
from facewarden.services.people.account_facts import change_facts
from facewarden.services.people.customers.duplicates import Proposal, propose
from facewarden.services.people.customers.reading import Customer, Reader
from facewarden.services.people.customers.sheet import Fault, SheetError, read_sheet


@dataclass(frozen=True, slots=True)
class Reading:
    """A list as understood. `entries` are what would be stored, `customers` the rows behind them, in one order."""

    customers: tuple[Customer, ...]
    entries: tuple[ListedCustomer, ...]
    faults: tuple[Fault, ...]
    ignored: tuple[str, ...]
    proposals: tuple[Proposal, ...]

    def counts(self) -> Mapping[str, int]:
        """How many rows, and how many of each sector, undetermined ones by name."""
        counted = {"rows": len(self.customers), "faults": len(self.faults), "duplicates_proposed": len(self.proposals)}
        for sector in ("government", "private", "individual"):
            counted[sector] = sum(customer.sector == sector for customer in self.customers)
        counted["undetermined"] = sum(bool(customer.undetermined) for customer in self.customers)
        return counted


class CustomerImport:
    """Reads lists and takes them in."""

    def __init__(
        self,
        records: CustomerRecords,
        accounts: AccountRecords,
        names: PlaceNames,
        gate: Gate,
        log: AuditLog,
        clock: Clock,
    ) -> None:
        self._records = records
        self._accounts = accounts
        self._reader = Reader(names)
        self._gate = gate
        self._log = log
        self._clock = clock

    def read(self, actor: Actor, content: bytes) -> Reading:
        """The list as understood, nothing stored; raises RefusedError, SheetError for a file that is no list."""
        return self._read(actor, content)[1]

    def take_in(self, actor: Actor, content: bytes) -> Reading:
        """The list, stored whole; raises SheetError, with every fault, where a single cell cannot be taken."""
        import_id, reading = self._read(actor, content)
        if reading.faults:
            raise SheetError(reading.faults)
        known = {(known.name, known.place) for known in self._accounts.organisations()}
        if reading.entries and all((e.organisation.name, e.organisation.place) in known for e in reading.entries):
            raise BadUseError(
                "already_imported",
                "Every organisation of this list is here already, by name and place.",
                next_step="List them with: facewarden org list",
            )
        self._records.add_all(reading.entries)
        now = self._clock.now()
        self._log.append(
            [
                AuditEntry(
                    AuditEvent.ORGANISATION_ADDED,
                    now,
                    actor=actor.user.user_id,
                    subject=entry.organisation.organisation_id,
                    details={"request_id": import_id, "state": entry.organisation.state.value},
                )
                for entry in reading.entries
            ]
        )
        return reading

    def _read(self, actor: Actor, content: bytes) -> tuple[str, Reading]:
        import_id = random_id("imp")
        facts = change_facts(self._gate, actor, actor.organisation, "change_organisation", self._clock.now())
        event = AuditEvent.ORGANISATION_DECIDED
        self._gate.enter(Action.ACCOUNT, facts, event, actor=actor.user.user_id, subject=import_id)
        sheet = read_sheet(content)
        read = [self._reader.read(row) for row in sheet.rows]
        customers = tuple(customer for customer in read if isinstance(customer, Customer))
        faults = sorted([*sheet.faults, *(fault for fault in read if isinstance(fault, Fault))], key=lambda f: f.line)
        entries = tuple(self._entry(customer) for customer in customers)
        proposals = propose([entry.organisation for entry in entries], self._accounts.organisations())
        return import_id, Reading(customers, entries, tuple(faults), sheet.ignored, proposals)

    def _entry(self, customer: Customer) -> ListedCustomer:
        organisation = Organisation(
            OrganisationId(random_id("org")),
            customer.name,
            customer.sector,
            customer.level,
            customer.place,
            AccountState.APPLIED,
            self._clock.now(),
            customer.kind,
            customer.office_place,
            customer.exemption,
            basis=AccountBasis.AGREEMENT,
        )
        told = {name: (found.value, found.words) for name, found in customer.recognised.items()}
        return ListedCustomer(organisation, told, Contact(customer.contact, customer.email), customer.reference)

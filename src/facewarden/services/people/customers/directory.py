"""Reading the customer list: every reading decided and on record, contacts one at a time, the whole of it for a reason.

Never shows a contact in a list, and never gives the list out to anybody but the operator.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from facewarden.domain.accounts import Actor, Organisation
from facewarden.domain.audit import AuditEvent
from facewarden.domain.customers import Contact
from facewarden.domain.ids import OrganisationId, random_id
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.ports import AccountRecords, Clock, CustomerRecords, Disclosures
from facewarden.services.gate import Gate
from facewarden.services.lines import printable_line
from facewarden.services.people.account_facts import change_facts
from facewarden.services.people.accounts import sees_all

REASON_MIN, REASON_MAX = 10, 1_000  # "test" is no reason for giving out whom a police works with
HEADINGS = (
    *("organisation_id", "name", "sector", "level", "kind", "place", "office", "state"),
    *("contact", "email"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Directory:
    """The organisations that have, had or asked for an account."""

    def __init__(
        self, accounts: AccountRecords, customers: CustomerRecords, disclosures: Disclosures, gate: Gate, clock: Clock
    ) -> None:
        self._accounts = accounts
        self._customers = customers
        self._disclosures = disclosures
        self._gate = gate
        self._clock = clock

    def list(self, actor: Actor) -> Sequence[Organisation]:
        """Every organisation for who oversees all, the reading on record; else the actor's own. RefusedError."""
        if not sees_all(actor):
            return [actor.organisation]
        subject = self._enter(actor, actor.organisation, "list_organisation", random_id("lst"))
        known = self._accounts.organisations()
        details = {"organisations": len(known)}
        self._gate.note(AuditEvent.CUSTOMERS_LISTED, actor=actor.user.user_id, subject=subject, details=details)
        return known

    def names(self, actor: Actor) -> Mapping[OrganisationId, str]:
        """The names of those, by id: the same reading, for lists of users and of searches."""
        return {known.organisation_id: known.name for known in self.list(actor)}

    def contact(self, actor: Actor, organisation: Organisation) -> Contact | None:
        """Whom to write to there, the reading on record; None if nobody is recorded. Raises RefusedError."""
        subject = self._enter(actor, organisation, "read_contact", organisation.organisation_id)
        self._gate.note(AuditEvent.CONTACT_READ, actor=actor.user.user_id, subject=subject)
        return self._customers.contact(organisation.organisation_id)

    def export(self, actor: Actor, reason: str) -> bytes:
        """The whole list with its contacts as CSV in UTF-8; the reason is kept encrypted. RefusedError, BadUseError.

        No cell of it begins as a spreadsheet's formula does.
        """
        said = printable_line(reason, REASON_MAX)
        if not said or len(said) < REASON_MIN:
            raise BadUseError(
                "no_reason",
                "The list is given out for a reason only.",
                f"One line of {REASON_MIN} to {REASON_MAX} printable characters; it is kept, encrypted.",
                "Say who needs it and for what.",
            )
        export_id = random_id("exp")
        facts = change_facts(self._gate, actor, actor.organisation, "export_customers", self._clock.now())
        event, by = AuditEvent.ORGANISATION_DECIDED, actor.user
        passage = self._gate.enter(Action.ACCOUNT, facts, event, actor=by.user_id, subject=export_id)
        self._disclosures.record("customers", by.user_id, said, self._clock.now(), passage.audit_index)
        known = self._accounts.organisations()
        details = {"organisations": len(known)}
        self._gate.note(AuditEvent.CUSTOMERS_EXPORTED, actor=by.user_id, subject=export_id, details=details)
        return self._csv(known)

    def _enter(self, actor: Actor, organisation: Organisation, change: str, subject: str) -> str:
        facts = change_facts(self._gate, actor, organisation, change, self._clock.now())
        event = AuditEvent.ORGANISATION_DECIDED
        self._gate.enter(Action.ACCOUNT, facts, event, actor=actor.user.user_id, subject=subject)
        return subject

    def _csv(self, organisations: Sequence[Organisation]) -> bytes:
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(HEADINGS)
        for known in organisations:
            contact = self._customers.contact(known.organisation_id) or Contact("", "")
            row = (
                known.organisation_id,
                known.name,
                known.sector,
                known.level,
                known.kind,
                known.place,
                known.office_place,
                known.state,
                contact.name,
                contact.email,
            )
            writer.writerow([_harmless(str(cell) if cell else "") for cell in row])
        return out.getvalue().encode()


def _harmless(cell: str) -> str:
    """The cell as text: a spreadsheet takes what begins with an apostrophe for no formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell

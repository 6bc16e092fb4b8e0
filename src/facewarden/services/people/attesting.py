"""The yearly statement that what is recorded of an organisation still holds, and who loses the account without it.

Never suspends before the day, and never without a decision on record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from facewarden.domain.accounts import AccountState, Actor, GovernmentLevel, Organisation, SuspensionCause, User
from facewarden.domain.audit import AuditEvent
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.services.people.account_facts import upkeep_facts
from facewarden.services.people.account_orders import ATTESTATION_PERIOD
from facewarden.services.people.organisation_changes import OrganisationChanges

WARNED_AHEAD = timedelta(days=30)  # time to find the person who has to state it


class Attesting(OrganisationChanges):
    """Statements, and the daily rounds that ask for them."""

    def attest(self, actor: Actor) -> Organisation:
        """The actor's own organisation, of which they state that what is recorded still holds, for another year.

        Raises RefusedError. An account that was suspended for the missing statement is activated by the operator.
        """
        found = self.find(actor.organisation.organisation_id)
        self._enter(actor, found, "attest_organisation")
        return self._changed(actor, replace(found, attestation_due_at=self._clock.now() + ATTESTATION_PERIOD))

    def attest_for(self, actor: Actor, organisation_id: str, by: User) -> Organisation:
        """The same for a suspended organisation, whose people cannot sign in: the operator records who stated it.

        `by` is its named administrator or overseer; raises RefusedError, BadUseError `bad_officer`.
        """
        found = self.find(organisation_id)
        if by.user_id not in (found.administrator_id, found.overseer_id):
            raise BadUseError(
                "bad_officer",
                f"{by.sign_in_name} is not named there.",
                "The statement comes from the named administrator or overseer.",
                "Name them first: facewarden org officers",
            )
        self._enter(actor, found, "change_organisation")
        return self._changed(actor, replace(found, attestation_due_at=self._clock.now() + ATTESTATION_PERIOD))

    def suspend_unattested(self, moment: datetime) -> Mapping[str, int]:
        """Suspends each active organisation whose yearly statement is overdue, and writes to those near it; counts."""
        counts = {"organisations": 0, "letters": 0, "sessions": 0}
        for known in self._accounts.organisations():
            due = known.attestation_due_at
            if due is None or known.state is not AccountState.ACTIVE or moment < due - WARNED_AHEAD:
                continue
            if moment < due:
                counts["letters"] += self._warn(known, due)
                continue
            reason = "The yearly statement that everything recorded still holds is missing."
            counts["sessions"] += self._suspend(known, SuspensionCause.ATTESTATION, reason, moment)
            counts["organisations"] += 1
        return counts

    def suspend_unpermitted(self, moment: datetime) -> Mapping[str, int]:
        """Suspends each active body of another country that no pack in force permits any more; counts."""
        counts = {"organisations": 0, "sessions": 0}
        for known in self._accounts.organisations():
            foreign = known.level is GovernmentLevel.FOREIGN and known.state is AccountState.ACTIVE
            if not foreign or self._gate.permits_country(known.place) is not None:
                continue
            reason = "No pack in force permits accounts of bodies of its country."
            counts["sessions"] += self._suspend(known, SuspensionCause.LAW, reason, moment)
            counts["organisations"] += 1
        return counts

    def _suspend(self, organisation: Organisation, cause: SuspensionCause, reason: str, moment: datetime) -> int:
        """How many sessions the suspension, decided and recorded, cut."""
        facts = upkeep_facts(self._gate, organisation, "suspend_organisation", moment)
        event, subject = AuditEvent.ORGANISATION_DECIDED, organisation.organisation_id
        passage = self._gate.enter(Action.ACCOUNT, facts, event, actor=None, subject=subject)
        return self._hold(None, organisation, cause, reason, passage.audit_index, moment).sessions

    def _warn(self, organisation: Organisation, due: datetime) -> int:
        contact = self._customers.contact(organisation.organisation_id)
        if contact is None or "@" not in contact.email:
            return 0
        text = (
            f"By {due.date()} the administrator or the overseer of {organisation.name} has to state that what is"
            " recorded of it still holds: its place, its people, their training.\n\n"
            "Sign in and run: facewarden org attest\n\nWithout it the account is suspended on that day."
        )
        letter_id = f"{organisation.organisation_id}-attest-{due.date()}"
        return int(self._mail.send(letter_id, contact.email, "A statement is due", text))

"""What every change of an organisation goes through: found, decided by law, stored, noted; and holding it.

Never stores a change before its decision is durable in the log.
"""

from __future__ import annotations

from datetime import datetime

from facewarden.domain.accounts import AccountState, Actor, Organisation, Suspension, SuspensionCause
from facewarden.domain.audit import AuditEvent
from facewarden.domain.customers import Cut
from facewarden.domain.ids import OrganisationId
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.placenames import PlaceNames
from facewarden.ports import (
    AccountRecords,
    Clock,
    CustomerRecords,
    MailBox,
    MemberRecords,
    OrganisationRecords,
    SettingProposals,
    SuspensionRecords,
)
from facewarden.services.gate import Gate
from facewarden.services.people.account_facts import change_facts


class OrganisationChanges:
    """What the services that change organisations share."""

    def __init__(
        self,
        records: OrganisationRecords,
        accounts: AccountRecords,
        customers: CustomerRecords,
        members: MemberRecords,
        suspensions: SuspensionRecords,
        proposals: SettingProposals,
        mail: MailBox,
        names: PlaceNames,
        gate: Gate,
        clock: Clock,
    ) -> None:
        self._records = records
        self._accounts = accounts
        self._customers = customers
        self._members = members
        self._suspensions = suspensions
        self._proposals = proposals
        self._mail = mail
        self._names = names
        self._gate = gate
        self._clock = clock

    def find(self, organisation_id: str) -> Organisation:
        """The organisation as it is now; raises BadUseError `unknown_organisation`."""
        found = self._records.find(OrganisationId(organisation_id))
        if found is None:
            raise BadUseError(
                "unknown_organisation",
                "There is no such organisation.",
                next_step="List them with: facewarden org list",
            )
        return found

    def _enter(self, actor: Actor, organisation: Organisation, change: str, *, is_actor: bool | None = None) -> int:
        facts = change_facts(self._gate, actor, organisation, change, self._clock.now(), is_actor=is_actor)
        event, subject = AuditEvent.ORGANISATION_DECIDED, organisation.organisation_id
        by = actor.user.user_id
        return self._gate.enter(Action.ACCOUNT, facts, event, actor=by, subject=subject).audit_index

    def _changed(self, actor: Actor, organisation: Organisation, before: AccountState | None = None) -> Organisation:
        if not self._records.change(organisation, before):
            raise wrong_state(self.find(organisation.organisation_id), before or organisation.state)
        details = {"state": organisation.state.value}
        subject = organisation.organisation_id
        self._gate.note(AuditEvent.ORGANISATION_CHANGED, actor=actor.user.user_id, subject=subject, details=details)
        return organisation

    def _hold(
        self,
        actor: Actor | None,
        organisation: Organisation,
        cause: SuspensionCause,
        reason: str,
        index: int,
        moment: datetime | None = None,
        state: AccountState = AccountState.SUSPENDED,
    ) -> Cut:
        by, subject = actor.user.user_id if actor else None, organisation.organisation_id
        suspension = Suspension(subject, cause, by, reason, moment or self._clock.now(), index)
        cut = self._suspensions.hold_organisation(organisation.organisation_id, suspension, state)
        details: dict[str, str | int] = {
            "state": state.value,
            "reason": cause.value,
            "sessions": cut.sessions,
            "keys": cut.keys,
            "work": cut.work,
        }
        self._gate.note(AuditEvent.ORGANISATION_CHANGED, actor=by, subject=subject, details=details)
        return cut


def wrong_state(organisation: Organisation, wanted: AccountState) -> BadUseError:
    """The error for an act on an organisation that is not in the state wanted."""
    return BadUseError(
        "wrong_state",
        f"The account is {organisation.state.value}.",
        f"For this it has to be {wanted.value}.",
        "See: facewarden org list",
    )

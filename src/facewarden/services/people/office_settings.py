"""Whether a federal office in a state whose bodies are barred may have an account: two people settle it.

Never lets the one who proposed a setting confirm it.
"""

from __future__ import annotations

from dataclasses import replace

from facewarden.domain.accounts import Actor, GovernmentLevel, OfficeSetting, Organisation
from facewarden.domain.customers import SettingProposal
from facewarden.errors import BadUseError
from facewarden.services.lines import checked_reason
from facewarden.services.people.organisation_changes import OrganisationChanges


class OfficeSettings(OrganisationChanges):
    """Settings of federal offices."""

    def propose_setting(self, actor: Actor, organisation_id: str, value: OfficeSetting, reason: str) -> None:
        """The first of two people says whether that federal office may have an account; nothing changes yet."""
        found, said = self.find(organisation_id), checked_reason(reason)
        self._check_federal(found)
        self._enter(actor, found, "set_office", is_actor=False)
        by, now = actor.user.user_id, self._clock.now()
        self._proposals.propose(SettingProposal(found.organisation_id, value.value, by, now, said))

    def proposal(self, actor: Actor, organisation_id: str) -> SettingProposal | None:
        """What waits for a second person at that office; raises RefusedError."""
        found = self.find(organisation_id)
        self._enter(actor, found, "set_office", is_actor=False)
        return self._proposals.find(found.organisation_id)

    def confirm_setting(self, actor: Actor, organisation_id: str) -> Organisation:
        """The second person confirms it, and it holds; raises RefusedError for whoever proposed it themselves."""
        found = self.find(organisation_id)
        proposal = self._proposals.find(found.organisation_id)
        if proposal is None:
            raise BadUseError("nothing_proposed", "No setting waits for that office.", next_step="Propose one first.")
        self._check_federal(found)
        self._enter(actor, found, "set_office", is_actor=proposal.proposed_by == actor.user.user_id)
        changed = self._changed(actor, replace(found, office_setting=OfficeSetting(proposal.value)))
        self._proposals.drop(found.organisation_id)
        return changed

    def _check_federal(self, organisation: Organisation) -> None:
        if organisation.level is not GovernmentLevel.FEDERAL:
            raise BadUseError(
                "not_federal",
                "Only a federal office has such a setting.",
                "For all others the documents leave nothing open.",
                "See what a document says of it: facewarden org list --would-end-by PACK",
            )

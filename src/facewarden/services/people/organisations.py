"""Organisations as they change: verified, agreed with, their officers named, attested each year, suspended.

Never makes an account active (orders on accounts do, which know what ended it), and never changes one without a
decision that is durable in the log first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

from facewarden.domain.accounts import (
    AccountBasis,
    AccountState,
    Actor,
    GovernmentLevel,
    Organisation,
    OrganisationKind,
    Role,
    Sector,
    SuspensionCause,
    User,
)
from facewarden.domain.audit import AuditEvent
from facewarden.domain.customers import Agreement, Contact, Cut
from facewarden.domain.ids import OrganisationId, random_id
from facewarden.errors import BadUseError
from facewarden.services.lines import checked_reason, printable_line
from facewarden.services.people.accounts import check_country, check_place
from facewarden.services.people.attesting import Attesting
from facewarden.services.people.customers.domains import read_domain, suits
from facewarden.services.people.office_settings import OfficeSettings
from facewarden.services.people.organisation_changes import wrong_state

AGREEMENT_MAX_DAYS = 5 * 366  # five years: an agreement for longer outlives the law that it was made under
SIGNER_MAX = 200
DOMAINS_MAX = 20


class Organisations(Attesting, OfficeSettings):
    """The standing of organisations."""

    def agreements(self, actor: Actor, organisation_id: str) -> Sequence[Agreement]:
        """Its agreements, newest first; the reading is on record. Raises RefusedError."""
        found = self.find(organisation_id)
        self._enter(actor, found, "read_contact")
        self._gate.note(AuditEvent.CONTACT_READ, actor=actor.user.user_id, subject=found.organisation_id)
        return self._records.agreements(found.organisation_id)

    # -- on the way to an account ----------------------------------------------------------------------------

    def verify(self, actor: Actor, organisation_id: str) -> Organisation:
        """The organisation, verified: somebody looked at what it says of itself. Raises RefusedError, BadUseError."""
        found = self.find(organisation_id)
        if found.state is not AccountState.APPLIED:
            raise wrong_state(found, AccountState.APPLIED)
        if found.sector is None or (found.sector is Sector.GOVERNMENT and found.level is None) or found.place is None:
            raise BadUseError(
                "not_determined",
                "Sector, level and place must be known before an organisation is verified.",
                "The law asks for them.",
                "Find out and record them: facewarden org change NAME --sector … --level … --place …",
            )
        self._enter(actor, found, "verify_organisation")
        return self._changed(actor, replace(found, state=AccountState.VERIFIED), AccountState.APPLIED)

    def record_agreement(
        self,
        actor: Actor,
        organisation_id: str,
        document: bytes,
        signed_by: str,
        signed_on: date,
        begins_on: date,
        ends_on: date,
    ) -> Agreement:
        """The agreement on record; of the document its SHA-256 alone is kept, of the signer an encrypted name.

        Raises RefusedError, BadUseError for days that do not follow each other, or an empty document.
        """
        found = self.find(organisation_id)
        signer, now = _signer(signed_by, document), self._clock.now()
        _check_days(signed_on, begins_on, ends_on, now.date())
        index = self._enter(actor, found, "change_organisation")
        agreement = Agreement(
            random_id("agr"),
            found.organisation_id,
            hashlib.sha256(document).hexdigest(),
            signer,
            signed_on,
            begins_on,
            ends_on,
            actor.user.user_id,
            now,
            index,
        )
        first, last = (datetime.combine(day, at, UTC) for day, at in ((begins_on, time.min), (ends_on, time.max)))
        changed = replace(found, basis=AccountBasis.AGREEMENT, agreement_from=first, agreement_until=last)
        self._records.add_agreement(agreement, changed)
        details = {"expires": ends_on.isoformat(), "effective": begins_on.isoformat()}
        subject = found.organisation_id
        self._gate.note(AuditEvent.AGREEMENT_RECORDED, actor=actor.user.user_id, subject=subject, details=details)
        return agreement

    def name_officers(self, actor: Actor, organisation_id: str, administrator: User, overseer: User) -> Organisation:
        """The organisation with these two named; raises RefusedError, BadUseError unless both are its own, with the
        roles, and two."""
        found = self.find(organisation_id)
        for user, role in ((administrator, Role.ORG_ADMINISTRATOR), (overseer, Role.OVERSEER)):
            active = user.state is AccountState.ACTIVE
            if user.organisation_id != found.organisation_id or role not in user.roles or not active:
                raise BadUseError(
                    "bad_officer",
                    f"{user.sign_in_name} cannot be named there.",
                    f"It takes an active user of that organisation with the role {role.value}.",
                    "Add the user with that role first.",
                )
        if administrator.user_id == overseer.user_id:
            raise BadUseError(
                "one_officer",
                "The administrator and the overseer are two people.",
                "Nobody watches themselves.",
                "Name another overseer.",
            )
        self._enter(actor, found, "change_organisation")
        named = replace(found, administrator_id=administrator.user_id, overseer_id=overseer.user_id)
        return self._changed(actor, named)

    def correct(
        self,
        actor: Actor,
        organisation_id: str,
        *,
        sector: Sector | None = None,
        level: GovernmentLevel | None = None,
        kind: OrganisationKind | None = None,
        place: str | None = None,
        office_place: str | None = None,
        parent: str | None = None,
        email_domains: Sequence[str] | None = None,
    ) -> Organisation:
        """The organisation with what is given in the place of what was recorded; None leaves as it is.

        Raises RefusedError, and BadUseError for codes that are none and for domains that only look like a
        government's. A correction makes nothing active: an account that was ended stays so.
        """
        found = self.find(organisation_id)
        check_place(place)
        check_place(office_place)
        check_country(actor, level or found.level, place or found.place)
        domains = found.email_domains if email_domains is None else self._domains(email_domains, place or found.place)
        changed = replace(
            found,
            sector=sector or found.sector,
            level=(level or found.level) if (sector or found.sector) is Sector.GOVERNMENT else None,
            kind=kind or found.kind,
            place=place or found.place,
            office_place=office_place or found.office_place,
            parent_id=self._parent(found, parent),
            email_domains=domains,
        )
        self._enter(actor, changed, "change_organisation")
        return self._changed(actor, changed)

    def set_contact(self, actor: Actor, organisation_id: str, contact: Contact) -> None:
        """Whom to write to from now on, kept encrypted; raises RefusedError, BadUseError."""
        found = self.find(organisation_id)
        domain = read_domain(contact.email, self._names)
        if domain.problem or "@" not in contact.email:
            raise BadUseError(
                "bad_address", "That is no address to write to.", domain.problem or "It has no @.", "Give another."
            )
        self._enter(actor, found, "change_organisation")
        self._records.set_contact(found.organisation_id, contact)
        self._changed(actor, found)

    # -- suspending and attesting ----------------------------------------------------------------------------

    def suspend(self, actor: Actor, organisation_id: str, reason: str) -> Cut:
        """Suspends the organisation; nobody of it acts from now on. What it cut; raises RefusedError, BadUseError."""
        found, said = self.find(organisation_id), checked_reason(reason)
        if found.organisation_id == actor.organisation.organisation_id:
            raise BadUseError(
                "not_oneself", "Nobody suspends the body that they act for.", next_step="Have another operator do it."
            )
        if found.state in (AccountState.ENDED, AccountState.SUSPENDED):
            raise wrong_state(found, AccountState.ACTIVE)
        index = self._enter(actor, found, "suspend_organisation")
        return self._hold(actor, found, SuspensionCause.ADMINISTRATOR, said, index)

    def end(self, actor: Actor, organisation_id: str, reason: str) -> Cut:
        """Ends the account of a body that wants it no longer; what it cut. Raises RefusedError, BadUseError.

        What a document ends goes through orders on accounts, which remember by which rule.
        """
        found, said = self.find(organisation_id), checked_reason(reason)
        if found.organisation_id == actor.organisation.organisation_id:
            raise BadUseError(
                "not_oneself", "Nobody ends the body that they act for.", next_step="Have another operator do it."
            )
        if found.state is AccountState.ENDED:
            raise wrong_state(found, AccountState.ACTIVE)
        index = self._enter(actor, found, "end_organisation")
        return self._hold(actor, found, SuspensionCause.ADMINISTRATOR, said, index, state=AccountState.ENDED)

    def _domains(self, given: Sequence[str], place: str | None) -> tuple[str, ...]:
        if len(given) > DOMAINS_MAX:
            raise BadUseError("too_many_domains", f"More than {DOMAINS_MAX} domains.", next_step="Give the main ones.")
        taken = []
        for text in given:
            host = text.strip().strip(".").lower().removeprefix("@")
            domain = read_domain(host, self._names)
            if domain.problem or not host or "@" in host:
                raise BadUseError(
                    "bad_domain", "That domain cannot be taken.", domain.problem or "It is empty.", "Give another."
                )
            if not suits(domain.place, (place or "").partition("-")[0] or None):
                raise BadUseError(
                    "bad_domain",
                    "That domain cannot be taken.",
                    f"A government of {domain.place} runs it, and the organisation is elsewhere.",
                    "Give the organisation's own domain.",
                )
            taken.append(host)
        return tuple(dict.fromkeys(taken))

    def _parent(self, organisation: Organisation, parent: str | None) -> OrganisationId | None:
        if parent is None:
            return organisation.parent_id
        above = self._records.find(OrganisationId(parent))
        seen = {organisation.organisation_id}
        while above is not None and above.organisation_id not in seen:
            seen.add(above.organisation_id)
            if above.parent_id is None:
                return OrganisationId(parent)
            above = self._records.find(above.parent_id)
        raise BadUseError(
            "bad_parent",
            "That organisation cannot be its parent.",
            "It is not there, or is itself an office below this one.",
            "Give the id of the body that this is an office of.",
        )


def _signer(signed_by: str, document: bytes) -> str:
    signer = printable_line(signed_by, SIGNER_MAX)
    if not signer or not document:
        raise BadUseError(
            "bad_agreement",
            "An agreement needs its document and who signed it.",
            f"The signer's name and office: 1 to {SIGNER_MAX} printable characters.",
            "Give both.",
        )
    return signer


def _check_days(signed_on: date, begins_on: date, ends_on: date, today: date) -> None:
    days = (ends_on - begins_on).days
    if not (signed_on <= today <= ends_on and 0 <= days <= AGREEMENT_MAX_DAYS):
        raise BadUseError(
            "bad_agreement_days",
            "The days of the agreement cannot be.",
            "It is signed no later than today, and ends after it begins and not before today; at most five years.",
            "Look at the document again.",
        )

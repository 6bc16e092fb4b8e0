"""Applying for an account: what a body says of itself, kept encrypted until the operator decides.

Never makes an account of an application by itself, and never tells an applicant whether a body has one already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta

from facewarden.domain.accounts import (
    AccountBasis,
    AccountState,
    Actor,
    GovernmentLevel,
    Organisation,
    OrganisationKind,
    Sector,
)
from facewarden.domain.audit import AuditEvent
from facewarden.domain.customers import Application, ApplicationForm, ApplicationState, Contact
from facewarden.domain.ids import OrganisationId, random_id
from facewarden.errors import BadUseError, NotPermittedError
from facewarden.law.actions import Action
from facewarden.law.placenames import PlaceNames
from facewarden.ports import (
    AccountRecords,
    Applications,
    Clock,
    MailBox,
    OrganisationRecords,
    RateRecords,
)
from facewarden.services.gate import Gate
from facewarden.services.lines import printable_line
from facewarden.services.people.account_facts import change_facts
from facewarden.services.people.accounts import check_place
from facewarden.services.people.customers.domains import read_domain, suits

FROM_ONE_ADDRESS_A_DAY = 5  # an agency applies once, and may have to correct itself
FROM_ALL_A_DAY = 200  # an operator reads each one
DAY = timedelta(days=1)
LINE_MAX, PURPOSE_MAX, REASON_MAX = 200, 1_000, 1_000


class Applying:
    """Applications, from the public form to the operator's decision."""

    def __init__(
        self,
        records: Applications,
        organisations: OrganisationRecords,
        accounts: AccountRecords,
        rates: RateRecords,
        mail: MailBox,
        names: PlaceNames,
        gate: Gate,
        clock: Clock,
    ) -> None:
        self._records = records
        self._organisations = organisations
        self._accounts = accounts
        self._rates = rates
        self._mail = mail
        self._names = names
        self._gate = gate
        self._clock = clock

    def apply(self, form: ApplicationForm, origin: str = "") -> str:
        """The application's id, once it is stored; whoever has it can name it to the operator. No account comes of it.

        `origin` is the network address that it comes from, "" for none. Raises BadUseError for what cannot be taken,
        with the field in its `code`: `bad_<field>`; NotPermittedError `too_many_requests`.
        """
        checked = self._checked(form)
        now = self._clock.now()
        from_here = {f"apply from {origin}": FROM_ONE_ADDRESS_A_DAY} if origin else {}
        if not self._rates.take({**from_here, "apply": FROM_ALL_A_DAY}, now, DAY):
            raise NotPermittedError(
                "too_many_requests",
                "There were too many applications today.",
                "Each is read by a person.",
                "Come back tomorrow, or write to the operator.",
            )
        application = Application(random_id("apl"), ApplicationState.RECEIVED, checked, now)
        self._gate.note(AuditEvent.APPLICATION_RECEIVED, actor=None, subject=application.application_id)
        self._records.add(application)
        return application.application_id

    def waiting(self, actor: Actor) -> Sequence[Application]:
        """Those to be decided, oldest first; the reading is on record. Raises RefusedError."""
        self._enter(actor, "read_contact", random_id("lst"), AuditEvent.CONTACT_READ)
        return self._records.waiting()

    def find(self, actor: Actor, application_id: str) -> Application:
        """One application; the reading is on record. Raises RefusedError, BadUseError `unknown_application`."""
        found = self._records.find(application_id)
        if found is None:
            raise _unknown()
        self._enter(actor, "read_contact", found.application_id, AuditEvent.CONTACT_READ)
        return found

    def accept(self, actor: Actor, application_id: str) -> Organisation:
        """The organisation that the application makes, `applied`: it is still to be verified, to sign, to name people.

        Raises RefusedError, with what the law says to giving such a body an account; BadUseError for a decided one.
        """
        found = self._waiting(application_id)
        organisation = self._organisation(actor, found.form)
        facts = change_facts(self._gate, actor, organisation, "add_organisation", self._clock.now())
        event, subject = AuditEvent.ORGANISATION_DECIDED, organisation.organisation_id
        self._gate.enter(Action.ACCOUNT, facts, event, actor=actor.user.user_id, subject=subject)
        self._decide(actor, found, ApplicationState.ACCEPTED, organisation.organisation_id)
        self._accounts.add_organisation(organisation)
        contact = Contact(found.form.contact_name, found.form.contact_email)
        self._organisations.set_contact(organisation.organisation_id, contact)
        details = {"state": organisation.state.value}
        self._gate.note(AuditEvent.ORGANISATION_ADDED, actor=actor.user.user_id, subject=subject, details=details)
        return organisation

    def decline(self, actor: Actor, application_id: str, reason: str) -> None:
        """Declines it and writes the reason to whoever applied; raises RefusedError, BadUseError."""
        found, said = self._waiting(application_id), printable_line(reason, REASON_MAX)
        if not said:
            raise BadUseError("no_reason", "A reason is needed.", "Whoever applied is told.", "Give it in one line.")
        self._enter(actor, "decide_application", found.application_id, None)
        self._decide(actor, found, ApplicationState.DECLINED, None)
        text = f"Your application for an account was declined.\n\nThe reason: {said}\n"
        letter_id = f"{found.application_id}-declined"
        self._mail.send(letter_id, found.form.contact_email, "Your application was declined", text)

    # -- inside ----------------------------------------------------------------------------------------------

    def _enter(self, actor: Actor, change: str, subject: str, outcome: AuditEvent | None) -> None:
        facts = change_facts(self._gate, actor, actor.organisation, change, self._clock.now())
        event, by = AuditEvent.ORGANISATION_DECIDED, actor.user.user_id
        self._gate.enter(Action.ACCOUNT, facts, event, actor=by, subject=subject)
        if outcome is not None:
            self._gate.note(outcome, actor=by, subject=subject)

    def _waiting(self, application_id: str) -> Application:
        found = self._records.find(application_id)
        if found is None or found.state is not ApplicationState.RECEIVED:
            raise _unknown()
        return found

    def _decide(
        self, actor: Actor, found: Application, state: ApplicationState, organisation_id: OrganisationId | None
    ) -> None:
        by, now = actor.user.user_id, self._clock.now()
        details = {"outcome": state.value}
        self._gate.note(AuditEvent.APPLICATION_DECIDED, actor=by, subject=found.application_id, details=details)
        decided = replace(found, state=state, decided_at=now, decided_by=by, organisation_id=organisation_id)
        if not self._records.decide(decided):
            raise _unknown()

    def _organisation(self, actor: Actor, form: ApplicationForm) -> Organisation:
        if any(known.name.casefold() == form.name.casefold() for known in self._accounts.organisations()):
            raise BadUseError(
                "organisation_exists",
                "An organisation of that name exists.",
                "It may have applied twice, or somebody uses its name.",
                "Look at both, then decline one.",
            )
        return Organisation(
            OrganisationId(random_id("org")),
            form.name,
            Sector(form.sector),
            GovernmentLevel(form.level) if form.level else None,
            form.place or None,
            AccountState.APPLIED,
            self._clock.now(),
            OrganisationKind(form.kind) if form.kind else None,
            form.office_place or None,
            basis=AccountBasis.AGREEMENT,
            email_domains=(form.email_domain,) if form.email_domain else (),
        )

    def _checked(self, form: ApplicationForm) -> ApplicationForm:
        """The form with each line tidied; raises BadUseError for the first field that cannot be taken."""
        lines: dict[str, str] = {}
        for name, text in asdict(form).items():
            line = printable_line(text, PURPOSE_MAX if name == "purpose" else LINE_MAX)
            if line is None or line[:1] in ("=", "+", "@"):
                raise _bad(name, "It is too long, or holds what cannot be printed, or begins as a formula does.")
            lines[name] = line
        told = ApplicationForm(**lines)
        for name in ("name", "contact_name", "contact_email", "administrator_name", "overseer_name", "purpose"):
            if not lines[name]:
                raise _bad(name, "It is empty.")
        if told.administrator_name.casefold() == told.overseer_name.casefold():
            raise _bad("overseer_name", "The administrator and the overseer are two people: nobody watches themselves.")
        self._check_words(told)
        return replace(told, email_domain=self._check_domain(told))

    def _check_words(self, form: ApplicationForm) -> None:
        for name, value, kind in (
            ("sector", form.sector, Sector),
            ("level", form.level, GovernmentLevel),
            ("kind", form.kind, OrganisationKind),
        ):
            if (value or name == "sector") and value not in [str(item) for item in kind]:
                raise _bad(name, "It is none of those to choose from.")
        if form.sector == Sector.GOVERNMENT and not form.level:
            raise _bad("level", "A government body says of which level.")
        for code in (form.place, form.office_place):
            check_place(code or None)
        if not form.place:
            raise _bad("place", "Where the body is decides which law applies.")

    def _check_domain(self, form: ApplicationForm) -> str:
        """The organisation's domain, that of the contact's address unless given; raises BadUseError for look-alikes."""
        domain = read_domain(form.contact_email, self._names)
        if domain.problem or "@" not in form.contact_email:
            raise _bad("contact_email", domain.problem or "It has no @.")
        host = form.contact_email.rpartition("@")[2].lower()
        stated = form.email_domain.lower().removeprefix("@").strip(".") or host
        own = read_domain(stated, self._names)
        if own.problem or "@" in stated:
            raise _bad("email_domain", own.problem or "It is an address, not a domain.")
        if host != stated and not host.endswith(f".{stated}"):
            raise _bad("contact_email", f"It is not at {stated}, which is given as the organisation's domain.")
        if not suits(own.place, form.place.partition("-")[0]):
            raise _bad("email_domain", f"A government of {own.place} runs it, and the organisation is elsewhere.")
        return stated


def _bad(field: str, why: str) -> BadUseError:
    words = field.replace("_", " ")
    return BadUseError(f"bad_{field}", f"The {words} cannot be taken.", why, "Correct it and send the form again.")


def _unknown() -> BadUseError:
    return BadUseError(
        "unknown_application", "No such application waits.", "It may have been decided.", "Reload the list."
    )

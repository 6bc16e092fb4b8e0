"""What is known of an organisation beside its account: how a list told it, whom to write to, and what ended it.

Never part of an organisation itself: contact details stay out of lists, logs and errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from facewarden.domain.accounts import Organisation
from facewarden.domain.ids import OrganisationId, UserId


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to write to, "" where not known. Kept encrypted; its text form shows nothing."""

    name: str = field(repr=False)
    email: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListedCustomer:
    """An organisation as a list brought it. `told` maps each thing recognised to its value and the words it was told
    by; `reference` is the list's own name for it, "" for none."""

    organisation: Organisation
    told: Mapping[str, tuple[str | None, str]]
    contact: Contact
    reference: str


@dataclass(frozen=True, slots=True)
class Ending:
    """An account ended under a pack: by which of its rules, when, and the log entry that was durable before."""

    organisation_id: OrganisationId
    pack_id: str
    rules: tuple[str, ...]
    ended_at: datetime
    audit_index: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """What another body signed. `document_hash` is the SHA-256 of the document, hexadecimal; the document stays with
    those who signed it. `signed_by` names a person and is kept encrypted. Both days are days in force."""

    agreement_id: str
    organisation_id: OrganisationId
    document_hash: str
    signed_by: str = field(repr=False)
    signed_on: date
    begins_on: date
    ends_on: date
    recorded_by: UserId
    recorded_at: datetime
    audit_index: int


class ApplicationState(StrEnum):
    """Where an application for an account is."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class ApplicationForm:
    """What a body that wants an account says of itself; everything but `place` in its own words. Kept encrypted.

    `sector`, `level`, `kind` are values of their lists; `place` and `office_place` ISO 3166, "" for none.
    """

    name: str
    sector: str
    level: str
    kind: str
    place: str
    office_place: str = ""
    email_domain: str = ""
    contact_name: str = field(default="", repr=False)
    contact_email: str = field(default="", repr=False)
    administrator_name: str = field(default="", repr=False)
    overseer_name: str = field(default="", repr=False)
    purpose: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Application:
    """An application as it is kept. `organisation_id` is the account that came of it, None unless accepted."""

    application_id: str
    state: ApplicationState
    form: ApplicationForm
    received_at: datetime
    decided_at: datetime | None = None
    decided_by: UserId | None = None
    organisation_id: OrganisationId | None = None


@dataclass(frozen=True, slots=True)
class SettingProposal:
    """A setting for one federal office, set by one person and still to be confirmed by another."""

    organisation_id: OrganisationId
    value: str
    proposed_by: UserId
    proposed_at: datetime
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cut:
    """What went when accounts were held or ended: sessions, API keys, running work."""

    sessions: int = 0
    keys: int = 0
    work: int = 0

    def __add__(self, other: Cut) -> Cut:
        return Cut(self.sessions + other.sessions, self.keys + other.keys, self.work + other.work)

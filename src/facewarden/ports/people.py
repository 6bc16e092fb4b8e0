"""Accounts, sessions and second factors: what services need of them. Never says how it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from facewarden.domain.accounts import AccountState, ApiKey, Organisation, Session, Suspension, User
from facewarden.domain.customers import (
    Agreement,
    Application,
    Contact,
    Cut,
    Ending,
    ListedCustomer,
    SettingProposal,
)
from facewarden.domain.ids import ApiKeyId, OrganisationId, SessionId, UserId
from facewarden.domain.oversight import CaseUse, SearchUse


class AccountRecords(Protocol):
    """Organisations and users."""

    def add_organisation(self, organisation: Organisation) -> None: ...

    def add_user(self, user: User, password_hash: str) -> None: ...

    def organisations(self) -> Sequence[Organisation]: ...

    def users(self) -> Sequence[User]: ...

    def sign_in_record(self, sign_in_name: str) -> tuple[User, Organisation, str] | None:
        """The user of that name (case does not count), their organisation and their password's hash, or None."""
        ...


class SessionRecords(Protocol):
    """Who is signed in. Tokens are known here by their SHA-256 alone."""

    def start(self, session: Session, token_hash: bytes) -> None: ...

    def find(self, token_hash: bytes) -> tuple[Session, User, Organisation] | None: ...

    def touch(self, session: Session, seen_at: datetime) -> None: ...

    def end(self, session: Session) -> None: ...


class UserSessions(Protocol):
    """The sessions of one user, as they see them."""

    def of_user(self, user_id: UserId) -> Sequence[Session]:
        """Newest first; some may have run out."""
        ...

    def end_one(self, user_id: UserId, session_id: SessionId) -> bool:
        """True if that user had such a session."""
        ...

    def end_all(self, user_id: UserId, but: SessionId | None = None) -> int:
        """How many ended; `but` stays."""
        ...


class ApiKeyRecords(Protocol):
    """API keys. Tokens are known here by their SHA-256 alone."""

    def add(self, key: ApiKey, token_hash: bytes) -> None: ...

    def find(self, token_hash: bytes) -> tuple[ApiKey, User, Organisation] | None: ...

    def of_user(self, user_id: UserId) -> Sequence[ApiKey]: ...

    def use(self, key: ApiKey, at: datetime) -> None: ...

    def revoke(self, key_id: ApiKeyId, at: datetime) -> bool:
        """True if it was not revoked before."""
        ...


class RateRecords(Protocol):
    """How often something was done of late, whichever process did it."""

    def take(self, limits: Mapping[str, int], now: datetime, window: timedelta) -> bool:
        """True if of every bucket fewer than its limit were taken in the window of `now`; one more of each is then."""
        ...

    def organisation_of(self, user_id: str) -> OrganisationId | None: ...


class MemberRecords(Protocol):
    """Users as they change."""

    def user(self, user_id: UserId) -> tuple[User, Organisation] | None: ...

    def change_user(self, user: User) -> None:
        """Stores roles, display name and training as the value has them; the state stays, for others change it."""
        ...

    def set_password(self, user_id: UserId, password_hash: str) -> None: ...

    def add_certificate(
        self, user: User, title: str, document_hash: str | None, expires_at: datetime, by: UserId, at: datetime
    ) -> None:
        """Stores the certificate, and its expiry as the user's, in one transaction."""
        ...

    def cut(self, user_id: UserId, at: datetime) -> Cut:
        """Ends the user's sessions, revokes their keys, stops their running work, in one transaction."""
        ...


class SuspensionRecords(Protocol):
    """Accounts held."""

    def hold_user(self, user_id: UserId, suspension: Suspension, state: AccountState = AccountState.SUSPENDED) -> Cut:
        """Suspends or ends the user, and cuts what they have open, in one transaction."""
        ...

    def hold_organisation(
        self, organisation_id: OrganisationId, suspension: Suspension, state: AccountState = AccountState.SUSPENDED
    ) -> Cut: ...

    def of(self, subject: str) -> Suspension | None: ...

    def all(self) -> Sequence[Suspension]:
        """Oldest first."""
        ...

    def lift(self, subject: str) -> bool:
        """The user or organisation is active again; True if it was held."""
        ...


class OrganisationRecords(Protocol):
    """Organisations as they change."""

    def find(self, organisation_id: OrganisationId) -> Organisation | None: ...

    def change(self, organisation: Organisation, before: AccountState | None = None) -> bool:
        """Stores everything but the state, for others change it; from the state `before` the state too.

        False, and nothing is stored, if the state is not `before` any more.
        """
        ...

    def add_agreement(self, agreement: Agreement, organisation: Organisation) -> None:
        """Stores the agreement, and the organisation with it but for its state, in one transaction."""
        ...

    def agreements(self, organisation_id: OrganisationId) -> Sequence[Agreement]:
        """Newest first."""
        ...

    def set_contact(self, organisation_id: OrganisationId, contact: Contact) -> None: ...


class SettingProposals(Protocol):
    """Settings of federal offices that one person made and another must confirm."""

    def propose(self, proposal: SettingProposal) -> None:
        """In the place of any before."""
        ...

    def find(self, organisation_id: OrganisationId) -> SettingProposal | None: ...

    def drop(self, organisation_id: OrganisationId) -> None: ...


class Disclosures(Protocol):
    """To whom the customer list was given out, and why."""

    def record(self, kind: str, to: UserId, reason: str, at: datetime, audit_index: int) -> str:
        """The id of the record; the reason is encrypted."""
        ...


class Applications(Protocol):
    """Applications for an account, encrypted."""

    def add(self, application: Application) -> None: ...

    def find(self, application_id: str) -> Application | None: ...

    def waiting(self) -> Sequence[Application]:
        """Those still to be decided, oldest first."""
        ...

    def decide(self, application: Application) -> bool:
        """Stores what was decided; False if somebody decided it before."""
        ...


class Invitations(Protocol):
    """One-time tokens by which new users come in. Known here by their SHA-256 alone."""

    def invite(self, user_id: UserId, token_hash: bytes, expires_at: datetime) -> None:
        """In the place of any before."""
        ...

    def invited(self, token_hash: bytes, now: datetime) -> UserId | None: ...

    def keep_factor(self, user_id: UserId, secret: bytes, expires_at: datetime) -> None:
        """A second factor shown and not yet proven; in the place of any before."""
        ...

    def kept_factor(self, user_id: UserId, now: datetime) -> bytes | None: ...

    def done(self, user_id: UserId) -> None:
        """No invitation and no unproven factor of that user is left."""
        ...


class UseRecords(Protocol):
    """How searching is used: who, when, under which case, with how many candidates. Never whom they searched for."""

    def searches(self, since: datetime) -> Sequence[SearchUse]: ...

    def cases(self, opened_before: datetime) -> Sequence[CaseUse]:
        """Open cases with at least one search."""
        ...


class SignInFailures(Protocol):
    """How often signing in failed of late."""

    def note_failure(self, sign_in_name: str, at: datetime) -> None:
        """Counts one failed attempt for that name; names are kept as keyed hashes."""
        ...

    def failures(self, sign_in_name: str, since: datetime) -> int: ...

    def forget(self, sign_in_name: str) -> None:
        """None failed for that name: signing in went well."""
        ...


class SecondFactors(Protocol):
    """The secrets behind one-time codes."""

    def issue(self, user_id: UserId, secret: bytes, at: datetime) -> None:
        """Stores it in place of any before, and ends every session of the user."""
        ...

    def secret(self, user_id: UserId) -> bytes | None: ...

    def use(self, user_id: UserId, step: int) -> bool:
        """True if that step was not used before, nor any after it; it is used now."""
        ...


class CustomerRecords(Protocol):
    """Organisations as a list brought them, and what ended their accounts."""

    def add_all(self, customers: Sequence[ListedCustomer]) -> None:
        """All in one transaction, or none."""
        ...

    def told(self) -> Mapping[OrganisationId, Mapping[str, tuple[str | None, str]]]:
        """How a list told each thing of each organisation that came by one."""
        ...

    def contact(self, organisation_id: OrganisationId) -> Contact | None: ...

    def end(self, endings: Sequence[Ending]) -> Cut:
        """Ends those accounts in one transaction, with their sessions, API keys and running work; what it cut."""
        ...

    def reinstate(self, organisation_id: OrganisationId, attestation_due_at: datetime | None) -> None:
        """Makes the account active and lifts what suspended it; what ended it stays on record."""
        ...


class EndingRecords(Protocol):
    """What ended accounts."""

    def of(self, organisation_id: OrganisationId) -> Sequence[Ending]: ...


class Acceptances(Protocol):
    """What an officer accepted on record, such as a gallery larger than the face pack was measured for."""

    def record(self, values: Mapping[str, str], by: UserId, at: datetime, audit_index: int) -> None:
        """Each subject's value, in the place of its older one: all of them or none."""
        ...

    def find(self, *subjects: str) -> Mapping[str, str]:
        """The values accepted for these subjects at one moment; a subject without one is left out."""
        ...

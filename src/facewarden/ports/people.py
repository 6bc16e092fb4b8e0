"""Accounts, sessions and second factors: what services need of them. Never says how it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from facewarden.domain.accounts import Organisation, Session, User
from facewarden.domain.customers import Contact, Ending, ListedCustomer
from facewarden.domain.ids import OrganisationId, UserId


class AccountRecords(Protocol):
    """Organisations and users."""

    def add_organisation(self, organisation: Organisation) -> None: ...

    def add_user(self, user: User, password_hash: str) -> None: ...

    def organisations(self) -> Sequence[Organisation]: ...

    def users(self) -> Sequence[User]: ...

    def sign_in_record(self, sign_in_name: str) -> tuple[User, str] | None:
        """The user of that name (case does not count) and their password's hash, or None."""
        ...


class SessionRecords(Protocol):
    """Who is signed in. Tokens are known here by their SHA-256 alone."""

    def start(self, session: Session, token_hash: bytes) -> None: ...

    def find(self, token_hash: bytes) -> tuple[Session, User, Organisation] | None: ...

    def touch(self, session: Session, seen_at: datetime) -> None: ...

    def end(self, session: Session) -> None: ...


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

    def end(self, endings: Sequence[Ending]) -> int:
        """Ends those accounts, their sessions and their running work in one transaction; how many sessions it cut."""
        ...

    def reinstate(self, organisation_id: OrganisationId) -> None:
        """Makes the account active; what ended it stays on record."""
        ...


class EndingRecords(Protocol):
    """What ended accounts."""

    def of(self, organisation_id: OrganisationId) -> Sequence[Ending]: ...


class Acceptances(Protocol):
    """What an officer accepted on record, such as a gallery larger than the face pack was measured for."""

    def record(self, subject: str, value: str, by: UserId, at: datetime, audit_index: int) -> None: ...

    def find(self, subject: str) -> str | None:
        """The value accepted for that subject, or None."""
        ...

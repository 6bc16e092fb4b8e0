"""Passkeys: what services need of the records and of WebAuthn. Never says how it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from facewarden.domain.ids import UserId
from facewarden.domain.passkeys import Ceremony, Passkey, PasskeyId, Site


class PasskeyRecords(Protocol):
    """The passkeys of all users."""

    def add(self, passkey: Passkey) -> None:
        """Stores it; raises BadUseError `passkey_known` if its device's id is stored already."""
        ...

    def of(self, user_id: UserId) -> Sequence[Passkey]:
        """The user's, oldest first."""
        ...

    def note_use(self, passkey_id: PasskeyId, sign_count: int, at: datetime) -> bool:
        """True if the count is above the one stored, or both are 0; it and the moment are stored then."""
        ...

    def rename(self, passkey_id: PasskeyId, name: str) -> None: ...

    def remove(self, passkey_id: PasskeyId) -> None: ...


class Ceremonies(Protocol):
    """Questions to devices that are still to be answered, by the SHA-256 of the ticket that the browser holds."""

    def begin(self, ticket_hash: bytes, ceremony: Ceremony) -> None:
        """Stores it, and drops those that ran out."""
        ...

    def find(self, ticket_hash: bytes) -> Ceremony | None: ...

    def take(self, ticket_hash: bytes) -> Ceremony | None:
        """The ceremony, which is gone then: of two who take it at once one gets None."""
        ...


class NewCredential(NamedTuple):
    """What a device told of a passkey that it made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


class DeviceQuestions(Protocol):
    """WebAuthn's two ceremonies. Answers are the JSON of the browser; a bad one raises NotPermittedError."""

    def new_challenge(self) -> bytes: ...

    def creation_options(
        self, site: Site, challenge: bytes, user_handle: bytes, user_name: str, known: Sequence[bytes]
    ) -> str:
        """JSON for `navigator.credentials.create`; a device that holds one of the `known` is not asked again."""
        ...

    def request_options(self, site: Site, challenge: bytes, allowed: Sequence[bytes]) -> str:
        """JSON for `navigator.credentials.get`."""
        ...

    def check_creation(self, site: Site, challenge: bytes, answer: str) -> NewCredential: ...

    def check_request(
        self, site: Site, challenge: bytes, answer: str, passkeys: Sequence[Passkey]
    ) -> tuple[Passkey, int]:
        """Which of the passkeys signed, and its new count."""
        ...

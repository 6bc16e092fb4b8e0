"""Passkeys (WebAuthn): what is kept of one, and of a ceremony under way.

Never holds a secret: those stay in the device.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from facewarden.domain.ids import UserId

PasskeyId = NewType("PasskeyId", str)


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey of one user.

    `credential_id` is what the device knows it by, `public_key` its COSE key, `site_host` the host that it is bound
    to, `sign_count` how often the device says that it signed (0 for devices that do not count). `last_used_at` is
    None until it was used.
    """

    passkey_id: PasskeyId
    user_id: UserId
    name: str
    site_host: str
    credential_id: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int
    added_at: datetime
    last_used_at: datetime | None = None


class CeremonyPurpose(StrEnum):
    """What a device is asked for."""

    ADD = "add"
    SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class Ceremony:
    """One question to a device, good for one answer: whose, what for, since and until when."""

    user_id: UserId
    purpose: CeremonyPurpose
    challenge: bytes = field(repr=False)
    began_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Site:
    """Where the browser says that it is: `host` without a port, `origin` with scheme and port."""

    host: str
    origin: str

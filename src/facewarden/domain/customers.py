"""What is known of an organisation beside its account: how a list told it, whom to write to, and what ended it.

Never part of an organisation itself: contact details stay out of lists, logs and errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from facewarden.domain.accounts import Organisation
from facewarden.domain.ids import OrganisationId


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

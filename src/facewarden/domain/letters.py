"""A letter that waits in the outbox, as far as anybody but its reader needs to know it. Never its words or address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WaitingLetter:
    """A letter by its id, and since when it waits."""

    letter_id: str
    since: datetime

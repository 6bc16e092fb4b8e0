"""How long a photo may stay, by the packs in force: the shortest of their clocks.

It never says that a photo may stay so long: its source and its purpose may end before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from facewarden.law.loading import Pack


@dataclass(frozen=True, slots=True)
class RetentionClock:
    """So many whole days after a photo came it goes; `pack_id` and `citation` say by what."""

    retain_days: int
    pack_id: str
    citation: str


def retention_clock(packs: Iterable[Pack], day: date) -> RetentionClock | None:
    """The shortest clock of the packs in force on that day; None where none has one."""
    clocks = [
        RetentionClock(pack.retain_days, pack.pack_id, pack.citation)
        for pack in packs
        if pack.retain_days is not None and pack.in_force(day)
    ]
    return min(clocks, key=lambda clock: (clock.retain_days, clock.pack_id), default=None)

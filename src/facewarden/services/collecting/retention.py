"""How long photos stay: the first of purpose met, the packs' clock, the source's end and the agency's own day.

Never lengthens a term, and never destroys what is on hold: that waits for the hold to end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from facewarden.domain.audit import AuditEvent
from facewarden.domain.erasing import ErasureReason
from facewarden.domain.ids import PhotoId
from facewarden.law.actions import Action
from facewarden.law.loading import Pack
from facewarden.law.retention import RetentionClock, retention_clock
from facewarden.ports import Clock, RetentionRecords
from facewarden.services.collecting.sources import UNDER_RETENTION, Sources
from facewarden.services.collecting.unpermitted import Unpermitted
from facewarden.services.gate import Gate


@dataclass(frozen=True, slots=True)
class Term:
    """When a photo goes as far as is known today: `due_on` None: no end is known. `clock` is the packs' shortest."""

    due_on: date | None
    clock: RetentionClock | None


class Retention:
    """The terms of an installation's photos."""

    def __init__(
        self,
        records: RetentionRecords,
        sources: Sources,
        unpermitted: Unpermitted,
        packs: Callable[[], Sequence[Pack]],
        gate: Gate,
        clock: Clock,
    ) -> None:
        self._records = records
        self._sources = sources
        self._unpermitted = unpermitted
        self._packs = packs
        self._gate = gate
        self._clock = clock

    def term(self, photo_id: PhotoId) -> Term:
        """When the photo goes."""
        clock = self.clock()
        return Term(self._records.due_on(photo_id, clock.retain_days if clock else None), clock)

    def clock(self) -> RetentionClock | None:
        """The shortest clock of the packs in force today."""
        return retention_clock(self._packs(), self._clock.now().date())

    def run(self, moment: datetime) -> Mapping[str, int]:
        """What one daily round did: sources ended because their term is over, photos erased and kept by others.

        1. Sources whose last day has passed end; 2. the law decides, on record; 3. arrivals whose term is over go, and
        what nothing permits then is hidden; 4. it is erased. A crash in between is made good by the next run.
        """
        ended = self._sources.end_overdue(moment.date())  # 1
        clock = self.clock()
        days = clock.retain_days if clock else None
        withdrawn = kept = 0
        if self._records.overdue(moment, days):
            self._gate.enter(  # 2
                Action.ERASE,
                UNDER_RETENTION,
                AuditEvent.PHOTOS_WITHDRAWN,
                actor=None,
                subject=None,
                details={"reason": ErasureReason.RETENTION.value, **({"retain_days": days} if days else {})},
            )
            found = self._records.withdraw_overdue(moment, days)  # 3
            withdrawn, kept = found.photos, found.kept
        erased = self._unpermitted.erase(ErasureReason.RETENTION)  # 4
        return {"sources": ended, "withdrawn": withdrawn, "kept": kept, "photos": erased}

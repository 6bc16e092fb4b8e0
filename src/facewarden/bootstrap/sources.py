"""The part of bootstrap that keeps photos in order: sources, barred hosts, letters, terms, expunged records.

Never begins a takedown by itself; what a crash interrupted it brings to its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from facewarden.adapters.erasure_ledger.closings import FileClosings
from facewarden.adapters.records_sql.barred_hosts import SqlHostBars
from facewarden.adapters.records_sql.photo_sources import SqlPhotoSources
from facewarden.adapters.records_sql.reclosing import SqlReclosing
from facewarden.adapters.records_sql.takedowns import SqlTakedowns
from facewarden.adapters.turns import Turns
from facewarden.bootstrap.erasing import LEDGER, LEDGER_PURPOSE
from facewarden.domain.ids import SourceId
from facewarden.domain.jobs import JobState
from facewarden.services.collecting.copy_reviews import CopyDesk
from facewarden.services.collecting.expunging import Expunging
from facewarden.services.collecting.hostbars import HostBars
from facewarden.services.collecting.provenance import Provenance
from facewarden.services.collecting.retention import Retention
from facewarden.services.collecting.sources import Sources
from facewarden.services.collecting.takedown import Takedowns
from facewarden.services.collecting.unpermitted import Unpermitted
from facewarden.services.taking_out.erasing import Erasing

if TYPE_CHECKING:
    from facewarden.bootstrap.installation import Installation


TURN_FILE = "withdrawing.lock"
COLLECTIONS_LOOKED_AT = 10_000  # the newest; older ones have ended long ago
GIVEN_UP = "taken_down"


class SourceDesk:
    """The services about sources, built when first used."""

    def __init__(self, installation: Installation) -> None:
        self._of = installation
        self._turns = Turns(installation.data_dir / TURN_FILE)

    @cached_property
    def host_records(self) -> SqlHostBars:
        """Barred hosts in the records."""
        of = self._of
        return SqlHostBars(of.database, of.records.blobs)

    @cached_property
    def bars(self) -> HostBars:
        """Which hosts are barred."""
        return HostBars(self.host_records, self.host_records, self._of.gate, self._of.clock)

    @cached_property
    def closings(self) -> FileClosings:
        """What was closed for good, beside the erasure ledger."""
        of = self._of
        return FileClosings(of.data_dir / LEDGER, of.vault.derive(LEDGER_PURPOSE), of.taking_out.ledger.copy)

    def close_again(self) -> int:
        """How many photos went because what permitted them was closed after the backup that was restored."""
        of = self._of
        again = SqlReclosing(of.database, of.vault, of.records.withdrawals)
        for known in self.closings.all():
            again.close_again(known)
        return self.unpermitted.resume()

    @cached_property
    def register(self) -> Sources:
        """The register of sources."""
        of = self._of
        return Sources(of.records.sources, self.closings, self.bars, of.gate, of.clock)

    @cached_property
    def photo_sources(self) -> SqlPhotoSources:
        """Where photos came from, in the records."""
        of = self._of
        return SqlPhotoSources(of.database, of.vault, of.records.withdrawals)

    @cached_property
    def takedown_records(self) -> SqlTakedowns:
        """Letters of sites' owners in the records."""
        of = self._of
        return SqlTakedowns(of.database, of.vault, of.records.blobs, of.records.withdrawals)

    @cached_property
    def unpermitted(self) -> Unpermitted:
        """What no source permits any more."""
        return Unpermitted(self.photo_sources, self._erasing, self._turns)

    @cached_property
    def takedowns(self) -> Takedowns:
        """Following letters of sites' owners."""
        of = self._of
        return Takedowns(
            self.takedown_records,
            of.records.sources,
            self.bars,
            self.unpermitted,
            self._turns,
            self._stop_collections,
            self.closings,
            of.gate,
            of.log,
            of.clock,
        )

    @cached_property
    def copies(self) -> CopyDesk:
        """Look-alikes of what was taken down."""
        of = self._of
        return CopyDesk(self.takedown_records, of.records.gallery, of.decoder, self._erasing, of.gate, of.clock)

    @cached_property
    def retention(self) -> Retention:
        """How long photos stay."""
        of = self._of
        return Retention(self.photo_sources, self.register, self.unpermitted, lambda: of.law.packs, of.gate, of.clock)

    @cached_property
    def expunging(self) -> Expunging:
        """Following agencies' lists of expunged records."""
        return Expunging(self.photo_sources, self.closings, self.unpermitted, self._of.gate, self._of.clock)

    @cached_property
    def provenance(self) -> Provenance:
        """Where a photo came from, for those who may know."""
        of = self._of
        return Provenance(self.photo_sources, of.records.sources, self.retention, of.viewing, of.gate, of.clock)

    def resume(self) -> int:
        """How many interrupted takedowns and other withdrawals were brought to their end; a look at two tables."""
        return self.takedowns.resume() + self.unpermitted.resume()

    def _erasing(self) -> Erasing:
        return self._of.taking_out.erasing

    def _stop_collections(self, source_ids: Sequence[SourceId]) -> int:
        """Gives up every collection from these sources that goes on."""
        collections, open_states = self._of.ways_in.records, (JobState.RUNNING, JobState.PAUSED)
        going_on = [
            known
            for known in collections.all(COLLECTIONS_LOOKED_AT)
            if known.source_id in source_ids and known.state in open_states
        ]
        return sum(collections.move(known.job_id, open_states, JobState.CANCELLED, GIVEN_UP) for known in going_on)

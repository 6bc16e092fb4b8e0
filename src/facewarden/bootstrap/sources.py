"""The part of bootstrap that keeps photos in order: sources, barred hosts, letters, terms, expunged records.

Never begins a takedown by itself; what a crash interrupted it brings to its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from facewarden.adapters.erasure_ledger.closings import FileClosings
from facewarden.adapters.turns import Turns
from facewarden.bootstrap.casework import Casework
from facewarden.bootstrap.erasing import TakingOut
from facewarden.bootstrap.ground import Ground
from facewarden.bootstrap.stores import LEDGER, LEDGER_PURPOSE
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

TURN_FILE = "withdrawing.lock"
COLLECTIONS_LOOKED_AT = 10_000  # the newest; older ones have ended long ago
GIVEN_UP = "taken_down"


class SourceDesk:
    """The services about sources, built when first used."""

    def __init__(self, ground: Ground, taking_out: TakingOut, casework: Casework) -> None:
        self._ground = ground
        self._taking_out = taking_out
        self._casework = casework
        self._turns = Turns(ground.data_dir / TURN_FILE)

    @cached_property
    def bars(self) -> HostBars:
        """Which hosts are barred."""
        hosts = self._ground.records.hosts
        return HostBars(hosts, hosts, self._ground.gate, self._ground.clock)

    @cached_property
    def closings(self) -> FileClosings:
        """What was closed for good, beside the erasure ledger."""
        ground = self._ground
        return FileClosings(ground.data_dir / LEDGER, ground.vault.derive(LEDGER_PURPOSE), self._taking_out.ledger.copy)

    def close_again(self) -> int:
        """How many photos went because what permitted them was closed after the backup that was restored."""
        for known in self.closings.all():
            self._ground.records.reclosing.close_again(known)
        return self.unpermitted.resume()

    @cached_property
    def register(self) -> Sources:
        """The register of sources."""
        ground = self._ground
        return Sources(ground.records.sources, self.closings, self.bars, ground.gate, ground.clock)

    @cached_property
    def unpermitted(self) -> Unpermitted:
        """What no source permits any more."""
        return Unpermitted(self._ground.records.photo_sources, self._erasing, self._turns)

    @cached_property
    def takedowns(self) -> Takedowns:
        """Following letters of sites' owners."""
        ground = self._ground
        return Takedowns(
            ground.records.takedowns,
            ground.records.sources,
            self.bars,
            self.unpermitted,
            self._turns,
            self._stop_collections,
            self.closings,
            ground.gate,
            ground.log,
            ground.clock,
        )

    @cached_property
    def copies(self) -> CopyDesk:
        """Look-alikes of what was taken down."""
        ground = self._ground
        return CopyDesk(
            ground.records.takedowns, ground.records.gallery, ground.decoder, self._erasing, ground.gate, ground.clock
        )

    @cached_property
    def retention(self) -> Retention:
        """How long photos stay."""
        ground = self._ground
        return Retention(
            ground.records.photo_sources,
            self.register,
            self.unpermitted,
            lambda: ground.law.packs,
            ground.gate,
            ground.clock,
        )

    @cached_property
    def expunging(self) -> Expunging:
        """Following agencies' lists of expunged records."""
        ground = self._ground
        return Expunging(ground.records.photo_sources, self.closings, self.unpermitted, ground.gate, ground.clock)

    @cached_property
    def provenance(self) -> Provenance:
        """Where a photo came from, for those who may know."""
        ground = self._ground
        return Provenance(
            ground.records.photo_sources,
            ground.records.sources,
            self.retention,
            self._casework.viewing,
            ground.gate,
            ground.clock,
        )

    def resume(self) -> int:
        """How many interrupted takedowns and other withdrawals were brought to their end; a look at two tables."""
        return self.takedowns.resume() + self.unpermitted.resume()

    def _erasing(self) -> Erasing:
        return self._taking_out.erasing

    def _stop_collections(self, source_ids: Sequence[SourceId]) -> int:
        """Gives up every collection from these sources that goes on."""
        collections, open_states = self._ground.records.collections, (JobState.RUNNING, JobState.PAUSED)
        going_on = [
            known
            for known in collections.all(COLLECTIONS_LOOKED_AT)
            if known.source_id in source_ids and known.state in open_states
        ]
        return sum(collections.move(known.job_id, open_states, JobState.CANCELLED, GIVEN_UP) for known in going_on)

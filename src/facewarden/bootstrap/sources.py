"""The part of bootstrap that keeps photos in order: the register of sources and the hosts that stay barred.

Never changes a source by itself.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from facewarden.adapters.records_sql.barred_hosts import SqlHostBars
from facewarden.services.hostbars import HostBars
from facewarden.services.sources import Sources

if TYPE_CHECKING:
    from facewarden.bootstrap.installation import Installation


class SourceDesk:
    """The services about sources, built when first used."""

    def __init__(self, installation: Installation) -> None:
        self._of = installation

    @cached_property
    def host_records(self) -> SqlHostBars:
        """Barred hosts in the records."""
        of = self._of
        return SqlHostBars(of.database, of.records.blobs)

    @cached_property
    def bars(self) -> HostBars:
        """Which hosts are barred."""
        return HostBars(self.host_records, self._of.gate, self._of.clock)

    @cached_property
    def register(self) -> Sources:
        """The register of sources."""
        of = self._of
        return Sources(of.records.sources, self.bars, of.gate, of.clock)

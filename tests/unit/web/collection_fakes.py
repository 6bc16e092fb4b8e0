"""Nothing was ever collected: what the pages of the web app see of collections in memory."""

from __future__ import annotations

from types import SimpleNamespace

from facewarden.errors import BadUseError


class NoCollections:
    """The register of collections, empty."""

    def all(self):
        return []

    def find(self, job_id):
        raise BadUseError("unknown_collection", "There is no collection of that id.", next_step="List them.")


def idle_ways_in(quarantine):
    """No collection, none left alone to work on, and this quarantine."""
    return SimpleNamespace(collecting=NoCollections(), work_left_alone=lambda stopped: False, quarantine=quarantine)

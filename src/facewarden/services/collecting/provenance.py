"""Where a photo came from and when it goes, told to those who may know: beside a candidate, or to an officer.

Never tells it of a photo that the asker may not see, and records each look before it is given.
"""

from __future__ import annotations

from dataclasses import dataclass

from facewarden.domain.accounts import Actor
from facewarden.domain.ids import PhotoId
from facewarden.domain.provenance import PhotoOrigins
from facewarden.domain.sources import Source
from facewarden.errors import BadUseError
from facewarden.ports import Clock, PhotoSources, SourceRecords
from facewarden.services.casework.viewing import Viewing
from facewarden.services.collecting.retention import Retention, Term
from facewarden.services.collecting.takedown import read_sources
from facewarden.services.gate import Gate


@dataclass(frozen=True, slots=True)
class Told:
    """A photo's origins, the sources in them by id, and its term."""

    origins: PhotoOrigins
    sources: dict[str, Source]
    term: Term


class Provenance:
    """Origins of photos."""

    def __init__(
        self,
        records: PhotoSources,
        sources: SourceRecords,
        retention: Retention,
        viewing: Viewing,
        gate: Gate,
        clock: Clock,
    ) -> None:
        self._records = records
        self._sources = sources
        self._retention = retention
        self._viewing = viewing
        self._gate = gate
        self._clock = clock

    def of_photo(self, actor: Actor, photo_id: str) -> Told:
        """The origins of a photo, for who oversees: RefusedError for everybody else, BadUseError if there is none."""
        read_sources(self._gate, self._clock, actor)
        return self._told(PhotoId(photo_id))

    def of_candidate(self, actor: Actor, search_id: str, rank: int) -> Told:
        """The origins of a candidate's photo, for whoever may look at that search."""
        _, shown = self._viewing.search(actor, search_id)  # decided and on record there
        found = next((item for item in shown if item.candidate.rank == rank), None)
        if found is None:
            raise _unknown()
        return self._told(found.face.photo.photo_id)

    def _told(self, photo_id: PhotoId) -> Told:
        origins = self._records.origins(photo_id)
        if origins is None:
            raise _unknown()
        return Told(
            origins,
            {source.source_id: source for source in self._sources.all()},
            self._retention.term(photo_id),
        )


def _unknown() -> BadUseError:
    return BadUseError(
        "photo_unknown", "There is no such photo.", "It never existed, or was erased.", "Look at the search again."
    )

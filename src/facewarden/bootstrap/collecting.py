"""The part of bootstrap by which photos come in: the gates, plain ingests, collections and their ways in.

Never begins a collection by itself; what a crash interrupted is gone on with by whoever works on it next.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from facewarden import __version__
from facewarden.adapters.archives import ArchiveConnector
from facewarden.adapters.crawl import CrawlConnector, CrawlLimits
from facewarden.adapters.crawl.endpoints import Resolver, SystemResolver
from facewarden.adapters.crawl.fetching import Fetcher
from facewarden.adapters.folders import FolderConnector
from facewarden.adapters.lists_csv import ListConnector
from facewarden.adapters.records_sql.collections import SqlCollections
from facewarden.adapters.warc import WarcConnector
from facewarden.domain.accounts import Actor
from facewarden.domain.collections import CollectionKind, Plan
from facewarden.domain.ids import SourceId
from facewarden.domain.photos import OfferedFile
from facewarden.domain.sources import Source
from facewarden.errors import BadUseError, Error
from facewarden.matching.suppression import Zone
from facewarden.ports.collections import Connector
from facewarden.services.collecting.addressgate import AddressGate, owned
from facewarden.services.collecting.collection_work import CollectionWorker, Tools
from facewarden.services.collecting.collections import Collecting, fetched_for
from facewarden.services.collecting.ingest import Ingest, SourceGate
from facewarden.services.collecting.intake import Intake
from facewarden.services.collecting.intake_report import IngestReport
from facewarden.services.collecting.photolaw import PhotoLaw

if TYPE_CHECKING:
    from facewarden.bootstrap.installation import Installation


class WaysIn:
    """The services by which photos come in, built when first used."""

    def __init__(self, installation: Installation) -> None:
        self._of = installation
        self.resolver: Resolver = SystemResolver()

    @cached_property
    def law(self) -> PhotoLaw:
        """What the law says to each photo."""
        of = self._of
        return PhotoLaw(of.gate, of.photo_reader, of.clock, of.source_desk.bars)

    @cached_property
    def addresses(self) -> AddressGate:
        """What an address alone settles."""
        of = self._of
        return AddressGate(self.law, of.clock, lambda: of.law.packs)

    @cached_property
    def intake(self) -> Intake:
        """Every gate, in order."""
        of = self._of
        return Intake(
            of.records.gallery,
            of.decoder,
            of.engine,
            of.index_keeper,
            of.gate,
            self.law,
            self.addresses,
            of.log,
            of.clock,
            of.content_hash,
            of.taking_out.suppression,
            of.records.quarantine,
            of.taking_out.burner,
            of.source_desk.photo_sources.expunged,
        )

    def take_again(self, actor: Actor, source_id: str, file: OfferedFile, zone: Zone) -> IngestReport:
        """What came of a photo that had been set aside, with an officer's word on the faces in question."""
        source = next((known for known in self._of.records.sources.all() if known.source_id == source_id), None)
        if source is None:
            raise BadUseError("source_unknown", "The source of this photo is no more.", next_step="Keep the photo out.")
        decision = self.source_gate.enter(actor, source)
        report = self.intake.take(actor.user.user_id, source, [file], decision.packs, lambda _: None, answered=zone)
        self._of.index_keeper.save()
        return report

    @cached_property
    def source_gate(self) -> SourceGate:
        """Whether anything may come from a source at all."""
        of = self._of
        return SourceGate(of.gate, self.law, of.log, of.clock)

    @cached_property
    def ingest(self) -> Ingest:
        """Taking files in, in one go."""
        of = self._of
        return Ingest(self.intake, self.source_gate, of.records.jobs, of.index_keeper, of.gate)

    @cached_property
    def records(self) -> SqlCollections:
        """Collections in the records."""
        return SqlCollections(self._of.database, self._of.vault)

    @cached_property
    def collecting(self) -> Collecting:
        """Collections, as a person sees them."""
        of = self._of
        return Collecting(
            self.records,
            self.records,
            self.source_gate,
            self._source,
            of.records.cases,
            self.addresses,
            of.gate,
            of.clock,
        )

    def work_left_alone(self, stopped: Callable[[], bool]) -> bool:
        """Works on a collection that nobody works on, until it is done or `stopped`; False where there is none.

        An Error pauses the collection, with its code for people to see, and ends here.
        """
        collection = self.collecting.left_alone()
        if collection is None:
            return False
        with contextlib.suppress(Error):
            self.worker().run(collection.job_id, stopped=stopped)
        return True

    def worker(self) -> CollectionWorker:
        """A worker of its own, for one thread."""
        of = self._of
        return CollectionWorker(
            Tools(
                self.records,
                self.records,
                self.records,
                self._connector,
                self.intake,
                self.source_gate,
                self._source,
                self.addresses,
                of.index_keeper,
                of.gate,
                of.clock,
            )
        )

    def _source(self, source_id: SourceId) -> Source:
        for source in self._of.records.sources.all():
            if source.source_id == source_id:
                return source
        raise BadUseError("source_unknown", "The source of this collection is gone.", "", "Cancel the collection.")

    def examine(self, plan: Plan) -> None:
        """Nothing; raises BadUseError if what is to be read is not what it is said to be."""
        connector = file_connector(plan)
        if not isinstance(connector, FolderConnector):
            connector.examine()

    def _connector(self, plan: Plan, source: Source) -> Connector:
        return self._crawl(plan, source) if plan.kind is CollectionKind.CRAWL else file_connector(plan)

    def _crawl(self, plan: Plan, source: Source) -> CrawlConnector:
        where = plan.where
        first = where.get("first")
        limits = CrawlLimits(int(str(where["pages"])), int(str(where["depth"])), float(str(where["delay_s"])))
        return CrawlConnector(
            map(str, first) if isinstance(first, list) else (),
            fetched_for(plan),
            partial(owned, source),
            self.resolver,
            Fetcher(f"facewarden/{__version__} (+{where['contact']})"),
            limits,
            self._of.clock.now,
        )


def file_connector(plan: Plan) -> FolderConnector | ArchiveConnector | ListConnector | WarcConnector:
    """The way in of a plan that reads files of this machine."""
    where = plan.where
    path = Path(str(where.get("path", "")))
    match plan.kind:
        case CollectionKind.FOLDER:
            return FolderConnector(path)
        case CollectionKind.ARCHIVE:
            return ArchiveConnector(path)
        case CollectionKind.CSV:
            encoding, columns = where.get("encoding"), where.get("columns")
            named = {str(k): str(v) for k, v in columns.items()} if isinstance(columns, dict) else {}
            return ListConnector(path, str(encoding) if encoding else None, named)
        case CollectionKind.WARC:
            return WarcConnector(path)
    raise BadUseError("unknown_way", f"There is no way in called {plan.kind}.")

"""The part of bootstrap by which photos come in: the gates, plain ingests, collections and their ways in.

Never begins a collection by itself; what a crash interrupted is gone on with by whoever works on it next.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path

from facewarden import __version__
from facewarden.adapters.archives import ArchiveConnector
from facewarden.adapters.crawl import CrawlConnector, CrawlLimits
from facewarden.adapters.crawl.endpoints import Resolver, SystemResolver
from facewarden.adapters.crawl.fetching import Fetcher
from facewarden.adapters.folders import FolderConnector
from facewarden.adapters.lists_csv import ListConnector
from facewarden.adapters.presence import FilePresence
from facewarden.adapters.uploads import UploadConnector, photos_in
from facewarden.adapters.warc import WarcConnector
from facewarden.bootstrap.erasing import TakingOut
from facewarden.bootstrap.ground import Ground
from facewarden.bootstrap.sources import SourceDesk
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
from facewarden.services.collecting.uploading import Uploading
from facewarden.services.taking_out.quarantine import Quarantine

WORKERS = "workers"  # the folder of the files by which workers of this machine are known to live


class WaysIn:
    """The services by which photos come in, built when first used."""

    def __init__(self, ground: Ground, sources: SourceDesk, taking_out: TakingOut) -> None:
        self._ground = ground
        self._sources = sources
        self._taking_out = taking_out
        self.resolver: Resolver = SystemResolver()

    @cached_property
    def law(self) -> PhotoLaw:
        """What the law says to each photo."""
        ground = self._ground
        return PhotoLaw(ground.gate, ground.photo_reader, ground.clock, self._sources.bars)

    @cached_property
    def addresses(self) -> AddressGate:
        """What an address alone settles."""
        ground = self._ground
        return AddressGate(self.law, ground.clock, lambda: ground.law.packs)

    @cached_property
    def intake(self) -> Intake:
        """Every gate, in order."""
        ground = self._ground
        return Intake(
            ground.records.gallery,
            ground.decoder,
            ground.engine,
            ground.index_keeper,
            ground.gate,
            self.law,
            self.addresses,
            ground.log,
            ground.clock,
            ground.content_hash,
            self._taking_out.suppression,
            ground.records.quarantine,
            self._taking_out.burner,
            ground.records.photo_sources.expunged,
        )

    def take_again(self, actor: Actor, source_id: str, file: OfferedFile, zone: Zone) -> IngestReport:
        """What came of a photo that had been set aside, with an officer's word on the faces in question."""
        source = self._source(SourceId(source_id))
        decision = self.source_gate.enter(actor, source)
        report = self.intake.take(actor.user.user_id, source, [file], decision.packs, lambda _: None, answered=zone)
        self._ground.index_keeper.save()
        return report

    @cached_property
    def quarantine(self) -> Quarantine:
        """Photos that wait for an officer's word."""
        ground = self._ground
        return Quarantine(ground.records.quarantine, ground.decoder, self, ground.gate, ground.clock)

    @cached_property
    def source_gate(self) -> SourceGate:
        """Whether anything may come from a source at all."""
        ground = self._ground
        return SourceGate(ground.gate, self.law, ground.log, ground.clock)

    @cached_property
    def ingest(self) -> Ingest:
        """Taking files in, in one go."""
        ground = self._ground
        return Ingest(self.intake, self.source_gate, ground.records.jobs, ground.index_keeper, ground.gate)

    @cached_property
    def collecting(self) -> Collecting:
        """Collections, as a person sees them."""
        ground, collections = self._ground, self._ground.records.collections
        return Collecting(
            collections,
            collections,
            self.presence,
            self.source_gate,
            self._source,
            ground.records.cases,
            self.addresses,
            ground.gate,
        )

    @cached_property
    def presence(self) -> FilePresence:
        """Which workers of this machine live."""
        return FilePresence(self._ground.data_dir / WORKERS)

    def work_left_alone(self, stopped: Callable[[], bool]) -> bool:
        """Works on a collection that nobody works on, until it is done or `stopped`; False where there is none.

        An Error pauses the collection, with its code for people to see, and ends here.
        """
        self._ground.records.uploads.sweep()
        collection = self.collecting.left_alone()
        if collection is None:
            return False
        with contextlib.suppress(Error):
            self.worker().run(collection.job_id, stopped=stopped)
        return True

    def worker(self) -> CollectionWorker:
        """A worker of its own, for one thread."""
        ground, collections = self._ground, self._ground.records.collections
        return CollectionWorker(
            Tools(
                collections,
                collections,
                collections,
                self.presence,
                self._connector,
                self.intake,
                self.source_gate,
                self._source,
                self.addresses,
                ground.index_keeper,
                ground.gate,
                ground.clock,
            )
        )

    def _source(self, source_id: SourceId) -> Source:
        for source in self._ground.records.sources.all():
            if source.source_id == source_id:
                return source
        raise BadUseError(
            "source_unknown", "The source is gone.", next_step="Cancel the collection, or keep the photo out."
        )

    def examine(self, plan: Plan) -> None:
        """Nothing; raises BadUseError if what is to be read is not what it is said to be."""
        connector = file_connector(plan)
        if not isinstance(connector, FolderConnector):
            connector.examine()

    @cached_property
    def uploading(self) -> Uploading:
        """Files handed over in the app."""
        return Uploading(self._ground.records.uploads, self.source_gate, self.collecting, photos_in)

    def _connector(self, plan: Plan, source: Source) -> Connector:
        match plan.kind:
            case CollectionKind.CRAWL:
                return self._crawl(plan, source)
            case CollectionKind.UPLOAD:
                uploads = self._ground.records.uploads
                packs = partial(uploads.listed, str(plan.where["upload"]))
                return UploadConnector(packs, uploads.files, uploads.sweep)
        return file_connector(plan)

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
            self._ground.clock.now,
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

"""An opened installation: its parts, built when first used, and the self-checks without which nothing starts.

Never opens one whose keys, records, log, law or models do not verify.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from facewarden.adapters.blobs.files import EncryptedBlobs
from facewarden.adapters.clock import SystemClock
from facewarden.adapters.decision_facts.store import DecisionFacts
from facewarden.adapters.faces_onnx import pack
from facewarden.adapters.faces_onnx.engine import OnnxFaceEngine
from facewarden.adapters.folders import FolderFiles
from facewarden.adapters.index_faiss.index import OVERFETCH, FaissIndex, IndexOptions
from facewarden.adapters.keys.vault import KeyVault
from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.adapters.passwords import Argon2Passwords
from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.adapters.read_ahead import read_ahead
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.rates import SqlRates
from facewarden.bootstrap import daily as daily_rounds
from facewarden.bootstrap import law as bootstrap_law
from facewarden.bootstrap.casework import Casework
from facewarden.bootstrap.collecting import WaysIn
from facewarden.bootstrap.credentials import Credentials
from facewarden.bootstrap.erasing import INDEX_PURPOSE, LEDGER_PURPOSE, TakingOut
from facewarden.bootstrap.orders import OrderDesk
from facewarden.bootstrap.people import People
from facewarden.bootstrap.records import Records
from facewarden.bootstrap.requests import RequestDesk
from facewarden.bootstrap.sources import SourceDesk
from facewarden.bootstrap.stores import (
    LOG_PURPOSE,
    check_log_is_newest,
    log_folder,
    records_file,
)
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.faces import PackCard
from facewarden.errors import DamagedError, Error, UnavailableError
from facewarden.law.loading import Pack
from facewarden.law.photo import PhotoReader
from facewarden.matching.calibration import Calibration
from facewarden.services.casework.cases import Cases
from facewarden.services.casework.search import Search, candidate_threshold
from facewarden.services.casework.viewing import Viewing
from facewarden.services.collecting.index import IndexKeeper
from facewarden.services.collecting.ingest import Ingest
from facewarden.services.collecting.sources import Sources
from facewarden.services.daily import Daily
from facewarden.services.gate import Gate
from facewarden.services.law.lawful_gallery import LawfulGallery, StandingLaw
from facewarden.services.law.livelaw import LiveLaw
from facewarden.services.limits import ActLimits
from facewarden.services.logbook import LogBook
from facewarden.services.people.accounts import Accounts
from facewarden.services.people.signin import SignIn
from facewarden.settings import Settings

ORPHAN_AGE_S = 3_600.0  # younger ones may belong to an ingest that is still running
DECODER_WORKERS = 2  # one decodes while the other's photo is taken over


@dataclass(frozen=True, slots=True)
class Check:
    """One self-check: what was looked at, what was seen, and what to do (`problem` None: all is well)."""

    name: str
    detail: str
    problem: str | None = None
    next_step: str = ""


class Installation:
    """An opened installation. Parts are built when first used; `self_check` builds and checks them all."""

    def __init__(self, settings: Settings, identity: dict[str, object], vault: KeyVault, clock: SystemClock) -> None:
        self.settings = settings
        self.installation_id = str(identity["installation_id"])
        self.name = str(identity["name"])
        self.second_factor_required = identity.get("second_factor", "optional") != "optional"
        self.clock = clock
        self.vault = vault
        self.law = LiveLaw(
            lambda: bootstrap_law.bound_packs(settings.data_dir),
            lambda: bootstrap_law.packs_mark(settings.data_dir),
            self._law_changed,
        )
        self.database = Database(records_file(settings), clock)
        self.database.check_schema()
        self.log = TileLog(log_folder(settings), vault.derive(LOG_PURPOSE), self.name)
        self.clock.not_before(self.log.entry(self.log.size() - 1).at)
        self.memory = DecisionFacts(settings.data_dir / "facts.db", vault)
        check_log_is_newest(self.memory, self.log)
        limits = ActLimits(SqlRates(self.database, vault), clock, settings.searches_an_hour)
        self.gate = Gate(self.law, self.log, clock, self.memory, limits)
        self._content_key = vault.derive("content-hash")
        vault.derive(LEDGER_PURPOSE)
        self.taking_out = TakingOut(self)

    @property
    def data_dir(self) -> Path:
        """Where everything is, but for the master key."""
        return self.settings.data_dir

    def _law_changed(self, packs: tuple[Pack, ...], problem: Error | None) -> None:
        """Puts on record that other packs decide from now on, or that none can."""
        event = AuditEvent.LAW_PACK_LOADED if problem is None else AuditEvent.LAW_UNAVAILABLE
        details: dict[str, str | int] = {"packs_loaded": len(packs)} if problem is None else {"code": problem.code}
        versions = {pack.pack_id: pack.version for pack in packs} if problem is None else {}
        entry = AuditEntry(event, self.clock.now(), subject=self.installation_id, packs=versions, details=details)
        self.log.append([entry])

    # -- records ---------------------------------------------------------------------------------------------

    @cached_property
    def records(self) -> Records:
        """The records behind their ports."""
        blobs = EncryptedBlobs(self.settings.data_dir / "photos", self.vault)
        return Records(self.database, self.vault, blobs)

    def content_hash(self, content: bytes) -> bytes:
        """The keyed hash by which a file is known again; means nothing without this installation's key."""
        return hmac.digest(self._content_key, sha256(content).digest(), "sha256")

    # -- faces -----------------------------------------------------------------------------------------------

    @cached_property
    def engine(self) -> OnnxFaceEngine:
        """The default pack's models, verified."""
        return pack.open_pack(self.settings.models_dir, self.settings.providers, self.settings.threads)

    @property
    def card(self) -> PackCard:
        """What the models say of themselves."""
        return self.engine.card

    @cached_property
    def calibration(self) -> Calibration:
        """What a similarity of the pack means: by the operator's own set if one is named, else by the portraits."""
        own = self.settings.calibration
        return pack.read_calibration(own, self.card) if own else pack.default_calibration()

    @cached_property
    def decoder(self) -> SandboxDecoder:
        """Photos to pixels, in child processes."""
        return SandboxDecoder(workers=DECODER_WORKERS)

    @cached_property
    def index(self) -> FaissIndex:
        """The index as last saved, caught up with the records; made anew if its file does not verify."""
        index = self._empty_index()
        try:
            index.load()
        except DamagedError:
            index = self._empty_index()
            self.gate.note(AuditEvent.INDEX_REBUILT, actor=None, subject=self.installation_id)
        return index

    def _empty_index(self) -> FaissIndex:
        path = self.settings.data_dir / "index" / f"{self.card.pack_id}.faces"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        options = IndexOptions(threads=self.settings.threads)
        return FaissIndex(path, self.vault.derive(INDEX_PURPOSE), self.card.dimension, options)

    @cached_property
    def index_keeper(self) -> IndexKeeper:
        """The index in step with the records."""
        return IndexKeeper(self.index, self.records.index_feed, self.records.gallery, OVERFETCH)

    def rebuild_index(self) -> None:
        """Makes the index anew from the records and saves it."""
        self.__dict__.pop("index_keeper", None)
        self.__dict__["index"] = self._empty_index()
        self.gate.note(AuditEvent.INDEX_REBUILT, actor=None, subject=self.installation_id)
        self.index_keeper.catch_up()
        self.index_keeper.save()

    # -- services --------------------------------------------------------------------------------------------

    @cached_property
    def sign_in(self) -> SignIn:
        """Signing in and out."""
        records = self.records
        return SignIn(
            records.accounts,
            records.sessions,
            records.sign_in_failures,
            Argon2Passwords(),
            self.gate,
            self.clock,
            second_factor_required=self.second_factor_required,
            parts=self.people.sign_in_parts,
        )

    @cached_property
    def people(self) -> People:
        """Users, their keys and sessions."""
        return People(self)

    @cached_property
    def credentials(self) -> Credentials:
        """Passkeys, and signing in with one."""
        return Credentials(self)

    @cached_property
    def accounts(self) -> Accounts:
        """Organisations and users."""
        return Accounts(self.records.accounts, Argon2Passwords(), self.gate, self.clock)

    @cached_property
    def cases(self) -> Cases:
        """Cases."""
        return Cases(self.records.cases, self.gate, self.clock, self.records.accounts)

    @cached_property
    def sources(self) -> Sources:
        """Sources of photos."""
        return self.source_desk.register

    @cached_property
    def source_desk(self) -> SourceDesk:
        """Sources, barred hosts, letters of sites' owners, where photos came from and how long they stay."""
        return SourceDesk(self)

    @cached_property
    def photo_reader(self) -> PhotoReader:
        """The reader of a photo's facts, with the operator's map of addresses if one is named; raises Error."""
        return bootstrap_law.photo_reader(self.settings.server_map)

    @cached_property
    def ways_in(self) -> WaysIn:
        """How photos come in."""
        return WaysIn(self)

    @property
    def ingest(self) -> Ingest:
        """Taking photos in."""
        return self.ways_in.ingest

    @cached_property
    def lawful_gallery(self) -> LawfulGallery:
        """The gallery without what the law of the moment bars: for whoever shows photos."""
        return LawfulGallery(self.records.gallery, StandingLaw(self.law, self.memory, self.clock))

    @cached_property
    def search(self) -> Search:
        """Searching for one face."""
        records = self.records
        return Search(
            self.lawful_gallery,
            records.index_feed,
            self.index_keeper,
            self.decoder,
            self.engine,
            self.calibration,
            candidate_threshold(self.calibration),
            records.probes,
            records.searches,
            records.acceptances,
            self.gate,
            self.clock,
            self.content_hash,
        )

    @cached_property
    def viewing(self) -> Viewing:
        """Past searches and their candidates' photos."""
        records = self.records
        return Viewing(
            records.cases,
            self.lawful_gallery,
            records.searches,
            self.decoder,
            self.gate,
            self.clock,
            records.leads,
            records.looks,
        )

    @cached_property
    def casework(self) -> Casework:
        """Examinations, reports and their recall."""
        return Casework(self)

    @cached_property
    def request_desk(self) -> RequestDesk:
        """People's requests: to be taken out, to be told."""
        return RequestDesk(self)

    @cached_property
    def logbook(self) -> LogBook:
        """The audit log for readers."""
        return LogBook(self.log, self.gate, self.clock)

    @cached_property
    def lawdesk(self) -> bootstrap_law.LawDesk:
        """Questions to the law, what packs would touch, and what they order."""
        return bootstrap_law.LawDesk(self)

    @cached_property
    def daily(self) -> Daily:
        """What is done once a day."""
        return daily_rounds.daily(self)

    @cached_property
    def order_desk(self) -> OrderDesk:
        """Holds, packs carried out, their proofs, and the nightly look at duties."""
        return OrderDesk(self, self.lawdesk)

    def folder(self, path: Path) -> FolderFiles:
        """The photos below a folder, or one photo."""
        return FolderFiles(path)

    # -- checks ----------------------------------------------------------------------------------------------

    def self_check(self) -> None:
        """Nothing; raises the first problem that a start must not pass over. What a search reads is in memory then."""
        for name in ("keys.db", "records.db"):
            read_ahead(self.settings.data_dir / name)
        _ = self.engine, self.calibration, self.photo_reader
        self.index_keeper.check()
        self.index_keeper.rehearse(self.card.dimension)

    def examine(self) -> Sequence[Check]:
        """Every self-check with its outcome, the whole log and orphaned files included; raises nothing."""
        return [_examined(name, check) for name, check in self._checks().items()]

    def _checks(self) -> dict[str, Callable[[], str]]:
        return {
            "law": self._law_detail,
            "server map": lambda: bootstrap_law.map_detail(self.settings.server_map, self.clock.now()),
            "records": self._records_detail,
            "log": self._log_detail,
            "models": lambda: f"{self.card.pack_id} {self.card.version}, verified",
            "index": self._index_detail,
            "decoder": self._decoder_detail,
            "orphans": self._orphans_detail,
            "ledger": self.taking_out.ledger_detail,
        }

    def _law_detail(self) -> str:
        if self.law.problem is not None:
            raise self.law.problem
        return bootstrap_law.law_detail(self.law.packs, self.clock.now())

    def _records_detail(self) -> str:
        summary = self.records.index_feed.summary()
        return f"{summary.photos:,} photos, {summary.faces:,} faces, change {summary.sequence:,}"

    def _log_detail(self) -> str:
        report = self.log.verify()
        if not report.ok:
            fault = report.faults[0]
            raise DamagedError("log_damaged", fault.what, f"At {fault.place}.", "See: facewarden audit verify")
        return f"{report.size:,} entries verify"

    def _index_detail(self) -> str:
        self.index_keeper.check()
        return f"{self.index.count:,} faces, equal to the records"

    def _orphans_detail(self) -> str:
        swept = self.records.orphans.sweep(ORPHAN_AGE_S)
        return f"{swept} left over from interrupted work" if any(astuple(swept)) else "none"

    def _decoder_detail(self) -> str:
        tried = self.decoder.self_test()
        open_doors = sorted(name for name, answer in tried.items() if answer != "refused")
        if open_doors:
            raise UnavailableError(
                "sandbox_open",
                f"The photo decoder may do what it must not: {', '.join(open_doors)}.",
                next_step="Run on a kernel with seccomp.",
            )
        return f"{len(tried)} things that a decoder must not do were refused to it"

    def close(self) -> None:
        """Ends child processes and closes files."""
        if "decoder" in self.__dict__:
            self.decoder.close()
        self.memory.close()
        self.database.close()
        self.vault.close()


def _examined(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, check())
    except Error as error:
        return Check(name, f"{error.what} {error.why}".strip(), error.code, error.next_step)

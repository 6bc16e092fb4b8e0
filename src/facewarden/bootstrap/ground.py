"""What every capability of an installation stands on: its keys, records, log, law, gate and models.

Never opens one whose keys, records or log do not verify, and knows none of the capabilities.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from facewarden.adapters.blobs.files import EncryptedBlobs
from facewarden.adapters.clock import SystemClock
from facewarden.adapters.decision_facts.store import DecisionFacts
from facewarden.adapters.faces_onnx.engine import OnnxFaceEngine
from facewarden.adapters.index_faiss.index import OVERFETCH, FaissIndex, IndexOptions
from facewarden.adapters.keys.vault import KeyVault
from facewarden.adapters.log_tiles.seen import SeenCheckpoint
from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.adapters.mail.outbox import FileOutbox
from facewarden.adapters.mail.smtp import SmtpMailBox, mail_server
from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.adapters.records_sql.database import Database
from facewarden.audit.note import NoteSigner
from facewarden.bootstrap import faces as bootstrap_faces
from facewarden.bootstrap import law as bootstrap_law
from facewarden.bootstrap.records import Records
from facewarden.bootstrap.stores import (
    INDEX_PURPOSE,
    LEDGER_PURPOSE,
    LOG_PURPOSE,
    check_log_is_newest,
    log_folder,
    records_file,
)
from facewarden.bootstrap.witnesses import witness_term, witnessing
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.faces import PackCard
from facewarden.errors import DamagedError, Error, UnavailableError
from facewarden.law.loading import Pack
from facewarden.law.photo import PhotoReader
from facewarden.matching.calibration import Calibration
from facewarden.services.collecting.index import IndexKeeper
from facewarden.services.gate import Gate
from facewarden.services.law.livelaw import LiveLaw
from facewarden.services.limits import ActLimits
from facewarden.settings import Settings

OUTBOX = "outbox"
DECODER_WORKERS = 2  # one decodes while the other's photo is taken over


class Ground:
    """The parts that capabilities share: stores are open from the start, models are loaded when first used."""

    def __init__(self, settings: Settings, identity: dict[str, object], vault: KeyVault, clock: SystemClock) -> None:
        self.settings = settings
        self.installation_id = str(identity["installation_id"])
        self.name = str(identity["name"])
        self.second_factor_required = identity.get("second_factor", "optional") != "optional"
        self.clock = clock
        self.vault = vault
        self.shelf = bootstrap_law.law_shelf(settings.data_dir)
        self.law = LiveLaw(
            lambda: bootstrap_law.bound_packs(settings.data_dir, self.shelf),
            lambda: bootstrap_law.packs_mark(settings.data_dir),
            self._law_changed,
        )
        self.database = Database(records_file(settings), clock)
        self.database.check_schema()
        self.records = Records(self.database, vault, EncryptedBlobs(settings.data_dir / "photos", vault))
        self._check_gallery_pack()
        self.log = TileLog(log_folder(settings), vault.derive(LOG_PURPOSE), self.name)
        self.clock.follows(self.log.entry(self.log.size() - 1).at, settings.clock_checked_on)
        self.memory = DecisionFacts(settings.data_dir / "facts.db", vault)
        check_log_is_newest(self.memory, self.log)
        limits = ActLimits(self.records.rates, clock, settings.searches_an_hour)
        self.gate = Gate(self.law, self.log, clock, self.memory, limits, witness_term(settings, clock).check)
        self.witnessing = witnessing(settings, self.log, self.gate, clock)
        self._content_key = vault.derive("content-hash")
        vault.derive(LEDGER_PURPOSE)

    @property
    def data_dir(self) -> Path:
        """Where everything is, but for the master key."""
        return self.settings.data_dir

    @property
    def seen(self) -> SeenCheckpoint:
        """The newest checkpoint that this account has seen of the log here, beside the master key and not the data."""
        return SeenCheckpoint(self.settings.config_dir / "seen", self.installation_id, self.data_dir)

    def keep_seen(self) -> Mapping[str, int]:
        """Keeps the log's newest checkpoint as seen; how many entries it is signed for."""
        self.seen.keep(self.log)
        return {"entries": self.log.size()}

    def _law_changed(self, packs: tuple[Pack, ...], problem: Error | None) -> None:
        """Puts on record that other packs decide from now on, or that none can."""
        event = AuditEvent.LAW_PACK_LOADED if problem is None else AuditEvent.LAW_UNAVAILABLE
        details: dict[str, str | int] = {"packs_loaded": len(packs)} if problem is None else {"code": problem.code}
        versions = {pack.pack_id: pack.version for pack in packs} if problem is None else {}
        entry = AuditEntry(event, self.clock.now(), subject=self.installation_id, packs=versions, details=details)
        self.log.append([entry])

    # -- papers and letters ----------------------------------------------------------------------------------

    @cached_property
    def signer(self) -> NoteSigner:
        """Signs what strangers check, with the log's key."""
        return NoteSigner(self.name, self.vault.derive(LOG_PURPOSE))

    @cached_property
    def mail(self) -> FileOutbox | SmtpMailBox:
        """How letters leave: as files, or through the mail server that the settings name; raises Error.

        Nothing is connected before a letter goes.
        """
        folder, office = self.data_dir / OUTBOX, self.settings.office
        outbox = FileOutbox(folder, office.mail_from, self.clock)
        if office.smtp is None:
            return outbox
        return SmtpMailBox(outbox, folder, mail_server(office.smtp, office.smtp_password_file))

    def content_hash(self, content: bytes) -> bytes:
        """The keyed hash by which a file is known again; means nothing without this installation's key."""
        return hmac.digest(self._content_key, sha256(content).digest(), "sha256")

    # -- photos and faces ------------------------------------------------------------------------------------

    @cached_property
    def decoder(self) -> SandboxDecoder:
        """Photos to pixels, in child processes."""
        return SandboxDecoder(workers=DECODER_WORKERS)

    @cached_property
    def photo_reader(self) -> PhotoReader:
        """The reader of a photo's facts, with the operator's map of addresses if one is named; raises Error."""
        return bootstrap_law.photo_reader(self.settings.server_map)

    @cached_property
    def engine(self) -> OnnxFaceEngine:
        """The models of the pack in use, verified."""
        return bootstrap_faces.open_engine(self.settings, bootstrap_faces.pack_in_use(self.settings))

    @property
    def card(self) -> PackCard:
        """What the models say of themselves."""
        return self.engine.card

    def _check_gallery_pack(self) -> None:
        """Nothing; UnavailableError where the gallery's templates are of another pack: the two say nothing together."""
        today = bootstrap_faces.pack_in_use(self.settings)
        other = self.records.index_feed.other_pack(today)
        if other is not None:
            raise UnavailableError(
                "gallery_of_another_pack",
                f"The gallery's templates were made by the face pack {other}, not by {today}.",
                "A template says nothing beside one of another pack.",
                f"Set FACEWARDEN_PACK={other} again. To change the models, take the sources down with it first, then"
                " collect them anew with the new one; who is kept out stays so.",
            )

    @cached_property
    def calibration(self) -> Calibration:
        """What a similarity of the pack in use means."""
        return bootstrap_faces.open_calibration(self.settings, self.card)

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
        path = self.data_dir / "index" / f"{self.card.pack_id}.faces"
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

    def close(self) -> None:
        """Ends child processes and closes files."""
        if "decoder" in self.__dict__:
            self.decoder.close()
        self.memory.close()
        self.database.close()
        self.vault.close()

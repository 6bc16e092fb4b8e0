"""The part of bootstrap that takes people out: erasure, the suppression vault, opt-out, receipts.

Never begins an erasure by itself; what a crash interrupted it brings to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from facewarden.adapters.erasure_ledger.file import FileLedger
from facewarden.adapters.faces_onnx.engine import OnnxFaceEngine
from facewarden.adapters.index_faiss.index import FaissIndex
from facewarden.adapters.keys.vault import KeyVault
from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.adapters.pdf.press import PdfPress
from facewarden.adapters.photos_decode.burning import JpegBurner
from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.adapters.turns import Turns
from facewarden.audit.note import NoteSigner
from facewarden.bootstrap.key_backups import REGISTER, KeyBackups
from facewarden.bootstrap.records import Records
from facewarden.domain.gallery import GalleryFace
from facewarden.domain.provenance import Arrival
from facewarden.errors import UnavailableError
from facewarden.matching.calibration import Calibration
from facewarden.ports import Clock, DecisionMemory
from facewarden.services.collecting.index import IndexKeeper
from facewarden.services.gate import Gate
from facewarden.services.taking_out.access import Access
from facewarden.services.taking_out.burning import Burning
from facewarden.services.taking_out.erasing import Erasing
from facewarden.services.taking_out.keeping_out import IncidentBook, LettingGo, NightlyProbe, Renewing
from facewarden.services.taking_out.owed import Owed
from facewarden.services.taking_out.quarantine import Quarantine, Readmission
from facewarden.services.taking_out.receipts import Receipts
from facewarden.services.taking_out.replaying import Replaying
from facewarden.services.taking_out.suppression import KnownPack, SuppressionCheck
from facewarden.settings import Settings

if TYPE_CHECKING:
    from facewarden.bootstrap.sources import SourceDesk

LEDGER = "ledger"
"""The folder of the erasure ledger below the data folder."""
LEDGER_PURPOSE = "erasure-ledger"
"""Its key is made when the installation first opens, so that every backup of keys has it."""
INDEX_PURPOSE = "index-file"
"""The purpose of the key that the index's file is under; it is made anew at each erasure."""
_STORED_PURPOSE = "purpose/"
"""How the vault names a key made by `derive`."""


class House(Protocol):
    """The parts of an installation that taking out needs."""

    @property
    def name(self) -> str: ...
    @property
    def vault(self) -> KeyVault: ...
    @property
    def log(self) -> TileLog: ...
    @property
    def gate(self) -> Gate: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def memory(self) -> DecisionMemory: ...
    @property
    def data_dir(self) -> Path: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def records(self) -> Records: ...
    @property
    def engine(self) -> OnnxFaceEngine: ...
    @property
    def calibration(self) -> Calibration: ...
    @property
    def decoder(self) -> SandboxDecoder: ...
    @property
    def index(self) -> FaissIndex: ...
    @property
    def index_keeper(self) -> IndexKeeper: ...
    @property
    def ways_in(self) -> Readmission: ...
    @property
    def source_desk(self) -> SourceDesk: ...


class Places:
    """Index and keys, as the erasure rewrites them."""

    def __init__(self, house: House) -> None:
        self._house = house

    def rewrite_index(self) -> None:
        """The index's file as the records are now, under a new key; without the old key no old copy of it opens.

        After a crash between the two the file does not open, and the next start makes the index anew.
        """
        house = self._house
        house.index_keeper.catch_up()
        house.vault.destroy([_STORED_PURPOSE + INDEX_PURPOSE])
        house.index.save(house.vault.derive(INDEX_PURPOSE))

    def rotate_keys(self) -> None:
        """Every key-encryption key that wrapped a destroyed key is replaced."""
        self._house.vault.rotate()


class TakingOut:
    """The services that take people out, built when first used."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.burner = JpegBurner()
        self.old_packs: dict[str, Callable[[], KnownPack]] = {}
        """Packs of earlier days that templates of the vault are of, each opened when first needed."""
        self._turns = Turns(house.data_dir / "turns.lock")

    @cached_property
    def erasing(self) -> Erasing:
        """The one verb of erasure."""
        house = self._house
        return Erasing(
            house.records.erasures,
            Places(house),
            self.burning,
            house.memory,
            self.ledger,
            self._turns,
            house.gate,
            house.log,
            house.clock,
        )

    @cached_property
    def ledger(self) -> FileLedger:
        """What was erased, in a file that outlives the records."""
        house = self._house
        return FileLedger(house.data_dir / LEDGER, house.vault.derive(LEDGER_PURPOSE), house.settings.ledger_copy)

    def ledger_detail(self) -> str:
        """What `facewarden doctor` says of the ledger; DamagedError, or UnavailableError where its copy is behind."""
        lines = len(self.ledger.lines())
        if not self.ledger.copied():
            raise UnavailableError(
                "ledger_not_copied",
                "The copy of the erasure ledger is behind.",
                "The folder that FACEWARDEN_LEDGER_COPY names could not be written when somebody was erased.",
                "Bring the folder back; the next erasure copies everything.",
            )
        return f"{lines:,} lines verify"

    @cached_property
    def replaying(self) -> Replaying:
        """What a restore does before it may serve."""
        return Replaying(self.ledger, self._house.records.replays, self.erasing, Places(self._house))

    @cached_property
    def burning(self) -> Burning:
        """What goes whole and what is burnt out."""
        records = self._house.records
        return Burning(records.seen_photos, self._house.decoder, self.burner)

    @cached_property
    def owed(self) -> Owed:
        """The round that ends what holds had stopped."""
        return Owed(self._house.records.owed_erasures, self.erasing)

    @cached_property
    def suppression(self) -> SuppressionCheck:
        """The check of new faces."""
        records = self._house.records
        return SuppressionCheck(records.suppressions, records.quarantine, self.pack_of, self._turns)

    def pack_of(self, pack_id: str) -> KnownPack:
        """The models that templates of the vault may be of: today's; raises UnavailableError for others."""
        house = self._house
        if pack_id == house.engine.card.pack_id:
            return KnownPack(house.engine, house.calibration)
        if pack_id in self.old_packs:
            return self.old_packs[pack_id]()
        raise UnavailableError(
            "suppression_pack_missing",
            "The face pack is missing with which somebody who is kept out was recorded.",
            "A new face cannot be compared with them, so none may be enrolled.",
            "Put that pack back into the models folder beside today's; it is used for this alone.",
        )

    @cached_property
    def kept_out(self) -> LettingGo:
        """Letting go of people who are kept out, at their wish."""
        house = self._house
        return LettingGo(house.records.kept_out, self.ledger, Places(house), house.gate, house.clock)

    @cached_property
    def quarantine(self) -> Quarantine:
        """Photos that wait for an officer's word."""
        house = self._house
        return Quarantine(house.records.quarantine, house.decoder, house.ways_in, house.gate, house.clock)

    @cached_property
    def incidents(self) -> IncidentBook:
        """What should not have happened."""
        house = self._house
        return IncidentBook(house.records.incidents, house.gate, house.clock)

    @cached_property
    def access(self) -> Access:
        """Answers to who asks what is held of them."""
        house, records = self._house, self._house.records
        return Access(
            records.gallery,
            records.accesses,
            records.cases,
            self._origins,
            house.decoder,
            house.engine,
            self.burner,
            PdfPress(),
            house.gate,
            house.clock,
            house.name,
        )

    def _origins(self, face: GalleryFace) -> Sequence[Arrival]:
        origins = self._house.source_desk.photo_sources.origins(face.photo.photo_id)
        return () if origins is None else origins.arrivals

    @cached_property
    def nightly_probe(self) -> NightlyProbe:
        """The round that searches for everybody who is kept out."""
        house, records = self._house, self._house.records
        return NightlyProbe(
            records.kept_out,
            records.gallery,
            house.index_keeper,
            self.suppression.thresholds,
            records.quarantine.cleared,
            lambda: house.engine.card.pack_id,
            self.ledger,
            records.replays,
            self.erasing,
            records.incidents,
            house.gate,
        )

    @cached_property
    def renewing(self) -> Renewing:
        """The round that carries those who are kept out over to new models."""
        house = self._house
        return Renewing(house.records.kept_out, house.decoder, house.engine, self.ledger)

    @cached_property
    def receipts(self) -> Receipts:
        """Signed receipts."""
        house = self._house
        signer = NoteSigner(house.name, house.vault.derive("log-signing"))
        return Receipts(house.log, signer, house.clock, self.key_backups.last_until)

    @cached_property
    def key_backups(self) -> KeyBackups:
        """The backups of keys that were made, each with its end."""
        return KeyBackups(self._house.data_dir / REGISTER)

    def resume(self) -> int:
        """How many interrupted erasures were brought to their end; looks at one table where there is none."""
        if not self._house.records.erasures.unfinished():
            return 0
        return self.erasing.resume()

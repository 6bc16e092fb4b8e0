"""The part of bootstrap that takes people out: erasure, the suppression vault, opt-out, receipts.

Never begins an erasure by itself; what a crash interrupted it brings to its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from facewarden.adapters.erasure_ledger.file import FileLedger
from facewarden.adapters.photos_decode.burning import JpegBurner
from facewarden.adapters.turns import Turns
from facewarden.bootstrap.faces import DEFAULT_PACK, open_calibration, open_engine
from facewarden.bootstrap.ground import Ground
from facewarden.bootstrap.key_backups import REGISTER, KeyBackups
from facewarden.bootstrap.stores import INDEX_PURPOSE, LEDGER, LEDGER_PURPOSE
from facewarden.domain.gallery import GalleryFace
from facewarden.domain.provenance import Arrival
from facewarden.errors import UnavailableError
from facewarden.services.taking_out.access import Access
from facewarden.services.taking_out.burning import Burning
from facewarden.services.taking_out.erasing import Erasing
from facewarden.services.taking_out.keeping_out import IncidentBook, LettingGo, NightlyProbe, Renewing
from facewarden.services.taking_out.owed import Owed
from facewarden.services.taking_out.receipts import Receipts
from facewarden.services.taking_out.replaying import Replaying
from facewarden.services.taking_out.suppression import KnownPack, SuppressionCheck

_STORED_PURPOSE = "purpose/"
"""How the vault names a key made by `derive`."""


class Places:
    """Index and keys, as the erasure rewrites them."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def rewrite_index(self) -> None:
        """The index's file as the records are now, under a new key; without the old key no old copy of it opens.

        After a crash between the two the file does not open, and the next start makes the index anew.
        """
        ground = self._ground
        ground.index_keeper.catch_up()
        ground.vault.destroy([_STORED_PURPOSE + INDEX_PURPOSE])
        ground.index.save(ground.vault.derive(INDEX_PURPOSE))

    def rotate_keys(self) -> None:
        """Every key-encryption key that wrapped a destroyed key is replaced."""
        self._ground.vault.rotate()


class TakingOut:
    """The services that take people out, built when first used."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.burner = JpegBurner()
        self._turns = Turns(ground.data_dir / "turns.lock")

    @cached_property
    def erasing(self) -> Erasing:
        """The one verb of erasure."""
        ground = self._ground
        return Erasing(
            ground.records.erasures,
            Places(ground),
            self.burning,
            ground.memory,
            self.ledger,
            self._turns,
            ground.gate,
            ground.log,
            ground.clock,
        )

    @cached_property
    def ledger(self) -> FileLedger:
        """What was erased, in a file that outlives the records."""
        ground = self._ground
        return FileLedger(ground.data_dir / LEDGER, ground.vault.derive(LEDGER_PURPOSE), ground.settings.ledger_copy)

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
        return Replaying(self.ledger, self._ground.records.replays, self.erasing, Places(self._ground))

    @cached_property
    def burning(self) -> Burning:
        """What goes whole and what is burnt out."""
        records = self._ground.records
        return Burning(records.seen_photos, self._ground.decoder, self.burner)

    @cached_property
    def owed(self) -> Owed:
        """The round that ends what holds had stopped."""
        return Owed(self._ground.records.owed_erasures, self.erasing)

    @cached_property
    def suppression(self) -> SuppressionCheck:
        """The check of new faces."""
        records = self._ground.records
        return SuppressionCheck(records.suppressions, records.quarantine, self.pack_of, self._turns)

    def pack_of(self, pack_id: str) -> KnownPack:
        """The models that templates of the vault are of: today's, or those of an earlier day that lie beside them.

        UnavailableError `suppression_pack_missing`; DamagedError where that pack does not verify.
        """
        ground = self._ground
        if pack_id == ground.engine.card.pack_id:
            return KnownPack(ground.engine, ground.calibration)
        try:
            engine = open_engine(ground.settings, pack_id)
        except UnavailableError as error:
            if error.code != "pack_missing":
                raise
            back = "Run: facewarden models build" if pack_id == DEFAULT_PACK else "Put its folder back"
            raise UnavailableError(
                "suppression_pack_missing",
                f"The face pack {pack_id} is missing, with which people who are kept out were recorded.",
                "A new face cannot be compared with them, so none may be enrolled.",
                f"{back}, so that it lies in {ground.settings.models_dir} beside today's: it is used for this alone.",
            ) from error
        return KnownPack(engine, open_calibration(ground.settings, engine.card))

    def kept_out_detail(self) -> str:
        """What `facewarden doctor` says of the suppression vault; raises Error where nothing may be enrolled."""
        size, packs = self.suppression.check_ready()
        return f"{size:,} faces, compared by {', '.join(packs)}" if packs else "nobody"

    @cached_property
    def kept_out(self) -> LettingGo:
        """Letting go of people who are kept out, at their wish."""
        ground = self._ground
        return LettingGo(ground.records.kept_out, self.ledger, Places(ground), ground.gate, ground.clock)

    @cached_property
    def incidents(self) -> IncidentBook:
        """What should not have happened."""
        ground = self._ground
        return IncidentBook(ground.records.incidents, ground.gate, ground.clock)

    @cached_property
    def access(self) -> Access:
        """Answers to who asks what is held of them."""
        from facewarden.adapters.pdf.press import PdfPress  # 0.1 s to load, and few commands print

        ground, records = self._ground, self._ground.records
        return Access(
            records.gallery,
            records.accesses,
            records.cases,
            self._origins,
            ground.decoder,
            ground.engine,
            self.burner,
            PdfPress(),
            ground.gate,
            ground.clock,
            ground.name,
        )

    def _origins(self, face: GalleryFace) -> Sequence[Arrival]:
        origins = self._ground.records.photo_sources.origins(face.photo.photo_id)
        return () if origins is None else origins.arrivals

    @cached_property
    def nightly_probe(self) -> NightlyProbe:
        """The round that searches for everybody who is kept out."""
        ground, records = self._ground, self._ground.records
        return NightlyProbe(
            records.kept_out,
            records.gallery,
            ground.index_keeper,
            self.suppression.thresholds,
            records.quarantine.cleared,
            lambda: ground.engine.card.pack_id,
            self.ledger,
            records.replays,
            self.erasing,
            records.incidents,
            ground.gate,
        )

    @cached_property
    def renewing(self) -> Renewing:
        """The round that carries those who are kept out over to new models."""
        ground = self._ground
        return Renewing(ground.records.kept_out, ground.decoder, ground.engine, self.ledger)

    @cached_property
    def receipts(self) -> Receipts:
        """Signed receipts."""
        ground = self._ground
        return Receipts(ground.log, ground.signer, ground.clock, self.key_backups.last_until)

    @cached_property
    def key_backups(self) -> KeyBackups:
        """The backups of keys that were made, each with its end."""
        return KeyBackups(self._ground.data_dir / REGISTER)

    def resume(self) -> int:
        """How many interrupted erasures were brought to their end; looks at one table where there is none."""
        if not self._ground.records.erasures.unfinished():
            return 0
        return self.erasing.resume()

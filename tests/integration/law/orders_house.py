"""An installation's records, log and law, with photos whose places are known, on which orders are carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from facewarden.adapters.blobs.files import EncryptedBlobs
from facewarden.adapters.keys.vault import KeyVault
from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.erasures import SqlErasures
from facewarden.adapters.records_sql.gallery import SqlGalleryRecords
from facewarden.adapters.records_sql.holds import SqlHolds
from facewarden.adapters.records_sql.order_runs import SqlDuties, SqlOrderRuns
from facewarden.adapters.records_sql.searches import SqlSearchRecords
from facewarden.adapters.records_sql.sources import SqlSourceRecords
from facewarden.adapters.records_sql.withdrawal import SqlWithdrawals
from facewarden.adapters.turns import Turns
from facewarden.audit.note import NoteSigner
from facewarden.domain.accounts import Actor, Role
from facewarden.domain.decisions import KeptDecision
from facewarden.domain.erasing import Erasure, ErasureOrder, ErasureReason
from facewarden.domain.ids import PhotoId, random_id
from facewarden.domain.orders import DutyState, Hold, HoldKind
from facewarden.law.actions import Action
from facewarden.law.check import check
from facewarden.law.duties import Verb
from facewarden.law.engine import LawEngine
from facewarden.law.loading import Pack
from facewarden.law.orders import duties_in_force
from facewarden.law.photo import PhotoEvidence
from facewarden.services.gate import Gate
from facewarden.services.law.duty_watch import DutyWatch
from facewarden.services.law.holds import Holds
from facewarden.services.law.order_proofs import OrderProofs
from facewarden.services.law.order_verbs import (
    AnswerAccessFirst,
    DeletePhotos,
    EndAccounts,
    HoldPhotos,
    KeepOptOut,
    ProveBy,
    RulesInForce,
)
from facewarden.services.law.orders import ApplyOrders, OrderService
from facewarden.services.law.reach import PhotoReach
from facewarden.services.law.remembering import kept_decision
from facewarden.testing.gallery import Builder, SettableClock
from tests.unit.services.law_builders import READER, SHELF, Memory, actor

TODAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = bytes(range(32))
ROME, ST_LOUIS, NAVY_PIER = (41.9028, 12.4964), (38.6270, -90.1994), (41.8917, -87.6043)
OFFICER = actor(Role.PRIVACY_OFFICER)


class WayOut:
    def __init__(self) -> None:
        self.trouble: str | None = None
        self.late = 0

    def problem(self) -> str | None:
        return self.trouble

    def overdue(self) -> int:
        return self.late


class OrdersHouse:
    """Records and log are real and lie in `folder`; what accounts end, and who asks for access, is made up."""

    def __init__(self, folder: Path, names: Sequence[str] = ("facewarden-photos",)) -> None:
        self.clock = SettableClock(TODAY)
        self.database = Database(folder / "records.db", self.clock)
        self.vault = KeyVault(folder / "keys.db", KEY, self.clock)
        blobs = EncryptedBlobs(folder / "blobs", self.vault)
        self.sources = SqlSourceRecords(self.database, blobs)
        self.gallery = SqlGalleryRecords(self.database, self.vault, blobs)
        self.withdrawals = SqlWithdrawals(self.database, self.vault, blobs)
        self.erasures = SqlErasures(self.database, self.vault, self.withdrawals)
        self.searches = SqlSearchRecords(self.database)
        self.holds_kept = SqlHolds(self.database, self.withdrawals)
        self.runs, self.duties = SqlOrderRuns(self.database), SqlDuties(self.database)
        opened = TileLog if (folder / "log").exists() else TileLog.create
        self.log = opened(folder / "log", KEY, "example.org/orders")
        self.names = tuple(names)
        self.law = LawEngine(SHELF.choose(list(names)))
        self.memory = Memory()
        self.gate = Gate(self.law, self.log, self.clock)
        self.way_out, self.asking, self.accounts, self.unsure_accounts = WayOut(), 0, ["org_" + "0" * 24], 0
        self._ended = folder / "ended"  # as durable as what else a run changes
        self.turn = Turns(folder / "orders.lock")
        self.holds = Holds(self.holds_kept, self.searches, self._ordered, self._erase_owed, self.gate, self.clock)
        self.orders = self.orders_with({})
        self.watch = DutyWatch(
            self.orders,
            self.holds,
            self.runs,
            self.duties,
            SHELF.one,
            self.whole,
            lambda: {pack.pack_id for pack in self.law.packs},
            self.gate,
            self.clock,
        )
        signer = NoteSigner("example.org/orders", KEY)
        self.proofs = OrderProofs(self.runs, self.runs, self.log, signer, self.gate, self.clock)

    def orders_with(self, others: Mapping[Verb, OrderService], leaving_out: Sequence[Verb] = ()) -> ApplyOrders:
        services = {verb: service for verb, service in self._services().items() if verb not in leaving_out}
        runs = self.runs
        return ApplyOrders({**services, **others}, runs, runs, self.duties, self.turn, self.gate, self.log, self.clock)

    def _services(self) -> dict[Verb, OrderService]:
        hashes = self.duties.photo_hashes
        reach = PhotoReach(self.memory, lambda pack: LawEngine(self.whole(pack)), self.duties.photo_count)
        rules = RulesInForce(self.law, self.clock)
        return {
            Verb.FILTER: rules,
            Verb.STOP_COLLECT: rules,
            Verb.DELETE: DeletePhotos(reach, self.holds, self.erase, hashes, lambda _: self.asking, self.clock),
            Verb.STOP_SEARCH: HoldPhotos(reach, self.holds, HoldKind.STOP_SEARCH, hashes, self.clock),
            Verb.HOLD: HoldPhotos(reach, self.holds, HoldKind.PRESERVE, hashes, self.clock),
            Verb.OPT_OUT: KeepOptOut(self.way_out),
            Verb.ANSWER_ACCESS_FIRST: AnswerAccessFirst(lambda _: self.asking),
            Verb.PROVE_BY: ProveBy(lambda pack_id: self.watch.answered(pack_id), self.clock),
            Verb.END_ACCOUNTS: EndAccounts(
                lambda _: ([one for one in self.accounts if one not in self.ended], self.unsure_accounts),
                lambda _, __: {"letters": 0 * self._ended.write_text("\n".join(self.accounts))},
                lambda places: len(self.accounts),
            ),
        }

    @property
    def ended(self) -> list[str]:
        """The accounts that ended."""
        return self._ended.read_text().split() if self._ended.exists() else []

    def whole(self, pack: Pack) -> tuple[Pack, ...]:
        return SHELF.choose([*self.names, pack.pack_id])

    def photos(self, *points: tuple[float, float] | None) -> list[PhotoId]:
        """One photo for each point, in the records, the facts of its admission kept."""
        make = Builder(seed=len(self.memory.kept) + 7)
        source = make.source(f"source {len(self.memory.kept)}")
        self.sources.add(source, None)
        made = make.photos(source, len(points))
        self.gallery.add(made, [], None)
        kept: list[KeptDecision] = []
        for new, point in zip(made, points, strict=True):
            where = {} if point is None else {"latitude_deg": point[0], "longitude_deg": point[1]}
            decision = check(self.law, READER, Action.COLLECT, PhotoEvidence(tags={}, **where), {}, TODAY)
            index = 1_000 + len(self.memory.kept) + len(kept)
            kept.append(kept_decision(decision, index, new.photo.photo_id, of_photo=True))
        self.memory.keep(kept)
        return [new.photo.photo_id for new in made]

    def apply(self, pack_id: str, who: Actor = OFFICER) -> dict[str, tuple[DutyState, str]]:
        """The state and the reason of each duty."""
        pack = SHELF.one(pack_id)
        run = self.orders.apply(who, pack, self.whole(pack))
        return {duty.duty_id: (duty.state, duty.why) for duty in run.duties}

    def erase(self, who: Actor | None, photo_ids: Sequence[PhotoId], despite_holds: bool) -> Erasure:
        """As the verb of erasure does, but for the index and the keys' rotation."""
        order = ErasureOrder(
            random_id("era"),
            ErasureReason.ORDER,
            tuple(photo_ids),
            who.user.user_id if who else None,
            0,
            self.log.size(),
            despite_holds=despite_holds,
        )
        erasure = self.erasures.begin(order)
        self.erasures.destroy()
        for photo_id in erasure.photo_ids:
            gone = [index for index, item in self.memory.kept.items() if item.subject == photo_id]
            for index in gone:
                del self.memory.kept[index]
        return self.erasures.close(erasure.erasure_id, 0)

    def states(self) -> dict[str, str]:
        """The state of each photo in the records."""
        photos = tables.photos
        with self.database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(sa.select(photos.c.photo_id, photos.c.state))}

    def events(self) -> list[str]:
        """What the log holds."""
        return [entry.event.value for entry in self.log.entries()]

    def close(self) -> None:
        self.database.close()
        self.vault.close()

    def _ordered(self, hold: Hold) -> bool:
        packs = [pack for pack in self.law.packs if pack.pack_id == hold.pack_id]
        return any(duty.duty_id == hold.duty_id for _, duty in duties_in_force(packs, self.clock.now().date()))

    def _erase_owed(self) -> None:
        owed = tables.owed_erasures
        with self.database.reading() as connection:
            due = [row[0] for row in connection.execute(sa.select(owed.c.photo_id).where(owed.c.released_at_us > 0))]
        if due:
            self.erase(None, due, True)

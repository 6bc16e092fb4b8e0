"""An opened installation: the ground with every capability on it, and the self-checks without which nothing starts.

Never opens one whose keys, records, log, law or models do not verify.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property

from facewarden.adapters.read_ahead import read_ahead
from facewarden.bootstrap import law as bootstrap_law
from facewarden.bootstrap.casework import Casework
from facewarden.bootstrap.collecting import WaysIn
from facewarden.bootstrap.credentials import Credentials
from facewarden.bootstrap.erasing import TakingOut
from facewarden.bootstrap.ground import Ground
from facewarden.bootstrap.lawdesk import LawDesk
from facewarden.bootstrap.orders import OrderDesk
from facewarden.bootstrap.people import People
from facewarden.bootstrap.requests import RequestDesk
from facewarden.bootstrap.sources import SourceDesk
from facewarden.errors import DamagedError, Error, UnavailableError
from facewarden.services.casework.cases import Cases
from facewarden.services.casework.search import Search
from facewarden.services.casework.viewing import Viewing
from facewarden.services.collecting.ingest import Ingest
from facewarden.services.collecting.sources import Sources
from facewarden.services.law.lawful_gallery import LawfulGallery
from facewarden.services.letters import Letters
from facewarden.services.logbook import LogBook
from facewarden.services.people.accounts import Accounts
from facewarden.services.people.signin import SignIn

ORPHAN_AGE_S = 3_600.0  # younger ones may belong to an ingest that is still running


@dataclass(frozen=True, slots=True)
class Check:
    """One self-check: what was looked at, what was seen, and what to do (`problem` None: all is well)."""

    name: str
    detail: str
    problem: str | None = None
    next_step: str = ""


class Installation(Ground):
    """An opened installation. Capabilities are built when first used; `self_check` builds and checks what serves."""

    # -- capabilities, each on the ground and on those before it ---------------------------------------------

    @cached_property
    def credentials(self) -> Credentials:
        """Signing in."""
        return Credentials(self)

    @cached_property
    def people(self) -> People:
        """Organisations, users and their keys."""
        return People(self)

    @cached_property
    def lawdesk(self) -> LawDesk:
        """Questions to the law, what packs would touch, and what they order."""
        return LawDesk(self)

    @cached_property
    def logbook(self) -> LogBook:
        """The audit log for readers."""
        return LogBook(self.log, self.gate, self.clock)

    @cached_property
    def casework(self) -> Casework:
        """Cases, searches, examinations, reports and their recall."""
        return Casework(self)

    @cached_property
    def taking_out(self) -> TakingOut:
        """Erasure, and keeping people out."""
        return TakingOut(self)

    @cached_property
    def source_desk(self) -> SourceDesk:
        """Sources, barred hosts, letters of sites' owners, where photos came from and how long they stay."""
        return SourceDesk(self, self.taking_out, self.casework)

    @cached_property
    def letters(self) -> Letters:
        """Letters that wait in the outbox."""
        return Letters(self.mail, self.gate)

    @cached_property
    def ways_in(self) -> WaysIn:
        """How photos come in."""
        return WaysIn(self, self.source_desk, self.taking_out)

    @cached_property
    def request_desk(self) -> RequestDesk:
        """People's requests: to be taken out, to be told."""
        return RequestDesk(self, self.taking_out)

    @cached_property
    def order_desk(self) -> OrderDesk:
        """Holds, packs carried out, their proofs, and the nightly look at duties."""
        return OrderDesk(self, self.lawdesk, self.taking_out, self.people)

    # -- what every surface asks for, by its short name ------------------------------------------------------

    @property
    def sign_in(self) -> SignIn:
        """Signing in and out."""
        return self.credentials.sign_in

    @property
    def accounts(self) -> Accounts:
        """Organisations and users."""
        return self.people.accounts

    @property
    def cases(self) -> Cases:
        """Cases."""
        return self.casework.cases

    @property
    def lawful_gallery(self) -> LawfulGallery:
        """The gallery without what the law of the moment bars."""
        return self.casework.lawful_gallery

    @property
    def search(self) -> Search:
        """Searching for one face."""
        return self.casework.search

    @property
    def viewing(self) -> Viewing:
        """Past searches and their candidates' photos."""
        return self.casework.viewing

    @property
    def sources(self) -> Sources:
        """Sources of photos."""
        return self.source_desk.register

    @property
    def ingest(self) -> Ingest:
        """Taking photos in."""
        return self.ways_in.ingest

    # -- checks ----------------------------------------------------------------------------------------------

    def self_check(self) -> None:
        """Nothing; raises the first problem that a start must not pass over. What a search reads is in memory then."""
        for name in ("keys.db", "records.db"):
            read_ahead(self.data_dir / name)
        _ = self.engine, self.calibration, self.photo_reader
        self.index_keeper.check()
        self.index_keeper.rehearse(self.card.dimension)

    def forget_what_is_gone(self) -> None:
        """Nothing that another process erased is in this one's memory any more: not its template, not its key."""
        self.index_keeper.catch_up()
        self.vault.forget_destroyed()

    def examine(self) -> Sequence[Check]:
        """Every self-check with its outcome, the whole log and orphaned files included; raises nothing."""
        return [_examined(name, check) for name, check in self._checks().items()]

    def _checks(self) -> dict[str, Callable[[], str]]:
        return {
            "law": self._law_detail,
            "server map": lambda: bootstrap_law.map_detail(self.settings.server_map, self.clock.now()),
            "records": self._records_detail,
            "log": self._log_detail,
            "witnesses": self.witnessing.detail,
            "models": lambda: f"{self.card.pack_id} {self.card.version}, verified",
            "index": self._index_detail,
            "decoder": self._decoder_detail,
            "orphans": self._orphans_detail,
            "ledger": self.taking_out.ledger_detail,
            "kept out": self.taking_out.kept_out_detail,
            "letters": lambda: self.letters.detail(),
        }

    def _law_detail(self) -> str:
        if self.law.problem is not None:
            raise self.law.problem
        return bootstrap_law.law_detail(self.law.packs, self.clock.now())

    def _records_detail(self) -> str:
        found = self.records.consistency.findings(thorough=True)
        if found:
            raise DamagedError(
                "records_inconsistent",
                f"The records do not agree with themselves: {found[0]}",
                f"{len(found):,} such things were found.",
                "Keep the folder as it is for whoever examines it, and restore the newest backup.",
            )
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


def _examined(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, check())
    except Error as error:
        return Check(name, f"{error.what} {error.why}".strip(), error.code, error.next_step)

"""What bootstrap builds for the law: the packs at hand, the reader of photos with its maps, questions without records.

Never opens keys or records: whoever asks what the law says needs no installation and no sign-in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from facewarden.adapters.clock import SystemClock
from facewarden.adapters.geoip.maxmind import STALE_DAYS, MaxMindMap
from facewarden.adapters.identity_file import read_identity, write_identity
from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.errors import BadUseError
from facewarden.law.engine import LawEngine
from facewarden.law.loading import Binding, Pack
from facewarden.law.orders import list_orders
from facewarden.law.photo import PhotoReader
from facewarden.services.law.explaining import Explaining
from facewarden.services.law.impact import ImpactStudy
from facewarden.services.law.lawcheck import LawCheck
from facewarden.services.law.lawshelf import LawShelf
from facewarden.services.law.packchoice import PackChoice

if TYPE_CHECKING:
    from facewarden.bootstrap.installation import Installation

IDENTITY_FILE = "installation.json"
LAW_FOLDER = "law"
"""Below the data folder: packs of the installation's own, beside those that ship."""


class PackFile:
    """The record of which packs bind, in the installation's own file."""

    def __init__(self, data_dir: Path, shelf: LawShelf) -> None:
        self._path = data_dir / IDENTITY_FILE
        self._shelf = shelf

    def read(self) -> dict[str, str]:
        """Ids to why they bind."""
        return choices_of(read_identity(self._path), self._shelf)

    def write(self, choices: Mapping[str, str]) -> None:
        """Durable at return, whole or not at all."""
        write_identity(self._path, {**read_identity(self._path), "packs": dict(choices)})


class LawDesk:
    """The services about the law of one opened installation. Parts are built when first used."""

    def __init__(self, installation: Installation) -> None:
        self._of = installation
        self._folders: dict[str, str] = {}
        self._shelf: tuple[object, LawShelf] | None = None

    @property
    def shelf(self) -> LawShelf:
        """Every pack that can be chosen, the installation's own as they are now."""
        mark = packs_mark(self._of.settings.data_dir)
        if self._shelf is None or mark != self._shelf[0]:
            self._shelf = mark, law_shelf(self._of.settings.data_dir)
        return self._shelf[1]

    @cached_property
    def check(self) -> LawCheck:
        """Answers by the installation's packs; decodes in the installation's own sandbox."""
        return LawCheck(self._of.law, self._of.photo_reader, self._of.decoder)

    @cached_property
    def explaining(self) -> Explaining:
        """Past decisions and what today's rules would say."""
        of = self._of
        return Explaining(of.law, of.log, of.memory, of.gate, of.clock)

    @cached_property
    def impact(self) -> ImpactStudy:
        """What a pack would touch."""
        of, records = self._of, self._of.records
        return ImpactStudy(
            of.law,
            of.photo_reader,
            records.accounts,
            records.sources,
            of.memory,
            of.order_desk.hold_records,
            of.order_desk.duty_records.photo_count,
            of.gate,
            of.clock,
        )

    @cached_property
    def choice(self) -> PackChoice:
        """Changing which packs bind, by two people."""
        of = self._of
        record = PackFile(of.settings.data_dir, self.shelf)
        return PackChoice(self.shelf, record, of.records.acceptances, of.gate, of.clock)

    def with_pack(self, name: str) -> tuple[Pack, tuple[Pack, ...]]:
        """That pack (an id, or a folder), and the installation's packs with it and what it requires."""
        pack = self.shelf.one(name)
        self._folders[pack.pack_id] = name
        return pack, self.whole(pack)

    def whole(self, pack: Pack) -> tuple[Pack, ...]:
        """The installation's packs with that one and what it requires."""
        return self.shelf.choose([*(known.pack_id for known in self._of.law.packs), self.name_of(pack.pack_id)])

    def known(self, pack_id: str) -> Pack | None:
        """The pack of that id, None if it is on no shelf any more."""
        try:
            return self.shelf.one(self.name_of(pack_id))
        except BadUseError:
            return None

    def name_of(self, pack_id: str) -> str:
        """What names that pack on the shelf: its id, or the folder that was named in its place."""
        return self._folders.get(pack_id, pack_id)


def photo_reader(server_map: Path | None) -> PhotoReader:
    """The reader of a photo's facts, with the operator's map of addresses where one is named; raises Error."""
    return PhotoReader.load(MaxMindMap(server_map) if server_map else None)


def law_shelf(data_dir: Path | None) -> LawShelf:
    """The packs that ship and, with an installation, its own."""
    own = data_dir / LAW_FOLDER if data_dir else None

    def folders() -> Sequence[Path]:
        return [own] if own and own.is_dir() else []

    return LawShelf(folders)


def packs_mark(data_dir: Path) -> object:
    """What changes whenever the record of packs does, or a file of the installation's own packs."""
    own = data_dir / LAW_FOLDER
    files = [data_dir / IDENTITY_FILE, *(sorted(own.rglob("*")) if own.is_dir() else ())]
    return tuple(_mark_of(path) for path in files)


def _mark_of(path: Path) -> tuple[str, int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0, 0
    return str(path), found.st_mtime_ns, found.st_size, found.st_ino


def bound_packs(data_dir: Path) -> tuple[Pack, ...]:
    """The packs that bind the installation in that folder, as its record says now; raises Error."""
    shelf = law_shelf(data_dir)
    return shelf.adopted(choices_of(read_identity(data_dir / IDENTITY_FILE), shelf))


def choices_of(identity: Mapping[str, object], shelf: LawShelf) -> dict[str, str]:
    """Which packs bind, and why, by an installation's own record: an object, or a list as the first ones wrote it."""
    recorded = identity.get("packs")
    if isinstance(recorded, dict):
        return {str(name): str(binds) for name, binds in recorded.items()}
    names = [str(name) for name in recorded] if isinstance(recorded, list) else []
    return {name: shelf.one(name).binds.value for name in names}


def new_choices(packs: Mapping[str, str] | None) -> dict[str, str]:
    """The record of which packs bind a new installation; raises UnavailableError unless they can decide together."""
    shelf = law_shelf(None)
    chosen = shelf.choose(()) if packs is None else shelf.adopted(packs)
    return {pack.pack_id: pack.binds.value for pack in chosen}


def chosen_at_start(adopted: Sequence[str], bound_by: Sequence[str]) -> dict[str, str]:
    """Which packs bind, by the ids given to `init`: those adopted (none: the default ones) and those that bind."""
    named = new_choices(None) if not adopted else dict.fromkeys(adopted, Binding.HOUSE_RULE.value)
    return new_choices({**named, **dict.fromkeys(bound_by, Binding.THIS_OPERATOR.value)})


def law_detail(packs: Sequence[Pack], moment: datetime) -> str:
    """Which packs bind and why, and what starts or ends soon, in one line."""
    calendar = list_orders(packs, civil_day(moment))
    named = "; ".join(f"{pack.pack_id} ({pack.binds.value})" for pack in packs)
    soon = [f"{term.term_id} ends after {term.expires}" for term in calendar.ending]
    soon += [f"{term.term_id} starts on {term.effective}" for term in calendar.starting]
    rules = sum(len(pack.rules) for pack in packs)
    told = f"; soon: {', '.join(soon)}" if soon else ""
    return f"{rules} rules in {len(packs)} packs: {named}; {len(calendar.unverified)} parts unverified{told}"


def map_detail(server_map: Path | None, moment: datetime) -> str:
    """What the operator's map of addresses is and how old; raises Error if it is missing or damaged."""
    if server_map is None:
        return "none: photos fetched from a server are refused, files given by hand are not concerned"
    card = MaxMindMap(server_map).card
    age_days = card.age_days(moment)
    stale = ", OLD: get a newer one" if age_days > STALE_DAYS else ""
    states = "" if card.has_states else ", countries alone: it cannot tell Illinois"
    return f"{card.kind}, built {card.built_at:%Y-%m-%d}, {age_days} days ago{stale}{states}"


def packs_of(data_dir: Path | None, names: Sequence[str]) -> tuple[Pack, ...]:
    """The packs to decide by: those named; else those of the installation in that folder; else the default ones."""
    shelf = law_shelf(data_dir)
    identity = data_dir / IDENTITY_FILE if data_dir else None
    if names or identity is None or not identity.is_file():
        return shelf.choose(names)
    return shelf.adopted(choices_of(read_identity(identity), shelf))


@contextmanager
def law_check(packs: Sequence[Pack], server_map: Path | None) -> Iterator[LawCheck]:
    """Answers by these packs; photos are decoded in one sandbox child, started with the first."""
    with SandboxDecoder(workers=1) as decoder:
        yield LawCheck(LawEngine(packs), photo_reader(server_map), decoder)


def now() -> datetime:
    """The current time, UTC."""
    return SystemClock().now()


def civil_day(moment: date | datetime) -> date:
    """The day itself, or the day on which an instant falls in UTC."""
    return moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment

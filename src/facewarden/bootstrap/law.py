"""What bootstrap builds for the law: the packs at hand, the reader of photos with its maps, questions without records.

Never opens keys or records: whoever asks what the law says needs no installation and no sign-in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from facewarden.adapters.clock import SystemClock
from facewarden.adapters.geoip.maxmind import STALE_DAYS, MaxMindMap
from facewarden.adapters.identity_file import read_identity
from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.law.engine import LawEngine
from facewarden.law.loading import Binding, Pack
from facewarden.law.orders import list_orders
from facewarden.law.photo import PhotoReader
from facewarden.services.law.lawcheck import LawCheck
from facewarden.services.law.lawshelf import LawShelf

IDENTITY_FILE = "installation.json"
LAW_FOLDER = "law"
"""Below the data folder: packs of the installation's own, beside those that ship."""


def photo_reader(server_map: Path | None) -> PhotoReader:
    """The reader of a photo's facts, with the operator's map of addresses where one is named; raises Error."""
    return PhotoReader.load(MaxMindMap(server_map) if server_map else None)


def law_shelf(data_dir: Path | None) -> LawShelf:
    """The packs that ship and, with an installation, its own as they are at each question."""
    if data_dir is None:
        return LawShelf()
    own = data_dir / LAW_FOLDER
    return LawShelf(lambda: [own] if own.is_dir() else [], lambda: packs_mark(data_dir))


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


def bound_packs(data_dir: Path, shelf: LawShelf) -> tuple[Pack, ...]:
    """The packs that bind the installation in that folder, as its record says now; raises Error."""
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

"""Packs: a folder of rules with dates, read and checked whole before anything is decided.

It never returns a pack that is partly valid, and never an empty set.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from facewarden.errors import UnavailableError
from facewarden.law.duties import Duty, read_duty
from facewarden.law.rules import Rule, RuleError, parse_rules

MANIFEST = "pack.toml"


class PackStatus(StrEnum):
    """What kind of document a pack comes from."""

    COURT_ORDER = "court order"
    COURT_FILING = "court filing"
    STATUTE = "statute"
    REGULATORS_ORDER = "regulator's order"
    CEASE_AND_DESIST = "cease-and-desist"
    HOUSE_RULE = "house rule"


class Binding(StrEnum):
    """Why a pack applies here: it binds this operator, or the installation adopted it."""

    THIS_OPERATOR = "this operator"
    HOUSE_RULE = "adopted as house rule"


def in_force(day: date, effective: date, expires: date | None) -> bool:
    """True on the first day, the last day (None: no end) and those between."""
    return effective <= day and (expires is None or day <= expires)


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack: where its rules come from, when they hold, and the rules.

    `effective` and `expires` are the first and the last day in force, whole days in `timezone`; `expires`
    None means no end. `version` ends in the first 12 hex digits of the SHA-256 over manifest and rules, so that
    a decision names exactly what it was made by. `retain_days` is the pack's retention clock: a photo with its
    templates goes so many days after it came, whatever else permits it, None: no clock. `addressee` is whom the
    document speaks to, `applies_to` whom the rules reach here. `permits_foreign` are the countries (ISO 3166) whose
    bodies may have accounts while the pack is in force.
    """

    pack_id: str
    version: str
    title: str
    authority: str
    addressee: str
    citation: str
    link: str
    effective: date
    expires: date | None
    timezone: ZoneInfo
    applies_to: str
    binds: Binding
    status: PackStatus
    verified: bool
    rules: tuple[Rule, ...]
    duties: tuple[Duty, ...] = ()
    requires: tuple[str, ...] = ()
    default: bool = False
    folder: Path | None = None
    retain_days: int | None = None
    permits_foreign: frozenset[str] = frozenset()

    def in_force(self, day: date) -> bool:
        """Whether the pack holds on that day, a civil day of its own time zone."""
        return in_force(day, self.effective, self.expires)


def builtin_folder() -> Path:
    """The folder with the packs that ship with the program."""
    return Path(__file__).parent / "packs"


def load_packs(folders: Iterable[Path]) -> tuple[Pack, ...]:
    """Every pack in these folders, in order of folder and name.

    A folder is a pack (it has a pack.toml) or holds packs. Raises UnavailableError where a pack is invalid,
    two packs or rules share an id, or there is none.
    """
    packs: list[Pack] = []
    for folder in folders:
        found = [folder] if (folder / MANIFEST).is_file() else _packs_in(folder)
        if not found:
            raise _invalid(f"There is no law pack in the folder {folder.name}.", "It has no pack.toml.")
        packs += [load_pack(path) for path in found]
    check_set(packs)
    return tuple(packs)


def check_set(packs: Iterable[Pack]) -> None:
    """Nothing, if the packs can decide together; else UnavailableError."""
    listed = tuple(packs)
    pack_ids: set[str] = set()
    rule_ids: set[str] = set()
    for pack in listed:
        if pack.pack_id in pack_ids:
            raise _invalid(f"Two law packs have the id {pack.pack_id}.")
        pack_ids.add(pack.pack_id)
        for rule in pack.rules:
            if rule.rule_id in rule_ids:
                raise _invalid(f"Two law rules have the id {rule.rule_id}.")
            rule_ids.add(rule.rule_id)
    if not rule_ids:
        raise _invalid("There are no law rules.", "The set of packs is empty.")
    _check_requirements(listed)


def select_packs(packs: Iterable[Pack], choices: Mapping[str, Binding] | None = None) -> tuple[Pack, ...]:
    """The packs that an installation chose, each with the reason it binds here.

    `choices` maps pack ids to why they bind; None means those that ship as default, as their own manifests say. Packs
    of the base (those that others require) come along. Raises UnavailableError for an id that there is no pack of.
    """
    known = {pack.pack_id: pack for pack in packs}
    if choices is None:
        choices = {pack.pack_id: pack.binds for pack in known.values() if pack.default}
    wanted = dict(choices)
    for pack_id in list(wanted):
        for needed in _requirements(pack_id, known):
            if needed in known:
                wanted.setdefault(needed, known[needed].binds)
    if missing := wanted.keys() - known.keys():
        raise _invalid(f"There is no law pack {min(missing)}.", "The installation's choice names it.")
    chosen = tuple(replace(pack, binds=wanted[name]) for name, pack in known.items() if name in wanted)
    check_set(chosen)
    return chosen


def _check_requirements(packs: tuple[Pack, ...]) -> None:
    known = {pack.pack_id: pack for pack in packs}
    for pack in packs:
        needed = _requirements(pack.pack_id, known)
        if pack.pack_id in needed:
            raise _invalid(f"The law pack {pack.pack_id} requires itself.", "Its references form a circle.")
        if missing := needed - known.keys():
            raise _invalid(f"The law pack {pack.pack_id} requires {min(missing)}, which is not there.")


def _requirements(pack_id: str, known: Mapping[str, Pack]) -> set[str]:
    """Every pack id that this one requires, directly or not."""
    needed: set[str] = set()
    waiting = [pack_id]
    while waiting:
        pack = known.get(waiting.pop())
        fresh = set(pack.requires if pack else ()) - needed
        needed |= fresh
        waiting += fresh
    return needed


def load_pack(folder: Path) -> Pack:
    """The pack in one folder. Raises UnavailableError with the pack's name and what is wrong."""
    try:
        files = sorted(path for path in folder.iterdir() if path.name == MANIFEST or path.suffix == ".cedar")
        contents = {path.name: path.read_bytes() for path in files}
        manifest = tomllib.loads(contents[MANIFEST].decode())
        rules = tuple(
            rule
            for name, content in contents.items()
            if name.endswith(".cedar")
            for rule in parse_rules(content.decode())
        )
        return replace(_build_pack(manifest, rules, _digest(contents)), folder=folder)
    except (OSError, KeyError, ValueError, TypeError, RuleError) as error:
        raise _invalid(f"The law pack {folder.name} is not valid.", f"{type(error).__name__}: {error}.") from error


def _packs_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if (path / MANIFEST).is_file())
    except OSError as error:
        raise _invalid(f"The folder {folder.name} cannot be read.", f"{error.strerror}.") from error


def _digest(contents: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:12]


_FIELDS = {
    "id": str,
    "version": str,
    "title": str,
    "authority": str,
    "addressee": str,
    "citation": str,
    "link": str,
    "effective": date,
    "timezone": str,
    "applies_to": str,
    "binds": str,
    "status": str,
    "verified": bool,
}
_OPTIONAL_FIELDS: dict[str, type] = {
    "expires": date,
    "retain_days": int,
    "default": bool,
    "requires": list,
    "duties": list,
    "permits_foreign": list,
}


def _build_pack(manifest: dict[str, Any], rules: tuple[Rule, ...], digest: str) -> Pack:
    if unknown := manifest.keys() - _FIELDS.keys() - _OPTIONAL_FIELDS.keys():
        raise ValueError(f"{MANIFEST} has the unknown field {min(unknown)!r}")
    for name, kind in (_FIELDS | _OPTIONAL_FIELDS).items():
        _check_field(manifest, name, kind)
    expires: date | None = manifest.get("expires")
    if expires is not None and expires < manifest["effective"]:
        raise ValueError("it expires before it takes effect")
    retain_days: int | None = manifest.get("retain_days")
    if retain_days is not None and (isinstance(retain_days, bool) or retain_days <= 0):
        raise ValueError("'retain_days' is not above zero")
    return Pack(
        pack_id=manifest["id"],
        version=f"{manifest['version']}+{digest}",
        title=manifest["title"],
        authority=manifest["authority"],
        addressee=manifest["addressee"],
        citation=manifest["citation"],
        link=manifest["link"],
        effective=manifest["effective"],
        expires=expires,
        timezone=ZoneInfo(manifest["timezone"]),
        applies_to=manifest["applies_to"],
        binds=Binding(manifest["binds"]),
        status=PackStatus(manifest["status"]),
        verified=manifest["verified"],
        rules=rules,
        duties=_duties(manifest.get("duties", ()), {rule.rule_id for rule in rules}),
        requires=tuple(manifest.get("requires", ())),
        default=manifest.get("default", False),
        retain_days=retain_days,
        permits_foreign=_countries(manifest.get("permits_foreign", ())),
    )


def _duties(tables: Iterable[Mapping[str, Any]], rules: set[str]) -> tuple[Duty, ...]:
    duties = tuple(read_duty(fields) for fields in tables)
    for duty in duties:
        if strange := duty.by_rules - rules:
            raise ValueError(f"duty {duty.duty_id} names the rule {min(strange)!r}, which the pack does not have")
    return duties


def _countries(named: Iterable[Any]) -> frozenset[str]:
    codes = frozenset(named)
    if wrong := [code for code in codes if not (isinstance(code, str) and re.fullmatch("[A-Z]{2}", code))]:
        raise ValueError(f"{MANIFEST}: permits_foreign names {wrong[0]!r}, which is no country of ISO 3166")
    return codes


def _check_field(manifest: dict[str, Any], name: str, kind: type) -> None:
    if name not in manifest:
        if name in _OPTIONAL_FIELDS:
            return
        raise ValueError(f"{MANIFEST} lacks the field {name!r}")
    value = manifest[name]
    if not isinstance(value, kind) or isinstance(value, datetime) or value == "":
        raise ValueError(f"{MANIFEST}: {name!r} is not a {kind.__name__}")


def _invalid(what: str, why: str = "") -> UnavailableError:
    return UnavailableError(
        "law_packs_invalid", what, why, "Repair or remove the pack; nothing is decided until every pack is valid."
    )

"""Offences by jurisdiction: the list that a case's offence is chosen from.

Never says whether an offence permits a search: the packs do, by its class.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from facewarden.law.schema import OFFENCE_CLASSES


@dataclass(frozen=True, slots=True)
class Offence:
    """One offence of a list. `offence_class` is its class in the law's vocabulary, None where the list decides none."""

    code: str
    name: str
    offence_class: str | None


@dataclass(frozen=True, slots=True)
class OffenceList:
    """The offences of a jurisdiction. `verified` False: nobody has checked them against their source."""

    list_id: str
    title: str
    source: str
    verified: bool
    offences: tuple[Offence, ...]

    def find(self, code: str) -> Offence | None:
        """The offence of that code, or None."""
        return next((offence for offence in self.offences if offence.code == code), None)


def offences_of(place: str | None) -> OffenceList:
    """The list for an organisation based there (ISO 3166): its state's, else its country's, else the general one."""
    known = _lists()
    for wanted in (place or "", (place or "").partition("-")[0]):
        if wanted in known:
            return known[wanted]
    return known["*"]


def list_named(list_id: str) -> OffenceList | None:
    """The list of that id, or None."""
    return next((known for known in _lists().values() if known.list_id == list_id), None)


@cache
def _lists() -> dict[str, OffenceList]:
    return read_lists((files("facewarden.law") / "data" / "offences.toml").read_text("utf-8"))


def read_lists(text: str) -> dict[str, OffenceList]:
    """The lists of a TOML document by the places that they hold for ("*": everywhere else).

    Raises ValueError for a class that the law does not know.
    """
    document = tomllib.loads(text)
    found: dict[str, OffenceList] = {}
    for told in document["list"]:
        offences = tuple(Offence(code, name, kind or None) for code, name, kind in told["offences"])
        strange = {o.offence_class for o in offences} - {None, *OFFENCE_CLASSES}
        if strange:
            raise ValueError(f"{told['id']} names classes that the law does not know: {strange}")
        made = OffenceList(told["id"], told["title"], told["source"], told["verified"], offences)
        found.update(dict.fromkeys(told["places"], made))
    return found

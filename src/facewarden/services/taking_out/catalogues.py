"""What is said to the public, in their language: pages and letters from catalogues of text, days in words.

Never holds a sentence itself, and never falls back to another language silently: every catalogue is whole (a test).
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "es")
DEFAULT_LANGUAGE = "en"


class Catalogue:
    """One language's text of one kind ("pages", "letters"), by dotted keys."""

    def __init__(self, language: str, kind: str) -> None:
        self.language = language
        self._texts = _flat(_read(language, kind)) | _flat(_read(language, "common"))

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of that key with the values filled in; KeyError for one that is none."""
        text = self._texts[key]
        return text.format(**values) if values else text

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def day(self, moment: datetime | date | None) -> str:
        """A day in words, as 22 November 2026; what is not known is said so."""
        if moment is None:
            return self("date.unknown")
        return self("date.day", day=moment.day, month=self(f"date.month_{moment.month}"), year=moment.year)

    def items(self) -> dict[str, str]:
        """Every text by its key."""
        return dict(self._texts)


@cache
def catalogue(language: str, kind: str) -> Catalogue:
    """The catalogue of that language, of the default one for a language that there is none of."""
    return Catalogue(language if language in LANGUAGES else DEFAULT_LANGUAGE, kind)


def language_of(header: str) -> str:
    """The first language of an Accept-Language header that there is a catalogue of, else the default one."""
    wanted: list[tuple[float, str]] = []
    for part in header[:400].split(","):
        name, _, weight = part.partition(";q=")
        try:
            wanted.append((-float(weight or 1), name.strip().partition("-")[0].lower()))
        except ValueError:
            continue
    return next((name for _, name in sorted(wanted, key=lambda each: each[0]) if name in LANGUAGES), DEFAULT_LANGUAGE)


def _read(language: str, kind: str) -> dict[str, Any]:
    texts = files("facewarden.services.taking_out") / "texts"
    return tomllib.loads((texts / language / f"{kind}.toml").read_text("utf-8"))


def _flat(table: dict[str, Any], before: str = "") -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            texts |= _flat(value, f"{before}{name}.")
        else:
            texts[before + name] = str(value).strip()
    return texts

"""Names of places to ISO 3166 codes, for the words that photos and addresses carry.

It never resolves a name that two places share without their state or country: that stays undetermined.

Sources: names as Natural Earth and the US Census Bureau write them, with a few native names added; hosts of Illinois
bodies from the register of .gov and a list of government addresses (data/illinois_hosts.txt). All public domain.
"""

from __future__ import annotations

import html
import re
import unicodedata
from pathlib import Path

from facewarden.errors import UnavailableError

_CITIES_BY_WORD = {"chicago": "US-IL"}
"""Cities that the May 2020 filing's words name: they tell the state where nothing else does."""
_ISLANDS = frozenset({"AS", "GU", "MP", "PR", "VI"})
_FEDERAL_LABELS = frozenset({"va"})  # va.gov is the Department of Veterans Affairs, not Virginia
_WORDS_IN_IL = (
    "council civil april evil peril mail rail jail trail detail retail soil coil foil boil until pencil fossil"
)
_ILLINOIS_LABEL = re.compile(rf"(?!.*(?:{'|'.join(_WORDS_IN_IL.split())})$)\w{{3,}}il")
"""For names newer than the register: towns name themselves "townil" under .gov. What ends in a word such as council,
mail or soil is no town; of what is left, too much is taken for Illinois and never too little."""


_LOOK_ALIKES = str.maketrans(
    dict(zip(map(chr, (0x430, 0x441, 0x435, 0x4BB, 0x456, 0x43E, 0x455, 0x4CF)), "acehiosl", strict=True))  # Cyrillic
    | dict(zip(map(chr, (0x3B9, 0x3BF, 0x578, 0x131, 0x261)), "ionig", strict=True))  # Greek, Armenian, Latin
)
_PREFIX = re.compile(r"usa?\s*-\s*")


class PlaceNames:
    """Looks names up. Safe to share between threads."""

    def __init__(self, table: str, illinois_hosts: str = "") -> None:
        """`table` has one place a line: its code, a tab, its names parted by "|"; `illinois_hosts` one host a line."""
        self.illinois_hosts = frozenset(line for line in illinois_hosts.splitlines() if line and line[0] != "#")
        self._countries: dict[str, str] = {}
        self._states: dict[str, dict[str, str]] = {"US": {}, "CA": {}}
        for line in table.splitlines():
            code, _, names = line.partition("\t")
            country, _, part = code.partition("-")
            shelf = self._states[country] if part else self._countries
            for name in (part or country, *names.split("|")):
                shelf[_plain(name)] = code
        self._joined = {name.replace(" ", ""): code for name, code in self._states["US"].items() if len(name) > 2}

    def country(self, code: str) -> str | None:
        """The ISO 3166 code of a two-letter country code, None if there is no such country."""
        found = self._countries.get(_plain(code))
        return _canonical(found, self._states["US"]) if found == code else None

    def is_state(self, code: str) -> bool:
        """True if the two letters are a state of the USA."""
        return self._states["US"].get(_plain(code)) == f"US-{code}"

    def state_of_label(self, label: str) -> str | None:
        """The code of the state whose government a label under .gov belongs to, None if it does not say.

        Illinois by the register of .gov; any state by its name, its letters, or a name that ends in a hyphen and its
        letters ("cityname-tx").
        """
        if label in _FEDERAL_LABELS:
            return None
        if f"{label}.gov" in self.illinois_hosts:
            return "US-IL"
        code = self._states["US"].get(label.rpartition("-")[2]) or self._joined.get(label)
        return "US-IL" if code is None and _ILLINOIS_LABEL.fullmatch(label) else code

    def find(self, country: str, state: str, city: str) -> str | None:
        """The code that these words name; None where they name no place, or too large a one (the USA alone).

        Empty words say nothing. A state without a country is looked for in the USA, then in Canada, by its name or
        its letters: what it names wrongly is refused too much, never too little.
        """
        land = self._countries.get(_plain(country)) if country else ""
        if land is None:
            return None
        for home in ("US", "CA"):
            if state and land in ("", home):
                code = self._state(home, _plain(state))
                if code:
                    return code
        if land in ("", "US"):
            return None if state else _CITIES_BY_WORD.get(_plain(city))
        return _canonical(land, self._states["US"])

    def _state(self, home: str, written: str) -> str | None:
        """The state's code; "IL, USA" and "US-IL" name it as "IL" does."""
        known = self._states[home]
        return known.get(written) or known.get(written.partition(",")[0]) or known.get(_PREFIX.sub("", written))


def _canonical(code: str, states: dict[str, str]) -> str:
    """Puerto Rico and the islands as the map names them: parts of the USA."""
    return states.get(_plain(code), code) if code in _ISLANDS else code


def load_place_names() -> PlaceNames:
    """The names that ship with the program. Raises UnavailableError where they are missing."""
    data = Path(__file__).parent / "data"
    try:
        return PlaceNames(*((data / name).read_text("utf-8") for name in ("place_names.tsv", "illinois_hosts.txt")))
    except (OSError, ValueError) as error:
        raise UnavailableError(
            "place_names_invalid", "The names of places are missing or damaged.", "", "Install facewarden again."
        ) from error


def as_read(text: str) -> str:
    """The text as somebody reads it who sees it, in lower case: nothing invisible, no accents, letters of other
    scripts as the Latin ones that they look like, characters in the place of their HTML names."""
    letters = unicodedata.normalize("NFKD", html.unescape(text).casefold())
    seen = (letter for letter in letters if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf")
    return "".join(seen).translate(_LOOK_ALIKES)


def _plain(name: str) -> str:
    """As it is read, without dots and doubled blanks."""
    return " ".join(as_read(name).replace(".", "").split())

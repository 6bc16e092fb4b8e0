"""Where a body is based and where its office is, from the columns and from its name, with the words that told it.

Never settles a contradiction, and never takes a name that several states share for one of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from facewarden.law.placenames import PlaceNames
from facewarden.services.people.customers import words as tables
from facewarden.services.people.customers.classification import FULL_STATE_NAMES, Recognised
from facewarden.services.people.customers.text import find, letters, plain, segments

_OWNED = (["university", "of"], ["state", "of"], ["commonwealth", "of"])
_OFFICE_WORDS = frozenset({"office", "division", "district", "branch", "resident", "bureau", "ero", "region"})
_STATE_LEADS = ("state", "department", "attorney", "secretary", "highway", "bureau", "office", "national", "governors")
_LETTERS = re.compile(r"[A-Z]{2}")
_CODE = re.compile(r"(?:^|[,(\-–—/]\s*|\s)([A-Z]{2})\)?\.?\s*$")


@dataclass(frozen=True, slots=True)
class Columns:
    """The place columns of one row as written; empty: not given."""

    city: str = ""
    state: str = ""
    country: str = ""


_POSTCODE = re.compile(r"\b\d{5}(?:-\d{4})?\b")


class Locator:
    """Reads places by one table of names."""

    def __init__(self, names: PlaceNames) -> None:
        self._names = names

    def parted(self, text: str) -> Columns:
        """The columns that a place written in one cell amounts to: `Chicago, IL 60601`, `Kyiv, Ukraine`, `Illinois`."""
        city = state = country = ""
        for part in reversed(_POSTCODE.sub("", text).split(",")):
            word = " ".join(part.split())
            bare = word.upper() if len(word) == 2 else word
            if not word:
                continue
            if not country and not state and len(bare) > 2 and self._country(word) and not self._state(word, None):
                country = word
            elif not country and not state and bare == "US":
                country = bare
            elif not state and self._state(bare, None):
                state = word
            else:
                city = city or word
        return Columns(city, state, country)

    def with_state_out_of_city(self, columns: Columns) -> Columns:
        """The columns with the state that somebody wrote behind the city: `Lombard, IL`, `Elgin IL 60120`."""
        written = _POSTCODE.sub("", columns.city).strip()
        comma = self.parted(written) if "," in written else Columns()
        if comma.state:
            return Columns(comma.city, comma.state, columns.country or comma.country)
        city, _, end = written.rpartition(" ")
        if city and _LETTERS.fullmatch(end) and self._state(end, None):
            return Columns(city, end, columns.country)
        return columns

    def country(self, columns: Columns) -> str | None:
        """The ISO code of the country that the columns name or imply, None if they name none."""
        code = self._country(columns.country)
        if code:
            return code
        place = self.columns(columns).value
        return place.partition("-")[0] if place else None

    def columns(self, columns: Columns) -> Recognised:
        """The place that the columns name: a state of the USA or Canada, or another country."""
        given = ", ".join(part for part in (columns.city, columns.state, columns.country) if part)
        if not given:
            return Recognised(None, "no place given")
        country = self._country(columns.country)
        if columns.country and country is None:
            return Recognised(None, f"no country is called “{columns.country}”")
        if country not in (None, "US", "CA"):
            return Recognised(country, f"columns: {given}")
        state = self._state(columns.state, country)
        if columns.state and state is None:
            return Recognised(None, f"no state is called “{columns.state}”")
        city = _cities().get(" ".join(plain(columns.city))) if country != "CA" else None
        if state and city and state != city and " ".join(plain(columns.city)) in ("chicago",):
            return Recognised(None, f"contradicting columns: {given}")
        if state or city:
            return Recognised(state or city, f"columns: {given}")
        if country == "CA":
            return Recognised(country, f"columns: {given}: a country, its province is not told")
        return Recognised(None, f"columns: {given}: the state is not told")

    def appended(self, name: str) -> Recognised:
        """The place written after the name: `City of Springfield, IL`, `Springfield PD (Ill.)`."""
        name = _POSTCODE.sub("", name)
        parts = segments(name)
        end = name.split()[-1] if len(name.split()) > 2 else ""
        if len(end) == 2 and end.upper() not in _WORDLIKE and self._names.is_state(end.upper()):
            return Recognised(f"US-{end.upper()}", f"name: “{end}” at its end")
        last = _CODE.search(name.strip())
        if last and (len(parts) > 1 or len(name.split()) > 2):
            code = self._state(last.group(1), None)
            if code and (len(parts) > 1 or last.group(1) not in _WORDLIKE):
                return Recognised(code, f"name: “{last.group(1)}” at its end")
        inner = _INNER.search(name) or _INNER_SHORT.search(name)
        if inner and (code := self._state(inner.group(1), None)):
            return Recognised(code, f"name: “{inner.group(1)}”")
        for part in parts[1:]:
            code = self._state(" ".join(part), None) or _cities().get(" ".join(part))
            if code:
                return Recognised(code, f"name: “{' '.join(part)}”")
        return Recognised(None, "no place after the name")

    def spoken(self, name: str) -> Recognised:
        """The place that the name speaks of: `Ill. State Police`, `Chicago PD`, `State of Ohio`."""
        said = plain(name)
        for size in (3, 2, 1):
            lead, follow = " ".join(said[:size]), said[size : size + 1]
            if follow and follow[0] in _STATE_LEADS and lead in {*FULL_STATE_NAMES, *_abbreviated()}:
                return Recognised(self._state(lead, None), f"name: “{lead} {follow[0]}”")
            tail = " ".join(said[-size:])
            before = said[-size - 1 : -size]
            if before in (["of"], ["in"]) and tail in FULL_STATE_NAMES:
                return Recognised(self._state(tail, None), f"name: “{before[0]} {tail}”")
            owner = " ".join(said[2 : 2 + size])
            if said[:2] in _OWNED and owner in FULL_STATE_NAMES:
                return Recognised(self._state(owner, None), f"name: “of {owner}”")
        if len(said) > 1 and said[-1] in _abbreviated() and len(said[-1]) > 2 and said[-1] not in _ABBREVIATION_WORDS:
            return Recognised(self._state(said[-1], None), f"name: “{said[-1]}” at its end")
        for start in range(1, len(said) - 1):
            for size in (2, 1):
                state, follow = " ".join(said[start : start + size]), said[start + size : start + size + 1]
                if said[start - 1] == "the" and state in FULL_STATE_NAMES and follow and follow[0] in _STATE_LEADS:
                    return Recognised(self._state(state, None), f"name: “the {state} {follow[0]}”")
        first = name.split()[0].strip(".,") if name.split() else ""
        if _LETTERS.fullmatch(first) and said[1:2] and said[1] in _STATE_LEADS:
            return Recognised(self._state(first, None), f"name: “{first} {said[1]}”")
        for city, code in _cities().items():
            if (span := find(said, city.split())) and (span[0] == 0 or said[span[0] - 1] in ("of", "the", "us", "fbi")):
                return Recognised(code, f"name: “{city}”")
        return Recognised(None, "the name says no place")

    def office_in_name(self, name: str) -> Recognised:
        """The place of the office that the name speaks of (`FBI Chicago Field Office`), None if of none."""
        coded = _OFFICE_CODE.search(name)
        if coded and coded.group(1) not in _WORDLIKE and (code := self._state(coded.group(1), None)):
            return Recognised(code, f"name: “{coded.group(0)}”")
        for part in segments(name):
            if _OFFICE_WORDS & set(part):
                for city, code in _cities().items():
                    if find(part, city.split()):
                        return Recognised(code, f"name: “{city}”, an office")
                for size in (2, 1):
                    for start in range(len(part) - size + 1):
                        state = self._state(" ".join(part[start : start + size]), None)
                        if state and " ".join(part[start : start + size]) in FULL_STATE_NAMES:
                            return Recognised(state, f"name: “{' '.join(part[start : start + size])}”, an office")
        return Recognised(None, "the name speaks of no office")

    def city(self, name: str) -> Recognised:
        """The place of a well-known city anywhere in the name: for the office of a federal body."""
        said = plain(name)
        for city, code in _cities().items():
            if find(said, city.split()):
                return Recognised(code, f"name: “{city}”")
        return Recognised(None, "the name speaks of no city")

    def state_in_name(self, name: str) -> Recognised:
        """The state at the beginning of the name of a state's body: `Illinois Gaming Board`."""
        said = plain(name)
        for size in (2, 1):
            if " ".join(said[:size]) in FULL_STATE_NAMES and len(said) > size:
                return Recognised(self._state(" ".join(said[:size]), None), f"name: “{' '.join(said[:size])}”")
        return Recognised(None, "the name begins with no state")

    def country_in_name(self, name: str) -> Recognised:
        """The country at the beginning or the end of a name: `Ministry of the Interior of Ukraine`."""
        said = plain(name)
        for size in (3, 2, 1):
            for words in (said[-size:], said[:size]):
                if len(said) > size and (code := self._country(" ".join(words))):
                    return Recognised(code, f"name: “{' '.join(words)}”")
        return Recognised(None, "the name speaks of no country")

    def _country(self, text: str) -> str | None:
        flat = letters(text).strip()
        if flat in ("us", "usa", "united states", "united states of america", "u s a", "america"):
            return "US"
        if flat in ("uk", "england", "scotland", "wales", "great britain"):
            return "GB"
        if flat in ("ca", "can", "canada"):
            return "CA"
        return self._names.find(flat, "", "") if flat else None

    def _state(self, text: str, country: str | None) -> str | None:
        flat = letters(text).strip()
        if not flat:
            return None
        if country != "CA" and (code := _abbreviated().get(flat.replace(" ", ""))):
            return f"US-{code}"
        home = {"US": "US", "CA": "Canada"}.get(country or "", "")
        flat = re.sub(r"^(?:state of |us-)", "", flat)
        return self._names.find("United States" if home == "US" else home, flat, "")


@cache
def _abbreviated() -> Mapping[str, str]:
    return {
        short: entry.split()[0]
        for entry in tables.STATE_WORDS.strip().replace("\n", "|").split("|")
        for short in entry.split()[1:]
    }


_INNER = re.compile(rf",\s*([A-Z]{{2}}|{'|'.join(sorted(FULL_STATE_NAMES))})\s+\w", re.IGNORECASE)
_INNER_SHORT = re.compile(
    rf",\s*({'|'.join(sorted(short for short in _abbreviated() if len(short) > 2))})\.\s+\w", re.IGNORECASE
)
_OFFICE_CODE = re.compile(r"\b([A-Z]{2})\s+(?:Resident|Field|Division|District|Branch|Office)\b")
_ABBREVIATION_WORDS = frozenset({"wash", "miss", "mass", "ore", "ind", "ark", "del", "cal", "penn", "ala", "colo"})
_WORDLIKE = frozenset({"IN", "OR", "ME", "HI", "OK", "OH", "PA", "MA", "CO", "DE", "AL", "LA", "ID"})
"""Letters of states that are words too: without a comma before them they say nothing."""


@cache
def _cities() -> Mapping[str, str]:
    pairs = (entry.split(" ", 1) for entry in tables.CITIES.strip().replace("\n", "|").split("|"))
    return {city: f"US-{state}" for state, city in pairs}

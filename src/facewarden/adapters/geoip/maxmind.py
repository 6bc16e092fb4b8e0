"""A map of addresses in a MaxMind DB file that the operator gives: country, state where it has one, anycast.

Never answers where the file cannot be read: every failure is an `Error`, which the law turns into a refusal.

Source: MaxMind DB File Format Specification 2.0; field names of GeoIP2 Country and City ("country.iso_code",
"subdivisions[0].iso_code", "traits.is_anycast") and of DB-IP's files, which use the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import maxminddb

from facewarden.errors import DamagedError, UnavailableError
from facewarden.law.servers import MappedPlace

STALE_DAYS = 400
"""Older maps are told as old by `doctor`: addresses change hands, a tenth of them in a year or two."""
_FAULTS = (maxminddb.InvalidDatabaseError, OSError, ValueError, TypeError, KeyError, IndexError, UnicodeError)


@dataclass(frozen=True, slots=True)
class MapCard:
    """What the file says of itself. `has_states` is False for a file of countries alone."""

    kind: str
    built_at: datetime
    has_states: bool

    def age_days(self, now: datetime) -> int:
        """Whole days since it was built."""
        return (now - self.built_at).days


class MaxMindMap:
    """One opened file. Safe to share between threads; opened in memory, so a replaced file changes nothing."""

    def __init__(self, path: Path) -> None:
        """UnavailableError `server_map_missing` if it is not there, DamagedError `server_map_damaged` if no map."""
        try:
            self._reader = maxminddb.open_database(str(path), maxminddb.MODE_MEMORY)
            metadata = self._reader.metadata()
            kind = str(metadata.database_type)
            self.card = MapCard(kind, datetime.fromtimestamp(metadata.build_epoch, UTC), "City" in kind)
        except FileNotFoundError as error:
            raise UnavailableError(
                "server_map_missing",
                f"There is no map of addresses at {path}.",
                "It was named as the file that tells where servers are.",
                "Put the file there, or take its name out of the settings: fetched photos are refused without it.",
            ) from error
        except (*_FAULTS, OverflowError) as error:
            raise _damaged() from error

    def find(self, address: str) -> MappedPlace | None:
        """What the map says of a public address, None if it does not know it. DamagedError if it cannot be read."""
        try:
            entry = self._reader.get(address)
            return _place_of(entry) if isinstance(entry, Mapping) else None
        except _FAULTS as error:
            raise _damaged() from error


def _place_of(entry: Mapping[str, Any]) -> MappedPlace:
    """The country that the address is used in; the registered one says only who owns it, and is not taken."""
    country = _code(entry.get("country"))
    states = entry.get("subdivisions")
    state = _code(states[0]) if isinstance(states, list) and states else None
    traits = entry.get("traits")
    anycast = isinstance(traits, Mapping) and traits.get("is_anycast") is True
    return MappedPlace(country, state, anycast)


def _code(part: object) -> str | None:
    code = part.get("iso_code") if isinstance(part, Mapping) else None
    return code if isinstance(code, str) and code.isalnum() and code.isupper() and len(code) <= 3 else None


def _damaged() -> DamagedError:
    return DamagedError(
        "server_map_damaged",
        "The map of addresses cannot be read.",
        "The file is no MaxMind DB, or it is cut short or changed.",
        "Fetch it again from where it came from. Until then photos from a server are refused.",
    )

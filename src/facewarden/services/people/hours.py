"""What time it is where an organisation is, roughly: one zone for each state and country.

Never used to decide anything: only to tell an overseer which searches were made at night.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

NIGHT_BEGINS, NIGHT_ENDS = 22, 6  # hours of the clock: the shift in which nobody reviews what is searched
_US = {
    "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR VI",
}


def is_night(moment: datetime, place: str | None) -> bool:
    """Whether it is between `NIGHT_BEGINS` and `NIGHT_ENDS` there; by UTC where the place is not known.

    Where a state or country has several zones, the one with most of its people counts.
    """
    hour = moment.astimezone(zone_of(place)).hour
    return hour >= NIGHT_BEGINS or hour < NIGHT_ENDS


def minutes_between(first: datetime, last: datetime) -> int:
    """Whole minutes from the one to the other, at least 1."""
    return max(1, (last - first) // timedelta(minutes=1))


def zone_of(place: str | None) -> tzinfo:
    """The zone of an ISO 3166 place; UTC where none is known."""
    if place is None:
        return ZoneInfo("UTC")
    country, _, part = place.partition("-")
    if country == "US":
        name = next((zone for zone, states in _US.items() if part in states.split()), "America/New_York")
        return ZoneInfo(name)
    return ZoneInfo(_capitals().get(country, "UTC"))


@cache
def _capitals() -> dict[str, str]:
    """The first zone that the time zone database lists for each country: its capital's, as a rule."""
    text = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, zone)
    return found

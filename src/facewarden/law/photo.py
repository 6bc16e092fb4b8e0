"""The facts of one photo that the law reads: what its file, its addresses and its server say.

It never chooses between contradicting words: both are kept as claims, and the place is undetermined.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from facewarden.domain.photos import Manner
from facewarden.law.addresses import AddressState, is_ip, read_addresses
from facewarden.law.facts import Fact, Facts, Value, undetermined
from facewarden.law.placenames import PlaceNames, as_read, load_place_names
from facewarden.law.places import BORDER, PlaceMap, load_place_map
from facewarden.law.positions import (
    Position,
    PositionState,
    given_position,
    read_exif_position,
    read_xmp_position,
)
from facewarden.law.servers import AddressMap, ServerState, locate_server

_PLACE_WORDS = frozenset({"city", "sublocation", "location", "state", "provincestate", "country", "countryname"})
_SUBJECT_WORDS = """
title description subject headline caption keywords objectname imagedescription contentlocationname
gpsareainformation comment usercomment xptitle xpcomment xpkeywords xpsubject
"""
_EU_CODES = """
AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK
"""
EU_COUNTRIES = frozenset(_EU_CODES.split())
"""The members of the European Union since 2020-02-01."""
_UNPEOPLED = frozenset({"AQ"})
_MAX_LATITUDE_DEG = 90.0
_NOT_FETCHED = Fact(False, "nothing was fetched from the web")
_TEXT_WORDS = _PLACE_WORDS | frozenset(_SUBJECT_WORDS.split())


@dataclass(frozen=True, slots=True)
class PhotoEvidence:
    """What is known of a photo before the law looks.

    `tags` are the file's readable tags ("exif:GPSLatitude", "iptc:City", "xmp:photoshop:State", ... to text), None if
    nobody looked into the file. `latitude_deg` and `longitude_deg` are given from outside and win over none.
    `recorded_on` is the day of taking that the source's own records say.
    `server_ip` is the address that the file was served from. `robots_tags` are the directives of X-Robots-Tag and
    the page's robots meta, None if nobody looked. `manner` is how it came: given, targeted or untargeted; what a
    collection from the web named (purpose, subject, case) is None where nobody says.
    """

    tags: Mapping[str, str] | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    taken_at: datetime | None = None
    recorded_on: date | None = None
    page_url: str | None = None
    file_url: str | None = None
    server_ip: str | None = None
    robots: str | None = None
    robots_tags: Iterable[str] | None = None
    host_permission: bool = False
    manner: str = Manner.GIVEN.value
    purpose_named: bool | None = None
    subject_named: bool | None = None
    case_named: bool | None = None
    extra: Mapping[str, Fact] = field(default_factory=dict)


class PhotoReader:
    """Turns evidence into facts, with the maps it was given. Safe to share between threads."""

    def __init__(self, places: PlaceMap, names: PlaceNames, address_map: AddressMap | None = None) -> None:
        self._places = places
        self._names = names
        self._address_map = address_map

    @classmethod
    def load(cls, address_map: AddressMap | None = None) -> PhotoReader:
        """A reader with the maps that ship with the program. Raises UnavailableError where they are damaged."""
        return cls(load_place_map(), load_place_names(), address_map)

    def read(self, evidence: PhotoEvidence) -> dict[str, Fact]:
        """Every fact about a photo that rules for `collect` and `enrol` read; `extra` facts win. Never raises."""
        return {
            **self._place_facts(evidence),
            **self._address_facts(evidence),
            "taken_day": _time_fact(evidence),
            **_manner_facts(evidence),
            **evidence.extra,
        }

    def _place_facts(self, evidence: PhotoEvidence) -> dict[str, Fact]:
        positions = _positions(evidence)
        origins, states = [origin for origin, _ in positions], [position.state for _, position in positions]
        found: dict[str, str] = {}  # each place claimed, with what claims it
        here: list[str] = []  # what each source of its own says
        for origin, position in positions:
            if position.latitude_deg is None or position.longitude_deg is None:
                continue
            latitude, longitude = position.latitude_deg, position.longitude_deg
            whereabouts = self._places.find(latitude, longitude)
            swapped = self._if_swapped(latitude, longitude) if whereabouts.near <= _UNPEOPLED else frozenset()
            found |= dict.fromkeys(swapped, f"{origin} with latitude and longitude swapped")
            found |= dict.fromkeys(whereabouts.near, origin)
            if whereabouts.place and not swapped:
                here.append(whereabouts.place)
        for origin, place in self._worded_places(evidence.tags or {}):
            found.setdefault(place, origin)
            here.append(place)
        return {
            "position_state": _position_fact(evidence, positions, states),
            "place_taken": _place_fact(here, found, origins),
            "places_claimed": _claims_fact(found),
            "metadata_text": _metadata_fact(evidence.tags),
        }

    def _if_swapped(self, latitude: float, longitude: float) -> frozenset[str]:
        """Where people live at these coordinates taken the other way round, with their hemispheres or without."""
        if abs(longitude) > _MAX_LATITUDE_DEG:
            return frozenset()
        turned = math.copysign(longitude, latitude), math.copysign(latitude, longitude)
        return (self._places.find(*turned).near | self._places.find(longitude, latitude).near) - _UNPEOPLED

    def _worded_places(self, tags: Mapping[str, str]) -> list[tuple[str, str]]:
        """(origin, place) of each group of place words: IPTC's, XMP's, and each of XMP's location structures."""
        groups: dict[str, dict[str, str]] = {}
        for name, text in tags.items():
            word = _word(name)
            if word in _PLACE_WORDS or word == "countrycode":
                group = name.rpartition("/")[0] or name.partition(":")[0]
                groups.setdefault(group, {}).setdefault(word, text)
        places = []
        for group, words in groups.items():
            country = words.get("countrycode") or words.get("country") or words.get("countryname") or ""
            states = words.get("state") or words.get("provincestate") or ""
            for state in states.split("; "):  # a file that says it twice is heard twice
                place = self._names.find(country, state, words.get("city", ""))
                if place:
                    places.append((f"{group.upper() if ':' not in group else group} place words", place))
        return places

    def _address_facts(self, evidence: PhotoEvidence) -> dict[str, Fact]:
        addresses = read_addresses((evidence.page_url, evidence.file_url), self._names)
        spelled_out = next((host for host in addresses.hosts if is_ip(host)), None)
        server = locate_server(evidence.server_ip or spelled_out, self._address_map)
        crawled = evidence.manner != Manner.GIVEN
        if server.state is ServerState.NONE and addresses.state is not AddressState.NONE and crawled:
            # what was fetched came from some server; what a source handed over need not have
            server_fact = Fact("unreadable", "fetched from the web, but its server's IP address is not known")
        else:
            server_fact = Fact(server.state.value, server.reason)
        readable = addresses.state is AddressState.READ
        origin = f"address: {addresses.reason}" if addresses.reason else "address"
        return {
            "address_state": Fact(addresses.state.value, origin),
            "url_text": Fact(addresses.text if readable else None, origin),
            "url_domains": Fact(addresses.domains if readable else None, origin),
            "url_place": Fact(addresses.place, origin),
            "server_state": server_fact,
            "server_place": Fact(server.place, server.reason),
            "upload_place": undetermined("no source says where photos were uploaded from"),
        }


def eu_facing(facts: Facts) -> Fact:
    """Whether anything ties what was fetched to the European Union; undetermined where that cannot be told.

    It is told by the source's country, or by anything that names a place there. A country domain that is sold to
    anybody tells nothing, nor does a server of a content network.
    """
    if "collection_manner" in facts and facts["collection_manner"].value == Manner.GIVEN:
        return _NOT_FETCHED
    for name in ("source_place", "url_place", "server_place", "place_taken", "places_claimed"):
        value = facts[name].value if name in facts else None
        told = value if isinstance(value, frozenset) else {value} if isinstance(value, str) else set()
        if tied := sorted(EU_COUNTRIES & told):
            return Fact(True, f"{name} is {tied[0]}")
    if "source_place" in facts and facts["source_place"].determined:
        return Fact(False, "neither source nor address, server or photo is known to be there")
    return undetermined("the source's country is not known")


def _positions(evidence: PhotoEvidence) -> list[tuple[str, Position]]:
    """(origin, position) of each source that says anything."""
    positions = []
    if evidence.latitude_deg is not None or evidence.longitude_deg is not None:
        half = float("nan")
        latitude = half if evidence.latitude_deg is None else evidence.latitude_deg
        longitude = half if evidence.longitude_deg is None else evidence.longitude_deg
        positions.append(("coordinates given", given_position(latitude, longitude)))
    if evidence.tags is not None:
        positions.append(("EXIF GPS", read_exif_position(evidence.tags)))
        positions.append(("XMP GPS", read_xmp_position(evidence.tags)))
    return [(origin, position) for origin, position in positions if position.state is not PositionState.NONE]


def _position_fact(evidence: PhotoEvidence, positions: list[tuple[str, Position]], states: list[PositionState]) -> Fact:
    for origin, position in positions:
        if position.state is PositionState.UNREADABLE:
            return Fact("unreadable", f"{origin}: {position.why}")
    if states:
        return Fact("read", ", ".join(origin for origin, _ in positions))
    looked = "the file carries no coordinates" if evidence.tags is not None else "no file and no coordinates given"
    return Fact("none", looked)


def _place_fact(here: list[str], found: Mapping[str, str], origins: list[str]) -> Fact:
    if not here:
        return undetermined("no known place" if origins else "no coordinates and no place words")
    if BORDER in here:
        return Fact(BORDER, "within 0.5 km of a line between " + " and ".join(sorted(found)))
    if len(set(here)) > 1:
        return undetermined(
            "contradiction: " + ", ".join(f"{origin} says {place}" for place, origin in sorted(found.items()))
        )
    return Fact(here[0], found[here[0]])


def _claims_fact(found: Mapping[str, str]) -> Fact:
    if not found:
        return undetermined("the file names no place")
    return Fact(frozenset(found), "; ".join(f"{place}: {origin}" for place, origin in sorted(found.items())))


def _metadata_fact(tags: Mapping[str, str] | None) -> Fact:
    if tags is None:
        return undetermined("no file was given")
    text = " ".join(value for name, value in tags.items() if _word(name) in _TEXT_WORDS)
    return Fact(as_read(text), "words in EXIF, IPTC and XMP" if text else "the file has no words")


def _word(name: str) -> str:
    """A tag's own name: what follows the last colon, slash or bracket, in lower case."""
    return name.rpartition(":")[2].partition("[")[0].lower()


def _time_fact(evidence: PhotoEvidence) -> Fact:
    told = {
        "EXIF time": evidence.taken_at.date() if evidence.taken_at else None,
        "the source's record": evidence.recorded_on,
    }
    days = {origin: day for origin, day in told.items() if day}
    if not days:
        return undetermined("neither the file nor a record of the source says when it was taken")
    if len(set(days.values())) > 1:
        return undetermined("contradiction: " + ", ".join(f"{origin} says {day}" for origin, day in days.items()))
    day = next(iter(days.values()))
    return Fact(day.year * 10_000 + day.month * 100 + day.day, " and ".join(days))


def _manner_facts(evidence: PhotoEvidence) -> dict[str, Fact]:
    crawled = evidence.manner != Manner.GIVEN
    directives: Value = None
    if evidence.robots_tags is not None:
        directives = frozenset(tag.strip().lower() for tag in evidence.robots_tags)
    elif not crawled:
        directives = frozenset()
    return {
        "collection_manner": Fact(evidence.manner, "how the photo came"),
        "robots": Fact(evidence.robots or (None if crawled else "not_crawled"), "robots.txt"),
        "robots_tags": Fact(directives, "X-Robots-Tag and robots meta"),
        "collect_purpose": _named_fact(evidence.purpose_named, crawled),
        "collect_subject": _named_fact(evidence.subject_named, crawled),
        "collect_case": _named_fact(evidence.case_named, crawled),
        "eu_facing": undetermined("the source's country is not known") if crawled else _NOT_FETCHED,
        "host_permission": Fact(evidence.host_permission, "records: permissions of sites' owners"),
    }


def _named_fact(named: bool | None, crawled: bool) -> Fact:
    return Fact(named, "the collection, as recorded") if crawled else _NOT_FETCHED

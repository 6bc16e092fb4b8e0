"""Two hundred photos, each with another kind of metadata, address or server: what the default packs decide and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from facewarden.law.actions import Action
from facewarden.law.check import check
from facewarden.law.decision import Decision
from facewarden.law.engine import LawEngine
from facewarden.law.loading import builtin_folder, load_packs, select_packs
from facewarden.law.photo import PhotoEvidence, PhotoReader
from facewarden.law.servers import MappedPlace

DAY = date(2026, 11, 22)
POINTS = {
    "Navy Pier": (41.8917, -87.6043),
    "East St. Louis": (38.6245, -90.1509),
    "Calumet City": (41.6156, -87.5450),
    "Cairo, Illinois": (37.0053, -89.1765),
    "St. Louis": (38.6270, -90.1994),
    "Hammond": (41.5834, -87.5000),
    "Wickliffe": (36.9648, -89.0892),
    "Davenport": (41.5400, -90.5776),
    "Lake Michigan, Illinois waters": (42.0, -87.3),
    "Lake Michigan, Michigan waters": (42.0, -86.9),
    "Rome": (41.9, 12.49),
    "the Atlantic": (0.5, -30.0),
}
LINES = {
    "State Line Road": (41.60, -87.5248),
    "400 m east of it": (41.60, -87.5200),
    "800 m east of it": (41.60, -87.5152),
    "400 m west of it": (41.60, -87.5296),
    "800 m west of it": (41.60, -87.5344),
    "the Mississippi at St. Louis": (38.6270, -90.1820),
    "the Wisconsin line at Zion": (42.4930, -87.8500),
    "the Rhine at Strasbourg, where the map is coarse": (48.5734, 7.8013),
    "the antimeridian in Fiji": (-16.8, 180.0),
    "the South Pole": (-90.0, 0.0),
    "the North Pole": (90.0, 0.0),
}
BROKEN = {
    "zeros": ("0/1 0/1 0/1", "N", "0/1 0/1 0/1", "E"),
    "almost zeros": ("0.002", "N", "0.003", "E"),
    "latitude over zero": ("41/0 53/1 30/1", "N", "87/1 36/1 15/1", "W"),
    "nothing over nothing": ("0/0 0/0 0/0", "N", "0/0 0/0 0/0", "W"),
    "swapped halves": ("87/1 36/1 15/1", "W", "41/1 53/1 30/1", "N"),
    "no hemisphere": ("41/1 53/1 30/1", "", "87/1 36/1 15/1", "W"),
    "an odd hemisphere": ("41/1 53/1 30/1", "Q", "87/1 36/1 15/1", "W"),
    "latitude 141": ("141/1 0/1 0/1", "N", "87/1 36/1 15/1", "W"),
    "longitude 187": ("41/1 0/1 0/1", "N", "187/1 36/1 15/1", "W"),
    "minutes 75": ("41/1 75/1 0/1", "N", "87/1 36/1 15/1", "W"),
    "seconds 90": ("41/1 5/1 90/1", "N", "87/1 36/1 15/1", "W"),
    "negative degrees": ("-41/1 5/1 9/1", "N", "87/1 36/1 15/1", "W"),
    "latitude alone": ("41/1 53/1 30/1", "N", "", ""),
    "longitude alone": ("", "", "87/1 36/1 15/1", "W"),
    "a word": ("north", "N", "west", "W"),
    "not a number": ("nan", "N", "nan", "W"),
    "endless": ("inf", "N", "inf", "W"),
    "four parts": ("41 53 30 5", "N", "87 36 15 5", "W"),
    "a thousand digits": ("4" * 1000, "N", "87/1", "W"),
}
WORDS = [
    ("USA", "Illinois", "Chicago"), ("USA", "Illinois", ""), ("United States", "IL", "Peoria"), ("", "Illinois", ""),
    ("", "ILLINOIS", "Springfield"), ("US", "illinois", ""), ("", "", "Chicago"), ("US", "", "Chicago"),
    ("", "", "Springfield"), ("", "IL", ""), ("USA", "Indiana", "Gary"), ("", "Missouri", "St. Louis"),
    ("USA", "", ""), ("United Kingdom", "", "London"), ("Italia", "Lazio", "Roma"), ("ITA", "", ""),
    ("Deutschland", "Bayern", "München"), ("Canada", "Québec", "Montréal"), ("", "Quebec", ""),
    ("Georgia", "", "Tbilisi"), ("", "Ill.", "Peoria"),
    ("", "Georgia", "Atlanta"), ("Puerto Rico", "", "San Juan"), ("Atlantis", "", ""), ("", "Atlantis", "Chicago"),
    ("Österreich", "", "Wien"), ("日本", "", ""), ("Ελλάδα", "", ""),
]  # fmt: skip
CAPTIONS = [
    "Parade in Chicago",
    "ILLINOIS state fair",
    "Chicagoland",
    "Springfield",
    "A wedding",
    "",
    "Ill. 2019",
    "Paris",
]
URLS = [
    "https://www.illinois.gov/a.jpg", "https://www2.illinois.gov/a.jpg", "https://www.dot.il.gov/a.jpg",
    "https://www.ci.naperville.il.us/a.jpg", "https://www.chicago.gov/a.jpg", "https://cityofchicago.org/a.jpg",
    "https://www.lakecountyil.gov/a.jpg", "https://aurora-il.gov/a.jpg", "https://www.chicagotribune.com/a.jpg",
    "https://example.com/illinois/a.jpg", "https://example.com/%69llinois/a.jpg", "https://example.com/?q=Chicago",
    "https://example.com/#illinois", "https://www.in.gov/a.jpg", "https://www.wisconsin.gov/a.jpg",
    "https://www.fbi.gov/a.jpg", "https://www.va.gov/a.jpg", "https://example.com/a.jpg", "https://example.io/a.jpg",
    "https://comune.roma.it/a.jpg", "https://example.co.uk/a.jpg", "https://xn--mnchen-3ya.de/a.jpg",
    "https://twitter.com/a", "https://pbs.twimg.com/a.jpg", "https://x.com/a", "https://www.youtube.com/a",
    "https://i.ytimg.com/a.jpg", "https://venmo.com/a", "https://www.linkedin.com/a", "https://media.licdn.com/a.jpg",
    "https://www.facebook.com/a", "https://scontent.fbcdn.net/a.jpg", "https://www.instagram.com/a",
    "https://scontent.cdninstagram.com/a.jpg", "https://onedrive.live.com/a", "https://notfacebook.com/a",
    "https://facebook.com.example.org/a", "https://93.184.216.34/a.jpg", "https://[2606:2800:220:1::1]/a.jpg",
    "https://example.com:8443/a.jpg", "https://example.com:0/a.jpg", "https://example.com:99999/a.jpg",
    "https://user:word@example.com/a.jpg", "https://facebook.com@example.com/a", "ftp://example.com/a.jpg",
    "file:///a.jpg", "example.com/a.jpg", "https:///a.jpg", "https://[::1/a.jpg", "https://1.2.3/a.jpg",
    "https://example..com/a.jpg", "https://xn--999999999.com/a.jpg", "https://exa mple.com/a.jpg",
    "//example.com/a.jpg", "HTTPS://EXAMPLE.COM./a.jpg", "http://10.0.0.1/a.jpg",
    "https://8.8.8.8/a.jpg",
]  # fmt: skip
SERVERS = {
    "193.0.14.1": MappedPlace("US", "IL"), "193.0.14.2": MappedPlace("US", "IN"), "193.0.14.3": MappedPlace("US"),
    "193.0.14.4": MappedPlace("IT"), "193.0.14.5": MappedPlace("CA", "QC"), "193.0.14.6": None,
    "193.0.14.7": MappedPlace("US", "IL", anycast=True), "2001:7fd::1": MappedPlace("US", "IL"),
    "::ffff:193.0.14.1": MappedPlace("US", "IL"), "104.16.1.1": None, "8.8.8.8": None, "10.0.0.1": None,
    "192.168.0.1": None, "127.0.0.1": None, "169.254.0.1": None, "224.0.0.1": None, "203.0.113.1": None,
    "::1": None, "fe80::1": None, "fc00::1": None, "2001:db8::1": None, "1.2.3": None, "server.example": None,
}  # fmt: skip


class TableMap:
    """The address map of this table."""

    def find(self, address: str) -> MappedPlace | None:
        return SERVERS.get(address)


def _exif(latitude: str, latitude_ref: str, longitude: str, longitude_ref: str) -> dict[str, str]:
    names = ("GPSLatitude", "GPSLatitudeRef", "GPSLongitude", "GPSLongitudeRef")
    values = (latitude, latitude_ref, longitude, longitude_ref)
    return {f"exif:{name}": value for name, value in zip(names, values, strict=True) if value}


def _point(latitude: float, longitude: float) -> dict[str, str]:
    return _exif(
        f"{abs(latitude):.4f}", "S" if latitude < 0 else "N", f"{abs(longitude):.4f}", "W" if longitude < 0 else "E"
    )


def _xmp_point(latitude: float, longitude: float) -> dict[str, str]:
    def written(value: float, letters: str) -> str:
        degrees = int(abs(value))
        return f"{degrees},{(abs(value) - degrees) * 60:.4f}{letters[value < 0]}"

    return {"xmp:exif:GPSLatitude": written(latitude, "NS"), "xmp:exif:GPSLongitude": written(longitude, "EW")}


def photos() -> Iterator[tuple[str, PhotoEvidence]]:
    """Each photo's description and evidence."""
    yield "no metadata at all", PhotoEvidence(tags={})
    for name, (latitude, longitude) in (POINTS | LINES).items():
        yield f"EXIF GPS: {name}", PhotoEvidence(tags=_point(latitude, longitude))
    for name, (latitude, longitude) in (POINTS | LINES).items():
        yield f"XMP GPS: {name}", PhotoEvidence(tags=_xmp_point(latitude, longitude))
    for name, parts in BROKEN.items():
        yield f"EXIF GPS: {name}", PhotoEvidence(tags=_exif(*parts))
    for index, (country, state, city) in enumerate(WORDS):
        said = ", ".join(word or "-" for word in (city, state, country))
        if index % 2:
            tags = {"iptc:Country": country, "iptc:State": state, "iptc:City": city}
        else:
            tags = {"xmp:photoshop:Country": country, "xmp:photoshop:State": state, "xmp:photoshop:City": city}
        yield f"{'IPTC' if index % 2 else 'XMP'}: {said}", PhotoEvidence(tags={k: v for k, v in tags.items() if v})
    for name in ("Navy Pier", "Hammond", "Rome", "the Atlantic"):
        for state, country in (("Illinois", "USA"), ("Indiana", "USA"), ("Lazio", "Italy")):
            tags = _point(*POINTS[name]) | {"iptc:State": state, "iptc:Country": country}
            yield f"EXIF GPS: {name}; IPTC: {state}, {country}", PhotoEvidence(tags=tags)
    for text in CAPTIONS:
        yield f"caption: {text or '(empty)'}", PhotoEvidence(tags={"iptc:Caption": text} if text else {})
    for url in URLS:
        yield f"page {url}", PhotoEvidence(tags={}, page_url=url)
    for address in SERVERS:
        yield f"server {address}", PhotoEvidence(tags={}, file_url="https://example.com/a.jpg", server_ip=address)
    web = {"tags": {}, "page_url": "https://example.com/a", "server_ip": "193.0.14.2", "manner": "targeted"}
    web |= {"purpose_named": True, "subject_named": True, "case_named": True}
    for robots, directives in (
        ("allowed", []), ("disallowed", []), (None, []), ("allowed", ["noindex"]), ("allowed", ["noai", "x"]),
        ("allowed", ["max-snippet:20"]), ("allowed", None),
    ):  # fmt: skip
        said = f"fetched; robots.txt: {robots or 'unread'}; tags: {'unread' if directives is None else directives}"
        yield said, PhotoEvidence(**web, robots=robots, robots_tags=directives)
    yield "fetched, server not known", PhotoEvidence(**(web | {"server_ip": None}), robots="allowed", robots_tags=[])
    bare = web | {"purpose_named": False}
    yield "fetched for no purpose", PhotoEvidence(**bare, robots="allowed", robots_tags=[])
    alone = web | {"page_url": "https://comune.roma.it/a", "subject_named": False}
    yield (
        "fetched from an Italian site about nobody in particular",
        PhotoEvidence(**alone, robots="allowed", robots_tags=[]),
    )
    untargeted = web | {"manner": "untargeted"}
    yield "fetched without a target", PhotoEvidence(**untargeted, robots="allowed", robots_tags=[])
    letters = web | {"page_url": "https://www.facebook.com/a"}
    yield (
        "from facebook.com with the owner's permission",
        PhotoEvidence(**letters, robots="allowed", robots_tags=[], host_permission=True),
    )


def decisions() -> Iterator[tuple[str, Decision]]:
    """Each photo's description and decision, by the packs that a new installation adopts."""
    law = LawEngine(select_packs(load_packs([builtin_folder()])))
    reader = PhotoReader.load(TableMap())
    for said, evidence in photos():
        yield said, check(law, reader, Action.COLLECT, evidence, {}, DAY)


def table() -> str:
    """The Markdown table."""
    lines = ["| photo | place | decided | by | undetermined |", "| --- | --- | --- | --- | --- |"]
    for said, decision in decisions():
        place = decision.facts["place_taken"].value or "-"
        rules = ", ".join(f"`{name}`" for name in decision.rules) or "-"
        shown = said if len(said) < 90 else said[:87] + "..."
        lines.append(f"| {shown} | {place} | {decision.verdict} | {rules} | {len(decision.undetermined)} |")
    return "\n".join(lines) + "\n"

"""Web addresses as facts: what a page's and a file's URL say of their host and place.

It never fetches, resolves or guesses: an address with credentials, a bad port or a host that cannot be decoded is
unreadable, and nothing is concluded from it.

Sources: RFC 3986 (syntax), RFC 5890 and 5891 (names in other scripts), Unicode UTS 46 (what browsers make of such
names), RFC 1480 (the .us locality domains).
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from facewarden.law.placenames import PlaceNames

MAX_URL_CHARS = 8_192
"""Longer addresses are refused by most servers."""

# Country domains that are sold to anybody and say nothing of a place.
_SOLD_DOMAINS = """
ac ag ai am as bz cc cd cm co cx dj fm ga gg gl gq gs hm ht im in io is la li ly me ml ms mu mx ng nr nu pm pn pw
re rs sc sh sr st su tc tf tk tl tm to tv tw ug vc vg vu wf ws yt
"""
_DOMAINS_WITHOUT_PLACE = frozenset(_SOLD_DOMAINS.split())
_OTHER_CODES = {"uk": "GB"}
_ILLINOIS_WORDS = ("illinois", "chicago")
"""The words that the May 2020 filing names as examples."""
_INVISIBLE = r"\xad\u034f\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
_LABEL = re.compile(rf"[^\s/\\@:%?#\[\]<>\"'`{{}}|^\x00-\x20{_INVISIBLE}]{{1,63}}")


class AddressState(StrEnum):
    """Whether the photo has web addresses, and whether all of them can be read."""

    NONE = "none"
    READ = "read"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Addresses:
    """What one or more URLs say together. `place` is an ISO 3166 code or None; `reason` says what told it."""

    state: AddressState
    text: str = ""
    domains: frozenset[str] = field(default_factory=frozenset)
    place: str | None = None
    reason: str = ""
    hosts: tuple[str, ...] = ()


def read_addresses(urls: Iterable[str | None], names: PlaceNames) -> Addresses:
    """What these URLs (page, file; None and empty ones are skipped) say together; one bad one spoils all."""
    given = [url for url in urls if url]
    if not given:
        return Addresses(AddressState.NONE, reason="no web address: a file given by hand")
    try:
        parts = [_read_one(url) for url in given]
    except ValueError as error:
        return Addresses(AddressState.UNREADABLE, reason=str(error))
    hosts = tuple(host for host, _ in parts)
    text = " ".join(text for _, text in parts)
    domains = frozenset(domain for host in hosts for domain in _domains(host))
    place, reason = _place(hosts, text, names)
    return Addresses(AddressState.READ, text, domains, place, reason, hosts)


def _read_one(url: str) -> tuple[str, str]:
    """The host (lower case, decoded) and the whole address (lower case, decoded). Raises ValueError."""
    if len(url) > MAX_URL_CHARS:
        raise ValueError("an address is too long")
    if any(ord(character) < 0x21 for character in url):
        raise ValueError("an address holds spaces or control characters")
    parts = urlsplit(url)  # a bad IPv6 literal raises ValueError
    if parts.scheme.lower() not in ("http", "https"):
        raise ValueError("an address is neither http nor https")
    if "@" in parts.netloc or "\\" in url:
        raise ValueError("an address holds credentials or a backslash")
    host = parts.hostname or ""
    if parts.port == 0:  # reading it raises ValueError where it is no number up to 65535
        raise ValueError("an address has the port 0")
    host = _decoded_host(host)
    return host, " ".join((host, *map(_fold, (parts.path, parts.query, parts.fragment)))).strip()


def _fold(text: str) -> str:
    """Decoded, in lower case, and wide or otherwise styled letters as the plain ones that browsers take them for."""
    return unicodedata.normalize("NFKC", unquote(text)).lower()


def _decoded_host(host: str) -> str:
    host = _fold(host).replace("\u3002", ".").rstrip(".")  # browsers take an ideographic full stop for a dot
    if not host or len(host) > 253:
        raise ValueError("an address has no host, or too long a one")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        labels = host.split(".")
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        raise ValueError("a host is a misspelt IP address")
    try:
        decoded = [label.encode("ascii").decode("idna") if label.startswith("xn--") else label for label in labels]
    except (UnicodeError, ValueError) as error:
        raise ValueError("a host's name cannot be decoded") from error
    if not all(_LABEL.fullmatch(label) for label in decoded):
        raise ValueError("a host's name is malformed")
    return ".".join(decoded).lower()


def _domains(host: str) -> Iterable[str]:
    """The host and every domain above it; an IP address stands alone."""
    if is_ip(host):
        return (host,)
    labels = host.split(".")
    return (".".join(labels[start:]) for start in range(len(labels)))


def is_ip(host: str) -> bool:
    """True if a decoded host is an IP address."""
    return ":" in host or host.replace(".", "").isdigit()


def _place(hosts: tuple[str, ...], text: str, names: PlaceNames) -> tuple[str | None, str]:
    told = {place: reason for host in hosts for place, reason in [_place_of_host(host, names)] if place}
    if "US-IL" not in told:
        word = next((word for word in _ILLINOIS_WORDS if word in text), "")
        if word:
            told = {"US-IL": f"the address holds the word {word!r}"}
    if len(told) > 1 and "US-IL" not in told:
        return None, "the addresses speak of different places: " + ", ".join(sorted(told))
    if not told:
        return None, "the addresses speak of no place"
    place = "US-IL" if "US-IL" in told else next(iter(told))
    return place, told[place]


def _place_of_host(host: str, names: PlaceNames) -> tuple[str | None, str]:
    if is_ip(host):
        return None, ""
    labels = host.split(".")
    if names.illinois_hosts & set(_domains(host)):
        return "US-IL", f"{host} belongs to an Illinois body"
    last = labels[-1]
    if last == "gov" and len(labels) > 1:
        state = names.state_of_label(labels[-2])
        return (state, f"{host} is a government domain of that state") if state else (None, "")
    if last == "us" and len(labels) > 2 and names.is_state(labels[-2].upper()):
        return f"US-{labels[-2].upper()}", f"{host} is in that state's .us domain"
    if len(last) != 2 or last in _DOMAINS_WITHOUT_PLACE or last == "us":
        return None, ""
    code = names.country(_OTHER_CODES.get(last, last.upper()))
    return (code, f"{host} is in that country's domain") if code else (None, "")

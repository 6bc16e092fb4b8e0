"""What an e-mail domain proves: that a government runs it, and which one; and which ones only look as if.

Never resolves a name, and never takes a word in a domain for a proof: only suffixes that a registry hands out to
governments alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from facewarden.law.placenames import PlaceNames

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
_US_SUFFIXES = ("gov", "mil", "fed.us")
_US_LOCAL = re.compile(r"(?:.+\.)?(?:state|dst|gen|(?:ci|co|vil|town|twp|county|city)\.[a-z-]+)\.([a-z]{2})\.us")
_ABROAD = frozenset({"gov", "gob", "gouv", "go", "govt", "gub", "gv", "mil", "police"})
_FLAT_ABROAD = {"gc.ca": "CA", "gouv.fr": "FR", "bund.de": "DE", "admin.ch": "CH", "europa.eu": "EU"}
_OFFICIAL_WORDS = re.compile(
    r"(?:^|-)(?:gov|govt|gob|gouv|mil|fbi|dea|dhs|doj)(?:-|$)|police-?gov|gov-?police|state-?gov"
)
_CODES = {"uk": "GB"}


@dataclass(frozen=True, slots=True)
class Domain:
    """What the domain of an address proves.

    `place` is the country, or the state of the USA, whose government runs it, None if none is proven. `problem` says
    why it cannot be taken; empty: it can.
    """

    place: str | None = None
    problem: str = ""


def read_domain(text: str, names: PlaceNames) -> Domain:
    """The domain of an e-mail address, or the domain alone; an empty text proves nothing."""
    host = text.rpartition("@")[2].strip().strip(".").lower()
    if not host:
        return Domain(problem="an e-mail address without a domain" if text else "")
    if not host.isascii() or "xn--" in host:
        return Domain(problem="a domain in letters other than plain Latin ones: look-alikes cannot be told apart")
    if len(host) > 253 or text.count("@") > 1 or not _HOST.fullmatch(host):
        return Domain(problem="no e-mail address and no domain")
    labels = host.split(".")
    if labels[-1] in ("gov", "mil") or host.endswith(".fed.us"):
        state = names.state_of_label(labels[-2]) if labels[-1] == "gov" and len(labels) > 1 else None
        return Domain(state or "US")
    if local := _US_LOCAL.fullmatch(host):
        return Domain(f"US-{local.group(1).upper()}" if names.is_state(local.group(1).upper()) else None)
    for suffix, code in _FLAT_ABROAD.items():
        if host == suffix or host.endswith("." + suffix):
            return Domain(code)
    if len(labels) > 2 and labels[-2] in _ABROAD and len(labels[-1]) == 2:
        code = _CODES.get(labels[-1], labels[-1].upper())
        if names.country(code):
            return Domain(code)
    if any(_OFFICIAL_WORDS.search(label) for label in labels):
        return Domain(problem=f"“{host[:60]}” looks like a government's domain and is none")
    return Domain()


def suits(domain_place: str | None, country: str | None) -> bool:
    """False if a government of another country than the row's runs the domain (gov.co for a body in the USA)."""
    return domain_place is None or country is None or domain_place.partition("-")[0] in (country, "EU")

"""What a page links to: pictures and further pages, and what it asks of collectors. Never runs or fetches anything."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

MAX_LINKS = 2_000  # of one page; a page with more is no page for people
MAX_URL_CHARS = 2_048
MAX_REPEATED = 3  # the same step so often in one path: a calendar or a link that grows, without end
PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True)
class Page:
    """Absolute, normalised addresses in the order of the page, and the directives of its robots meta (lower case)."""

    pictures: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    tags: frozenset[str] = frozenset()


def read_page(html: str, url: str) -> Page:
    """The page's links. Never raises for bad HTML."""
    reader = _Reader(url)
    reader.feed(html)
    reader.close()
    return Page(list(dict.fromkeys(reader.pictures)), list(dict.fromkeys(reader.links)), frozenset(reader.tags))


def normalised(url: str) -> str | None:
    """The address in one spelling, without fragment; None if it is none that may be fetched.

    Scheme http or https, no credentials, no odd characters, at most 2,048 long, no path that repeats itself.
    """
    if len(url) > MAX_URL_CHARS or any(ord(letter) < 0x20 for letter in url) or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or "@" in parts.netloc or not host:
        return None
    try:
        host = host.rstrip(".").encode("idna").decode("ascii") if not host.isascii() else host.rstrip(".")
    except UnicodeError:
        return None
    if not re.fullmatch(r"[a-z0-9.-]+", host):
        return None
    steps = Counter(step for step in parts.path.split("/") if step)
    if steps and max(steps.values()) > MAX_REPEATED:
        return None
    authority = host if port in (None, _PORTS[scheme]) else f"{host}:{port}"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return urlunsplit((scheme, authority, path, query, ""))


def is_picture_address(url: str) -> bool:
    """Whether the address ends as a picture's does."""
    return urlsplit(url).path.lower().endswith(PICTURE_ENDINGS)


def directives(*lines: str) -> frozenset[str]:
    """The directives of robots metas or X-Robots-Tag headers; one meant for another collector counts too."""
    return frozenset(
        part.rpartition(":")[2].strip().lower() for line in lines for part in line.split(",") if part.strip()
    )


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = url
        self.pictures: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "base" and given.get("href"):
            self._base = self._absolute(given["href"]) or self._base
        elif tag == "meta" and given.get("name", "").lower() in ("robots", "facewarden"):
            self.tags |= directives(given.get("content", ""))
        elif tag in ("img", "source"):
            self._add(self.pictures, given.get("src", ""))
            for choice in given.get("srcset", "").split(","):
                self._add(self.pictures, choice.strip().partition(" ")[0])
        elif len(self.links) >= MAX_LINKS or len(self.pictures) >= MAX_LINKS:
            return  # reading on would only cost time
        elif tag in ("a", "area") and "nofollow" not in given.get("rel", "").lower().split():
            address = self._absolute(given.get("href", ""))
            if address is not None:
                self._add(self.pictures if is_picture_address(address) else self.links, address)

    def _add(self, kept: list[str], address: str) -> None:
        found = self._absolute(address) if address else None
        if found is not None and len(kept) < MAX_LINKS:
            kept.append(found)

    def _absolute(self, address: str) -> str | None:
        try:
            return normalised(urljoin(self._base, address.strip())) if address.strip() else None
        except ValueError:
            return None

"""What a site's robots.txt says to this collector, by RFC 9309 and stricter where the RFC leaves it open.

Never lets a site be fetched whose robots.txt could not be asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from protego import Protego

from facewarden.adapters.crawl.fetching import Answer
from facewarden.errors import BadPhotoError

MAX_BYTES = 512 * 1024  # RFC 9309, 2.5: at least 500 KiB; what comes after is not read
MAX_REDIRECTS = 5  # 2.3.1.2
KEPT_S = 24 * 3600.0  # 2.4: not longer than a day
DISALLOWED_STATUS = frozenset({401, 403, 429})
"""The RFC lets a collector go on here; whoever locks or throttles the rules themselves has asked to be left alone."""
TOKEN = "facewarden"  # noqa: S105 - the product token of RFC 9309, not a secret


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one site. `parsed` None: `allowed` holds for every path."""

    parsed: Protego | None
    allowed: bool
    delay_s: float = 0.0

    def allows(self, url: str) -> bool:
        """Whether the address may be fetched."""
        return self.allowed if self.parsed is None else bool(self.parsed.can_fetch(url, TOKEN))


NOTHING_ALLOWED = Rules(None, False)
EVERYTHING_ALLOWED = Rules(None, True)


class Robots:
    """The rules of sites, each asked for once a day. `get` fetches one hop, or raises BadPhotoError."""

    def __init__(
        self, get: Callable[[str, int], Answer], owned: Callable[[str], bool], now_s: Callable[[], float]
    ) -> None:
        self._get = get
        self._owned = owned
        self._now_s = now_s
        self._known: dict[str, tuple[float, Rules]] = {}
        self.requests = 0

    def of(self, url: str) -> Rules:
        """The rules of that address's site (scheme, host and port)."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc.lower()}"
        known = self._known.get(site)
        if known is None or self._now_s() - known[0] > KEPT_S:
            known = self._known[site] = (self._now_s(), self._asked(f"{site}/robots.txt"))
        return known[1]

    def _asked(self, url: str) -> Rules:
        for _ in range(MAX_REDIRECTS + 1):
            if not self._owned(url):
                return NOTHING_ALLOWED  # rules that lie elsewhere are not fetched, and so not known
            self.requests += 1
            try:
                answer = self._get(url, MAX_BYTES)
            except BadPhotoError:
                return NOTHING_ALLOWED  # 2.3.1.4: unreachable is disallowed
            if answer.status in (301, 302, 303, 307, 308) and answer.header("location"):
                url = urljoin(url, answer.header("location"))
                continue
            return _rules(answer)
        return NOTHING_ALLOWED


def _rules(answer: Answer) -> Rules:
    if 200 <= answer.status < 300:
        parsed = Protego.parse(answer.body.decode("utf-8", "replace").removeprefix("\ufeff"))
        return Rules(parsed, True, float(parsed.crawl_delay(TOKEN) or 0.0))
    if 400 <= answer.status < 500 and answer.status not in DISALLOWED_STATUS:
        return EVERYTHING_ALLOWED  # 2.3.1.3: there are none
    return NOTHING_ALLOWED  # 2.3.1.4: 5xx, and whatever else is no answer

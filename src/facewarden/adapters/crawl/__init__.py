"""A crawl of a source's own hosts as a collection: each address a part, each host read by one worker at a time.

Never fetches what robots, the law or the address refuse, never leaves the source's hosts, and never hurries a server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from facewarden.adapters.crawl.endpoints import Endpoint, Resolver, public_endpoint
from facewarden.adapters.crawl.fetching import Answer, Fetcher
from facewarden.adapters.crawl.pages import Page, directives, normalised, read_page
from facewarden.adapters.crawl.robots import Robots, Rules
from facewarden.adapters.folders import READ_MAX_BYTES
from facewarden.domain.collections import NOT_FETCHED, Found, Place, Trouble
from facewarden.domain.photos import Fetched, OfferedFile
from facewarden.errors import BadPhotoError, Error
from facewarden.ports.collections import AddressCheck, Step

PAGE_MAX_BYTES = 5 * 1024 * 1024
MAX_HOPS = 5  # redirects from one link
MAX_TRIES = 3  # for a server that says that it is busy
MAX_RETRY_S = 3_600.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({429, 503})
PICTURE_KINDS = ("image/jpeg", "image/png", "image/webp", "image/jpg", "image/pjpeg")
PAGE_KINDS = ("text/html", "application/xhtml+xml")
SLICE_S = 1.0  # a long wait is cut so that the part is kept alive


@dataclass(frozen=True, slots=True)
class CrawlLimits:
    """How far a crawl goes and how slowly: pages, clicks from the first, seconds between two requests to a host."""

    pages: int = 10_000
    depth: int = 20
    delay_s: float = 1.0


@dataclass(frozen=True, slots=True)
class _Task:
    """One address to fetch: a page or a picture, how many clicks and redirects from the first, on which page it was."""

    url: str
    picture: bool
    depth: int
    hops: int = 0
    page: str | None = None
    tags: tuple[str, ...] = ()

    def place(self) -> dict[str, object]:
        return {
            "url": self.url,
            "picture": self.picture,
            "depth": self.depth,
            "hops": self.hops,
            "page": self.page,
            "tags": list(self.tags),
        }

    def found(self) -> Found:
        return Found(self.place(), lane=urlsplit(self.url).netloc, mark=self.url)


class CrawlConnector:
    """One crawl. `fetched` is how its photos come, `owned` says whether an address is on the source's own hosts."""

    def __init__(
        self,
        first: Iterable[str],
        fetched: Fetched,
        owned: Callable[[str], bool],
        resolver: Resolver,
        fetcher: Fetcher,
        limits: CrawlLimits,
        now: Callable[[], datetime],
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._first = tuple(first)
        self._fetched = fetched
        self._owned = owned
        self._resolver = resolver
        self._fetcher = fetcher
        self._limits = limits
        self._now = now
        self._wait = wait
        self._robots = Robots(self._get_rules, owned, time.monotonic)

    def close(self) -> None:
        """Ends every connection."""
        self._fetcher.close()

    def read(self, place: Place, check: AddressCheck) -> Iterable[Step]:
        """The one step of a part: the first addresses, or what one address gave."""
        if "url" not in place:
            first = [found for url in self._first if (found := normalised(url)) is not None]
            return [Step((), None, [_Task(url, False, 0).found() for url in first])]
        tags, page = place.get("tags"), place.get("page")
        task = _Task(
            str(place["url"]),
            bool(place["picture"]),
            int(str(place["depth"])),
            int(str(place["hops"])),
            str(page) if page else None,
            tuple(map(str, tags)) if isinstance(tags, list) else (),
        )
        return self._visit(task, check)

    def _visit(self, task: _Task, check: AddressCheck) -> Iterator[Step]:
        # 1. host and day: nothing is asked of a host that is not to be asked at all
        file = OfferedFile(task.url, _not_fetched(), task.url, replace(self._fetched, page_url=task.page))
        if check.refused(file):
            yield _refused(file, task)
            return
        # 2. robots.txt and the page's own words
        asked = self._robots.requests
        rules = self._robots.of(task.url)
        if self._robots.requests > asked:
            self._pause(rules, 0.0, check)
        file = _told(file, robots_allowed=rules.allows(task.url), robots_tags=frozenset(task.tags))
        if check.refused(file) or not rules.allows(task.url):
            yield _refused(file, task)
            return
        # 3. the server's address
        try:
            endpoint = public_endpoint(self._resolver, urlsplit(task.url).hostname or "")
        except BadPhotoError as error:
            yield _failed(file, task, error)
            return
        file = _told(file, server_ip=endpoint.address)
        if check.refused(file):
            yield _refused(file, task)
            return
        yield self._ask(task, file, endpoint, rules, check)

    def _ask(self, task: _Task, file: OfferedFile, endpoint: Endpoint, rules: Rules, check: AddressCheck) -> Step:
        tagged = file

        def wanted(answer: Answer) -> bool:  # 4. X-Robots-Tag, before a byte of the body is read
            nonlocal tagged
            tags = directives(*answer.all("x-robots-tag")) | frozenset(task.tags)
            tagged = _told(file, robots_tags=tags, fetched_at=self._now())
            if answer.status != 200:
                return False
            if task.picture or answer.kind in PICTURE_KINDS:
                return answer.kind in PICTURE_KINDS and not check.refused(tagged)
            return answer.kind in PAGE_KINDS

        for _ in range(MAX_TRIES):
            limit = READ_MAX_BYTES if task.picture else PAGE_MAX_BYTES
            try:
                answer = self._fetcher.get(task.url, endpoint, limit, wanted)
            except BadPhotoError as error:
                self._pause(rules, 0.0, check)
                return _failed(tagged, task, error)
            busy = answer.status in BUSY
            self._pause(rules, max(answer.seconds, _retry_after_s(answer) if busy else 0.0), check)
            if not busy:
                break
        return self._came(task, tagged, answer, check)

    def _came(self, task: _Task, file: OfferedFile, answer: Answer, check: AddressCheck) -> Step:
        if answer.status in REDIRECTS and answer.header("location"):
            return self._redirected(task, file, answer)
        if answer.status != 200:
            return _failed(file, task, _bad_status(answer.status))
        if task.picture or answer.kind in PICTURE_KINDS:
            return self._picture(task, file, answer, check)
        if answer.kind not in PAGE_KINDS:
            return Step((), None, extra={"other_kinds": 1})
        charset = answer.header("content-type").partition("charset=")[2].strip("\"' ;") or "utf-8"
        return self._page(task, file, read_page(_text(answer.body, charset), task.url), check)

    def _picture(self, task: _Task, file: OfferedFile, answer: Answer, check: AddressCheck) -> Step:
        if answer.kind not in PICTURE_KINDS:
            return Step([replace(file, content=_no_picture())], None)
        if check.refused(file):
            return _refused(file, replace(task, picture=True))
        if answer.cut:
            return Step([replace(file, content=_too_large())], None)
        return Step([replace(file, content=answer.body)], None)

    def _page(self, task: _Task, file: OfferedFile, page: Page, check: AddressCheck) -> Step:
        fetched = file.fetched
        tags = page.tags | ((fetched.robots_tags if fetched else None) or frozenset())
        kept = tuple(sorted(tags))
        found = [_Task(url, True, task.depth, 0, task.url, kept).found() for url in page.pictures if self._owned(url)]
        extra = {"pages": 1}
        if "nofollow" not in tags and "none" not in tags:
            if task.depth >= self._limits.depth or check.counted("pages") + 1 >= self._limits.pages:
                extra["pages_left_out"] = len(page.links)
            else:
                found += [_Task(url, False, task.depth + 1).found() for url in page.links if self._owned(url)]
        return Step((), None, found, extra)

    def _redirected(self, task: _Task, file: OfferedFile, answer: Answer) -> Step:
        """The place that the server points to becomes a part of its own, and passes every gate from the first on."""
        try:
            target = normalised(urljoin(task.url, answer.header("location")))
        except ValueError:
            target = None
        if target is None or task.hops >= MAX_HOPS:
            return _failed(file, task, _bad_redirect())
        if not self._owned(target):
            elsewhere = replace(file, url=target, name=f"{file.name} -> {target}", content=_not_fetched())
            return _refused(elsewhere, task)
        return Step((), None, [replace(task, url=target, hops=task.hops + 1).found()])

    def _get_rules(self, url: str, max_bytes: int) -> Answer:
        """One hop for robots.txt, to a checked address."""
        return self._fetcher.get(url, public_endpoint(self._resolver, urlsplit(url).hostname or ""), max_bytes)

    def _pause(self, rules: Rules, seconds: float, check: AddressCheck) -> None:
        """Leaves the host alone for as long as it asks, as long as it took to answer, or our own least, whichever is
        longest; the part, and with it the host, is held meanwhile."""
        left_s = max(rules.delay_s, self._limits.delay_s, seconds)
        while left_s > 0:
            self._wait(min(left_s, SLICE_S))
            left_s -= SLICE_S
            check.keep()


def _told(file: OfferedFile, **facts: object) -> OfferedFile:
    """The file with more known of how it is fetched."""
    return file if file.fetched is None else replace(file, fetched=replace(file.fetched, **facts))  # type: ignore[arg-type]


def _refused(file: OfferedFile, task: _Task) -> Step:
    """A picture goes to the gates, which count it by their ground; a page is only counted."""
    if task.picture:
        return Step([replace(file, content=_not_fetched())], None)
    return Step((), None, extra={"pages_refused": 1})


def _failed(file: OfferedFile, task: _Task, error: Error) -> Step:
    if task.picture:
        return Step([replace(file, content=error)], None)
    trouble = Trouble(task.url, error.code, error.what, error.next_step)
    return Step((), None, extra={"pages_failed": 1}, troubles=(trouble,))


def _text(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _retry_after_s(answer: Answer) -> float:
    said = answer.header("retry-after")
    return min(float(said), MAX_RETRY_S) if said.isdecimal() else 0.0


def _not_fetched() -> BadPhotoError:
    return BadPhotoError(NOT_FETCHED, "It was left where it is.", "A rule refuses it by its address.")


def _no_picture() -> BadPhotoError:
    return BadPhotoError(
        "not_a_picture", "What is linked as a picture is none.", "The server says that it is something else."
    )


def _too_large() -> BadPhotoError:
    return BadPhotoError("file_too_large", f"The picture is larger than {READ_MAX_BYTES // 1024**2} MB.")


def _bad_status(status: int) -> BadPhotoError:
    return BadPhotoError(
        "fetch_failed", f"The server answered with status {status}.", next_step="Ask the site's owner, then try again."
    )


def _bad_redirect() -> BadPhotoError:
    return BadPhotoError(
        "bad_redirect",
        "The server points to a place that is not gone to.",
        f"It is no web address, or the {MAX_HOPS + 1}th one in a row.",
        "Ask the site's owner.",
    )

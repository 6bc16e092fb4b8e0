"""The cheapest gates: what source, host, robots and server settle before a byte of a photo is fetched or decoded.

Never lets anything pass for good: what passes here is decided whole once its file is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from facewarden.domain.hosts import host_of
from facewarden.domain.photos import Manner, OfferedFile
from facewarden.domain.sources import Source
from facewarden.errors import Error
from facewarden.law.actions import Action
from facewarden.law.decision import Decision, Verdict
from facewarden.law.facts import undetermined
from facewarden.law.loading import Pack
from facewarden.ports import Clock
from facewarden.services.collecting.photolaw import PhotoLaw, owns
from facewarden.services.law.facts import FactDict

HOST_NOT_OF_SOURCE = "host_not_of_source"
"""The program's own ground: a permission covers the hosts that it names, and no others."""
PATH_FACTS = ("address_state", "url_text", "url_place", "server_state", "server_place")
"""What another address on the same host may tell otherwise."""
HOSTS_KEPT = 4_096
"""Refusals of whole hosts remembered for their day; a crawl of one source has a handful."""


class AddressGate:
    """Refuses by address alone. What a host's name settles is decided once a day for each source."""

    def __init__(self, law: PhotoLaw, clock: Clock, packs: Callable[[], Sequence[Pack]]) -> None:
        self._law = law
        self._clock = clock
        self._packs = packs
        self._hosts: dict[tuple[object, ...], Decision | None] = {}

    def refusal(self, source: Source, file: OfferedFile) -> Decision | Error | None:
        """Why the file is refused whatever is in it: a decision of the law, or the program's own ground. Else None.

        A file without an address passes: there is nothing to look at yet.
        """
        if not file.url:
            return None
        if file.fetched is not None and not owned(source, file.url):
            return _foreign()
        of_host = self._of_host(source, file)
        return of_host if of_host is not None else self._settled(self._facts(source, file))

    def _of_host(self, source: Source, file: OfferedFile) -> Decision | None:
        """What the host alone settles today, remembered: without path, robots and server."""
        host = _host_only(file.url or "")
        if host is None:
            return None
        manner = file.fetched.manner if file.fetched else None
        key = (source, host, manner, *self._today())
        if key not in self._hosts:
            if len(self._hosts) >= HOSTS_KEPT:
                self._hosts.clear()
            self._hosts[key] = self._settled(self._host_facts(source, file, host))
        return self._hosts[key]

    def _host_facts(self, source: Source, file: OfferedFile, host: str) -> FactDict:
        """What source, host and day tell; everything that another path or answer could change is undetermined."""
        bare = file.fetched
        if bare is not None:
            bare = replace(bare, server_ip=None, page_url=None, robots_allowed=None, robots_tags=None)
        facts = self._facts(source, replace(file, url=host, fetched=bare))
        return {**facts, **{name: undetermined("decided for the whole host") for name in PATH_FACTS}}

    def _settled(self, facts: FactDict) -> Decision | None:
        decision = self._law.decide(Action.COLLECT, facts)
        # A ground that rests on known facts alone speaks whatever the rest turns out to be.
        settled = tuple(ground for ground in decision.grounds if not ground.undetermined)
        return replace(decision, verdict=Verdict.REFUSE, grounds=settled) if settled else None

    def _facts(self, source: Source, file: OfferedFile) -> FactDict:
        facts = self._law.facts(source, file, None)
        fetched = file.fetched
        if fetched is not None and fetched.manner is not Manner.GIVEN and fetched.server_ip is None:
            for name in ("server_state", "server_place"):
                facts[name] = undetermined("no server was asked yet")
        return facts

    def _today(self) -> tuple[object, ...]:
        """The packs asked, each with the civil day on which its rules begin and end."""
        moment = self._clock.now()
        return tuple((pack.pack_id, pack.version, moment.astimezone(pack.timezone).date()) for pack in self._packs())


def owned(source: Source, url: str) -> bool:
    """Whether the host of that address is one of the source's own, or below one."""
    host = host_of(url)
    return host is not None and owns(source, host)


def _host_only(url: str) -> str | None:
    """The address without path, query and fragment; None where it cannot be read or holds credentials."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or "@" in parts.netloc or not parts.netloc:
        return None
    return urlunsplit((parts.scheme, parts.netloc, "/", "", ""))


def _foreign() -> Error:
    return Error(
        HOST_NOT_OF_SOURCE,
        "The photo's host is none of the source's own.",
        "A permission covers the hosts that are recorded with it.",
        "Record a source of its own for that host, with its owner's permission.",
    )

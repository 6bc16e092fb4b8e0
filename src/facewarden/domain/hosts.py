"""Hosts: which web address belongs to which site, and which sites asked to be left alone.

Never decides anything: the law reads what is told here. Never asks a name server.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import unquote, urlsplit

HOST_MAX_CHARS = 253  # RFC 1035, section 2.3.4


class BarReason(StrEnum):
    """Why nothing is collected from a host."""

    LETTER = "letter"  # its owner asked a service of this kind to stop, and this program heeds it
    TAKEDOWN = "takedown"  # its owner asked this installation


@dataclass(frozen=True, slots=True)
class BarredHost:
    """A host, with everything below it, from which nothing is collected, and since when."""

    host: str
    reason: BarReason
    barred_at: datetime | None
    letter_hash: str | None = None


@dataclass(frozen=True, slots=True)
class HostPermission:
    """A recorded permission of a site's owner: one person proposes it, another approves it, then it holds."""

    host: str
    document_hash: str
    proposed_by: str
    approved_by: str | None

    @property
    def in_force(self) -> bool:
        return self.approved_by is not None


FAMILIES: tuple[tuple[str, ...], ...] = (
    ("twitter.com", "x.com", "twimg.com", "t.co"),
    ("youtube.com", "youtu.be", "ytimg.com", "ggpht.com", "youtube-nocookie.com"),
    ("venmo.com",),
    ("linkedin.com", "licdn.com"),
    ("facebook.com", "fb.com", "fbcdn.net", "fbsbx.com"),
    ("instagram.com", "cdninstagram.com"),
    ("live.com", "onedrive.com", "1drv.ms"),
)
"""Sites whose owners asked a service of this kind to stop in early 2020, each with its other names.

Sources: CBS News, Taipei Times, Medianama and ETCentric, January and February 2020; the last one is named in a single
report. They wrote to one company; here their wish is heeded by everybody, until the owner's permission is recorded.
"""
LEFT_ALONE = frozenset(host for family in FAMILIES for host in family)


def host_of(url: str | None) -> str | None:
    """The host of a web address in one spelling (lower case, other scripts as xn--…); None if there is none."""
    try:
        host = urlsplit(url).hostname if url else None
    except ValueError:
        return None
    return plain_host(host) if host else None


def plain_host(host: str) -> str | None:
    """A host's name in the one spelling that browsers make of it, None for what cannot be one."""
    name = unquote(host).strip().rstrip(".").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return name if 0 < len(name) <= HOST_MAX_CHARS else None


def lies_under(host: str, domain: str) -> bool:
    """True if the host is that domain or below it."""
    return host == domain or host.endswith("." + domain)


def domain_among(host: str, domains: Iterable[str]) -> str | None:
    """The one of the domains that the host is or lies under, None if it lies under none."""
    known = domains if isinstance(domains, (set, frozenset, dict)) else set(domains)
    labels = host.split(".")
    for start in range(len(labels)):
        name = ".".join(labels[start:])
        if name in known:
            return name
    return None


def other_names(host: str) -> frozenset[str]:
    """The known other names of the site that the host belongs to, none of them the host itself."""
    for family in FAMILIES:
        if domain_among(host, family) is not None:
            return frozenset(family) - {host}
    return frozenset()

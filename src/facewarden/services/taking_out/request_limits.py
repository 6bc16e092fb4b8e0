"""Limits against flooding: how often one network, one address or one face may ask. Never keeps an address or a face.

A limit that would tell something of another person's request is silent: the answer reads the same, and the owner of
the address is told by letter.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from facewarden.errors import BadUseError, UnavailableError
from facewarden.ports import Traffic

NETWORK_WINDOW = timedelta(hours=1)
NETWORK_REQUESTS = 30
"""From one network in an hour: a library or a school sends many people through one address."""
NETWORK_TRIES = 60
"""Numbers and codes tried from one network in an hour."""
ADDRESS_OPEN = 5
"""Open requests of one e-mail address: a parent with children, and one to spare."""
FACE_OPEN = 3
"""Open requests for one face before further ones are handled together with the first."""
OPEN_MAX = 5_000
"""Unconfirmed requests in all: beyond that the store would be filled by whoever wants it full."""
CONFIRM_LETTERS = 3
"""Letters that ask for one confirmation."""
CONFIRM_WITHIN = timedelta(days=7)
"""So long an unconfirmed request is kept."""
KEPT = timedelta(days=1)
"""So long the keyed hash of a network is known."""
_IPV4_PREFIX, _IPV6_PREFIX = 24, 48  # what one household or office commonly has, or less


class Marker:
    """Keyed hashes of what must be known again and not known."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def mark(self, kind: str, value: bytes) -> bytes:
        """32 bytes; of two kinds never the same."""
        return hmac.digest(self._key, kind.encode() + b"\0" + value, "sha256")


class RequestLimits:
    """Counts what comes in, by network."""

    def __init__(self, traffic: Traffic, marker: Marker) -> None:
        self._traffic = traffic
        self._marker = marker

    def submit(self, client: str | None, now: datetime) -> None:
        """Nothing, counted; BadUseError `too_many_requests` beyond the limit. None: it came through no network."""
        self._count("submit", client, now, NETWORK_REQUESTS)

    def attempt(self, client: str | None, now: datetime) -> None:
        """Nothing, counted; BadUseError `too_many_requests` for too many tries at numbers and codes."""
        self._count("try", client, now, NETWORK_TRIES)

    def check_room(self, unconfirmed: int) -> None:
        """Nothing; UnavailableError `requests_full` where no more can be taken today."""
        if unconfirmed >= OPEN_MAX:
            raise UnavailableError(
                "requests_full",
                "No more requests can be taken at this moment.",
                "Too many wait for their confirmation.",
                "Try again tomorrow, or hand your request in at this office.",
            )

    def sweep(self, now: datetime) -> int:
        """How many notes of networks were forgotten."""
        return self._traffic.sweep(now - KEPT)

    def _count(self, kind: str, client: str | None, now: datetime, limit: int) -> None:
        if client is None:
            return
        who = self._marker.mark("network", network_of(client).encode())
        if self._traffic.count(kind, who, now - NETWORK_WINDOW) >= limit:
            raise BadUseError(
                "too_many_requests",
                "Too many came from your network within the last hour.",
                "There is a limit, so that nobody can flood this office.",
                "Try again in an hour.",
            )
        self._traffic.note(kind, who, now)


def network_of(client: str) -> str:
    """The network of an address: its first 24 bits, of IPv6 its first 48; what is no address is its own network."""
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return client[:200]
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    prefix = _IPV4_PREFIX if address.version == 4 else _IPV6_PREFIX
    return str(ip_network((address, prefix), strict=False))

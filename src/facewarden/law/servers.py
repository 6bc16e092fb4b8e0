"""Where a server is: what an IP address and the operator's map of addresses say.

It never reads a map itself and never takes a coarse answer for a fine one: a country without its state, an address
shared by many places, or one that is not public is undetermined.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from facewarden.errors import Error

# Address ranges that content networks announce from many places at once, from their public lists as recalled in
# 2026 (not fetched): a server there may be anywhere. Missing ones are judged by the map alone.
_SHARED_RANGES = """
1.1.1.0/24 1.0.0.0/24 8.8.8.0/24 8.8.4.0/24 9.9.9.0/24
103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 104.16.0.0/13 104.24.0.0/14 108.162.192.0/18 131.0.72.0/22
141.101.64.0/18 162.158.0.0/15 172.64.0.0/13 173.245.48.0/20 188.114.96.0/20 190.93.240.0/20
197.234.240.0/22 198.41.128.0/17
23.235.32.0/20 43.249.72.0/22 103.244.50.0/24 146.75.0.0/17 151.101.0.0/16 157.52.64.0/18 167.82.0.0/17
172.111.64.0/18 185.31.16.0/22 199.27.72.0/21 199.232.0.0/16
2400:cb00::/32 2606:4700::/32 2803:f800::/32 2405:b500::/32 2405:8100::/32 2a06:98c0::/29 2c0f:f248::/32
2a04:4e40::/32 2a04:4e42::/32
"""
_SHARED_NETWORKS = tuple(ipaddress.ip_network(text) for text in _SHARED_RANGES.split())

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # how a network without IPv4 writes IPv4 addresses: RFC 6052


class ServerState(StrEnum):
    """What is known of the server that a photo came from."""

    NONE = "none"
    PLACED = "placed"
    SHARED = "shared"
    UNPLACED = "unplaced"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class MappedPlace:
    """What a map of addresses says of one: ISO 3166-1 `country` and 3166-2 `region` without it, None where unknown.

    `anycast` is True where the map says that the address is in many places.
    """

    country: str | None
    region: str | None = None
    anycast: bool = False


class AddressMap(Protocol):
    """A map from addresses to places, read by an adapter."""

    def find(self, address: str) -> MappedPlace | None:
        """What the map says of a public address, None if it does not know it; any `Error` if it cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is: an ISO 3166 code where `state` is PLACED, else None and why."""

    state: ServerState
    place: str | None
    reason: str


def locate_server(address: str | None, address_map: AddressMap | None) -> Server:
    """Where the server with this IP address is; never raises.

    `address` None or empty means that no server was involved; `address_map` None that none is configured.
    """
    if not address:
        return Server(ServerState.NONE, None, "no server: a file given by hand")
    try:
        parsed = ipaddress.ip_address(address.strip().strip("[]"))
    except ValueError:
        return Server(ServerState.UNREADABLE, None, "the address is no IP address")
    if isinstance(parsed, ipaddress.IPv6Address):
        embedded = parsed.ipv4_mapped or parsed.sixtofour
        if parsed in _TRANSLATED:
            embedded = ipaddress.IPv4Address(parsed.packed[-4:])
        parsed = embedded or parsed
    if not parsed.is_global or parsed.is_multicast:
        return Server(ServerState.UNREADABLE, None, "the address is private or reserved")
    if any(parsed.version == network.version and parsed in network for network in _SHARED_NETWORKS):
        return Server(ServerState.SHARED, None, "the address belongs to a content network")
    if address_map is None:
        return Server(ServerState.UNREADABLE, None, "no map of addresses is configured")
    try:
        found = address_map.find(str(parsed))
    except Error as error:
        return Server(ServerState.UNREADABLE, None, f"the map of addresses cannot be read ({error.code})")
    return _judged(found)


def _judged(found: MappedPlace | None) -> Server:
    if found is None or not found.country:
        return Server(ServerState.UNPLACED, None, "the map does not know the address")
    if found.anycast:
        return Server(ServerState.SHARED, None, "the map says that the address is in many places")
    if found.country in ("US", "CA"):
        if not found.region:
            return Server(ServerState.UNPLACED, None, f"the map knows the country alone ({found.country})")
        return Server(ServerState.PLACED, f"{found.country}-{found.region}", "map of addresses")
    return Server(ServerState.PLACED, found.country, "map of addresses")

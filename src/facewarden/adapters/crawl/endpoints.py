"""Where a host is: its name resolved once, every answer checked, and the very address that is then connected to.

Never lets a name lead to an address that is private, local, reserved or a cloud's own.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from facewarden.errors import BadPhotoError

_OWN_SERVICES = frozenset(map(ipaddress.ip_address, ("168.63.129.16", "100.100.100.200", "fd00:ec2::254")))
"""Public-looking or private addresses at which clouds answer their own machines with secrets."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_TEREDO = ipaddress.ip_network("2001::/32")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that a name resolved to. `unsafe_dial` (host, port) stands in for it in tests, and nowhere else."""

    address: str
    unsafe_dial: tuple[str, int] | None = None


class Resolver(Protocol):
    """Names to addresses."""

    def resolve(self, host: str) -> Sequence[Endpoint]:
        """Every address of the name; BadPhotoError if there is none."""
        ...


class SystemResolver:
    """The system's own resolver."""

    def resolve(self, host: str) -> Sequence[Endpoint]:
        """Every address of the name, in the system's order; BadPhotoError `host_unknown` if there is none."""
        try:
            answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as fault:
            raise host_unknown() from fault
        return [Endpoint(str(answer[4][0])) for answer in answers]


def public_endpoint(resolver: Resolver, host: str) -> Endpoint:
    """The address to connect to. BadPhotoError `address_refused` if any of the name's addresses is not public.

    One bad answer refuses them all: a name that mixes public and private addresses is a trap, or about to change.
    """
    found = resolver.resolve(host)
    if not found:
        raise host_unknown()
    if not all(is_public(endpoint.address) for endpoint in found):
        raise BadPhotoError(
            "address_refused",
            "The host's name leads to an address that is not on the public internet.",
            "It is private, local, reserved, or answers a cloud's own machines.",
            "Have the source's hosts corrected; nothing is fetched from such an address.",
        )
    return found[0]


def is_public(text: str) -> bool:
    """Whether the address is one of the public internet, by itself and by any IPv4 address that is within it."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(
        one.is_global
        and not (one.is_multicast or one.is_reserved or one.is_loopback or one.is_link_local or one.is_unspecified)
        and one not in _OWN_SERVICES
        for one in (address, *_within(address))
    )


def _within(address: Address) -> list[Address]:
    """The IPv4 addresses that an IPv6 address stands for: mapped, 6to4, Teredo, NAT64, compatible."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[Address] = [inner for inner in (address.ipv4_mapped, address.sixtofour) if inner is not None]
    if address in _TEREDO and address.teredo is not None:
        found += address.teredo
    low = int(address) & 0xFFFFFFFF
    if address in _NAT64 or int(address) >> 32 == 0:
        found.append(ipaddress.IPv4Address(low))
    return found


def host_unknown() -> BadPhotoError:
    """The error for a name without an address."""
    return BadPhotoError(
        "host_unknown", "The host's name leads nowhere.", "The resolver knows no address of it.", "Check the name."
    )

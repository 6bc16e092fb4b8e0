"""Where a server is, or why nobody can tell."""

import pytest

from facewarden.errors import UnavailableError
from facewarden.law.servers import MappedPlace, ServerState, locate_server


class Map:
    def __init__(self, place=None, broken=False):
        self.place, self.broken, self.asked = place, broken, []

    def find(self, address):
        self.asked.append(address)
        if self.broken:
            raise UnavailableError("map_damaged", "The map is damaged.")
        return self.place


ILLINOIS = MappedPlace("US", "IL")


@pytest.mark.parametrize(
    ("mapped", "state", "place"),
    [
        (ILLINOIS, ServerState.PLACED, "US-IL"),
        (MappedPlace("CA", "QC"), ServerState.PLACED, "CA-QC"),
        (MappedPlace("IT", "RM"), ServerState.PLACED, "IT"),
        (MappedPlace("IT"), ServerState.PLACED, "IT"),
        (MappedPlace("US"), ServerState.UNPLACED, None),
        (MappedPlace(None), ServerState.UNPLACED, None),
        (None, ServerState.UNPLACED, None),
        (MappedPlace("US", "IL", anycast=True), ServerState.SHARED, None),
    ],
)
def test_a_public_address_is_where_the_map_puts_it(mapped, state, place):
    server = locate_server("193.0.14.129", Map(mapped))
    assert (server.state, server.place) == (state, place)
    assert server.reason


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "192.168.1.1", "127.0.0.1", "169.254.1.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "100.64.0.1",
        "203.0.113.5", "::1", "::", "fe80::1", "fc00::1", "2001:db8::1", "ff02::1", "::ffff:10.0.0.1",
        "::ffff:127.0.0.1", "2002:0a00:0001::1", "1.2.3", "1.2.3.256", "example.com", "1.2.3.4/24", "x" * 5000,
        "fe80::1%eth0", "64:ff9b::10.0.0.1",
    ],
)  # fmt: skip
def test_private_reserved_and_malformed_addresses_are_unreadable_and_never_looked_up(address):
    table = Map(ILLINOIS)
    server = locate_server(address, table)
    assert (server.state, server.place) == (ServerState.UNREADABLE, None)
    assert table.asked == []


@pytest.mark.parametrize("address", ["104.16.1.1", "151.101.1.69", "8.8.8.8", "2606:4700::1", "::ffff:104.16.1.1"])
def test_addresses_of_content_networks_are_shared(address):
    assert locate_server(address, Map(ILLINOIS)).state is ServerState.SHARED


@pytest.mark.parametrize("address", ["193.0.14.129", " [2001:7fd::1] ", "::ffff:193.0.14.129", "64:ff9b::c100:e81"])
def test_ipv6_and_mapped_addresses_are_looked_up(address):
    assert locate_server(address, Map(ILLINOIS)).place == "US-IL"


@pytest.mark.parametrize("address", [None, ""])
def test_no_server_is_none_and_not_unreadable(address):
    assert locate_server(address, Map(ILLINOIS)).state is ServerState.NONE


def test_without_a_map_or_with_a_broken_one_nothing_is_told():
    assert locate_server("193.0.14.129", None).state is ServerState.UNREADABLE
    broken = locate_server("193.0.14.129", Map(broken=True))
    assert broken.state is ServerState.UNREADABLE
    assert "map_damaged" in broken.reason

"""The map of addresses: real MaxMind DB files, written here, and what is done when one is missing or damaged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from facewarden.adapters.geoip.maxmind import MaxMindMap
from facewarden.errors import DamagedError, UnavailableError
from facewarden.law.servers import ServerState, locate_server

CHICAGO, PARIS, OHIO_UNKNOWN, CDN = "73.8.0.9", "90.80.1.2", "12.34.56.78", "44.4.4.4"


def write_map(path: Path, kind: str = "GeoLite2-City") -> Path:
    writer = MMDBWriter(4, kind, languages=["en"])
    illinois = {"country": {"iso_code": "US"}, "subdivisions": [{"iso_code": "IL"}]}
    writer.insert_network(IPSet(["73.8.0.0/16"]), illinois)
    writer.insert_network(IPSet(["90.80.0.0/16"]), {"country": {"iso_code": "FR"}})
    writer.insert_network(IPSet(["12.34.0.0/16"]), {"country": {"iso_code": "US"}})
    writer.insert_network(IPSet(["44.4.4.0/24"]), illinois | {"traits": {"is_anycast": True}})
    writer.insert_network(IPSet(["55.5.0.0/16"]), {"registered_country": {"iso_code": "US"}})
    writer.insert_network(IPSet(["66.6.0.0/16"]), {"country": {"iso_code": "illinois"}})
    writer.to_db_file(str(path))
    return path


@pytest.fixture
def address_map(tmp_path):
    return MaxMindMap(write_map(tmp_path / "city.mmdb"))


@pytest.mark.parametrize(
    ("address", "state", "place"),
    [
        (CHICAGO, ServerState.PLACED, "US-IL"),
        (PARIS, ServerState.PLACED, "FR"),
        (OHIO_UNKNOWN, ServerState.UNPLACED, None),
        (CDN, ServerState.SHARED, None),
        ("55.5.5.5", ServerState.UNPLACED, None),
        ("66.6.6.6", ServerState.UNPLACED, None),
        ("91.1.1.1", ServerState.UNPLACED, None),
        ("2a02:26f7::1", ServerState.UNREADABLE, None),
        ("192.168.1.1", ServerState.UNREADABLE, None),
        ("::ffff:73.8.0.9", ServerState.PLACED, "US-IL"),
    ],
)
def test_a_server_is_where_the_map_says_or_undetermined(address_map, address, state, place):
    server = locate_server(address, address_map)
    assert (server.state, server.place) == (state, place)


def test_the_card_tells_kind_age_and_whether_states_are_known(tmp_path):
    card = MaxMindMap(write_map(tmp_path / "country.mmdb", "GeoLite2-Country")).card
    assert (card.kind, card.has_states) == ("GeoLite2-Country", False)
    assert card.age_days(datetime.now(UTC)) == 0


def test_a_missing_file_is_an_error_that_says_what_to_do(tmp_path):
    with pytest.raises(UnavailableError) as raised:
        MaxMindMap(tmp_path / "absent.mmdb")
    assert raised.value.code == "server_map_missing"


@pytest.mark.parametrize("content", [b"", b"not a map", b"\0" * 5_000])
def test_a_file_that_is_no_map_is_refused_when_it_is_opened(tmp_path, content):
    path = tmp_path / "bad.mmdb"
    path.write_bytes(content)
    with pytest.raises(DamagedError) as raised:
        MaxMindMap(path)
    assert raised.value.code == "server_map_damaged"


def test_no_damaged_byte_ever_makes_a_server_of_illinois_pass_as_placed_elsewhere_unnoticed(tmp_path):
    """Every cut of the file is refused at once or answers nothing; none raises anything but an Error of ours."""
    whole = write_map(tmp_path / "city.mmdb").read_bytes()
    for length in range(0, len(whole), 37):
        path = tmp_path / "cut.mmdb"
        path.write_bytes(whole[:length])
        try:
            server = locate_server(CHICAGO, MaxMindMap(path))
        except DamagedError:
            continue
        assert server.place in (None, "US-IL")

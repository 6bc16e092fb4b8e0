"""What an address alone settles, before anything is fetched or decoded; what a host settles is decided once a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from facewarden.domain.photos import Fetched, Manner, OfferedFile
from facewarden.errors import Error
from facewarden.services.collecting.addressgate import HOST_NOT_OF_SOURCE
from tests.unit.services.law_builders import House, a_source, photo_file

OWN = a_source(hosts=("county.example", "twitter.com"))
TARGETED = Fetched(Manner.TARGETED, purpose_named=True)


def refusal(house: House, url: str, fetched: Fetched | None = TARGETED, source=OWN):
    found = house.addresses.refusal(source, OfferedFile(url, b"", url, fetched))
    if found is None:
        return None
    return found.code if isinstance(found, Error) else found.rules


def test_a_file_without_an_address_passes():
    assert House().addresses.refusal(OWN, OfferedFile("a", b"")) is None


def test_what_is_fetched_must_come_from_the_sources_own_hosts():
    house = House()
    for url in (
        "http://else.example/",
        "http://notcounty.example/",
        "http://county.example.evil.com/",
        "http://[::1]/",
    ):
        assert refusal(house, url) == HOST_NOT_OF_SOURCE
    assert refusal(house, "http://photos.county.example/p.jpg") is None


def test_words_of_a_path_refuse_and_the_same_host_without_them_does_not():
    house = House()
    assert refusal(house, "http://county.example/chicago/p.jpg") == ("filing.url_words",)
    assert refusal(house, "http://county.example/seattle/p.jpg") is None


def test_nothing_unknown_refuses_yet():
    """Robots, tags and server are not asked before their turn; once they are, they refuse."""
    house = House()
    url = "http://county.example/p.jpg"
    assert refusal(house, url) is None
    assert refusal(house, url, replace(TARGETED, robots_allowed=False)) == ("photos.robots",)
    asked = replace(TARGETED, robots_allowed=True)
    assert refusal(house, url, asked) is None
    assert refusal(house, url, replace(asked, robots_tags=frozenset({"noai"}))) == ("photos.robots_tags",)
    assert refusal(house, url, replace(asked, server_ip="10.0.0.1")) == ("photos.server_readable",)


def test_a_whole_host_is_decided_once_a_day_and_anew_on_the_next():
    house = House()
    asked = []
    decide = house.gate.decide

    def counting(action, facts):
        asked.append(action)
        return decide(action, facts)

    house.gate.decide = counting
    barred = a_source(hosts=("county.example",), permission_hash=None)
    for number in range(50):
        assert refusal(house, f"http://county.example/{number}.jpg", source=barred) is not None
    assert len(asked) == 1
    house.clock.moment += timedelta(days=1)
    assert refusal(house, "http://county.example/0.jpg", source=barred) is not None
    assert len(asked) == 2


def test_what_an_address_refuses_is_neither_decoded_nor_looked_at():
    house = House()
    decoded = []
    house.decoder.decode = lambda files: decoded.extend(files) or []
    report = house.run(photo_file("a", url="http://photos.example/chicago/a.jpg"))
    assert report.refused == {"filing.url_words": 1}
    assert decoded == []
    assert house.engine.looked_at == 0
    assert len(house.gallery.refusals) == 1

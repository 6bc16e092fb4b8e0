"""What a web address says, and what is too odd to be believed."""

import re
from pathlib import Path

import pytest

from facewarden.law import placenames
from facewarden.law.addresses import AddressState, read_addresses
from facewarden.law.placenames import PlaceNames, load_place_names


@pytest.fixture(scope="module")
def names():
    return load_place_names()


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://www.illinois.gov/a.jpg", "US-IL"),
        ("https://www2.illinois.gov./a.jpg", "US-IL"),
        ("https://www.dot.il.gov/a.jpg", "US-IL"),
        ("https://www.ci.naperville.il.us/a.jpg", "US-IL"),
        ("https://www.chicago.gov/a.jpg", "US-IL"),
        ("https://CITYOFCHICAGO.org:8443/a.jpg", "US-IL"),
        ("https://www.cityofevanstonil.gov/a.jpg", "US-IL"),
        ("https://www.lakecountyil.gov/a.jpg", "US-IL"),
        ("https://aurora-il.gov/a.jpg", "US-IL"),
        ("https://www.rockfordil.gov/a.jpg", "US-IL"),
        ("https://oakparkil.gov/a.jpg", "US-IL"),
        ("https://napervilleil.gov/a.jpg", "US-IL"),
        ("https://peoriail.gov/a.jpg", "US-IL"),
        ("https://cairoil.gov/a.jpg", "US-IL"),
        ("https://www.joliet.gov/a.jpg", "US-IL"),
        ("https://www.bolingbrook.gov/a.jpg", "US-IL"),
        ("https://photos.burr-ridge.gov/a.jpg", "US-IL"),
        ("https://scottcoil.gov/a.jpg", "US-IL"),
        ("https://villageofhinsdale.org/a.jpg", "US-IL"),
        ("https://joliet\u3002gov/a.jpg", "US-IL"),
        ("https://\uff4aoliet.gov/a.jpg", "US-IL"),
        ("https://example.com/\uff23hicago.jpg", "US-IL"),
        ("https://notjoliet.gov/a.jpg", None),
        ("https://joliet.gov.example.com/a.jpg", None),
        ("https://www.someunknowntown.gov/a.jpg", None),
        ("https://citycouncil.gov/a.jpg", None),
        ("https://civil.gov/a.jpg", None),
        ("https://usmail.gov/a.jpg", None),
        ("https://topsoil.gov/a.jpg", None),
        ("https://amtrakrail.gov/a.jpg", None),
        ("https://example.com/photos/Chicago/a.jpg", "US-IL"),
        ("https://example.com/a.jpg?place=ILLINOIS", "US-IL"),
        ("https://example.com/%43hicago/a.jpg", "US-IL"),
        ("https://www.chicagopress.in/a.jpg", "US-IL"),
        ("https://www.in.gov/a.jpg", "US-IN"),
        ("https://www.newyork.gov/a.jpg", "US-NY"),
        ("https://www.north-carolina.gov/a.jpg", None),
        ("https://www.va.gov/a.jpg", None),
        ("https://www.fbi.gov/a.jpg", None),
        ("https://gov/a.jpg", None),
        ("https://www.comune.roma.it/a.jpg", "IT"),
        ("https://www.example.co.uk/a.jpg", "GB"),
        ("https://example.fr/a.jpg", "FR"),
        ("https://example.pr/a.jpg", "US-PR"),
        ("https://example.eu/a.jpg", None),
        ("https://example.us/a.jpg", None),
        ("https://ci.dallas.zz.us/a.jpg", None),
        ("https://example.io/a.jpg", None),
        ("https://example.xx/a.jpg", None),
        ("https://example.com/a.jpg", None),
        ("https://203.0.113.7/a.jpg", None),
        ("https://[2001:db8::1]:443/a.jpg", None),
        ("https://xn--mnchen-3ya.de/a.jpg", "DE"),
    ],
)
def test_an_address_speaks_of_a_place_or_of_none(names, url, place):
    found = read_addresses([url], names)
    assert found.state is AddressState.READ
    assert found.place == place


def test_the_lists_of_illinois_hosts_hold_as_many_as_they_say_and_each_once(names):
    text = (Path(placenames.__file__).parent / "data" / "illinois_hosts.txt").read_text("utf-8")
    found: list[list[str]] = []
    for line in text.splitlines():
        if said := re.match(r"# (\d+) ", line):
            found.append([said[1]])
        elif line and line[0] != "#":
            found[-1].append(line)
    for said, *hosts in found:
        assert int(said) == len(hosts)
        assert hosts == sorted(hosts)
    hosts = [host for part in found for host in part[1:]]
    assert len(hosts) == len(set(hosts)) == len(names.illinois_hosts)
    assert all(read_addresses([f"https://www.{host}/a.jpg"], names).place == "US-IL" for host in hosts)
    assert all(host.endswith(".gov") for host in found[0][1:])
    assert not any(host.endswith((".gov", ".il.us")) for host in found[1][1:])
    assert names.state_of_label("bolingbrook") == "US-IL", "an agency's mail domain tells its state too"


def test_domains_are_every_whole_domain_above_the_host(names):
    found = read_addresses(["https://m.facebook.com/x"], names)
    assert found.domains == {"m.facebook.com", "facebook.com", "com"}
    assert "facebook.com" not in read_addresses(["https://notfacebook.com/"], names).domains
    for disguise in ("https://www.facebook\u3002com/x", "https://\uff26acebook.com/x", "https://facebook%2Ecom/x"):
        assert "facebook.com" in read_addresses([disguise], names).domains, "browsers open facebook.com"
    assert read_addresses(["http://203.0.113.7/"], names).domains == {"203.0.113.7"}
    assert read_addresses(["http://[2001:DB8::1]/"], names).domains == {"2001:db8::1"}


def test_a_name_in_another_script_is_decoded(names):
    found = read_addresses(["https://xn--mnchen-3ya.de/a"], names)
    assert found.hosts == ("münchen.de",)


def test_page_and_file_are_read_together(names):
    found = read_addresses(["https://example.com/page", None, "https://pbs.twimg.com/a.jpg"], names)
    assert {"example.com", "twimg.com"} <= found.domains
    assert "page" in found.text
    assert read_addresses(["https://example.it/", "https://example.fr/"], names).place is None
    assert read_addresses(["https://example.it/", "https://example.it/2"], names).place == "IT"
    assert read_addresses(["https://www.in.gov/", "https://www.illinois.gov/"], names).place == "US-IL"


def test_no_address_is_none_and_not_unreadable(names):
    assert read_addresses([None, ""], names).state is AddressState.NONE


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/a.jpg",
        "file:///etc/passwd",
        "example.com/a.jpg",
        "https:///a.jpg",
        "https://user:word@example.com/a.jpg",
        "https://facebook.com@example.com/a.jpg",
        "https://example.com\\@facebook.com/a.jpg",
        "https://example.com:0/a.jpg",
        "https://example.com:99999/a.jpg",
        "https://example.com:port/a.jpg",
        "https://[::1/a.jpg",
        "https://exa mple.com/a.jpg",
        "https://example.com/a\n.jpg",
        "https://1.2.3/a.jpg",
        "https://0x7f.0x1/a.jpg",
        "https://example..com/a.jpg",
        "https://xn--\udcff.com/a.jpg",
        "https://xn--999999999.com/a.jpg",
        "https://face\u00adbook.com/a.jpg",
        "https://face\u200bbook.com/a.jpg",
        "https://face\ufe0fbook.com/a.jpg",
        "https://" + "a" * 64 + ".com/a.jpg",
        "https://" + "a." * 130 + "com/a.jpg",
        "https://example.com/" + "a" * 9_000,
    ],
)
def test_an_address_that_cannot_be_believed_is_unreadable(names, url):
    found = read_addresses(["https://www.illinois.gov/", url], names)
    assert found.state is AddressState.UNREADABLE
    assert found.place is None
    assert found.domains == frozenset()


@pytest.mark.parametrize(
    ("country", "state", "city", "place"),
    [
        ("USA", "Illinois", "Chicago", "US-IL"),
        ("United States", "IL", "", "US-IL"),
        ("", "Illinois", "", "US-IL"),
        ("", "IL", "", "US-IL"),
        ("", "Ill.", "", "US-IL"),
        ("Israel", "IL", "", "IL"),
        ("", "", "CHICAGO", "US-IL"),
        ("US", "", "Chicago", "US-IL"),
        ("", "Atlantis", "Chicago", None),
        ("US", "", "", None),
        ("Atlantis", "Illinois", "", None),
        ("Italia", "", "Roma", "IT"),
        ("IT", "Lazio", "", "IT"),
        ("CAN", "Québec", "", "CA-QC"),
        ("", "Quebec", "", "CA-QC"),
        ("Canada", "Nowhere", "", "CA"),
        ("Georgia", "", "", "GE"),
        ("", "Georgia", "", "US-GA"),
        ("Puerto Rico", "", "", "US-PR"),
        ("", "", "Springfield", None),
        ("", "", "", None),
    ],
)
def test_place_words_name_a_place_or_none(names, country, state, city, place):
    assert names.find(country, state, city) == place


def test_missing_names_are_an_error(monkeypatch):
    from facewarden.errors import UnavailableError

    monkeypatch.setattr("facewarden.law.placenames.__file__", "/nonexistent/placenames.py")
    with pytest.raises(UnavailableError):
        load_place_names()


def test_a_table_of_names_is_read_line_by_line():
    small = PlaceNames("IT\tItaly|Italia\nUS-IL\tIllinois")
    assert small.country("IT") == "IT"
    assert small.country("it") is None
    assert small.is_state("IL")
    assert not small.is_state("XX")

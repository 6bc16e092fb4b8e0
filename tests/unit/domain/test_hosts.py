"""A host has one name here, however an address spells it: else a bar would hold one spelling alone."""

import pytest

from facewarden.domain.hosts import domain_among, host_of


@pytest.mark.parametrize(
    "address",
    [
        "https://left.example.org/a.jpg",
        "https://LEFT.Example.ORG./a.jpg",
        "https://l%65ft.example%2Eorg/a.jpg",
        "https://name:word@left.example.org:8443/a.jpg",
        "https://left。example。org/a.jpg",
        "https://ｌｅｆｔ.example.org/a.jpg",
    ],
)
def test_every_spelling_of_a_host_is_the_same_host(address):
    assert host_of(address) == "left.example.org"
    assert domain_among(host_of(address), {"example.org"}) == "example.org"


@pytest.mark.parametrize(
    "address", [None, "", "a.jpg", "https:///a.jpg", "https://[::1/a.jpg", f"https://{'a' * 300}/"]
)
def test_what_names_no_host_has_none(address):
    assert host_of(address) is None

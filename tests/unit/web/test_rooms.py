"""What is about everybody in the gallery is for the house's own people, whatever roles another body gives its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from facewarden.domain.accounts import AccountBasis
from facewarden.web.rooms import is_house

from .builders import Browser


@pytest.mark.parametrize("room", ["/incidents", "/photos", "/collections", "/sources/takedowns"])
def test_another_bodys_officer_finds_no_house_room_open(installation, browser, room):
    browser.sign_in("operator")
    refused = "not for your organisation"
    assert refused not in browser.get(f"{room}/one").text  # the control: the house's own officer is let to the door
    accounts = installation.account_records
    accounts.known[:] = [replace(body, basis=AccountBasis.AGREEMENT) for body in accounts.known]
    guest = Browser(installation)
    guest.sign_in("operator")
    for path in (room, f"{room}/one"):
        answer = guest.get(path)
        assert answer.status_code == 403
        assert refused in answer.text


def test_a_room_is_no_part_of_another_words():
    assert is_house("/collections")
    assert not is_house("/collectionsque")
    assert not is_house("/cases")

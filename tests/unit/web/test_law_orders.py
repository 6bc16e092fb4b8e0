"""The officer's page about orders: what stands, what is held, what was carried out, and which of two orders yields."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest

from facewarden.law.engine import LawEngine
from tests.integration.law.orders_house import NAVY_PIER, ST_LOUIS, OrdersHouse
from tests.unit.services.law_builders import SHELF

from .builders import Browser

PACKS = ("facewarden-photos", "clearview-filing-2020", "cease-and-desists-2020")
PAIR = "letters.delete|filing.preserve"


@pytest.fixture
def house(tmp_path, migrated_records):
    """Real records in which the filing was carried out, and looked at by night."""
    shutil.copyfile(migrated_records, tmp_path / "records.db")
    house = OrdersHouse(tmp_path, PACKS)
    yield house
    house.close()


@pytest.fixture
def officer(house, installation):
    installation.law = LawEngine(SHELF.choose(list(PACKS)))
    installation.lawdesk = SimpleNamespace(shelf=SHELF)
    installation.order_desk = house
    browser = Browser(installation)
    browser.sign_in("privacy-officer")
    return browser


def decide(officer, **fields):
    officer.get("/law/orders")
    return officer.post("/law/orders", fields)


def carried_out(house):
    house.photos(NAVY_PIER, ST_LOUIS, None)
    house.apply("clearview-filing-2020")
    house.watch.run(house.clock.now())


def test_where_nothing_was_carried_out_the_page_says_what_to_do(officer):
    text = officer.get("/law/orders").text
    assert "No pack with duties was carried out here" in text
    assert "Nothing is held" in text


def test_the_page_shows_duties_holds_runs_and_what_waits_for_a_decision(officer, house):
    carried_out(house)
    text = officer.get("/law/orders").text
    assert "filing.stop_search_illinois" in text
    assert "cannot be told of all" in text
    assert "hidden, preserved" in text
    assert house.runs.find()[0].run_id in text
    assert "Nothing is deleted until a person has decided" in text


def test_an_officer_decides_which_yields_and_it_is_shown(officer, house):
    answer = decide(officer, pair=PAIR, yields="delete", reason="so ruled")
    assert answer.status_code in (200, 303)
    assert "so ruled" in officer.get("/law/orders").text
    assert [word.reason for word in house.duties.settled()] == ["so ruled"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"pair": PAIR, "yields": "both", "reason": "x"}, "Say which of the two gives way"),
        ({"pair": "italy.delete|filing.preserve", "yields": "hold", "reason": "x"}, "do not meet"),
        ({"pair": PAIR, "yields": "hold", "reason": " "}, "one line"),
    ],
)
def test_what_cannot_be_decided_says_why(officer, house, fields, said):
    answer = decide(officer, **fields)
    assert 400 <= answer.status_code < 500
    assert said in answer.text
    assert not house.duties.settled()


def test_an_investigator_sees_none_of_it_and_the_operator_decides_nothing(officer, house):
    investigator = Browser(officer.app.state.installation)
    investigator.sign_in("investigator")
    assert investigator.get("/law/orders").status_code == 403
    operator = Browser(officer.app.state.installation)
    operator.sign_in("operator")
    assert "Put it on record" not in operator.get("/law/orders").text
    assert decide(operator, pair=PAIR, yields="hold", reason="x").status_code == 403
    assert not house.duties.settled()

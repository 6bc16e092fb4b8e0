"""The officer's pages about the law: the calendar, a pack in words and Cedar, and the form to try it."""

from datetime import date
from types import SimpleNamespace

import pytest

from facewarden.law.engine import LawEngine
from facewarden.law.loading import builtin_folder, load_packs
from facewarden.law.orders import list_orders
from facewarden.law.photo import PhotoReader
from facewarden.services.law.lawcheck import LawCheck
from facewarden.services.law.lawshelf import LawShelf
from facewarden.web.law import timeline

from . import fakes
from .builders import Browser, populated

SHELF = LawShelf()
ADOPTED = LawEngine(SHELF.choose(()))
READER = PhotoReader.load()


@pytest.fixture
def officer():
    installation = populated()
    installation.law = ADOPTED
    installation.lawdesk = SimpleNamespace(shelf=SHELF, check=LawCheck(ADOPTED, READER, fakes.Decoder()))
    browser = Browser(installation)
    browser.sign_in("privacy-officer")
    return browser


def ask(browser, **fields):
    browser.get("/law/try")
    return browser.post("/law/try", {"action": "collect"} | fields)


@pytest.mark.parametrize("path", ["/law/calendar", "/law/packs/facewarden-base", "/law/try"])
def test_an_investigator_is_shown_none_of_the_officers_pages(officer, path):
    investigator = Browser(officer.app.state.installation)
    investigator.sign_in("investigator")
    assert investigator.get(path).status_code == 403
    assert officer.get(path).status_code == 200


def test_the_calendar_warns_of_the_ban_that_ends_in_may_2027(officer):
    text = officer.get("/law/calendar").text
    ends = text.partition('id="list-1"')[2].partition('id="list-2"')[0]
    assert "consent.illinois_entity" in ends
    assert "bar-warned" in text


def test_the_calendar_tells_packs_that_are_not_adopted_from_those_that_are(officer):
    assert "not adopted" not in officer.get("/law/calendar").text
    assert "not adopted" in officer.get("/law/calendar?every=1").text


def test_a_pack_is_shown_in_words_beside_the_cedar_that_decides(officer):
    text = officer.get("/law/packs/clearview-filing-2020").text
    assert "A photo taken in Illinois" in text
    assert "context.place_taken == &#34;US-IL&#34;" in text
    assert "filing.end_illinois" in text


def test_an_unknown_pack_is_not_found(officer):
    assert officer.get("/law/packs/nobody").status_code == 404


def test_a_photo_taken_in_illinois_is_refused_with_each_fact_and_its_origin(officer):
    text = ask(officer, lat="41.8917", lon="-87.6043").text
    assert "Refused" in text
    assert "filing.taken_in_illinois" in text
    assert "coordinates given" in text


@pytest.mark.parametrize(("typed", "shown"), [("20200518", "18 May 2020"), ("20201399", "20201399")])
def test_a_day_among_the_facts_is_written_as_one(officer, typed, shown):
    assert f'<td data-label="Value">{shown}</td>' in ask(officer, facts=f"taken_day={typed}").text


def test_the_same_photo_in_missouri_is_allowed_and_what_is_not_known_is_named(officer):
    text = ask(officer, lat="38.6270", lon="-90.1994").text
    assert "Allowed" in text
    assert "Not established" in text


def test_a_day_after_the_ban_only_the_filing_still_speaks(officer):
    text = ask(officer, lat="41.8917", lon="-87.6043", as_of="2027-05-12").text
    assert "filing.taken_in_illinois" in text
    assert "consent.illinois_photo" not in text


@pytest.mark.parametrize(
    "fields",
    [{"as_of": "tomorrow"}, {"lat": "north"}, {"facts": "no_such=1"}, {"facts": "org_place"}, {"action": "erase"}],
)
def test_what_cannot_be_understood_is_said_and_nothing_is_decided(officer, fields):
    answer = ask(officer, **fields)
    assert answer.status_code == 400
    assert "Not decided" in answer.text
    assert "verdict-head" not in answer.text


def test_a_form_from_elsewhere_is_refused(officer):
    officer.get("/law/try")
    assert officer.post("/law/try", {"action": "collect"}, key="0" * 64).status_code == 403


def test_nothing_that_is_tried_reaches_the_log(officer):
    log = officer.app.state.installation.log
    before = log.size()
    ask(officer, lat="41.8917", lon="-87.6043")
    assert log.size() == before


def test_bars_lie_within_the_line_and_those_without_an_end_reach_its_edge():
    today = date(2026, 11, 22)
    line = timeline(list_orders(load_packs([builtin_folder()]), today).in_force, today)
    assert line.years == tuple(range(2020, 2030))
    for bar in line.bars:
        assert 0 <= bar.left <= bar.left + bar.width <= 100.5
        assert bar.ends or bar.left + bar.width == pytest.approx(100, abs=0.5)
    ban = next(bar for bar in line.bars if bar.term.term_id == "consent.illinois_entity")
    assert (ban.warned, ban.ends) == (True, True)
    assert ban.left + ban.width > line.today

"""The officer's pages about the law in a real browser: the calendar, a pack, and a photo tried."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest
from PIL import Image

from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.law.engine import LawEngine
from facewarden.law.photo import PhotoReader
from facewarden.services.law.lawcheck import LawCheck
from facewarden.services.law.lawshelf import LawShelf
from tests.integration.law.orders_house import NAVY_PIER, ST_LOUIS, OrdersHouse

PAGES = (
    "/law",
    "/law/calendar",
    "/law/orders",
    "/law/calendar?every=1",
    "/law/packs/clearview-filing-2020",
    "/law/try",
)
WIDTHS_PX = (768, 1440)


@pytest.fixture
def orders_house(tmp_path, migrated_records):
    """Real records in which the filing was carried out, and looked at by night."""
    shutil.copyfile(migrated_records, tmp_path / "records.db")
    house = OrdersHouse(tmp_path, ("facewarden-photos", "clearview-filing-2020", "cease-and-desists-2020"))
    house.photos(NAVY_PIER, ST_LOUIS, None)
    house.apply("clearview-filing-2020")
    house.watch.run(house.clock.now())
    yield house
    house.close()


@pytest.fixture
def installation(builders, orders_house):
    made = builders.made.populated()
    made.order_desk = orders_house
    shelf = LawShelf()
    made.law = LawEngine(shelf.choose(()))
    with SandboxDecoder(workers=1) as decoder:
        made.lawdesk = SimpleNamespace(shelf=shelf, check=LawCheck(made.law, PhotoReader.load(), decoder))
        yield made


@pytest.fixture
def photo(tmp_path):
    """A JPEG that says it was taken at Navy Pier."""
    exif = Image.Exif()
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (41.0, 53.0, 30.0), "W", (87.0, 36.0, 15.5)
    Image.new("RGB", (64, 48), (90, 120, 150)).save(tmp_path / "pier.jpg", exif=exif)
    return tmp_path / "pier.jpg"


@pytest.fixture
def officer(browse, builders):
    def open_as_officer(**window):
        visit = browse(**window)
        visit.sign_in("privacy-officer", builders.made.PASSWORD)
        visit.page.wait_for_url(lambda address: not address.endswith("/sign-in"))
        return visit

    return open_as_officer


def test_an_officer_tries_a_photo_and_reads_each_fact_and_ground(officer, photo):
    visit = officer()
    visit.open("/law")
    visit.follow(visit.page.get_by_role("link", name="Try the law"), "**/law/try")
    visit.page.locator("#photo").set_input_files(photo)
    visit.page.get_by_role("button", name="Ask the law").click()
    visit.page.get_by_role("heading", name="Refused").wait_for()
    text = visit.page.inner_text("main")
    assert "A photo taken in Illinois" in text
    assert "EXIF GPS" in text
    assert "US-IL" in text


def test_the_calendar_leads_to_a_pack_in_words_and_cedar(officer):
    visit = officer()
    visit.open("/law/calendar")
    visit.page.get_by_role("link", name="Clearview's promises").click()
    visit.page.get_by_role("heading", name="Rules, in words and in Cedar").wait_for()
    assert "forbid (principal" in visit.page.inner_text("main")


def test_an_officer_sees_how_duties_stand_and_decides_what_yields(officer, orders_house):
    visit = officer()
    visit.open("/law/orders")
    text = visit.page.inner_text("main")
    assert "filing.stop_search_illinois" in text
    assert "cannot be told of all" in text
    visit.page.get_by_text("Decide", exact=True).first.click()
    visit.page.get_by_label("The deletion waits; the hold stands").first.check()
    visit.page.get_by_label("Reason, in a sentence").first.fill("The court asked for it")
    visit.page.get_by_role("button", name="Put it on record").first.click()
    visit.page.get_by_text("The court asked for it").wait_for()
    assert [word.reason for word in orders_house.duties.settled()] == ["The court asked for it"]


def test_axe_finds_nothing_and_no_page_is_wider_than_its_window(axe, officer, photo):
    visit = officer()
    found = []
    for path in PAGES:
        visit.open(path)
        if path == "/law/try":
            visit.page.locator("#photo").set_input_files(photo)
            visit.page.get_by_role("button", name="Ask the law").click()
            visit.page.get_by_role("heading", name="Refused").wait_for()
        found += axe.find_in_every_look(visit.page)
        found += [(path, width_px) for width_px in WIDTHS_PX if visit.overflow_px_at(width_px) > 0]
    assert found == []

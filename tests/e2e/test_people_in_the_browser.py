"""The people in the photos, in real Chromium: scripts on and off, 320 pixels, keyboard alone, axe-core."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

UNIT_TESTS = Path(__file__).parents[1] / "unit"
PHONE = {"width": 320, "height": 640}
PERSON = 2


@pytest.fixture
def world(builders, tmp_path, migrated_records):
    sys.path.insert(0, str(UNIT_TESTS))
    try:
        from web.optout.world import World
    finally:
        sys.path.remove(str(UNIT_TESTS))
    made = World(builders.made.populated(), tmp_path, migrated_records)
    yield made
    made.close()


@pytest.fixture
def installation(world):
    return world.installation


def _photo(builders, *people):
    return {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": builders.fakes.drawn(*people)}


def _fits(page):
    width = page.locator("main").evaluate("main => main.ownerDocument.documentElement.scrollWidth")
    assert width <= PHONE["width"], page.url


def _ask(visit, builders, *people, language="en"):
    page = visit.page
    visit.open(f"/opt-out/take-me-out?lang={language}")
    page.locator("#photo").set_input_files(_photo(builders, *people))
    page.locator("#email").fill("person@example.org")
    page.locator("#place").select_option("US-CA")
    page.locator("#released").check()
    page.locator("main button[type=submit]").click()


@pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])
def test_a_person_asks_confirms_follows_and_takes_back_on_a_small_phone(browse, builders, world, scripts):
    visit = browse(java_script_enabled=scripts, viewport=PHONE)
    page = visit.page
    visit.open("/opt-out?lang=en")
    _fits(page)
    page.get_by_role("link", name="Take me out").click()
    expect(page.get_by_role("heading", name="Take me out")).to_be_visible()
    _fits(page)
    _ask(visit, builders, 1, PERSON)
    expect(page.get_by_role("alert")).to_contain_text("more than one face")
    _fits(page)
    page.locator("#photo").set_input_files(_photo(builders, 1, PERSON))
    page.get_by_label("Which face is it").select_option("2")
    page.locator("#released").check()
    page.get_by_role("button", name="Send my request").click()
    expect(page.get_by_role("heading", name="Look into your e-mail")).to_be_visible()
    _fits(page)
    request = world.only()
    letter = world.letter(request.request_id, "confirm.1").replace("=\n", "").replace("=3D", "=")
    visit.open(re.search(r"/opt-out/confirm\S+", letter).group(0))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Your request is confirmed")).to_be_visible()
    page.get_by_role("link", name="Track my request").click()
    page.get_by_label("Tracking code").fill(world.intake.code(request.request_id))
    page.get_by_role("button", name="Show my request").click()
    expect(page.get_by_text("Waiting for a privacy officer")).to_be_visible()
    _fits(page)
    page.get_by_role("button", name="Take my request back").click()
    expect(page.get_by_text("Taken back on")).to_be_visible()


def test_a_request_is_sent_with_the_keyboard_alone(browse, builders, world):
    visit = browse(viewport=PHONE)
    page = visit.page
    page.on("filechooser", lambda chooser: None)  # from now on no chooser opens beside the test, however late it looks
    visit.open("/opt-out/take-me-out?lang=en")

    def reach(selector):
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.locator(selector).evaluate("element => element === document.activeElement"):
                outline = page.locator(selector).evaluate("element => getComputedStyle(element).outlineStyle")
                assert outline != "none", selector
                return
        raise AssertionError(f"{selector} cannot be reached with the keyboard")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    reach("#photo")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(_photo(builders, PERSON))
    reach("input[name=behalf][value=self]")
    page.keyboard.press("ArrowDown")
    reach("#email")
    page.keyboard.type("person@example.org")
    reach("#place")
    page.keyboard.type("California")
    reach("#released")
    page.keyboard.press("Space")
    reach("main button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Look into your e-mail")).to_be_visible()
    assert (world.only().behalf.value, world.only().place) == ("child", "US-CA")


def test_axe_finds_nothing_on_the_pages_for_the_public(axe, browse, builders, world):
    visit = browse()
    page, found = visit.page, []
    for path in ("", "/take-me-out", "/in-it", "/sent", "/confirm", "/track", "/policy"):
        assert visit.open(f"/opt-out{path}?lang={'es' if path == '/policy' else 'en'}").ok
        for summary in page.locator("summary").all():
            summary.click()
        found += axe.find_in_every_look(page)
    _ask(visit, builders, 1, PERSON)
    expect(page.get_by_role("alert")).to_be_visible()
    found += axe.find_in_every_look(page)
    _ask(visit, builders, PERSON, language="es")
    expect(page.get_by_role("heading", name="Mire su correo")).to_be_visible()
    request = world.only()
    world.intake.confirm(request.request_id, world.intake.token(request.request_id), client=None)
    visit.open(f"/opt-out/track?number={request.request_id}&lang=en")
    page.get_by_label("Tracking code").fill(world.intake.code(request.request_id))
    page.get_by_role("button", name="Show my request").click()
    expect(page.get_by_text("Waiting for a privacy officer")).to_be_visible()
    found += axe.find_in_every_look(page)
    assert found == []


def test_an_officer_looks_asks_and_confirms(axe, browse, builders, world):
    visit = browse(viewport={"width": 390, "height": 844})
    page = visit.page
    _ask(visit, builders, PERSON)
    expect(page.get_by_role("heading", name="Look into your e-mail")).to_be_visible()
    request = world.only()
    world.intake.confirm(request.request_id, world.intake.token(request.request_id), client=None)
    visit.sign_in("privacy-officer", builders.made.PASSWORD)
    expect(page.get_by_role("heading", name="Requests", exact=True)).to_be_visible()
    found = axe.find(page)
    page.locator("table a").first.click()
    expect(page.get_by_role("heading", name="Take me out")).to_be_visible()
    expect(page.get_by_label(f"Face {PERSON + 1} is the person")).to_be_visible()
    assert visit.overflow_px() <= 0
    found += axe.find(page)
    page.locator("a.candidate-face").first.click()
    expect(page.get_by_alt_text("The face that was sent")).to_be_visible()
    found += axe.find(page)
    page.get_by_role("link", name="Back to all faces").click()
    page.get_by_role("button", name="Erase the ticked faces").click()
    expect(page.get_by_role("alert")).to_contain_text("No face is ticked")
    page.get_by_label("How it was checked").select_option("video_call")
    page.get_by_role("button", name="Record the check").click()
    expect(page.get_by_text("checked by a video call")).to_be_visible()
    page.get_by_label(f"Face {PERSON + 1} is the person").check()
    page.get_by_role("button", name="Erase the ticked faces").click()
    expect(page.get_by_role("heading", name="Handled")).to_be_visible()
    found += axe.find(page)
    for path in ("/set-aside", "/incidents"):
        assert visit.open(path).ok
        found += axe.find(page)
    assert found == []
    assert world.gallery.hidden == {PERSON + 1}

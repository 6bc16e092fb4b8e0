"""The whole product in a real browser: real records, log, decoder, models and index, people who do not exist."""

from __future__ import annotations

from contextlib import closing

import pytest
from playwright.sync_api import expect

from facewarden.bootstrap import opening
from facewarden.web.app import create_app

from .conftest import Site, Watched

pytestmark = [pytest.mark.models, pytest.mark.slow]

PASSWORD = "tall-grass-in-wind-4"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
PERSON = 3


@pytest.mark.parametrize("window", [{}, PHONE], ids=["desk", "phone"])
def test_from_sign_in_to_a_candidate_beside_the_probe(chromium, gallery_template, tmp_path, population, window):
    agency = gallery_template.copied(tmp_path / "agency")
    with closing(opening.open_installation(agency.settings)) as installation, Site(create_app(installation)) as site:
        context = chromium.new_context(**window)
        visit = Watched(context, site.address)
        page = visit.page
        visit.sign_in("ana", PASSWORD)
        page.wait_for_url("**/cases")
        visit.open_case("R-1")
        expect(page.get_by_role("heading", name="lawful now")).to_be_visible()
        visit.send_photo(population.group_photo([PERSON, 5]).content)
        page.wait_for_url("**/probes/*")
        expect(page.get_by_role("radio")).to_have_count(2)
        visit.open(page.url.removeprefix(site.address).rsplit("/probes", 1)[0])
        visit.send_photo(population.photo(PERSON, 2).content)
        page.wait_for_url("**/probes/*")
        page.get_by_role("button", name="Search the gallery").click()
        page.wait_for_url("**/searches/*")
        first = page.locator(".candidate").first
        expect(first.get_by_text("drawn")).to_be_visible()
        assert first.locator("img").evaluate("e => e.decode().then(() => e.naturalWidth)") > 50
        page.get_by_role("heading", name="Candidate 1", exact=True).get_by_role("link").click()
        page.wait_for_url("**/candidates/1")
        expect(page.locator(".compare-frame image")).to_have_count(2)
        page.get_by_text("Show the whole photo").click()
        assert page.locator("img.whole").evaluate("e => e.decode().then(() => e.naturalWidth)") > 50
        assert visit.overflow_px() <= 0
        context.close()
        assert visit.strangers == []
        assert visit.complaints == []

"""axe-core finds nothing on any page, light or dark, wide or narrow. (Its rules see some faults, not all.)"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def axe():
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None:
        pytest.skip("axe-core is not installed: pip install axe-playwright-python")
    script = (Path(found.origin).parent / "axe.min.js").read_text("utf-8")

    def findings(page):
        page.evaluate(script)
        report = page.evaluate("rules => axe.run({ runOnly: rules })", RULES)
        assert len(report["passes"]) > 5
        return [(page.url, item["id"], node["html"][:200]) for item in report["violations"] for node in item["nodes"]]

    return findings


@pytest.mark.parametrize(
    "window",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing_on_any_page(axe, browse, builders, window):
    visit = browse(**window)
    page = visit.page
    found = []
    visit.open("/sign-in")
    found += axe(page)
    visit.sign_in("investigator", builders.made.PASSWORD)
    page.wait_for_url("**/cases")
    found += axe(page)
    visit.open("/cases/new")
    found += axe(page)
    visit.open("/cases")
    visit.open_case()
    page.wait_for_url("**/case_*")
    found += axe(page)
    visit.send_photo(builders.fakes.drawn(2, 4, 1))
    page.wait_for_url("**/probes/*")
    found += axe(page)
    page.get_by_role("button", name="Search the gallery").click()
    page.wait_for_url("**/searches/*")
    found += axe(page)
    page.get_by_role("heading", name="Candidate 1").get_by_role("link").click()
    page.wait_for_url("**/candidates/*")
    for path in (None, "/sources", "/law", "/models", "/api", "/nothing", "/log", "/cases"):
        if path:
            visit.open(path)
        for summary in page.locator("summary").all():
            summary.click()
        found += axe(page)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    visit.sign_in("operator", builders.made.PASSWORD)
    page.wait_for_url("**/operator")
    found += axe(page)
    visit.open("/log")
    found += axe(page)
    assert found == []


def test_axe_finds_nothing_in_an_examination(axe, browse, builders):
    first = browse(viewport={"width": 390, "height": 844}, color_scheme="dark")
    first.sign_in("investigator", builders.made.PASSWORD)
    first.open_case()
    page, found = first.page, []
    page.get_by_label("Add a colleague").select_option("examiner")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("listitem").filter(has_text="Examiner").wait_for()
    first.send_photo(builders.fakes.drawn(2, 4, 1))
    first.press("Search the gallery", "**/searches/*")
    first.follow(page.get_by_role("heading", name="Candidate 1").get_by_role("link"), "**/candidates/*")
    page.locator("summary").first.click()
    found += axe(page)
    page.locator("input[name=conclusion]").first.check()
    first.press("Record your conclusion", "**/leads/*")
    found += axe(page)
    second = browse(viewport={"width": 320, "height": 640})
    second.sign_in("examiner", builders.made.PASSWORD)
    second.page.goto(page.url)
    found += axe(second.page)
    second.press("Begin the second examination", "**/second")
    found += axe(second.page)
    overflow_px = second.overflow_px()
    for place in second.page.locator("section.second-face").all():
        place.get_by_role("radio").first.check()
    second.press("Record your conclusions", "**/leads/*")
    found += axe(second.page)
    assert found == []
    assert overflow_px <= 0


def test_axe_would_find_a_field_without_a_name(axe, browse):
    visit = browse()
    visit.open("/sign-in")
    visit.page.evaluate("document.querySelector('label').remove()")
    assert "label" in [rule for _, rule, _ in axe(visit.page)]

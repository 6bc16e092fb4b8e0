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


def test_axe_would_find_a_field_without_a_name(axe, browse):
    visit = browse()
    visit.open("/sign-in")
    visit.page.evaluate("document.querySelector('label').remove()")
    assert "label" in [rule for _, rule, _ in axe(visit.page)]

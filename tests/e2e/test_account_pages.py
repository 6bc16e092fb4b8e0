"""The pages about accounts in a real browser: no wider than the window, nothing for axe-core to find, no script."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from playwright.sync_api import expect

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WINDOWS = [{"color_scheme": "dark"}, {"viewport": {"width": 320, "height": 640}}]  # the second is light
PAGES = {
    "": ("/apply", "/sign-in"),
    "investigator": ("/settings", "/settings/keys", "/settings/codes"),
    "org-administrator": ("/people", "/people/new", "/people/USER"),
    "overseer": ("/oversight", "/people/USER"),
    "operator": ("/operator", "/operator/organisations"),
}


@pytest.fixture(scope="module")
def axe_script():
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-core is not installed: pip install axe-playwright-python")
    return (Path(found.origin).parent / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("window", WINDOWS, ids=["dark", "320"])
def test_axe_finds_nothing_and_no_page_is_wider_than_its_window(browse, builders, installation, axe_script, window):
    user = next(u for u in installation.account_records.users() if u.sign_in_name == "examiner")
    findings = []
    for name, paths in PAGES.items():
        visit = browse(**window)
        if name:
            visit.sign_in(name, builders.made.PASSWORD)
        for path in paths:
            visit.open(path.replace("USER", user.user_id))
            for summary in visit.page.locator("summary").all():
                summary.click()
            assert visit.overflow_px() <= 0, path
            visit.page.evaluate(axe_script)
            report = visit.page.evaluate("rules => axe.run({ runOnly: rules })", RULES)
            assert len(report["passes"]) > 5
            found = [(path, item["id"], node["html"][:200]) for item in report["violations"] for node in item["nodes"]]
            findings += found
    assert findings == []


def test_a_key_is_made_and_a_person_suspended_without_scripts(browse, builders):
    visit = browse(java_script_enabled=False)
    page = visit.page
    visit.sign_in("investigator", builders.made.PASSWORD)
    visit.open("/settings/keys")
    page.get_by_label("Its name").fill("Night job")
    page.get_by_label("What the program does with it").fill("Lists cases for the shift report")
    page.get_by_label("list and open cases").check()
    page.get_by_label("Your password").fill(builders.made.PASSWORD)
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator(".secret")).to_contain_text("fwk_")
    visit.open("/cases")
    visit.press("Sign out", "**/sign-in")
    visit.sign_in("org-administrator", builders.made.PASSWORD)
    visit.open("/people")
    visit.follow(page.get_by_role("link", name="Examiner"), "**/people/usr_*")
    page.get_by_label("Why").first.fill("On leave.")
    page.get_by_role("button", name="Suspend the account").click()
    expect(page.get_by_text("The account is suspended.")).to_be_visible()
    expect(page.get_by_text("On leave.")).to_be_visible()

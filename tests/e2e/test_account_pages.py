"""The pages about accounts in a real browser: no wider than the window, nothing for axe-core to find, no script."""

from __future__ import annotations

from playwright.sync_api import expect

PAGES = {
    "": ("/apply", "/sign-in"),
    "investigator": ("/settings", "/settings/keys", "/settings/codes"),
    "org-administrator": ("/people", "/people/new", "/people/USER"),
    "overseer": ("/oversight", "/people/USER"),
    "operator": ("/operator", "/operator/organisations"),
}


def test_axe_finds_nothing_and_no_page_is_wider_than_its_window(axe, browse, builders, installation):
    user = next(u for u in installation.account_records.users() if u.sign_in_name == "examiner")
    found = []
    for name, paths in PAGES.items():
        visit = browse()
        if name:
            visit.sign_in(name, builders.made.PASSWORD)
        for path in paths:
            visit.open(path.replace("USER", user.user_id))
            for summary in visit.page.locator("summary").all():
                summary.click()
            assert visit.overflow_px() <= 0, path
            found += axe.find_in_every_look(visit.page)
    assert found == []


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

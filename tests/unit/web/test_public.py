"""Signing in says nothing about names, leads only within this site, and is locked after five failures."""

import pytest

from .builders import PASSWORD, Browser


def try_password(browser, name, password, target="/"):
    browser.get("/sign-in")
    return browser.post("/sign-in", {"name": name, "password": password, "next": target}, follow_redirects=False)


def without_keys(text):
    return [line for line in text.splitlines() if 'name="form_key"' not in line and 'name="name"' not in line]


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(browser):
    wrong_password = try_password(browser, "investigator", "not the password")
    wrong_name = try_password(browser, "nobody", "not the password")
    assert wrong_password.status_code == wrong_name.status_code == 401
    assert without_keys(wrong_password.text) == without_keys(wrong_name.text)


def test_the_name_is_kept_in_the_form_and_the_password_is_not(browser):
    text = try_password(browser, "investigator", "not the password").text
    assert 'value="investigator"' in text
    assert "not the password" not in text


def test_signing_in_is_locked_after_five_failures(browser):
    for _ in range(5):
        try_password(browser, "investigator", "not the password")
    answer = try_password(browser, "investigator", PASSWORD)
    assert answer.status_code == 429
    assert "locked" in answer.text


def test_the_use_banner_is_on_the_page(browser):
    text = browser.get("/sign-in").text
    assert "For authorised users only" in text
    assert "recorded" in text


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/law", "/law"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/\tlaw", "/"),
        ("", "/"),
        ("/sign-out", "/"),
    ],
)
def test_signing_in_leads_within_this_site_alone(browser, target, leads_to):
    assert try_password(browser, "investigator", PASSWORD, target).headers["location"] == leads_to


def test_signing_out_ends_the_session_for_a_copy_of_its_cookie_too(installation, investigator):
    copy = Browser(installation)
    copy.cookies.set("facewarden", investigator.cookies["facewarden"])
    assert copy.get("/cases").url.path == "/cases"
    investigator.get("/cases")
    investigator.post("/sign-out")
    assert copy.get("/cases").url.path == "/sign-in"


def test_a_signed_in_visitor_is_led_past_the_form(investigator):
    assert investigator.get("/sign-in").url.path == "/cases"


def test_signing_in_again_ends_the_session_before_it(installation, investigator):
    before = dict(investigator.cookies)
    (old,) = installation.sessions.open.values()
    investigator.get("/cases")
    investigator.post("/sign-in", {"name": "auditor", "password": PASSWORD, "next": "/"})
    assert old.session_id not in [session.session_id for session in installation.sessions.open.values()]
    assert dict(investigator.cookies) != before

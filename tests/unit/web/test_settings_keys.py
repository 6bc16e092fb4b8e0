"""API keys: made with the password, shown once, within their owner's roles and scopes, dead once revoked or expired."""

from __future__ import annotations

import re

import pytest

from facewarden.domain.accounts import Role
from facewarden.domain.audit import AuditEvent

from .builders import PASSWORD, Browser

FORM = {"name": "Night job", "purpose": "Lists cases for the shift report", "scope-cases": "1", "days": "90"}


@pytest.fixture
def browser(installation):
    made = Browser(installation)
    made.sign_in("investigator")
    return made


def make(browser, **changes):
    browser.get("/settings/keys")
    return browser.post("/settings/keys", FORM | {"password": PASSWORD} | changes)


def token(page):
    found = re.search(r'class="secret" tabindex="0">(fwk_[\w-]+)<', page.text)
    return found and found[1]


def call(installation, key, path="/api/v1/cases"):
    headers = {"authorization": f"Bearer {key}"}
    return Browser(installation).request("GET", path, headers=headers, follow_redirects=False)


def test_a_key_is_shown_once_and_works_for_what_it_is_for(installation, browser):
    key = token(make(browser))
    assert call(installation, key).status_code == 200
    page = browser.get("/settings/keys")
    assert "Night job" in page.text
    assert key not in page.text
    assert AuditEvent.KEY_MADE in [entry.event for entry in installation.log.entries()]
    assert not any(key in str(entry) for entry in installation.log.entries())


def test_a_key_opens_no_page(installation, browser):
    key = token(make(browser))
    stranger = Browser(installation)
    stranger.cookies.set("facewarden", key)
    assert stranger.get("/cases").url.path == "/sign-in"


def test_a_revoked_key_is_dead_at_once(installation, browser):
    key = token(make(browser))
    path = re.search(r'action="(/settings/keys/key_\w+/revoke)"', browser.get("/settings/keys").text)[1]
    assert "was revoked" in browser.post(path).text
    assert call(installation, key).status_code == 401
    browser.get("/settings/keys")
    assert browser.post(path).status_code == 404


def test_an_expired_key_is_dead(installation, browser):
    key = token(make(browser))
    installation.clock.pass_time(days=90)
    assert call(installation, key).status_code == 401


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"password": "wrong"}, 401),
        ({"name": ""}, 400),
        ({"purpose": "a\u202eb"}, 400),
        ({"scope-cases": ""}, 400),
        ({"scope-log": "1"}, 400),
        ({"days": "0"}, 400),
        ({"days": "367"}, 400),
        ({"days": "many"}, 400),
    ],
    ids=["password", "no-name", "bidi", "no-scope", "not-their-scope", "no-days", "too-long", "no-number"],
)
def test_a_key_that_should_not_be_is_not_made(installation, browser, changes, status):
    page = make(browser, **changes)
    assert page.status_code == status
    assert token(page) is None
    assert installation.people.key_records.known == {}
    if changes.get("name", "x") and "password" not in changes:
        assert "Night job" in page.text, "what was typed is still there"


def test_another_users_key_is_like_one_that_does_not_exist(installation, browser):
    other = Browser(installation)
    other.sign_in("examiner")
    key = token(make(other))
    theirs = re.search(r"/settings/keys/(key_\w+)/revoke", other.get("/settings/keys").text)[1]
    answers = []
    for key_id in (theirs, "key_" + "0" * 24):
        browser.get("/settings/keys")
        answer = browser.post(f"/settings/keys/{key_id}/revoke")
        answers.append((answer.status_code, answer.text))
    assert answers[0] == answers[1]
    assert call(installation, key).status_code == 200
    assert "Night job" not in browser.get("/settings/keys").text


def test_a_key_for_the_log_reads_no_case(installation):
    both = installation.add_user(
        "both", Role.INVESTIGATOR, Role.AUDITOR, organisation=installation.account_records.known[0]
    )
    browser = Browser(installation)
    browser.sign_in(both.sign_in_name)
    case_id = browser.open_case()
    key = token(make(browser, **{"scope-cases": "", "scope-log": "1"}))
    for path in ("/api/v1/cases", f"/api/v1/cases/{case_id}/law"):
        answer = call(installation, key, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "key_scope")


def test_a_key_for_cases_does_not_search(installation, browser):
    case_id = browser.open_case()
    key = token(make(browser))
    answer = call(installation, key, f"/api/v1/cases/{case_id}/law")
    assert answer.json()["decision"] == "refuse"
    assert any(ground["rule"] == "base.key_search" for ground in answer.json()["grounds"])

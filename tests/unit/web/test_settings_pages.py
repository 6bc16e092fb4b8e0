"""One's own settings: passkeys and sessions, nobody else's, and the password once more where a way in changes."""

from __future__ import annotations

import html
import re

import pytest

from facewarden.domain.audit import AuditEvent
from facewarden.domain.passkeys import Site
from facewarden.services.people.passkeys import MOST_PASSKEYS
from tests.unit.services.actors import actor_of
from tests.unit.web.authenticator import Authenticator

from .builders import PASSWORD, Browser

SITE = Site("test.example", "https://test.example")


@pytest.fixture
def browser(installation):
    made = Browser(installation, "https://test.example")
    made.sign_in("investigator")
    return made


def begin(browser, password=PASSWORD, name="Blue key"):
    browser.get("/settings")
    return browser.post("/settings/passkeys/new", {"name": name, "password": password})


def field(page, name):
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page.text)[1])


def finish(browser, page, device=None, **changes):
    options = html.unescape(re.search(r'data-options="([^"]*)"', page.text)[1])
    sent = {"ticket": field(page, "ticket"), "name": field(page, "name")}
    sent["answer"] = (device or Authenticator()).create(options, **changes)
    return browser.post("/settings/passkeys", sent)


def add(installation, name, label):
    passkeys, device, actor = installation.credentials.passkeys, Authenticator(), actor_of(installation, name)
    question = passkeys.ask_to_add(actor, SITE)
    return passkeys.add(actor, SITE, question.ticket, device.create(question.options), label)


def events(installation, event):
    return [entry for entry in installation.log.entries() if entry.event is event]


def test_a_passkey_is_added_with_the_password_and_is_on_record(installation, browser):
    page = finish(browser, begin(browser))
    assert page.url.path == "/settings"
    assert "Blue key" in page.text
    assert "The passkey was added." in page.text
    assert events(installation, AuditEvent.USER_DECIDED)[-1].verdict == "allow"
    assert events(installation, AuditEvent.CREDENTIALS_CHANGED)[-1].details == {"action": "passkey_added"}


def test_adding_a_passkey_ends_the_other_sessions(installation, browser):
    other = Browser(installation, "https://test.example")
    other.sign_in("investigator")
    finish(browser, begin(browser))
    assert other.get("/law").url.path == "/sign-in"
    assert browser.get("/law").url.path == "/law"


def test_without_the_password_no_device_is_asked(browser):
    page = begin(browser, password="wrong")
    assert page.status_code == 401
    assert "data-options" not in page.text


def test_guessing_the_password_here_locks_as_at_the_door(browser):
    for _ in range(5):
        begin(browser, password="wrong")
    assert begin(browser).status_code == 429


def test_a_false_answer_stores_nothing(installation, browser):
    page = finish(browser, begin(browser), client={"origin": "https://evil.example"})
    assert page.status_code == 401
    assert "The passkey was not accepted." in page.text
    assert installation.credentials.records.known == {}


@pytest.mark.parametrize("name", ["", "x" * 61, "a\u202eb", "a\x00b"])
def test_a_name_that_cannot_be_shown_is_refused(installation, browser, name):
    page = finish(browser, begin(browser, name=name))
    assert page.status_code == 400
    assert installation.credentials.records.known == {}


def test_a_question_asked_of_one_user_is_not_answered_by_another(installation, browser):
    page = begin(browser)
    other = Browser(installation, "https://test.example")
    other.sign_in("examiner")
    other.get("/settings")
    assert finish(other, page).status_code == 401
    assert installation.credentials.records.known == {}


def test_there_is_a_most_of_passkeys(installation, browser):
    for number in range(MOST_PASSKEYS):
        add(installation, "investigator", f"Key {number}")
    page = begin(browser)
    assert page.status_code == 400
    assert "Remove one" in page.text


def test_a_passkey_is_renamed_and_removed(installation, browser):
    passkey = add(installation, "investigator", "Blue key")
    address = f"/settings/passkeys/{passkey.passkey_id}"
    assert "Blue key" in browser.get(address).text
    assert "Green key" in browser.post(f"{address}/name", {"name": "Green key"}).text
    browser.get(address)
    assert browser.post(f"{address}/remove", {"password": "wrong"}).status_code == 401
    assert "was removed" in browser.post(f"{address}/remove", {"password": PASSWORD}).text
    assert installation.credentials.records.known == {}


def test_another_users_passkey_is_like_one_that_does_not_exist(installation, browser):
    theirs, made_up = add(installation, "examiner", "Red key").passkey_id, "pky_" + "0" * 24
    for path, form in (("", None), ("/name", {"name": "Mine"}), ("/remove", {"password": PASSWORD})):
        answers = []
        for key in (theirs, made_up):
            browser.get("/settings")
            address = f"/settings/passkeys/{key}{path}"
            answer = browser.get(address) if form is None else browser.post(address, form)
            answers.append((answer.status_code, answer.text.replace(key, "ID")))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    assert installation.credentials.records.known[theirs].name == "Red key"


def test_the_last_factor_stays_where_one_is_required(installation, browser):
    passkey = add(installation, "investigator", "Blue key")
    installation.sign_in.second_factor_required = True
    address = f"/settings/passkeys/{passkey.passkey_id}"
    browser.get(address)
    refused = browser.post(f"{address}/remove", {"password": PASSWORD})
    assert refused.status_code == 400
    assert "your only second factor" in refused.text
    add(installation, "investigator", "Spare key")
    browser.get(address)
    assert "was removed" in browser.post(f"{address}/remove", {"password": PASSWORD}).text


def test_over_plain_http_the_page_says_why_there_are_no_passkeys(installation):
    plain = Browser(installation, "http://test.example")
    plain.sign_in("investigator")
    page = plain.get("/settings").text
    assert "over https, or at localhost" in page
    assert "Add a passkey" not in page


# -- sessions ------------------------------------------------------------------------------------------------


def signed_in(installation, times, name="investigator"):
    made = []
    for _ in range(times):
        made.append(Browser(installation, "https://test.example"))
        made[-1].sign_in(name)
    return made


def test_one_session_is_ended_and_the_others_go_on(installation, browser):
    first, second = signed_in(installation, 2)
    sessions = re.findall(r"/settings/sessions/(ses_\w+)/end", browser.get("/settings").text)
    assert len(sessions) == 2
    browser.post(f"/settings/sessions/{sessions[-1]}/end")
    assert first.get("/law").url.path == "/sign-in"
    assert second.get("/law").url.path == "/law"
    assert browser.get("/law").url.path == "/law"


def test_all_others_end_or_all(installation, browser):
    (other,) = signed_in(installation, 1)
    browser.get("/settings")
    browser.post("/settings/sessions/others/end")
    assert other.get("/law").url.path == "/sign-in"
    (other,) = signed_in(installation, 1)
    browser.get("/settings")
    assert browser.post("/settings/sessions/all/end").url.path == "/sign-in"
    assert other.get("/law").url.path == "/sign-in"
    assert browser.get("/law").url.path == "/sign-in"


def test_another_users_session_is_like_one_that_does_not_exist(installation, browser):
    (other,) = signed_in(installation, 1, "examiner")
    theirs = next(s.session_id for s in installation.sessions.open.values() if s.user_id != actor_id(installation))
    answers = []
    for session in (theirs, "ses_" + "0" * 24):
        browser.get("/settings")
        answers.append(browser.post(f"/settings/sessions/{session}/end"))
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text.replace(theirs, "") == answers[1].text.replace("ses_" + "0" * 24, "")
    assert other.get("/law").url.path == "/law"


def actor_id(installation):
    return actor_of(installation, "investigator").user.user_id


def test_no_session_of_another_user_is_listed(installation, browser):
    signed_in(installation, 2, "examiner")
    assert "/settings/sessions/ses_" not in browser.get("/settings").text

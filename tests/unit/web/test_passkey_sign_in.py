"""Signing in with a passkey as the second step: asked for after the password, good for one try, bound to this site."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from facewarden.domain.audit import AuditEvent
from facewarden.domain.passkeys import Site
from facewarden.services.people.passkeys import CEREMONY_LIMIT
from tests.unit.services.actors import actor_of
from tests.unit.web.authenticator import Authenticator

from .builders import PASSWORD, Browser

SITE = Site("test.example", "https://test.example")


@pytest.fixture
def device(installation):
    """A device whose passkey the investigator has added."""
    made, passkeys = Authenticator(), installation.credentials.passkeys
    actor = actor_of(installation, "investigator")
    question = passkeys.ask_to_add(actor, SITE)
    passkeys.add(actor, SITE, question.ticket, made.create(question.options), "Blue key")
    return made


@pytest.fixture
def browser(installation):
    return Browser(installation, "https://test.example")


def first_step(browser, **more):
    browser.get("/sign-in?next=/law")
    return browser.post("/sign-in", {"name": "investigator", "password": PASSWORD, "next": "/law"} | more)


def field(page, name):
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page.text)[1])


def options(page):
    return html.unescape(re.search(r'data-options="([^"]*)"', page.text)[1])


def answer(browser, page, device, **changes):
    sent = {"ticket": field(page, "ticket"), "answer": device.get(options(page), **changes), "next": "/law"}
    return browser.post("/sign-in/passkey", sent)


def test_password_then_passkey_leads_to_where_one_wanted_to_go(installation, browser, device):
    page = first_step(browser)
    assert "Use your passkey" in page.text
    assert "facewarden" not in browser.cookies
    assert answer(browser, page, device).url.path == "/law"
    noted = [entry for entry in installation.log.entries() if entry.event is AuditEvent.SIGN_IN_SUCCEEDED]
    assert noted[-1].details == {"kind": "passkey"}


def test_without_a_passkey_the_password_leads_in_as_before(browser):
    assert first_step(browser).url.path == "/law"


def test_a_wrong_password_says_nothing_of_passkeys(browser, device):
    page = first_step(browser, password="wrong")
    assert "Signing in failed." in page.text
    assert "passkey" not in page.text


def test_an_answer_is_taken_once(installation, browser, device):
    page = first_step(browser)
    sent = {"ticket": field(page, "ticket"), "answer": device.get(options(page)), "next": "/law"}
    assert browser.post("/sign-in/passkey", sent).url.path == "/law"
    other = Browser(installation, "https://test.example")
    other.get("/sign-in")
    refused = other.post("/sign-in/passkey", sent)
    assert refused.status_code == 401
    assert "taken before" in refused.text


def test_a_false_answer_uses_the_question_up(browser, device):
    page = first_step(browser)
    refused = answer(browser, page, device, client={"origin": "https://test.example.evil"})
    assert refused.status_code == 401
    assert "The passkey was not accepted." in refused.text
    assert answer(browser, page, device).status_code == 401


def test_five_minutes_later_the_way_in_begins_anew(installation, browser, device):
    page = first_step(browser)
    installation.clock.pass_time(seconds=(CEREMONY_LIMIT - timedelta(seconds=1)).total_seconds())
    assert answer(browser, page, device).url.path == "/law"
    browser.cookies.clear()
    page = first_step(browser)
    installation.clock.pass_time(seconds=CEREMONY_LIMIT.total_seconds())
    assert answer(browser, page, device).status_code == 401


def test_a_copy_of_the_device_is_noticed_by_its_count(installation, browser, device):
    answer(browser, first_step(browser), device)
    browser.cookies.clear()
    device.count -= 1
    refused = answer(browser, first_step(browser), device)
    assert refused.status_code == 401
    assert "somebody may hold a copy" in refused.text


def test_a_device_that_does_not_count_goes_on_working(browser, device):
    device._counts = False
    for _ in range(2):
        browser.cookies.clear()
        assert answer(browser, first_step(browser), device).url.path == "/law"


def test_the_passkey_of_another_user_is_none_of_this_account(installation, browser, device):
    stranger, passkeys = Authenticator(), installation.credentials.passkeys
    actor = actor_of(installation, "examiner")
    question = passkeys.ask_to_add(actor, SITE)
    passkeys.add(actor, SITE, question.ticket, stranger.create(question.options), "Red key")
    refused = answer(browser, first_step(browser), stranger)
    assert refused.status_code == 401
    assert "none of this account" in refused.text


def test_an_answer_to_adding_a_passkey_is_none_to_signing_in(installation, browser, device):
    question = installation.credentials.passkeys.ask_to_add(actor_of(installation, "investigator"), SITE)
    first_step(browser)
    sent = {"ticket": question.ticket, "answer": Authenticator().create(question.options), "next": "/"}
    assert browser.post("/sign-in/passkey", sent).status_code == 401


def test_whoever_has_a_passkey_is_not_let_in_by_a_password_elsewhere(installation, device):
    elsewhere = Browser(installation, "https://other.example")
    page = first_step(elsewhere)
    assert page.status_code == 403
    assert "passkey" in page.text
    refused = elsewhere.request("POST", "/api/v1/sign-in", json={"name": "investigator", "password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (403, "code_needed")


def test_failed_passkeys_count_towards_the_lock(installation, browser, device):
    for _ in range(5):
        answer(browser, first_step(browser), device, client={"origin": "https://evil.example"})
    assert first_step(browser).status_code == 429

"""Passkeys in real Chromium with its virtual authenticator: added, signed in with, and refused where they should be."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tools.screens.device import Device

from .conftest import Watched


@pytest.fixture
def visit(chromium, site):
    """A watched page at localhost: browsers give no passkey to a bare IP address over http."""
    context = chromium.new_context()
    watched = Watched(context, site.address.replace("127.0.0.1", "localhost"))
    yield watched
    context.close()
    assert watched.strangers == []
    assert watched.complaints == []


def add_passkey(visit, password, name="Blue key"):
    visit.open("/settings")
    visit.page.get_by_label("Its name").fill(name)
    visit.page.get_by_label("Your password").fill(password)
    visit.press("Go on", "**/settings/passkeys/new")
    visit.press("Make the passkey", "**/settings?done=passkey-added")


def first_step(visit, password):
    visit.open("/sign-in?next=/settings")
    visit.page.get_by_label("Name").fill("investigator")
    visit.page.get_by_label("Password").fill(password)
    visit.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(visit.page.get_by_role("heading", name="Second step")).to_be_visible()


def leave(visit):
    visit.open("/cases")
    visit.press("Sign out", "**/sign-in")


def test_a_passkey_is_added_and_signs_in_as_the_second_step(visit, builders, installation):
    device = Device(visit.page)
    visit.sign_in("investigator", builders.made.PASSWORD)
    add_passkey(visit, builders.made.PASSWORD)
    expect(visit.page.get_by_role("link", name="Blue key")).to_be_visible()
    assert [one["rpId"] for one in device.credentials()] == ["localhost"]
    leave(visit)
    first_step(visit, builders.made.PASSWORD)
    visit.press("Use your passkey", "**/settings")
    expect(visit.page.get_by_role("heading", name="Settings")).to_be_visible()
    (stored,) = installation.credentials.records.known.values()
    assert stored.sign_count == device.credentials()[0]["signCount"] > 1


def test_a_device_that_holds_it_is_not_given_another(visit, builders):
    Device(visit.page)
    visit.sign_in("investigator", builders.made.PASSWORD)
    add_passkey(visit, builders.made.PASSWORD)
    visit.page.get_by_label("Its name").fill("The same once more")
    visit.page.get_by_label("Your password").fill(builders.made.PASSWORD)
    visit.press("Go on", "**/settings/passkeys/new")
    visit.page.get_by_role("button", name="Make the passkey").click()
    expect(visit.page.get_by_text("This device has a passkey for this account already.")).to_be_visible()


def test_without_the_device_nobody_comes_in_and_the_page_says_so(visit, builders):
    device = Device(visit.page)
    visit.sign_in("investigator", builders.made.PASSWORD)
    add_passkey(visit, builders.made.PASSWORD)
    leave(visit)
    device.lose()
    first_step(visit, builders.made.PASSWORD)
    visit.page.get_by_role("button", name="Use your passkey").click()
    expect(visit.page.get_by_text("Nothing came from the device")).to_be_visible()
    visit.open("/settings")
    expect(visit.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_copy_that_counts_less_is_refused(visit, builders):
    device = Device(visit.page)
    visit.sign_in("investigator", builders.made.PASSWORD)
    add_passkey(visit, builders.made.PASSWORD)
    copied = device.credentials()[0]
    leave(visit)
    first_step(visit, builders.made.PASSWORD)
    visit.press("Use your passkey", "**/settings")
    leave(visit)
    device.lose()
    device.hold(
        {key: copied[key] for key in ("credentialId", "isResidentCredential", "rpId", "privateKey", "signCount")}
    )
    first_step(visit, builders.made.PASSWORD)
    visit.press("Use your passkey", "**/sign-in/passkey")
    expect(visit.page.get_by_text("somebody may hold a copy of it")).to_be_visible()


def test_with_scripts_off_the_second_step_says_what_it_needs(chromium, site, builders, installation):
    """The passkey is added with scripts, by another page; this one has none."""
    with_scripts = Watched(chromium.new_context(), site.address.replace("127.0.0.1", "localhost"))
    Device(with_scripts.page)
    with_scripts.sign_in("investigator", builders.made.PASSWORD)
    add_passkey(with_scripts, builders.made.PASSWORD)
    with_scripts.page.context.close()
    plain = Watched(chromium.new_context(java_script_enabled=False), site.address.replace("127.0.0.1", "localhost"))
    first_step(plain, builders.made.PASSWORD)
    expect(plain.page.get_by_text("A passkey needs JavaScript")).to_be_visible()
    expect(plain.page.get_by_role("button", name="Use your passkey")).to_be_hidden()
    plain.page.context.close()

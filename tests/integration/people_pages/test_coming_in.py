"""Coming in by an invitation, and giving oneself one-time codes: pages without scripts, over real records."""

from __future__ import annotations

import re
from base64 import b32decode

import pytest

from facewarden.domain.accounts import Role
from facewarden.services.people import totp
from tests.unit.web.builders import Browser

from .conftest import OTHER_PASSWORD

GOOD = "eleven-quiet-herons-2"


@pytest.fixture
def invited(installation, operator, add_person):
    """A user and the token of their invitation."""
    known = len(installation.accounts.users(operator))
    user = add_person(f"newcomer{known}", Role.AUDITOR, display_name="New Comer")
    return user, installation.people.welcome.invite(operator, user.user_id)


def secret_of(page):
    shown = re.search(r'class="secret" tabindex="0">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    return b32decode(shown + "=" * (-len(shown) % 8))


def code_of(secret, installation, steps=0):
    return totp.code_at(secret, totp.step_of(installation.clock.now()) + steps)


def come_in(installation, token, password=GOOD, again=GOOD, code=None):
    browser = Browser(installation)
    browser.get(f"/welcome?token={token}")
    page = browser.post("/welcome", {"token": token, "password": password})
    if "secret" not in page.text:
        return browser, page
    given = code_of(secret_of(page), installation) if code is None else code
    return browser, browser.post("/welcome/in", {"token": token, "password": again, "code": given})


def sign_in(installation, user, password, code=""):
    browser = Browser(installation)
    browser.get("/sign-in")
    return browser.post(
        "/sign-in", {"name": user.sign_in_name, "password": password, "code": code, "next": "/settings"}
    )


def test_an_invited_person_chooses_password_and_factor_and_signs_in_with_both(installation, invited):
    user, token = invited
    browser = Browser(installation)
    assert "New Comer" in browser.get(f"/welcome?token={token}").text
    page = browser.post("/welcome", {"token": token, "password": GOOD})
    secret = secret_of(page)
    assert GOOD not in page.text
    proof = code_of(secret, installation)
    done = browser.post("/welcome/in", {"token": token, "password": GOOD, "code": proof})
    assert "Your account is ready." in done.text
    assert sign_in(installation, user, OTHER_PASSWORD).status_code == 401
    assert sign_in(installation, user, GOOD).status_code == 403, "the factor is asked for from now on"
    assert sign_in(installation, user, GOOD, proof).status_code == 403, "it proved itself"
    assert sign_in(installation, user, GOOD, code_of(secret, installation, 1)).url.path == "/settings"


def test_an_invitation_works_once(installation, invited):
    _, token = invited
    come_in(installation, token)
    assert Browser(installation).get(f"/welcome?token={token}").status_code == 404


@pytest.mark.parametrize("token", ["", "made-up", "x" * 500, "\x00"])
def test_a_made_up_invitation_names_nobody(installation, token):
    page = Browser(installation).request("GET", "/welcome", params={"token": token})
    assert page.status_code == 404
    assert "invited to sign in as" not in page.text


@pytest.mark.parametrize(
    "password",
    ["short", "password12345", "Newcomer-newcomer", "aaaaaaaaaaaaaa", "correcthorsebatterystaple", "Rivermouth Police"],
)
def test_a_weak_breached_or_telling_password_is_refused(installation, invited, password):
    user, token = invited
    _, page = come_in(installation, token, password)
    assert page.status_code == 400
    assert "secret" not in page.text
    assert sign_in(installation, user, OTHER_PASSWORD).url.path == "/settings", "nothing was changed"


def test_a_wrong_code_changes_nothing_and_the_invitation_still_holds(installation, invited):
    user, token = invited
    _, page = come_in(installation, token, code="000000")
    assert page.status_code == 403
    assert sign_in(installation, user, GOOD).status_code == 401
    come_in(installation, token)
    assert sign_in(installation, user, GOOD).status_code == 403


def test_one_gives_oneself_codes_with_the_password_and_all_sessions_end(installation, signed_in):
    browser = signed_in("coder", Role.AUDITOR)
    other = signed_in("coder")
    browser.get("/settings/codes")
    assert browser.post("/settings/codes", {"password": "wrong"}).status_code == 401
    page = browser.post("/settings/codes", {"password": OTHER_PASSWORD})
    secret = secret_of(page)
    assert browser.post("/settings/codes/prove", {"code": "000000"}).status_code == 403
    assert other.get("/settings").url.path == "/settings"
    done = browser.post("/settings/codes/prove", {"code": code_of(secret, installation)})
    assert done.url.path == "/sign-in"
    assert other.get("/settings").url.path == "/sign-in"


def test_a_code_that_was_never_shown_proves_nothing(installation, signed_in):
    browser = signed_in("prover", Role.AUDITOR)
    browser.get("/settings/codes")
    page = browser.post("/settings/codes/prove", {"code": "123456"})
    assert page.status_code == 400
    assert "No second factor waits" in page.text

"""The sign-in page and the one-time code: asked for where needed, and the page says where it is not."""

from __future__ import annotations

from datetime import datetime

import pytest

from facewarden.domain.ids import UserId
from facewarden.services.people import totp
from facewarden.services.people.signin import SignIn, SignInParts

from . import fakes
from .builders import PASSWORD, Browser

SECRET = b"12345678901234567890"


class Factors:
    """One secret for everybody, each step once."""

    def __init__(self) -> None:
        self.last = 0

    def issue(self, user_id: UserId, secret: bytes, at: datetime) -> None:
        raise NotImplementedError

    def secret(self, user_id: UserId) -> bytes | None:
        return SECRET

    def use(self, user_id: UserId, step: int) -> bool:
        fresh, self.last = step > self.last, max(step, self.last)
        return fresh


@pytest.fixture
def strict(installation):
    made = installation
    outside = (made.account_records, made.sessions, fakes.Failures(), fakes.Passwords())
    installation.sign_in = SignIn(
        *outside, made.gate, made.clock, second_factor_required=True, parts=SignInParts(Factors())
    )
    return Browser(installation)


def sign_in(browser, code):
    browser.get("/sign-in")
    return browser.post(
        "/sign-in",
        {"name": "investigator", "password": PASSWORD, "code": code, "next": "/cases"},
        follow_redirects=False,
    )


def test_the_page_says_that_a_password_alone_is_for_trying_things_out(browser) -> None:
    assert "for trying things out" in browser.get("/sign-in").text


def test_a_strict_installation_asks_for_the_code_and_takes_it_once(strict, installation) -> None:
    assert "for trying things out" not in strict.get("/sign-in").text
    assert "A second factor is needed." in sign_in(strict, "").text
    assert "not accepted" in sign_in(strict, "000000").text
    code = totp.code_at(SECRET, totp.step_of(installation.clock.now()))
    assert sign_in(strict, code).status_code == 303
    assert "not accepted" in sign_in(Browser(installation), code).text


def test_the_api_asks_for_the_code_too(strict, installation) -> None:
    credentials = {"name": "investigator", "password": PASSWORD}
    refused = strict.request("POST", "/api/v1/sign-in", json=credentials)
    assert (refused.status_code, refused.json()["code"]) == (403, "code_needed")
    code = totp.code_at(SECRET, totp.step_of(installation.clock.now()))
    assert strict.request("POST", "/api/v1/sign-in", json=credentials | {"code": code}).json()["token"]

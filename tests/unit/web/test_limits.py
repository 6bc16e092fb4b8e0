"""Whoever asks too often is told so, in words and in a header, and others go on undisturbed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from facewarden.domain.accounts import Role
from facewarden.services.limits import ORGANISATION_FACTOR, RequestLimits

from .builders import PASSWORD, Browser

A_MINUTE = 5


@pytest.fixture
def limited(installation):
    """The installation, in which a person may ask five times a minute."""
    limits = RequestLimits(installation.clock, A_MINUTE)
    installation.sign_in._parts = replace(installation.sign_in._parts, limits=limits)
    return installation


def asked(installation, name, times):
    browser = Browser(installation)
    browser.get("/sign-in")
    browser.post("/sign-in", {"name": name, "password": PASSWORD, "next": "/law"}, follow_redirects=False)
    return browser, [browser.request("GET", "/law", follow_redirects=False) for _ in range(times)]


def test_the_sixth_request_of_a_minute_is_refused_with_when_to_come_back(limited):
    _, answers = asked(limited, "investigator", A_MINUTE + 1)
    assert [answer.status_code for answer in answers] == [200] * A_MINUTE + [429]
    assert answers[-1].headers["retry-after"] == "60"
    assert "too many requests" in answers[-1].text


def test_a_minute_later_it_goes_on(limited):
    browser, _ = asked(limited, "investigator", A_MINUTE + 1)
    limited.clock.pass_time(seconds=60)
    assert browser.get("/law").status_code == 200


def test_others_are_not_disturbed(limited):
    asked(limited, "investigator", A_MINUTE + 1)
    _, answers = asked(limited, "examiner", A_MINUTE)
    assert {answer.status_code for answer in answers} == {200}


def test_an_organisation_has_a_limit_of_ten_people(limited):
    body = limited.account_records.known[0]
    counts = []
    for number in range(ORGANISATION_FACTOR + 1):
        limited.add_user(f"clerk{number}", Role.AUDITOR, organisation=body)
        counts += [answer.status_code for answer in asked(limited, f"clerk{number}", A_MINUTE)[1]]
    assert counts.count(429) == A_MINUTE
    assert counts[: ORGANISATION_FACTOR * A_MINUTE] == [200] * ORGANISATION_FACTOR * A_MINUTE


def test_a_program_is_told_in_json(limited):
    browser = Browser(limited)
    credentials = {"name": "investigator", "password": PASSWORD}
    token = browser.request("POST", "/api/v1/sign-in", json=credentials).json()["token"]
    headers = {"authorization": f"Bearer {token}"}
    answers = [browser.request("GET", "/api/v1/cases", headers=headers) for _ in range(A_MINUTE + 1)]
    assert answers[-1].status_code == 429
    assert answers[-1].json()["code"] == "too_many_requests"
    assert answers[-1].headers["retry-after"] == "60"


def test_a_locked_name_is_told_when_to_come_back(installation):
    browser = Browser(installation)
    for _ in range(6):
        browser.get("/sign-in")
        answer = browser.post("/sign-in", {"name": "investigator", "password": "wrong"})
    assert answer.status_code == 429
    assert "quarter of an hour" in answer.text

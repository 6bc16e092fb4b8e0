"""Ids that were guessed, or are none: a colleague's probe is nobody else's, no address falls over or tells a file."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import pytest

from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.domain.accounts import Scope
from facewarden.web.addresses import SESSION_COOKIE
from tests.attacks.conftest import House
from tests.attacks.disks import LONG
from tests.unit.services.actors import actor_of
from tests.unit.services.casework.test_examining import searched
from tests.unit.web.builders import Browser, populated
from tests.unit.web.fakes import drawn
from tests.unit.web.test_other_organisations import PLACE, Theirs, templates, without_ids

MADE_UP = "prb_0123456789abcdef01234567"
NO_IDS = ["..%2f..%2fetc%2fpasswd", "%00"]
MORE_NO_IDS = [
    "%0d%0aset-cookie:x=1",
    "{{7*7}}",
    "%2e%2e",
    "..%5c..%5c",
    "a" * 5_000,
    "%ff%fe",
    "-1",
    "9" * 26,
    "1e5",
    "'%20OR%201=1--",
    "%E2%80%AE",
]
PEOPLE = ("ana", "olga", "operator", "otto") if LONG else ("ana", "olga")


@pytest.fixture
def served(house: House) -> Iterator[Installation]:
    with contextlib.closing(opening.open_installation(house.shell.settings)) as installation:
        yield installation


def test_no_address_falls_over_an_id_that_is_none(served: Installation) -> None:
    for name in PEOPLE:
        browser = Browser(served)
        user = served.records.accounts.sign_in_record(name)[0]
        token = served.sign_in.open_session(user, "password")
        browser.cookies.set(SESSION_COOKIE, token)
        browser.get("/law")
        routes = sorted({known for known in templates(browser.app.routes) if PLACE.search(known[1])})
        assert len(routes) > 80
        form = {"form_key": browser.form_key(), "number": "x", "name": "\r\nx", "reason": "\x00", "face": "-1"}
        for method, template in routes:
            for no_id in NO_IDS + MORE_NO_IDS * LONG:
                options = {"headers": {"authorization": f"Bearer {token}"}} if template.startswith("/api/") else {}
                path = PLACE.sub(lambda _, given=no_id: given, template)
                answer = browser.request(
                    method, path, follow_redirects=False, data=form if method == "POST" else None, **options
                )
                assert 300 < answer.status_code < 500, (name, method, path, answer.status_code)
                assert "root:" not in answer.text
                assert "x=1" not in answer.headers.get("set-cookie", "")


def test_a_colleague_of_the_same_case_who_guessed_a_probes_id_gets_what_a_made_up_one_gives() -> None:
    installation = populated()
    investigator, _, case, _ = searched(installation)
    probe = installation.search.upload(investigator, case, drawn(2, 4))
    colleague = Browser(installation)
    colleague.sign_in("examiner")

    def told(probe_id: str) -> list[tuple[int, str]]:
        base = f"/cases/{case.case_id}/probes/{probe_id}"
        answers = [colleague.get(base), colleague.get(f"{base}/picture.jpg")]
        for act, fields in (("edit", {"kind": "rotate"}), ("undo", {}), ("search", {"face": "1", "limit": "10"})):
            colleague.get("/law")
            answers.append(colleague.post(f"{base}/{act}", fields))
        return [(answer.status_code, re.sub(rf"{probe_id}|[\d,]+</dd>", "", answer.text)) for answer in answers]

    guessed = told(probe.probe_id)
    assert guessed == told(MADE_UP)
    assert all(400 <= status < 500 for status, _ in guessed)
    assert installation.search.probe(investigator, probe.probe_id)[0] == probe


def test_a_key_of_one_organisation_opens_nothing_of_another_at_any_address() -> None:
    theirs = Theirs()
    installation = theirs.installation
    own = actor_of(installation, "investigator")
    _, key = installation.people.api_keys.make(own, "nightly", "Searches", [Scope.SEARCH, Scope.CASES], 30)
    browser, headers = Browser(installation), {"authorization": f"Bearer {key}"}

    def told(method: str, template: str, ids: dict[str, str]) -> tuple[int, str]:
        files = {"photo": ("p.jpg", drawn(3), "image/jpeg")} if template.endswith("/search") else None
        answer = browser.request(
            method, theirs.path(template, ids), headers=headers, files=files, follow_redirects=False
        )
        return answer.status_code, without_ids(answer.text, ids)

    assert browser.request("GET", "/api/v1/cases", headers=headers).json() == {"cases": []}
    for method, template in sorted(set(templates(browser.app.routes))):
        if set(PLACE.findall(template)) & set(theirs.ids):
            status, text = told(method, template, theirs.ids)
            assert (status, text) == told(method, template, theirs.made_up()), template
            assert status in ((400, 404) if template.startswith("/api/") else (303, 401, 403, 405)), (template, status)
            assert "HILL-1" not in text

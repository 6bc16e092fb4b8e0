"""Ids that were guessed, or are none: a colleague's probe is nobody else's, no address falls over or tells a file."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import pytest

from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.web.addresses import SESSION_COOKIE
from tests.attacks.conftest import House
from tests.attacks.disks import LONG
from tests.unit.services.casework.test_examining import searched
from tests.unit.web.builders import Browser, populated
from tests.unit.web.fakes import drawn
from tests.unit.web.test_other_organisations import PLACE, templates

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

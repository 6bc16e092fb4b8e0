"""Another organisation's case, probe, search, candidate, lead and report cannot be read or guessed by any role.

Whatever is theirs is answered, in status and in words, as an id that does not exist.
"""

from __future__ import annotations

import re

import pytest

from facewarden.domain.accounts import Role
from facewarden.web.app import create_app

from . import fakes
from .builders import PASSWORD, Browser, populated
from .test_door import NAMES

PLACE = re.compile(r"\{([a-z_]+)(?::[a-z]+)?\}")
MADE_UP = "0123456789abcdef01234567"
FORM = {"number": "X-1", "purpose": "investigate_crime", "face": "1", "limit": "10", "name": "x", "reason": "x"}


class Theirs:
    """An installation in which a second agency has a case, a waiting probe, a search with a candidate, and a lead."""

    def __init__(self):
        self.installation = populated()
        hill = self.installation.add_organisation("Hill Police")
        self.installation.add_user("stranger", Role.INVESTIGATOR, organisation=hill)
        stranger = Browser(self.installation)
        stranger.sign_in("stranger")
        case_id = stranger.open_case("HILL-1")
        search = stranger.search(case_id, fakes.drawn(3))
        opinion = {"conclusion": "limited_same", "notes": "The outline of the face."}
        lead = stranger.post(f"{search.url.path}/candidates/1/examine", opinion)
        probe = stranger.upload(case_id, fakes.drawn(2, 4))
        assert "/searches/" in search.url.path
        assert "/leads/" in lead.url.path, lead.text
        assert "/probes/" in probe.url.path
        self.stranger = stranger
        self.ids = {
            "case_id": case_id,
            "search_id": search.url.path.rsplit("/", 1)[-1],
            "probe_id": probe.url.path.rsplit("/", 1)[-1],
            "lead_id": lead.url.path.rsplit("/", 1)[-1],
        }

    def path(self, template, ids):
        return PLACE.sub(lambda place: ids.get(place[1], "1"), template)

    def made_up(self):
        return {kind: f"{known.rpartition('_')[0]}_{MADE_UP}" for kind, known in self.ids.items()}


def templates(routes):
    for route in routes:
        if hasattr(route, "original_router"):
            yield from templates(route.original_router.routes)
        else:
            for method in sorted(getattr(route, "methods", None) or ()):
                yield method, route.path


THEIRS = Theirs()
ROUTES = sorted(
    {
        (method, template)
        for method, template in templates(create_app(THEIRS.installation).routes)
        if set(PLACE.findall(template)) & set(THEIRS.ids) and method != "HEAD"
    }
)


def send(browser, method, path):
    if path.startswith("/api/"):
        token = browser.request("POST", "/api/v1/sign-in", json={"name": browser.name, "password": PASSWORD})
        headers = {"authorization": f"Bearer {token.json()['token']}"}
        files = {"photo": ("p.jpg", fakes.drawn(3), "image/jpeg")} if path.endswith("/search") else None
        return browser.request(method, path, headers=headers, files=files)
    if method == "GET":
        return browser.request(method, path, follow_redirects=False)
    files = {"photo": ("p.jpg", fakes.drawn(3), "image/jpeg")} if path.endswith("/probes") else None
    browser.get("/law")
    return browser.post(path, FORM, files=files, follow_redirects=False)


@pytest.fixture(scope="module", params=NAMES)
def browser(request):
    made = Browser(THEIRS.installation)
    made.sign_in(request.param)
    made.name = request.param
    return made


def without_ids(text, ids):
    for kind, known in sorted(ids.items()):
        text = text.replace(known, kind)
    return re.sub(r'name="form_key" value="\w*"|\d\d:\d\d|"audit_index":\d+|[\d,]+</dd>', "", text)


def test_the_walk_knows_the_pages_and_the_api():
    assert {"/cases/{case_id}", "/searches/{search_id}", "/api/v1/cases/{case_id}/search"} <= {
        path for _, path in ROUTES
    }
    assert len(ROUTES) >= 12


@pytest.mark.parametrize(("method", "template"), ROUTES)
def test_what_is_theirs_is_answered_like_what_does_not_exist(browser, method, template):
    made_up = THEIRS.made_up()
    theirs = send(browser, method, THEIRS.path(template, THEIRS.ids))
    none = send(browser, method, THEIRS.path(template, made_up))
    assert theirs.status_code == none.status_code
    assert theirs.status_code in (400, 403, 404, 410, 422)
    assert without_ids(theirs.text, THEIRS.ids) == without_ids(none.text, made_up)
    assert "HILL-1" not in theirs.text


def test_the_owner_reads_every_page_that_the_others_did_not():
    """The control: the same addresses lead somewhere for whoever they belong to."""
    pages = [path for method, path in ROUTES if method == "GET" and not path.startswith("/api/")]
    known = {"/cases/{case_id}", "/searches/{search_id}", "/searches/{search_id}/candidates/{rank}", "/leads/{lead_id}"}
    read = {path for path in pages if THEIRS.stranger.get(THEIRS.path(path, THEIRS.ids)).status_code == 200}
    assert known <= read

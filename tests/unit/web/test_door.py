"""Every address is closed unless the short list opens it."""

import asyncio
import re

import pytest

from facewarden.web.addresses import OPEN_ADDRESSES, is_open
from facewarden.web.app import create_app

from .builders import RUNNER, Browser, populated


def addresses(routes):
    """(method, path with made-up ids) of every route, included routers and mounts too."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from addresses(route.original_router.routes)
        elif getattr(route, "methods", None):
            for method in sorted(route.methods):
                yield method, re.sub(r"\{[^}]*\}", "1", route.path)
        else:
            yield "GET", f"{route.path}/nothing.css"


ALL = sorted(set(addresses(create_app(populated()).routes)))
STRANGER = Browser(populated())
CLOSED = [(method, path) for method, path in ALL if not is_open(method, path)]


def test_the_walk_sees_the_whole_app():
    paths = {path for _, path in ALL}
    assert {"/cases", "/searches/1/probe.jpg", "/api/v1/cases/1/search", "/log", "/static/nothing.css"} <= paths
    assert len(CLOSED) >= 25


def test_the_open_list_is_short_and_every_line_of_it_is_an_address():
    assert len(OPEN_ADDRESSES) <= 30
    assert set(ALL) >= OPEN_ADDRESSES


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_an_address_is_closed_to_a_visitor_who_is_not_signed_in(method, path):
    answer = STRANGER.request(method, path, follow_redirects=False)
    if path.startswith("/api/v1/"):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")


def test_an_address_that_does_not_exist_is_closed_too(browser):
    assert browser.request("GET", "/invented", follow_redirects=False).status_code == 303


def test_no_websocket_is_served(browser):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "websocket.connect"}

    scope = {"type": "websocket", "path": "/cases", "headers": [], "query_string": b"", "scheme": "ws"}
    RUNNER.submit(asyncio.run, browser.app(scope, receive, send)).result()
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_an_open_address_needs_no_session(browser):
    assert browser.get("/api/v1/log/checkpoint").json()["checkpoint"].startswith("test.example\n")
    assert browser.get("/api").status_code == 200


@pytest.mark.parametrize("path", ["/static/../log", "/static/%2e%2e/log", "/sign-in/", "//log", "/api/", "/API"])
def test_a_path_that_resembles_an_open_one_is_not_open(browser, path):
    answer = browser.request("GET", path, follow_redirects=False)
    assert answer.status_code in (303, 404)
    assert "Signed checkpoint" not in answer.text


def test_a_made_up_token_opens_nothing(browser):
    browser.cookies.set("facewarden", "made-up")
    answer = browser.request("GET", "/cases", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/cases&ended=1"


def test_the_api_takes_no_cookie_and_a_page_takes_no_bearer_token(investigator):
    assert investigator.get("/api/v1/cases").status_code == 401
    token = investigator.cookies["facewarden"]
    other = Browser(populated())
    answer = other.request("GET", "/cases", follow_redirects=False, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 303


def test_a_session_that_idles_for_more_than_half_an_hour_ends(installation, investigator):
    installation.clock.pass_time(minutes=31)
    answer = investigator.get("/cases")
    assert answer.url.path == "/sign-in"
    assert "Your session has ended" in answer.text


PAGES = {
    "/cases": {"investigator", "examiner", "org-administrator"},
    "/cases/new": {"investigator", "examiner", "org-administrator"},
    "/operator": {"operator"},
    "/people": {"org-administrator", "operator", "overseer"},
    "/people/new": {"org-administrator", "operator"},
    "/oversight": {"overseer", "auditor"},
    "/settings": "everybody",
    "/settings/keys": "everybody",
    "/log": {"operator", "auditor", "overseer", "privacy-officer"},
    "/requests": {"privacy-officer"},
    "/set-aside": {"privacy-officer"},
    "/incidents": {"operator", "auditor", "overseer", "privacy-officer"},
    "/sources": "everybody",
    "/law": "everybody",
    "/models": "everybody",
}
NAMES = ("investigator", "examiner", "org-administrator", "privacy-officer", "overseer", "auditor", "operator")


@pytest.mark.parametrize("name", NAMES)
def test_each_role_opens_its_own_pages_and_no_others(browser, name):
    browser.sign_in(name)
    opened = {path for path in PAGES if browser.get(path).status_code == 200}
    assert opened == {path for path, names in PAGES.items() if names == "everybody" or name in names}


@pytest.mark.parametrize("name", NAMES)
def test_each_role_starts_on_a_page_that_it_may_open(browser, name):
    answer = browser.sign_in(name)
    assert answer.status_code == 200
    assert answer.url.path in PAGES


@pytest.mark.parametrize("name", NAMES)
def test_the_navigation_leads_nowhere_that_is_closed(browser, name):
    links = re.findall(r'<nav class="bar-nav".*?</nav>', browser.sign_in(name).text, re.S)[0]
    for address in re.findall(r'href="([^"]+)"', links):
        assert browser.get(address).status_code == 200

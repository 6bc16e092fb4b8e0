"""Every answer carries the security headers; an error leaves in one shape and says nothing of the program."""

import logging

import pytest

from facewarden.errors import UnavailableError

from .builders import STATED, Browser

EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}


def broken(*args, **options):
    raise RuntimeError("secret path /srv/facewarden and a template [0.1, 0.2]")


@pytest.mark.parametrize(
    "path", ["/sign-in", "/static/tokens.css", "/static/none.css", "/cases", "/invented", "/api/v1/cases", "/law"]
)
def test_every_answer_carries_the_security_headers(investigator, path):
    answer = investigator.get(path)
    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE


def test_the_answer_to_the_unforeseen_carries_them_too(installation, investigator, caplog):
    installation.cases.list = broken
    answer = investigator.get("/cases")
    assert answer.status_code == 500
    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE


def test_no_page_and_no_picture_is_stored_but_style_is_asked_again(investigator):
    assert investigator.get("/cases").headers["cache-control"] == "no-store"
    assert investigator.get("/static/tokens.css").headers["cache-control"] == "no-cache"


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(installation):
    for base_url, secure in (("http://test.example", False), ("https://test.example", True)):
        browser = Browser(installation, base_url)
        browser.get("/sign-in")
        data = {"name": "investigator", "password": "correct horse battery", "next": "/"}
        cookie = browser.post("/sign-in", data, follow_redirects=False).headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert ("secure" in cookie) is secure
        assert "domain" not in cookie


def test_https_is_asked_for_again(installation):
    assert "strict-transport-security" in Browser(installation, "https://test.example").get("/sign-in").headers
    assert "strict-transport-security" not in Browser(installation).get("/sign-in").headers


def test_the_unforeseen_shows_an_incident_and_nothing_of_the_program(installation, investigator, caplog):
    installation.cases.list = broken
    with caplog.at_level(logging.ERROR):
        answer = investigator.get("/cases")
    assert "inc_" in answer.text
    for word in ("Traceback", "RuntimeError", "/srv", "secret", "0.1"):
        assert word not in answer.text
    incident = answer.text.split("inc_")[1][:24]
    assert incident in caplog.text


def test_the_unforeseen_in_the_api_has_the_shape_of_every_error(installation, investigator, caplog):
    token = investigator.cookies["facewarden"]
    installation.cases.list = broken
    answer = investigator.get("/api/v1/cases", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 500
    assert set(answer.json()) == {"ok", "code", "what", "why", "next_step", "grounds", "audit_index"}
    assert answer.json()["code"] == "incident"


def test_a_missing_law_or_log_is_told_as_unavailable(installation, investigator):
    def fail(*args):
        raise UnavailableError("audit_log_unwritable", "The audit log cannot be written.", "Disk full.")

    investigator.get("/cases/new")
    installation.log.append = fail
    answer = investigator.post("/cases", {**STATED, "number": "1"})
    assert answer.status_code == 503
    assert "The audit log cannot be written." in answer.text
    assert (
        installation.case_records.of_organisation(installation.account_records.organisations()[0].organisation_id) == []
    )


def test_an_address_without_anything_says_so(investigator):
    answer = investigator.get("/invented")
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text


def test_a_wrong_method_says_so(investigator):
    answer = investigator.request("DELETE", "/cases")
    assert answer.status_code in (403, 405)
    assert "<h1>" in answer.text


def test_no_page_holds_an_inline_script_or_style(investigator):
    case_id = investigator.open_case()
    for path in ("/sign-in", "/cases", f"/cases/{case_id}", "/sources", "/law", "/models", "/api", "/invented"):
        text = investigator.get(path).text
        assert "style=" not in text
        assert "<style" not in text
        assert "onclick" not in text
        assert all('src="/static/' in part for part in text.split("<script")[1:])
        assert "http://" not in text.replace("http://www.w3.org", "")


ODD = ["%00", "%ff", "é", "0" * 5000, "..%2f..", "-1", "1e9", "' or 1=1", "{{7777*7777}}", "%0d%0aset-cookie:x=1"]


@pytest.mark.parametrize("odd", ODD)
def test_odd_ids_and_values_end_in_a_sentence(investigator, caplog, odd):
    paths = [
        f"/cases/{odd}",
        f"/cases/{odd}/probes/{odd}",
        f"/searches/{odd}",
        f"/searches/1/candidates/{odd}",
        f"/searches/1/candidates/{odd}/face.jpg",
        f"/cases?q={odd}",
        f"/log?before={odd}",
        f"/sources?q={odd}",
        f"/sign-in?next={odd}",
        f"/static/{odd}",
    ]
    for path in paths:
        answer = investigator.get(path)
        assert answer.status_code < 500, path
        assert "60481729" not in answer.text or odd != "{{7777*7777}}"
    assert "incident" not in caplog.text

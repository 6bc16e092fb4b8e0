"""The pages about sources: two people open one, a letter is followed after a dry run, a photo tells its origins."""

import re

import pytest

from facewarden.domain.provenance import TakedownState
from facewarden.domain.sources import SourceState
from tests.conftest import INVESTIGATOR_PASSWORD, OPERATOR_PASSWORD, OVERSEER_PASSWORD
from tests.integration.sources.conftest import DOCUMENT, LETTER, OFFICER_PASSWORD
from tests.unit.web.builders import Browser

PASSWORDS = {
    "operator": OPERATOR_PASSWORD,
    "olga": OFFICER_PASSWORD,
    "otto": OVERSEER_PASSWORD,
    "ana": INVESTIGATOR_PASSWORD,
}


@pytest.fixture
def sign_in(desk):
    def signed_in(name):
        browser = Browser(desk.installation)
        browser.get("/sign-in")
        answer = browser.post("/sign-in", {"name": name, "password": PASSWORDS[name]})
        assert answer.status_code == 200, answer.text
        return browser

    return signed_in


def _upload(browser, page, address, fields, **files):
    browser.get(page)
    data = {**fields, "form_key": browser.form_key()}
    sent = {name: (f"{name}.txt", content) for name, content in files.items()}
    return browser.request("POST", address, data=data, files=sent)


def test_a_source_is_proposed_by_one_and_approved_by_another(desk, sign_in) -> None:
    operator, officer = sign_in("operator"), sign_in("olga")
    fields = {"name": "Press", "kind": "website", "basis": "licence", "hosts": "press.example.net", "country": "us"}
    answer = _upload(operator, "/sources/propose", "/sources/propose", fields, permission=DOCUMENT)
    assert answer.status_code == 200, answer.text
    assert "Waiting for another person" in answer.text
    assert "Approve this source" not in answer.text
    source = desk.installation.sources.named("Press")
    address = f"/sources/of/{source.source_id}"
    operator.get("/sources/propose")
    refused = operator.request("POST", f"{address}/approve", data={"form_key": operator.form_key()})
    assert refused.status_code == 403
    assert "base.source_second_person" in refused.text
    page = officer.get(address)
    assert "Approve this source" in page.text
    done = officer.request("POST", f"{address}/approve", data={"form_key": officer.form_key()})
    assert ">active<" in done.text
    assert desk.installation.sources.named("Press").state is SourceState.ACTIVE
    assert "Press" in officer.get("/sources").text
    again = _upload(operator, "/sources/propose", "/sources/propose", fields, permission=DOCUMENT)
    assert again.status_code == 400
    assert "There is a source" in again.text
    assert 'value="Press"' in again.text


def test_a_letter_is_followed_after_its_dry_run(desk, sign_in) -> None:
    press, county = desk.source("Press", "press.example.net"), desk.source("County", "county.example")
    gone = desk.photo(press, "https://press.example.net/1")
    desk.bring(gone)
    desk.bring(desk.photo(county, "https://county.example/1", perceptual=gone.perceptual))
    officer = sign_in("olga")
    page = "/sources/takedowns"
    dry = _upload(officer, page, page, {"subject": "press.example.net", "mirrors": ""}, letter=LETTER)
    assert "Nothing was changed yet" in dry.text
    assert "1 photo with 1 face, for good" in dry.text
    assert desk.photos() == 2
    (code,) = re.findall(r'name="code" value="([0-9a-f]+)"', dry.text)
    told = {"subject": "press.example.net", "mirrors": "", "code": code}
    other = _upload(officer, page, page, told, letter=b"another letter")
    assert "not what the dry run looked at" in other.text
    done = _upload(officer, page, page, told, letter=LETTER)
    assert "Reply to the owner" in done.text
    assert desk.photos() == 1
    (takedown,) = desk.installation.source_desk.takedowns.all(desk.officer)
    assert takedown.state is TakedownState.DONE
    assert "press.example.net" in officer.get("/sources/hosts").text
    waiting = officer.get("/sources/reviews")
    assert "The same picture, as far as can be measured" in waiting.text
    (review,) = desk.installation.source_desk.copies.waiting(desk.officer)
    address = f"/sources/reviews/{takedown.takedown_id}/{review.photo_id}"
    kept = officer.request("POST", address, data={"form_key": officer.form_key(), "answer": "keep"})
    assert "Nothing waits to be decided" in kept.text


def test_a_bar_is_lifted_by_two_people_and_a_mirror_noted_by_one(desk, sign_in) -> None:
    operator, officer, page = sign_in("operator"), sign_in("olga"), "/sources/hosts"
    assert "Record an owner’s permission" not in officer.get(page).text
    scanned = DOCUMENT * 10_000  # as large as a scanned page
    wrong = _upload(operator, page, f"{page}/permit", {"host": "nobody.example"}, permission=scanned)
    assert (wrong.status_code, "not barred" in wrong.text) == (400, True)
    proposed = _upload(operator, page, f"{page}/permit", {"host": "Facebook.com"}, permission=scanned)
    assert "waits for approval" in proposed.text
    assert 'action="/sources/hosts/approve"' not in proposed.text
    bars = desk.installation.source_desk.bars
    told = {"host": "facebook.com"}
    assert (
        operator.request("POST", f"{page}/approve", data={**told, "form_key": operator.form_key()}).status_code == 403
    )
    assert bars.bar_of("m.facebook.com") is not None
    assert 'action="/sources/hosts/approve"' in officer.get(page).text
    done = officer.request("POST", f"{page}/approve", data={**told, "form_key": officer.form_key()})
    assert ">in force<" in done.text
    desk.installation.source_desk.bars.forget_read()
    assert bars.bar_of("m.facebook.com") is None

    names = {"host": "press.example.net", "mirror": "press.example.org", "form_key": officer.form_key()}
    noted = officer.request("POST", f"{page}/mirror", data=names)
    assert "Other names noted here" in noted.text
    assert bars.family("press.example.net") == {"press.example.org"}
    same = {**names, "mirror": "press.example.net", "form_key": officer.form_key()}
    assert "Both are the same host" in officer.request("POST", f"{page}/mirror", data=same).text
    ana = sign_in("ana")
    assert "Note another name" not in ana.get(page).text
    for act in ("permit", "approve", "mirror"):
        assert ana.request("POST", f"{page}/{act}", data={"form_key": ana.form_key()}).status_code == 403


def test_a_scanned_document_of_a_source_is_taken(desk, sign_in) -> None:
    source, operator = desk.source("Press"), sign_in("operator")
    address = f"/sources/of/{source.source_id}"
    answer = _upload(operator, address, f"{address}/document", {}, permission=b"%PDF a scan" * 50_000)
    assert answer.status_code == 200, answer.text
    assert desk.installation.sources.named("Press").permission_hash != source.permission_hash


def test_a_photo_tells_every_source_and_when_it_goes_to_who_oversees_alone(desk, sign_in) -> None:
    press, county = desk.source("Press", "press.example.net"), desk.source("County")
    photo = desk.photo(press, "https://press.example.net/very?long=1")
    desk.bring(photo)
    desk.bring(desk.photo(county, content_hash=photo.photo.content_hash))
    address = f"/photos/{photo.photo.photo_id}/origins"
    told = sign_in("olga").get(address)
    for words in ("Press", "County", "press.example.net/very?long=1", "IMG 0001.jpg", "facewarden-base: 1095 days"):
        assert words in told.text
    assert sign_in("ana").get(address).status_code == 403


@pytest.mark.parametrize("page", ["/sources/propose", "/sources/takedowns", "/sources/reviews"])
def test_an_investigator_sees_no_page_that_changes_sources(sign_in, page) -> None:
    assert sign_in("ana").get(page).status_code == 403


@pytest.mark.parametrize("page", ["/photos/pho_none/origins", "/sources/takedowns/tkd_none", "/requests/req_none"])
def test_what_is_not_there_is_not_found(sign_in, page) -> None:
    assert sign_in("olga").get(page).status_code == 404

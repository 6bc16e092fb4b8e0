"""From a case to a candidate, and every way in which that ends early."""

import io
import re
from dataclasses import replace

import pytest
from PIL import Image

from facewarden.domain.accounts import Role, Sector
from facewarden.domain.audit import AuditEvent

from . import fakes
from .builders import STATED, Browser

CLAIMS = re.compile(r"\b(a match|matches|matched|identified|the suspect|hit)\b", re.I)


@pytest.fixture
def case_id(investigator):
    return investigator.open_case()


def test_a_case_needs_a_number_and_a_purpose_and_keeps_what_was_typed(investigator):
    investigator.get("/cases/new")
    answer = investigator.post("/cases", {"number": "7", "purpose": "curiosity", "offence": "Theft"})
    assert answer.status_code == 400
    assert "A case needs a purpose." in answer.text
    assert 'value="Theft"' in answer.text
    answer = investigator.post("/cases", {**STATED, "number": " "})
    assert "A case needs a number." in answer.text


def test_cases_are_listed_and_filtered_by_the_server(investigator):
    investigator.open_case("ALPHA-1")
    investigator.open_case("BETA-2")
    assert {"ALPHA-1", "BETA-2"} <= set(re.findall(r"ALPHA-1|BETA-2", investigator.get("/cases").text))
    text = investigator.get("/cases", params={"q": "beta theft"}).text
    assert "BETA-2" in text
    assert "ALPHA-1" not in text


def test_the_law_speaks_on_the_case_page_before_any_photo_is_sent(investigator, case_id):
    text = investigator.get(f"/cases/{case_id}").text
    assert "lawful now" in text
    assert 'type="file"' in text


def test_colleagues_are_added_to_a_case_and_taken_off_it(investigator, case_id):
    assert "Take off" not in investigator.get(f"/cases/{case_id}").text, "nobody leaves a case to nobody"
    assert "<li>Examiner</li>" in investigator.post(f"/cases/{case_id}/members", {"name": "examiner"}).text
    without = investigator.post(f"/cases/{case_id}/members/remove", {"name": "examiner"}).text
    assert "<li>Examiner</li>" not in without
    assert '<option value="examiner">' in without, "and may be added again"
    answer = investigator.post(f"/cases/{case_id}/members/remove", {"name": "investigator"})
    assert (answer.status_code, "That is the only one" in answer.text) == (400, True)


def test_a_refused_search_shows_every_ground_and_no_way_to_send_a_photo(installation, browser):
    agency = installation.account_records.organisations()[0]
    installation.add_user("untrained", Role.INVESTIGATOR, organisation=agency, trained=False)
    browser.sign_in("untrained")
    case_id = browser.open_case()
    text = browser.get(f"/cases/{case_id}").text
    assert "refused now" in text
    assert "base.search_training" in text
    assert "Complete the training" in text
    assert 'type="file"' not in text
    answer = browser.request(
        "POST",
        f"/cases/{case_id}/probes",
        data={"form_key": browser.form_key(), "kind": "photo"},
        files={"photo": fakes.drawn(1)},
    )
    assert answer.status_code == 403
    assert "Refused by law" in answer.text
    assert f"{installation.log.size() - 1}" in answer.text
    assert installation.probes.kept == {}


def test_a_private_body_opens_no_case_and_is_told_why(installation, browser):
    shop = installation.add_organisation("Mall", Sector.PRIVATE)
    installation.add_user("guard", Role.INVESTIGATOR, organisation=shop)
    browser.sign_in("guard")
    browser.get("/cases/new")
    answer = browser.post("/cases", {**STATED, "number": "1"})
    assert answer.status_code == 403
    assert "Only a government organisation" in answer.text


def test_the_faces_are_outlined_and_the_largest_is_picked_first(investigator, case_id):
    text = investigator.upload(case_id, fakes.drawn(2, 4, 1)).text
    assert "3 faces were found" in text
    assert text.count("data-face=") == 3
    assert re.search(r'value="1" checked', text)


def test_a_face_is_picked_by_its_outline_without_scripts(investigator, case_id):
    page = investigator.upload(case_id, fakes.drawn(2, 4))
    assert 'href="?face=2#face-2"' in page.text
    assert re.search(r'value="2" checked', investigator.get(f"{page.url.path}?face=2").text)
    assert re.search(r'value="1" checked', investigator.get(f"{page.url.path}?face=99").text)


def test_a_search_shows_the_person_as_a_candidate_with_ranges_and_no_claim(investigator, case_id):
    answer = investigator.search(case_id, fakes.drawn(3))
    assert answer.status_code == 200
    assert "1 candidate" in answer.text
    assert "6 faces" in answer.text
    assert "threshold" in answer.text.lower()
    assert "Harbour Police booking photos" in answer.text
    assert not CLAIMS.search(re.sub(r"<[^>]+>", "", answer.text))
    candidate = investigator.get(f"{answer.url.path}/candidates/1")
    assert candidate.status_code == 200
    assert not CLAIMS.search(re.sub(r"<[^>]+>", "", candidate.text))


def test_no_reliable_lead_is_an_answer_of_its_own(installation, investigator, case_id):
    installation.search._threshold = 2.0
    answer = investigator.search(case_id, fakes.drawn(3))
    assert answer.status_code == 200
    assert "No reliable lead" in answer.text
    assert "on record" in answer.text
    assert "No reliable lead" in investigator.get(f"/cases/{case_id}").text


def test_only_the_picked_face_outlives_the_search(installation, investigator, case_id):
    answer = investigator.search(case_id, fakes.drawn(2, 4, 1), face=2)
    search_id = answer.url.path.rsplit("/", 1)[-1]
    assert list(installation.probes.kept) == [search_id]
    kept = investigator.get(f"/searches/{search_id}/probe.jpg")
    assert kept.headers["content-type"] == "image/jpeg"
    image = fakes.Decoder().decode([kept.content])[0].pixels
    seen = [face for face in installation.engine.detect([image])[0] if face.box.width_px > 40]
    assert len(seen) == 1
    told = installation.search.searched_picture(actor_of(installation, "investigator"), search_id)
    assert told.probe.faces[0].box.overlap(seen[0].box) > 0.9


def test_the_picked_face_is_destroyed_when_its_half_hour_is_over(installation, investigator, case_id):
    answer = investigator.search(case_id, fakes.drawn(3))
    installation.clock.pass_time(minutes=16)
    assert investigator.get(f"{answer.url.path}/probe.jpg").status_code == 200
    installation.clock.pass_time(minutes=15)
    assert investigator.get(f"{answer.url.path}/probe.jpg").status_code == 410
    assert "probe destroyed" in investigator.get(answer.url.path).text
    assert "The probe was destroyed" in investigator.get(f"{answer.url.path}/candidates/1").text
    installation.search.destroy_expired()
    assert installation.probes.kept == {}


def test_a_probe_is_gone_once_searched(investigator, case_id):
    page = investigator.upload(case_id, fakes.drawn(2, 4))
    key = investigator.form_key()
    investigator.post(f"{page.url.path}/search", {"face": "1"}, key=key)
    again = investigator.post(f"{page.url.path}/search", {"face": "2"}, key=key)
    assert again.status_code == 410
    assert "Upload the photo again" in again.text


def test_nobody_else_sees_a_probe_a_search_or_a_face(installation, investigator, case_id):
    page = investigator.upload(case_id, fakes.drawn(2, 4)).url.path
    search = investigator.search(case_id, fakes.drawn(3)).url.path
    other = Browser(installation)
    other.sign_in("examiner")
    assert other.get(page).status_code == 410
    assert other.get(f"{page}/picture.jpg").status_code == 410
    for path in (search, f"{search}/probe.jpg", f"{search}/candidates/1", f"{search}/candidates/1/face.jpg"):
        assert other.get(path).status_code in (404, 410)
    agency = installation.add_organisation("Hill Police")
    installation.add_user("stranger", Role.INVESTIGATOR, organisation=agency)
    stranger = Browser(installation)
    stranger.sign_in("stranger")
    assert stranger.get(f"/cases/{case_id}").status_code == 404


def test_a_candidate_that_is_erased_while_on_screen_is_shown_no_more(installation, investigator, case_id):
    answer = investigator.search(case_id, fakes.drawn(3))
    installation.gallery.hidden |= set(installation.gallery.faces)
    again = investigator.get(answer.url.path)
    assert "No candidate can be shown any more" in again.text
    assert "face.jpg" not in again.text
    gone = investigator.get(f"{answer.url.path}/candidates/1/face.jpg")
    assert gone.status_code == 404
    assert "can no longer be shown" in gone.text


def test_of_a_search_whose_candidates_are_erased_it_is_not_said_that_it_found_nobody(
    installation, investigator, case_id
):
    answer = investigator.search(case_id, fakes.drawn(3))
    record = installation.searches.find(answer.url.path.rsplit("/", 1)[-1])
    installation.searches.add(replace(record, redacted=2))
    text = investigator.get(answer.url.path).text
    count = len(record.candidates)
    assert f"2 of the {count + 2} candidates found then may no longer be shown" in text
    installation.searches.add(replace(record, candidates=(), redacted=count))
    text = investigator.get(answer.url.path).text
    assert "No candidate can be shown any more" in text
    assert "No reliable lead" not in text


def test_looking_at_a_face_is_in_the_log_before_its_bytes_are_out(installation, investigator, case_id):
    answer = investigator.search(case_id, fakes.drawn(3))
    before = installation.log.size()
    picture = investigator.get(f"{answer.url.path}/candidates/1/face.jpg")
    assert Image.open(io.BytesIO(picture.content)).format == "JPEG"
    entry = list(installation.log.entries(before))[-1]
    assert entry.event is AuditEvent.PHOTO_VIEW_DECIDED
    assert entry.verdict == "allow"


@pytest.mark.parametrize(
    ("photo", "sentence"),
    [(b"not a photo", "This file is no photo."), (fakes.drawn(), "No face was found"), (b"", "This file is no photo.")],
)
def test_a_photo_that_cannot_be_used_is_told_on_the_case_page(investigator, case_id, photo, sentence):
    answer = investigator.upload(case_id, photo)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'type="file"' in answer.text


def test_what_was_stated_of_a_photo_that_cannot_be_used_need_not_be_stated_again(investigator, case_id):
    stated = {"kind": "video_still", "taken_on": "2026-05-05", "sensitive": "yes"}
    investigator.get(f"/cases/{case_id}")
    page = investigator.post(f"/cases/{case_id}/probes", stated, files={"photo": b"not a photo"})
    assert page.status_code == 422
    for field in ('value="video_still" required checked', 'value="2026-05-05"', "data-sensitive checked"):
        assert field in page.text
    assert 'value="yes" checked' not in page.text


def test_a_bundle_without_an_address_is_told_on_the_case_page_with_its_recipient(investigator, case_id):
    investigator.get(f"/cases/{case_id}")
    page = investigator.post(f"/cases/{case_id}/discovery", {"recipient": "Public defender", "mail": "none"})
    assert page.status_code == 400
    assert 'value="Public defender"' in page.text
    assert "needs a recipient" in page.text
    assert "The photo was not used" not in page.text


def test_sending_no_photo_is_told_on_the_case_page(investigator, case_id):
    investigator.get(f"/cases/{case_id}")
    answer = investigator.post(f"/cases/{case_id}/probes")
    assert answer.status_code == 400
    assert "No photo was given." in answer.text


@pytest.mark.parametrize("form", [{"face": "9"}, {"face": ""}, {"face": "-1"}, {"face": "1", "limit": "51"}])
def test_a_face_or_a_limit_out_of_range_is_told_and_the_probe_stays(installation, investigator, case_id, form):
    page = investigator.upload(case_id, fakes.drawn(2, 4))
    assert investigator.post(f"{page.url.path}/search", form).status_code == 400
    assert len(installation.probes.kept) == 1


def test_what_people_typed_is_shown_as_text(investigator):
    case_id = investigator.open_case("<script>alert(1)</script>")
    text = investigator.get(f"/cases/{case_id}").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def actor_of(installation, name):
    from .builders import PASSWORD

    return installation.sign_in.actor_of(installation.sign_in.sign_in(name, PASSWORD))

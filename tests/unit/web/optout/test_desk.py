"""The officer's desk: nothing goes unlooked at, unasked or at one click, and nothing is told without a check."""

from __future__ import annotations

import re
import shutil
import sqlite3
from dataclasses import replace
from types import SimpleNamespace

import pytest

from facewarden.adapters.blobs.files import EncryptedBlobs
from facewarden.adapters.keys.vault import KeyVault
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.replays import SqlReplays
from facewarden.adapters.records_sql.requests import SqlPersonRequests
from facewarden.domain.requests import OpenCase, Outcome, RequestState
from facewarden.services.taking_out.optout import BULK_FREE
from facewarden.services.taking_out.request_rounds import RequestRounds, Settling

from .. import fakes
from ..builders import PASSWORD, Browser
from .world import Person

PERSON, STRANGER = 2, 4


@pytest.fixture
def officer(world):
    browser = Browser(world.installation)
    browser.get("/sign-in")
    browser.post("/sign-in", {"name": "privacy-officer", "password": PASSWORD, "next": "/"})
    return browser


def _see(officer, request_id):
    return officer.get(f"/requests/{request_id}")


def _faces(officer, request_id):
    return [int(number) for number in re.findall(r'name="face_(\d+)"', _see(officer, request_id).text)]


def _approve(officer, request_id, *faces, **fields):
    _see(officer, request_id)
    given = {f"face_{number}": "yes" for number in faces} or {"none": "yes"}
    return officer.post(f"/requests/{request_id}/approve", {**given, **fields})


def test_the_queue_shows_what_waits_with_its_dates_and_what_is_late(world, person, officer) -> None:
    world.clock.pass_time(days=-40)
    late = person.waiting(PERSON, place="FR")
    world.clock.pass_time(days=12)
    soon = person.waiting(STRANGER, place="DE", email="b@example.org")
    world.clock.pass_time(days=28)
    person.ask(1, email="c@example.org")
    officer.sign_in("privacy-officer")
    text = officer.get("/requests").text
    assert text.index(late[4:12]) < text.index(soon[4:12])
    assert "1 overdue" in text
    assert "1 due within a week" in text
    assert "1 more request without a confirmed e-mail address" in text


def test_only_a_privacy_officer_opens_the_desk_or_a_picture(world, person) -> None:
    request_id = person.waiting(PERSON)
    for name in ("investigator", "operator", "auditor"):
        other = Browser(world.installation)
        other.sign_in(name)
        for path in ("", f"/{request_id}", f"/{request_id}/face.jpg", f"/{request_id}/candidates/3/face.jpg"):
            assert other.get(f"/requests{path}").status_code == 403


def test_the_faces_that_may_be_the_persons_stand_beside_theirs_with_calibrated_numbers(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    text = _see(officer, request_id).text
    (face,) = _faces(officer, request_id)
    assert face == PERSON + 1
    assert "False match rate" in text
    assert "Look-alikes" in text or "other people in this gallery" in text
    assert officer.get(f"/requests/{request_id}/face.jpg").headers["content-type"] == "image/jpeg"
    looks = world.events().count("review:photo:decide")
    assert officer.get(f"/requests/{request_id}/candidates/{face}/face.jpg").headers["content-type"] == "image/jpeg"
    assert world.events().count("review:photo:decide") == looks + 1
    assert officer.get(f"/requests/{request_id}/candidates/{face}").status_code == 200


def test_a_picture_of_a_face_that_is_no_candidate_is_refused(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    assert officer.get(f"/requests/{request_id}/candidates/{STRANGER + 1}/face.jpg").status_code in (400, 404)


def test_a_confirmed_face_is_erased_and_kept_out_and_the_person_gets_a_letter(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    answer = _approve(officer, request_id, *_faces(officer, request_id))
    assert "Handled" in answer.text
    assert world.gallery.hidden == {PERSON + 1}
    assert len(world.suppressed) == 1
    assert "kept out from now on" in world.letter(request_id, "closed").replace("=\n", "")
    assert world.requests.secrets(request_id) is None
    assert "optout:face:decide" in world.events()


def test_what_cannot_be_verified_is_kept_out_all_the_same(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    assert "Handled" in _approve(officer, request_id).text
    assert world.gallery.hidden == set()
    assert len(world.suppressed) == 1


def test_a_slip_without_a_tick_closes_nothing(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    _see(officer, request_id)
    answer = officer.post(f"/requests/{request_id}/approve", {})
    assert "No face is ticked" in answer.text
    assert world.requests.find(request_id).state is RequestState.WAITING


# -- no stalker's door ----------------------------------------------------------------------------------------


def _plain(text, request_id):
    return text.replace(request_id, "NUMBER")


def test_the_track_page_reads_the_same_byte_for_byte_whether_or_not_anything_was_found(world, person, officer) -> None:
    found = person.waiting(PERSON)
    nothing = person.waiting(STRANGER, email="other@example.org")
    waiting = [_plain(person.follow(each).text, each) for each in (found, nothing)]
    codes = [world.intake.code(each) for each in (found, nothing)]
    _approve(officer, found, *_faces(officer, found))
    _approve(officer, nothing)
    assert [len(world.gallery.hidden), len(world.suppressed)] == [1, 2], "the control: one was found, the other not"
    closed = [_plain(person.follow(each).text, each) for each in (found, nothing)]
    for before, after, code in zip(waiting, closed, codes, strict=True):
        assert before != after
        waiting[waiting.index(before)], closed[closed.index(after)] = before.replace(code, ""), after.replace(code, "")
    assert waiting[0].encode() == waiting[1].encode()
    assert closed[0].encode() == closed[1].encode()
    assert "Done on" in closed[0]
    letters = [world.letter(each, "closed").replace(each, "NUMBER") for each in (found, nothing)]
    assert letters[0].replace("person@", "other@") == letters[1]


def test_after_an_identity_check_the_track_page_tells_what_was_found(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    _see(officer, request_id)
    officer.post(f"/requests/{request_id}/identity", {"chosen": "in_person"})
    assert "What was found" not in person.follow(request_id).text, "a check alone tells nothing"
    _approve(officer, request_id, *_faces(officer, request_id))
    text = person.follow(request_id).text
    assert "What was found" in text
    assert "Photos erased: 1." in text
    checked = next(entry for entry in world.log.entries() if entry.event.value == "optout:identity:check")
    assert (checked.verdict, checked.details["basis"]) == ("allow", "in_person")
    assert "optout:person:tell" in world.events()


def test_the_receipt_tells_counts_only_after_a_check(world, person, officer) -> None:
    told, plain = [], []
    for checked, kept in ((True, told), (False, plain)):
        request_id = person.waiting(PERSON, email=f"{checked}@example.org")
        _see(officer, request_id)
        if checked:
            officer.post(f"/requests/{request_id}/identity", {"chosen": "video_call"})
        _approve(officer, request_id)
        person.follow(request_id)
        code = world.intake.code(request_id)
        kept.append(person.post("/opt-out/receipt", {"number": request_id, "code": code}).json())
    assert told[0]["erased"] is not None
    assert plain[0]["erased"] is None


def test_an_access_request_is_answered_only_after_an_identity_check(world, person, officer) -> None:
    request_id = person.waiting(PERSON, page="in-it")
    (face,) = _faces(officer, request_id)
    refused = officer.post(f"/requests/{request_id}/answer", {f"face_{face}": "yes"})
    assert refused.status_code == 403
    assert "base.tell_identity" in refused.text
    _see(officer, request_id)
    officer.post(f"/requests/{request_id}/identity", {"chosen": "attorney"})
    _see(officer, request_id)
    assert (
        "Answered after an identity check"
        in officer.post(f"/requests/{request_id}/answer", {f"face_{face}": "yes"}).text
    )
    assert "Answered on" in person.follow(request_id).text
    assert world.gallery.hidden == set(), "asking takes nobody out"


def test_the_bundle_tells_of_the_ticked_faces_alone_and_only_after_a_check(world, person, officer) -> None:
    asked = []

    def bundle(actor, faces, checked, request_id):
        asked.append((faces, checked, request_id))
        return SimpleNamespace(content=b"PK", bundle_id="acc_1")

    world.installation.taking_out.access = SimpleNamespace(bundle=bundle)
    request_id = person.waiting(PERSON, page="in-it")
    (face,) = _faces(officer, request_id)
    assert officer.post(f"/requests/{request_id}/bundle", {"face_99": "yes"}).status_code == 400
    _see(officer, request_id)
    officer.post(f"/requests/{request_id}/identity", {"chosen": "in_person"})
    _see(officer, request_id)
    answer = officer.post(f"/requests/{request_id}/bundle", {f"face_{face}": "yes"})
    assert (answer.headers["content-type"], answer.content) == ("application/zip", b"PK")
    assert asked == [([face], "in_person", request_id)]


def test_an_access_request_nobody_proved_ends_without_yes_or_no(world, person, officer) -> None:
    request_id = person.waiting(PERSON, page="in-it")
    _see(officer, request_id)
    officer.post(f"/requests/{request_id}/close", {"chosen": "not_checked"})
    assert "neither yes nor no" in person.follow(request_id).text
    assert world.only().outcome is Outcome.NOT_CHECKED


# -- no weapon ------------------------------------------------------------------------------------------------


def _alike(world, people):
    """Puts further different people into the gallery, all of whom the person's photo meets."""
    import numpy as np

    from facewarden.domain.gallery import IndexChange
    from facewarden.domain.ids import FaceNumber

    (asked,) = world.requests.in_state(RequestState.WAITING)
    probe = world.requests.secrets(asked.request_id).template
    source = world.installation.source_records.all()[0]
    for number in range(people):
        world.installation.enrol(source, number % len(fakes.SKINS))
        face = FaceNumber(len(world.gallery.faces))
        away = np.random.default_rng(number).normal(size=64)
        away -= (away @ probe) * probe
        template = (0.72 * probe + 0.69 * away / np.linalg.norm(away)).astype(np.float32)
        template /= np.linalg.norm(template)
        world.gallery.faces[face] = (world.gallery.faces[face][0], template)
        at = len(world.gallery.changes_made)
        world.gallery.changes_made[-1] = IndexChange(at, face, template)


def test_a_face_that_meets_too_many_people_is_stopped_until_an_officer_checked(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    world.gallery.hidden.add(PERSON + 1)  # an averaged face is nobody's own
    _alike(world, 12)
    text = _see(officer, request_id).text
    assert "Stopped: suspect" in text
    assert "Confirm all above" not in text
    faces = _faces(officer, request_id)
    assert "may be an averaged face" in _approve(officer, request_id, faces[0]).text
    assert "may be an averaged face" in _approve(officer, request_id).text, "nor is the face kept out"
    assert "optout:face:suspect" in world.events()
    _see(officer, request_id)
    assert "only after an identity check" in officer.post(f"/requests/{request_id}/clear", {}).text
    officer.post(f"/requests/{request_id}/identity", {"chosen": "in_person"})
    _see(officer, request_id)
    officer.post(f"/requests/{request_id}/clear", {})
    assert "may be an averaged face" in _approve(officer, request_id, above="0.7").text, "still not all at once"
    assert "Handled" in _approve(officer, request_id, faces[0]).text
    assert world.gallery.hidden == {PERSON + 1, faces[0]}


def test_a_photo_that_cannot_be_used_is_closed_with_nothing_done(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    _see(officer, request_id)
    officer.post(f"/requests/{request_id}/close", {"chosen": "unusable"})
    assert "The photo could not be used" in person.follow(request_id).text
    assert world.suppressed == []


@pytest.mark.parametrize("outcome", ["not_checked", "handled", "withdrawn", "nonsense", ""])
def test_a_request_to_be_taken_out_is_never_closed_for_want_of_proof(world, person, officer, outcome) -> None:
    request_id = person.waiting(PERSON)
    _see(officer, request_id)
    assert "Getting out needs no proof" in officer.post(f"/requests/{request_id}/close", {"chosen": outcome}).text
    assert world.only().state is RequestState.WAITING


def _many(world, count):
    source = world.installation.source_records.all()[0]
    for _ in range(count):
        world.installation.enrol(source, PERSON)


def test_confirming_many_faces_at_one_click_is_slowed_down_and_on_record(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    _many(world, BULK_FREE)
    world.clock.pass_time(seconds=1)
    answer = _approve(officer, request_id, above="0.6")
    assert f"about to erase {BULK_FREE + 1} faces at once" in answer.text
    world.clock.pass_time(seconds=5)
    assert "about to erase" in _approve(officer, request_id, above="0.6").text, "asking again does not hurry it"
    assert world.events().count("optout:form:hurry") == 2
    world.clock.pass_time(seconds=8)
    assert "Handled" in _approve(officer, request_id, above="0.6").text
    assert len(world.gallery.hidden) == BULK_FREE + 1


def test_a_few_faces_are_confirmed_at_once(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    _many(world, BULK_FREE - 1)
    assert "Handled" in _approve(officer, request_id, above="0.6").text


@pytest.mark.parametrize("above", ["2", "-1", "many", "nan"])
def test_a_similarity_that_is_none_is_refused(world, person, officer, above) -> None:
    request_id = person.waiting(PERSON)
    assert "number from 0 to 1" in _approve(officer, request_id, above=above).text


# -- holds, cases, dates --------------------------------------------------------------------------------------


def test_a_held_face_is_listed_unseen_and_can_be_confirmed(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    world.gallery.hidden.add(PERSON + 1)
    world.matters.held_faces = [PERSON + 1]
    text = _see(officer, request_id).text
    assert "held: shown to nobody" in text
    assert officer.get(f"/requests/{request_id}/candidates/{PERSON + 1}/face.jpg").status_code in (400, 404)
    answer = _approve(officer, request_id, PERSON + 1)
    assert "1 held, hidden until the hold ends" in answer.text


def test_open_cases_are_asked_before_anything_is_erased(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    world.matters.cases = {PERSON + 1: [OpenCase("case_1", "HP-2026-7", "Harbour Police")]}
    assert "HP-2026-7" in _see(officer, request_id).text
    assert "was a candidate in an open case" in _approve(officer, request_id, PERSON + 1).text
    _see(officer, request_id)
    officer.post(f"/requests/{request_id}/cases", {})
    assert "Handled" in _approve(officer, request_id, PERSON + 1).text
    assert "optout:case:ask" in world.events()


def test_a_request_is_put_off_once_with_a_reason_before_its_date(world, person, officer) -> None:
    request_id = person.waiting(PERSON, place="US-CA")
    due = world.only().due_at
    _see(officer, request_id)
    officer.post(f"/requests/{request_id}/extend", {"chosen": "complex"})
    assert (world.only().due_at - due).days == 45
    assert "takes longer to look into" in world.letter(request_id, "extended").replace("=\n", "")
    _see(officer, request_id)
    assert "cannot be put off" in officer.post(f"/requests/{request_id}/extend", {"chosen": "complex"}).text


def test_a_late_request_cannot_be_put_off(world, person, officer) -> None:
    request_id = person.waiting(PERSON, place="US-CA")
    world.clock.pass_time(days=46)
    officer.sign_in("privacy-officer")
    _see(officer, request_id)
    assert "cannot be put off" in officer.post(f"/requests/{request_id}/extend", {"chosen": "complex"}).text


def test_requests_for_one_face_are_handled_together(world, person, officer) -> None:
    for number in range(5):
        person.waiting(photos=[fakes.drawn(PERSON, radius=110 - number)], email=f"p{number}@example.org")
        world.clock.pass_time(seconds=1)
    head = next(request.grouped_under for request in world.all() if request.grouped_under)
    assert "2 more for the same face" in officer.get("/requests").text
    _approve(officer, head, *_faces(officer, head))
    closed = world.requests.in_state(RequestState.CLOSED)
    assert len(closed) == 3
    assert {request.outcome for request in closed} == {Outcome.HANDLED}
    assert len(world.suppressed) == 1


def test_a_letter_that_a_crash_kept_back_goes_out_with_the_next_round(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    world.settling.settle, settle = lambda _: False, world.settling.settle
    _approve(officer, request_id)
    assert world.requests.secrets(request_id) is not None
    world.settling.settle = settle
    assert world.rounds.run(world.clock.now())["settled"] == 1
    assert world.rounds.run(world.clock.now())["settled"] == 0
    assert world.requests.secrets(request_id) is None
    assert world.letter(request_id, "closed")


def test_a_request_outlives_a_change_of_the_face_models(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    asked = world.requests.find(request_id)
    world.installation.engine.card = replace(fakes.CARD, pack_id="newer-pack")
    assert _faces(officer, request_id) == [PERSON + 1], "its template is made anew from its photo"
    assert world.requests.find(request_id).received_at == asked.received_at


def test_the_officers_pages_speak_of_no_match(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    pages = [officer.get(path).text for path in ("/requests", f"/requests/{request_id}")]
    for text in pages:
        words = re.sub(r"False match rate|<[^>]+>", "", text)
        assert not re.search(r"\bmatch(es|ed)?\b|identified", words, re.IGNORECASE)


def test_a_person_asks_again_after_the_end(world, person, officer) -> None:
    request_id = person.waiting(PERSON)
    _approve(officer, request_id)
    assert isinstance(person, Person)
    again = person.waiting(PERSON)
    assert again != request_id


def test_a_restored_backup_destroys_again_what_an_ended_request_left(world, person, officer, tmp_path) -> None:
    ended = {"approve": person.waiting(PERSON), "close": person.waiting(STRANGER, email="b@example.org")}
    backup = tmp_path / "backup"
    backup.mkdir()
    for name in ("records.db", "keys.db"):
        with sqlite3.connect(tmp_path / name) as source, sqlite3.connect(backup / name) as target:
            source.backup(target)
        source.close()
        target.close()
    shutil.copytree(tmp_path / "blobs", backup / "blobs")
    _approve(officer, ended["approve"])
    _see(officer, ended["close"])
    officer.post(f"/requests/{ended['close']}/close", {"chosen": "unusable"})
    database = Database(backup / "records.db", world.clock)
    vault = KeyVault(backup / "keys.db", bytes(range(32)), world.clock)
    blobs = EncryptedBlobs(backup / "blobs", vault)
    requests = SqlPersonRequests(database, vault, blobs)
    assert all(requests.secrets(each) and requests.content(each) for each in ended.values()), "the control"
    SqlReplays(database, vault, blobs).destroy(world.ledger.lines())
    assert [requests.secrets(each) for each in ended.values()] == [None, None]
    assert not [path for path in (backup / "blobs").rglob("*") if path.is_file()]
    assert len(requests.templates(world.installation.engine.card.pack_id)[0]) == 0, "others can still ask"
    letters, gate = world.letters, world.installation.gate
    settling = Settling(requests, requests, letters, world.ledger, vault.rotate)
    rounds = RequestRounds(requests, requests, settling, letters, world.limits, "", gate)
    assert rounds.run(world.clock.now())["settled"] == 2
    assert requests.in_state(RequestState.WAITING) == []
    database.close()
    vault.close()

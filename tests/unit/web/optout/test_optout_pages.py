"""Anybody asks, confirms, follows and takes back, without an account; no page tells what the gallery holds."""

from __future__ import annotations

import io
import re
from email import message_from_bytes, policy

import pytest
from PIL import Image

from facewarden.adapters.photos_decode.failures import CODES
from facewarden.domain.requests import RequestState
from facewarden.errors import BadPhotoError
from facewarden.services.letters import LETTER_LIFE
from facewarden.services.taking_out.catalogues import catalogue
from facewarden.services.taking_out.request_limits import (
    ADDRESS_OPEN,
    CONFIRM_LETTERS,
    FACE_OPEN,
    NETWORK_REQUESTS,
    NETWORK_TRIES,
)
from facewarden.web.optout import error_key

from .. import fakes
from ..builders import PASSWORD, Browser
from .world import EMAIL, Person

PAGES = ("", "/policy", "/take-me-out", "/in-it", "/sent", "/confirm", "/track")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_without_an_account_in_each_language(person, page, language) -> None:
    answer = person.get(f"/opt-out{page}?lang={language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert "<script" not in answer.text


def test_the_language_is_the_browsers_unless_one_is_chosen(person) -> None:
    spanish = {"accept-language": "es-MX,es;q=0.9"}
    assert '<html lang="es">' in person.get("/opt-out", headers=spanish).text
    assert '<html lang="en">' in person.get("/opt-out?lang=en", headers=spanish).text


def test_a_request_is_confirmed_by_the_link_of_its_letter_and_waits_then(world, person) -> None:
    answer = person.ask(2, place="US-CA", behalf="child")
    assert answer.url.path == "/opt-out/sent"
    request = world.only()
    assert (request.state, request.place, request.behalf.value) == (RequestState.UNCONFIRMED, "US-CA", "child")
    assert person.confirm().status_code == 200
    assert "Your request is confirmed" in person.last.text
    assert "6 January 2027" in person.last.text, "45 days, as California has it"
    assert world.only().state is RequestState.WAITING
    received = world.letter(request.request_id, "received")
    assert world.intake.code(request.request_id) in received
    assert "optout:form:confirm" in world.events()


def test_opening_the_link_of_the_letter_confirms_nothing_yet(world, person) -> None:
    person.ask(2)
    assert person.get(person.letter_link(world.only().request_id)).status_code == 200
    assert world.only().state is RequestState.UNCONFIRMED


def test_a_request_is_decided_by_law_and_the_decision_is_on_record(world, person) -> None:
    person.ask(2)
    entry = next(entry for entry in world.log.entries() if entry.event.value == "optout:form:receive")
    assert (entry.verdict, entry.subject) == ("allow", world.only().request_id)


@pytest.mark.parametrize("fields", [{"released": ""}, {"notice": "0"}])
def test_no_photo_is_looked_at_without_the_notice_and_the_release(world, person, fields) -> None:
    answer = person.ask(2, **fields)
    assert answer.status_code == 403
    assert "We may not look at the photo" in answer.text
    assert world.all() == []
    refused = next(entry for entry in world.log.entries() if entry.event.value == "optout:form:receive")
    assert refused.verdict == "refuse"


def _blank() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 400), fakes.BACKGROUND).save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("photos", "fields", "said"),
    [
        ([_blank()], {}, "no face in this photo"),
        ([b"no photo at all"], {}, "no photo that we can read"),
        ([fakes.drawn(1, 2, 3)], {}, "more than one face"),
        ([fakes.drawn(1, 2)], {"from_left": "5"}, "not that many faces"),
        ([fakes.drawn(1) + bytes(21_000_000)], {}, "larger than 20 MB"),
        ([fakes.drawn(1), fakes.drawn(4)], {}, "the same person"),
        ([fakes.drawn(1)], {"email": "nobody"}, "no e-mail address"),
        ([fakes.drawn(1)], {"place": "Nowhere"}, "do not know that place"),
        ([fakes.drawn(1)], {"behalf": "neighbour"}, "Say whose face"),
    ],
)
def test_a_request_that_cannot_be_taken_says_what_to_do(world, person, photos, fields, said) -> None:
    answer = person.ask(photos=photos, **fields)
    assert answer.status_code in (400, 422)
    assert said in answer.text
    assert "Choose the photo again" in answer.text
    assert world.all() == []
    assert not world.outbox.exists()


def test_forty_megabytes_are_refused_in_words(person) -> None:
    answer = person.ask(photos=[fakes.drawn(1) + bytes(44_000_000)])
    assert answer.status_code == 413
    assert "more than 40 MB" in answer.text
    person.get("/opt-out/in-it?lang=es")
    spanish = {"accept-language": "es"}
    content = [("photo", ("me.jpg", bytes(44_000_000), "image/jpeg"))]
    answer = person.post("/opt-out/in-it", {"lang": "es"}, files=content, headers=spanish)
    assert (answer.status_code, "Eso pasa de 40 MB" in answer.text) == (413, True)


def test_a_form_that_is_out_of_date_is_refused_in_the_visitors_language(person) -> None:
    answer = person.post(
        "/opt-out/track", {"number": "x", "code": "y"}, key="0" * 64, headers={"accept-language": "es"}
    )
    assert (answer.status_code, "Este formulario ya no vale" in answer.text) == (403, True)


def test_the_face_counted_from_the_left_is_the_one_taken(world, person) -> None:
    assert person.ask(1, 2, 3, from_left="3").url.path == "/opt-out/sent"
    assert world.only().face.box.left > 500


def test_several_photos_of_one_face_make_one_template_and_only_the_first_is_kept(world, person) -> None:
    first = fakes.drawn(2)
    assert person.ask(photos=[first, fakes.drawn(2, radius=90), fakes.drawn(2, radius=100)]).url.path == "/opt-out/sent"
    assert world.requests.content(world.only().request_id) == first


def test_what_was_typed_is_kept_when_something_is_wrong(person) -> None:
    text = person.ask(photos=[_blank()], email="a@example.org", place="FR", behalf="estate").text
    assert 'value="a@example.org"' in text
    assert '<option value="FR" selected>' in text
    assert 'value="estate" checked' in text


# -- flooding -------------------------------------------------------------------------------------------------


def test_the_same_request_twenty_times_is_one_request_and_few_letters(world, person) -> None:
    pages = [re.sub(r"\d{3}", "", person.ask(2).text) for _ in range(20)]
    assert len(set(pages)) == 1
    assert world.only().repeats == 19
    assert len(list(world.outbox.iterdir())) == CONFIRM_LETTERS
    assert world.events().count("optout:form:repeat") == 19


def test_one_address_has_so_many_open_requests_and_its_owner_is_told(world, person) -> None:
    pages = {person.ask(2, photos=[fakes.drawn(2, radius=100 - n)]).text for n in range(ADDRESS_OPEN + 2)}
    assert len(world.all()) == ADDRESS_OPEN
    assert len(pages) == 1, "whoever types somebody's address learns nothing of their requests"
    assert len(list(world.outbox.glob("limit.*"))) == 1
    assert world.events().count("optout:form:limit") == 2


def test_a_photo_without_a_face_tells_nothing_of_the_requests_of_an_address(world, person) -> None:
    for number in range(ADDRESS_OPEN):
        person.ask(2, photos=[fakes.drawn(2, radius=100 - number)], email="full@example.org")
    pages = {person.ask(photos=[_blank()], email=email).text for email in ("full@example.org", "none@example.org")}
    assert len({re.sub(r"(full|none)@", "", page) for page in pages}) == 1
    assert "no face in this photo" in pages.pop()


def test_many_requests_for_one_face_stand_behind_the_first(world, person) -> None:
    for number in range(FACE_OPEN + 2):
        person.ask(photos=[fakes.drawn(2, radius=100 - number)], email=f"p{number}@example.org")
        world.clock.pass_time(seconds=1)
    heads = [request.grouped_under for request in world.all()]
    assert heads.count(None) == FACE_OPEN
    assert len({head for head in heads if head}) == 1


def test_one_network_sends_so_many_an_hour(world, person) -> None:
    for number in range(NETWORK_REQUESTS):
        person.ask(photos=[b"x"], email=f"p{number}@example.org")
    answer = person.ask(2)
    assert "Too many came from your network" in answer.text
    assert world.all() == []
    world.clock.pass_time(minutes=61)
    assert person.ask(2).url.path == "/opt-out/sent"


# -- forged, followed, taken back -----------------------------------------------------------------------------


def test_a_forged_confirmation_reads_like_one_for_a_request_that_does_not_exist(world, person) -> None:
    person.ask(2)
    request_id = world.only().request_id
    answers = []
    for number in (request_id, "req_" + "0" * 24):
        person.get("/opt-out/confirm?lang=en")
        answer = person.post("/opt-out/confirm", {"number": number, "token": "AAAA-AAAA-AAAA-AAAA", "lang": "en"})
        answers.append((answer.status_code, answer.text.replace(number, "NUMBER")))
    assert answers[0] == answers[1]
    assert "does not confirm any request" in answers[0][1]
    assert world.only().state is RequestState.UNCONFIRMED
    assert world.events().count("optout:form:forge") == 2


def test_codes_cannot_be_tried_without_end(world, person) -> None:
    request_id = person.waiting(2)
    person.get("/opt-out/track?lang=en")
    for _ in range(NETWORK_TRIES):
        person.post("/opt-out/track", {"number": request_id, "code": "AAAA", "lang": "en"})
    assert "Too many came from your network" in person.follow(request_id).text


def test_a_tracking_code_is_no_confirmation_and_a_confirmation_no_tracking_code(world, person) -> None:
    person.ask(2)
    request_id = world.only().request_id
    token, code = world.intake.token(request_id), world.intake.code(request_id)
    assert token != code
    person.get("/opt-out/confirm?lang=en")
    assert person.post("/opt-out/confirm", {"number": request_id, "token": code}).status_code != 200
    person.get("/opt-out/track?lang=en")
    assert person.post("/opt-out/track", {"number": request_id, "code": token}).status_code != 200


def test_a_code_may_be_typed_in_small_letters_without_its_dashes(world, person) -> None:
    request_id = person.waiting(2)
    code = world.intake.code(request_id).replace("-", " ").lower()
    person.get("/opt-out/track?lang=en")
    answer = person.post("/opt-out/track", {"number": request_id, "code": code, "lang": "en"})
    assert "Waiting for a privacy officer" in answer.text


def test_a_request_taken_back_is_destroyed_and_says_so(world, person) -> None:
    request_id = person.waiting(2)
    person.follow(request_id)
    code = world.intake.code(request_id)
    answer = person.post("/opt-out/withdraw", {"number": request_id, "code": code, "lang": "en"})
    assert "Taken back on" in answer.text
    assert world.requests.secrets(request_id) is None
    assert not [path for path in (world.folder / "blobs").rglob("*") if path.is_file()]
    assert "Taken back on" in person.follow(request_id).text


def test_an_unconfirmed_request_is_destroyed_after_its_week_and_not_before(world, person) -> None:
    person.ask(2)
    world.clock.pass_time(days=6, hours=23)
    assert world.rounds.run(world.clock.now())["expired"] == 0
    world.clock.pass_time(hours=2)
    assert world.rounds.run(world.clock.now())["expired"] == 1
    assert world.rounds.run(world.clock.now())["expired"] == 0
    assert world.all() == []
    assert not [path for path in (world.folder / "blobs").rglob("*") if path.is_file()]
    assert EMAIL.encode() not in (world.folder / "records.db").read_bytes()


def test_the_address_is_nowhere_in_the_clear_but_in_the_letters(world, person) -> None:
    request_id = person.waiting(2)
    files = [path for path in world.folder.rglob("*") if path.is_file() and "outbox" not in path.parts]
    assert files
    assert not [path for path in files if EMAIL.encode() in path.read_bytes()]
    assert EMAIL in world.letter(request_id, "received")


def test_a_letter_never_leads_where_a_request_says_it_came_to(world) -> None:
    stranger = Browser(world.installation, base_url="http://evil.example")
    asking = Person(world)
    asking.base_url = stranger.base_url
    asking.ask(2)
    assert "evil.example" not in world.letter(world.only().request_id, "confirm.1")


def test_letters_are_written_in_the_language_of_the_page(world, person) -> None:
    person.ask(2, lang="es")
    path = world.outbox / f"{world.only().request_id}.confirm.1.eml"
    letter = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert letter["Subject"].startswith("Confirme su solicitud")
    assert letter["To"] == EMAIL
    body = letter.get_content()
    assert "Número de solicitud" in body
    assert world.intake.token(world.only().request_id) in body
    assert "29 de noviembre de 2026" in body


def test_a_signed_in_officer_may_use_the_public_pages_too(world) -> None:
    asking = Person(world)
    asking.get("/sign-in")
    asking.post("/sign-in", {"name": "privacy-officer", "password": PASSWORD, "next": "/"})
    assert asking.ask(2).url.path == "/opt-out/sent"


def test_overdue_requests_are_on_record_and_the_office_is_told(world, person) -> None:
    request_id = person.waiting(2, place="FR")
    world.clock.pass_time(days=25)
    assert world.rounds.run(world.clock.now())["due_soon"] == 1
    world.clock.pass_time(days=10)
    counts = world.rounds.run(world.clock.now())
    assert (counts["overdue"], counts["due_soon"]) == (1, 0)
    overdue = [entry.subject for entry in world.log.entries() if entry.event.value == "optout:form:overdue"]
    assert overdue == [request_id]
    letters = sorted(path.read_text() for path in world.outbox.glob("requests.due.*"))
    assert len(letters) == 2
    assert all("To: privacy@test.example" in letter for letter in letters)
    assert "Our answer is late" in person.follow(request_id).text


def test_the_policy_page_shows_what_is_set_up_today(world, person) -> None:
    text = person.get("/opt-out/policy?lang=en").text
    assert "10 business days" in text
    assert "two months" in text
    assert "is not recognised as one" in text
    for pack in world.installation.law.packs:
        assert pack.title in text
    assert "privacy@test.example" in text
    assert f"until they are sent, {LETTER_LIFE.days} days at the longest" in text
    assert "30 days" in text


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_way_in_which_a_file_cannot_be_read_is_said_as_a_photos(language: str) -> None:
    pages = catalogue(language, "pages")
    for code in CODES:
        assert error_key(pages, BadPhotoError(code, "The file cannot be used.")) != "other", code

"""Every list of every page is filterable, by the server alone where there are no scripts."""

import re
from importlib.resources import files

import pytest
from starlette.datastructures import QueryParams

from facewarden.domain.audit import AuditEvent
from facewarden.web.lists import Listed
from facewarden.web.rooms import ACTS, HOUSE, ROOMS, room_of

from . import fakes

TEMPLATES = files("facewarden.web") / "templates"
LISTS = re.compile(r'<(?:table class="rows|ol class="(?:candidates|grounds)|ul class="plain-list)[^>]*>')
NOT_RECORDS = {
    "api.html": "the addresses of the API",
    "models.html": "the cohorts of one calibration",
    "operator.html": "the five states of an account",
    "law.html": "what changes soon, beside the rules",
    "log.html": "filtered before it is cut into pages",
    "organisations.html": "filtered by fields, before it is cut into pages",
    "law_try.html": "the facts of one decision",
    "parts.html": "the grounds of one decision",
    "reach.html": "counts beside the two lists",
    "request.html": "faces that an officer has to look at, every one",
    "takedown_try.html": "what one letter would do",
    "witnesses.html": "the few that the operator named",
    "takedown.html": "what one letter did",
    "collection_photo.html": "what became of one photo",
}


def row(listed, text):
    return str(listed.row(lambda: text))


def test_a_row_stays_if_it_says_every_word_looked_for():
    listed = Listed(QueryParams("q=beta THEFT&page=2"), "q")
    assert row(listed, "<tr><td>Beta-2</td>\n<td class='alpha'>Theft &amp; more</td></tr>")
    assert not row(listed, "<tr><td>Alpha-1</td><td>Theft</td></tr>")
    assert not row(listed, '<tr><td data-label="theft">Beta-2</td></tr>'), "what is not said is not looked through"
    assert (listed.shown, listed.others) == (1, [("page", "2")])


def test_without_words_every_row_stays():
    listed = Listed(QueryParams("leads=x"), "q")
    assert row(listed, "<li>anything</li>")


@pytest.mark.parametrize("path", sorted(path.name for path in TEMPLATES.iterdir() if path.name.endswith(".html")))
def test_every_list_of_a_page_is_filterable(path):
    text = (TEMPLATES / path).read_text("utf-8")
    lists = LISTS.findall(text)
    unfiltered = [found for found in lists if "data-rows" not in found]
    assert not unfiltered or path in NOT_RECORDS, unfiltered
    filtered = len(lists) - len(unfiltered) + text.count('<ol class="line-rows" data-rows>')
    assert text.count(".row() %}") == text.count("parts.filter(") == text.count("parts.none_left(") == filtered


def test_the_candidates_of_a_search_are_filtered(investigator):
    case_id = investigator.open_case()
    picked = investigator.upload(case_id, fakes.drawn(2)).url.path
    found = investigator.post(f"{picked}/search", {"face": "1"})
    assert "Candidate 1" in found.text
    number = re.search(r"<h2><a [^>]*>(Candidate \d)</a>", found.text)[1]
    left = investigator.get(found.url.path, params={"q": "Harbour"}).text
    assert number in left
    none = investigator.get(found.url.path, params={"q": "no such source"}).text
    assert number not in none
    assert "No row holds these words." in none


def test_two_lists_of_one_page_are_filtered_each_by_itself(investigator):
    case_id = investigator.open_case()
    for person in (1, 2):
        picked = investigator.upload(case_id, fakes.drawn(person)).url.path
        investigator.post(f"{picked}/search", {"face": "1"})
    text = investigator.get(f"/cases/{case_id}", params={"q": "no reliable", "members": "x"}).text
    assert '<input type="hidden" name="members" value="x">' in text
    assert text.count("No row holds these words.") >= 2


def test_a_room_is_known_before_what_an_id_names():
    assert room_of("GET", "/cases/anything/at/all") == ("/cases", ROOMS["/cases"])
    assert room_of("POST", "/incidents/i/close") == ("/incidents", ACTS["/incidents"])
    assert room_of("GET", "/incidents") == ("/incidents", ROOMS["/incidents"])
    assert room_of("GET", "/casesque") is None
    assert room_of("GET", "/settings") is None
    assert all(room_of(method, room) for room in HOUSE for method in ("GET", "POST")), "a house room is a room"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/requests/req_1/face.jpg"),
        ("POST", "/set-aside/q_1"),
        ("POST", "/incidents/i_1/close"),
        ("POST", "/sources/of/src_1/approve"),
        ("GET", "/sources/reviews/t/p/photo.jpg"),
        ("GET", "/requests/nothing/like/it"),
    ],
)
def test_the_role_is_refused_before_anything_is_looked_up(investigator, method, path):
    investigator.get("/cases/new")
    answer = investigator.request(method, path, data={"form_key": investigator.form_key()})
    assert answer.status_code == 403
    assert "not for your role" in answer.text
    assert "Sign out" in answer.text, "it is a page of theirs, with the way back"


def test_who_is_turned_away_is_on_record_with_the_room_alone(installation, investigator):
    investigator.request("POST", "/incidents/i_1/close", data={"form_key": investigator.form_key()})
    last = list(installation.log.entries())[-1]
    assert last.event is AuditEvent.TURNED_AWAY
    assert last.actor is not None
    assert last.details == {"room": "incidents", "action": "change"}
    assert "i_1" not in str(last)

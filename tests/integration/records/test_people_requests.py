"""People's requests in SQL: sealed, known by keyed hashes, closed once; holds and open cases beside their faces."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from facewarden.adapters.records_sql.accounts import SqlAccountRecords
from facewarden.adapters.records_sql.cases import SqlCaseRecords
from facewarden.adapters.records_sql.request_matters import SqlRequestMatters
from facewarden.adapters.records_sql.requests import SqlPersonRequests, SqlRequestTraffic
from facewarden.adapters.records_sql.searches import SqlSearchRecords
from facewarden.domain.cases import CaseState
from facewarden.domain.ids import SearchId, random_id
from facewarden.domain.requests import (
    Behalf,
    Channel,
    ExtensionReason,
    IdentityCheck,
    Outcome,
    PersonRequest,
    RequestKind,
    RequestMarks,
    RequestSecrets,
    RequestState,
)
from facewarden.domain.searches import Candidate, SearchRecord
from facewarden.errors import DamagedError
from facewarden.testing.gallery import NOON, Builder

EMAIL = "person@example.org"
CONTENT = b"the photo that came with it" * 9


@pytest.fixture
def requests(house) -> SqlPersonRequests:
    return SqlPersonRequests(house.database, house.vault, house.blobs)


def _request(state: RequestState = RequestState.UNCONFIRMED, received=NOON) -> PersonRequest:
    return PersonRequest(
        random_id("req"), RequestKind.TAKE_OUT, state, Builder().detected(), "US-CA", Behalf.CHILD, "es", Channel.WEB,
        "1", received, received + timedelta(days=45), "california", received + timedelta(days=14), keep_photo=True,
    )  # fmt: skip


def _add(requests, request: PersonRequest, template=None, photo: bytes = b"p" * 32, email: str | None = EMAIL):
    template = Builder(len(photo)).template() if template is None else template
    marks = RequestMarks(None if email is None else sha256(email.encode()).digest(), photo)
    requests.add(request, CONTENT, RequestSecrets(email, template, "test-pack"), marks)
    return template


def _traces(folder: Path, *wanted: bytes) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sorted({path.name for path in files for trace in wanted if trace in path.read_bytes()})


def test_a_request_comes_back_as_it_was_stored_with_everything_that_happened_to_it(house, requests) -> None:
    request = _request()
    template = _add(requests, request)
    assert requests.find(request.request_id) == request
    assert requests.content(request.request_id) == CONTENT
    secrets = requests.secrets(request.request_id)
    assert secrets is not None
    assert (secrets.email, secrets.template.tolist()) == (EMAIL, template.tolist())
    assert requests.confirm(replace(request, confirmed_at=NOON))
    full = replace(
        request, state=RequestState.WAITING, confirmed_at=NOON, acknowledged_at=NOON, extended_at=NOON,
        extension_reason=ExtensionReason.COMPLEX, identity=IdentityCheck.COURT_ORDER, identity_by="us_1",
        identity_at=NOON, looked_by="us_1", looked_at=NOON, bulk_asked_at=NOON, bulk_faces=7, cleared_by="us_1",
        cases_asked_at=NOON, repeats=3, grouped_under="req_2", told=True,
    )  # fmt: skip
    assert requests.replace(full)
    assert requests.find(request.request_id) == full


def test_address_photo_and_template_are_nowhere_in_the_clear(house, requests) -> None:
    template = _add(requests, _request())
    assert _traces(house.folder, EMAIL.encode(), CONTENT[:64], template.astype("<f4").tobytes()[:24]) == []


def test_a_request_is_confirmed_once_and_changed_only_in_its_state(requests) -> None:
    request = _request()
    _add(requests, request)
    waiting = replace(request, state=RequestState.WAITING)
    assert not requests.replace(waiting), "it is unconfirmed"
    assert requests.confirm(request)
    assert not requests.confirm(request)
    assert requests.replace(waiting)


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_closed_request_loses_face_and_photo_at_once_and_its_secrets_with_the_last_letter(
    house, requests, confirmed
) -> None:
    request = _request()
    _add(requests, request)
    if confirmed:
        requests.confirm(request)
    ended = replace(request, outcome=Outcome.UNUSABLE, closed_at=NOON)
    assert requests.close(ended)
    assert not requests.close(ended), "it is closed once"
    found = requests.find(request.request_id)
    assert found is not None
    assert (found.state, found.face, found.outcome) == (RequestState.CLOSED, None, Outcome.UNUSABLE)
    with pytest.raises(DamagedError):
        requests.content(request.request_id)
    assert requests.unsettled() == [request.request_id]
    key = f"purpose/request/{request.request_id}"
    assert house.vault.get_many([key]), "the control"
    requests.forget(request.request_id)
    assert (requests.unsettled(), requests.secrets(request.request_id)) == ([], None)
    assert house.vault.get_many([key, request.request_id]) == {}


def test_a_discarded_request_leaves_nothing_and_a_waiting_one_is_not_discarded(house, requests) -> None:
    discarded, waiting = _request(), _request()
    for request in (discarded, waiting):
        _add(requests, request)
    requests.confirm(waiting)
    for request in (discarded, waiting):
        requests.discard(request.request_id)
    assert requests.find(discarded.request_id) is None
    assert requests.find(waiting.request_id) is not None
    assert _traces(house.folder, discarded.request_id.encode()) == []


def test_open_requests_are_known_by_address_photo_and_face(requests) -> None:
    first, second = _request(), _request(received=NOON + timedelta(hours=1))
    template = _add(requests, first)
    _add(requests, second, photo=b"q" * 32)
    mark = sha256(EMAIL.encode()).digest()
    same = requests.same(mark, b"p" * 32)
    assert same is not None
    assert same.request_id == first.request_id
    assert requests.same(mark, b"r" * 32) is None
    assert requests.open_of(mark) == 2
    ids, templates = requests.templates("test-pack")
    assert list(ids) == [first.request_id, second.request_id]
    assert np.array_equal(templates[0], template)
    assert requests.templates("another-pack")[1].shape == (0, 0)
    requests.close(replace(first, closed_at=NOON))
    assert (requests.open_of(mark), requests.same(mark, b"p" * 32)) == (1, None)


def test_what_was_sealed_for_another_request_does_not_open(house, requests) -> None:
    one, other = _request(), _request()
    for request in (one, other):
        _add(requests, request)
    with house.database.writing() as connection:
        swap = sa.text(
            "UPDATE optout_requests SET sealed = (SELECT sealed FROM optout_requests WHERE request_id = :other)"
            " WHERE request_id = :one"
        )
        connection.execute(swap, {"one": one.request_id, "other": other.request_id})
    with pytest.raises(DamagedError) as refused:
        requests.secrets(one.request_id)
    assert refused.value.code == "request_damaged"


def test_traffic_is_counted_in_its_window_and_forgotten(house) -> None:
    traffic = SqlRequestTraffic(house.database)
    for hours in (0, 1, 2):
        traffic.note("submit", b"w" * 32, NOON + timedelta(hours=hours))
    traffic.note("try", b"w" * 32, NOON)
    assert traffic.count("submit", b"w" * 32, NOON + timedelta(hours=1)) == 2
    assert traffic.count("submit", b"x" * 32, NOON) == 0
    assert traffic.sweep(NOON + timedelta(hours=1)) == 2
    assert traffic.count("submit", b"w" * 32, NOON) == 2


def test_held_faces_and_open_cases_stand_beside_their_faces(house) -> None:
    matters = SqlRequestMatters(house.database, house.vault)
    source = house.make.source()
    house.sources.add(source, None)
    shown, held = house.make.photos(source, 2)
    house.gallery.add([shown, held], [], None)
    numbers = [change.face_number for change in house.feed.changes(0, 10)]
    assert len(matters.held()[0]) == 0
    house.withdrawals.hold([held.photo.photo_id])
    found, templates = matters.held()
    assert (found.tolist(), templates.tolist()) == ([numbers[1]], [held.faces[0].template.tolist()])
    assert matters.sources_of(numbers)[numbers[1]] == (held.photo.photo_id, source.name)
    accounts, cases = SqlAccountRecords(house.database), SqlCaseRecords(house.database)
    organisation = house.make.organisation()
    user = house.make.user(organisation)
    accounts.add_organisation(organisation)
    accounts.add_user(user, "hash")
    case = house.make.case(user)
    cases.add(case)
    candidate = Candidate(1, numbers[0], shown.photo.photo_id, 0.9, None, None, source.name, None, None)
    search = SearchRecord(
        SearchId(random_id("sr")), case.case_id, user.user_id, NOON, 2, 0.5, "test-pack", 1, (candidate,)
    )
    SqlSearchRecords(house.database).add(search)
    (known,) = matters.open_cases(numbers)[numbers[0]]
    assert (known.case_id, known.number, known.organisation) == (case.case_id, case.number, organisation.name)
    assert numbers[1] not in matters.open_cases(numbers)
    assert cases.change(case, replace(case, state=CaseState.CLOSED))
    assert matters.open_cases(numbers) == {}

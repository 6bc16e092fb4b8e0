"""Erased means the bytes are gone from every store: found in each before, in none after.

Positive controls: before the erasure the harness finds the person everywhere, and a build that forgets one store is
caught by it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.erasures import SqlErasures
from facewarden.audit.receipt import verify_receipt
from facewarden.bootstrap.erasing import Places
from facewarden.bootstrap.installation import Installation
from facewarden.domain.erasing import ErasureReason
from facewarden.domain.ids import FaceNumber, PhotoId
from facewarden.services.taking_out.erasing import Erasing
from tests.integration.erasing.conftest import PERSON, Office
from tests.integration.erasing.traces import Person, copied, stores_holding

pytestmark = pytest.mark.slow

EVERYWHERE = {
    "records",
    "write-ahead log",
    "photos",
    "request",
    "index",
    "keys",
    "facts of decisions",
    "search candidates",
    "copies of the data",
    "copies of keys",
}


def _person(office: Office, ids: dict[str, str]) -> tuple[Installation, Person]:
    """The person enrolled, found by a search, and asking to be taken out; the records open, their log not emptied."""
    photo, photo_id = office.drawn / f"{PERSON:03}-0.jpg", PhotoId(ids["photo"])
    installation = office.open()
    numbers = [FaceNumber(number) for number in range(1, 100)]
    shown = installation.records.gallery.showable(numbers)
    number = next(n for n, face in shown.items() if face.photo.photo_id == photo_id)
    installation.records.withdrawals.hold([photo_id])  # the row is written again, into the write-ahead log
    installation.records.withdrawals.release([photo_id])
    return installation, Person(
        photo_id,
        number,
        photo.name,
        photo.read_bytes(),
        installation.records.gallery.templates([number])[1][0].copy(),
        ids["search"],
        ids["request"],
        photo.read_bytes(),
    )


def _approve(installation: Installation, office: Office, person: Person, erasing: Erasing | None = None) -> object:
    opt_out = installation.request_desk.opt_out
    opt_out.record_cases_asked(office.officer(installation), person.request_id)  # the search's case is open
    if erasing is not None:
        opt_out._erasing = erasing
    return opt_out.approve(office.officer(installation), person.request_id, [person.face_number])


def test_the_person_is_in_every_store_before_and_in_none_after(asked: tuple, tmp_path: Path) -> None:
    office, ids = asked
    installation, person = _person(office, ids)
    copy = copied(office.shell.data, tmp_path / "copy")
    assert stores_holding(installation, person, copy) == EVERYWHERE
    erasure = _approve(installation, office, person)
    assert stores_holding(installation, person, copy) == set()
    search = installation.records.searches.find(person.search_id)
    assert search is not None
    receipt = installation.taking_out.receipts.make(erasure, tell_what=True)
    entries = verify_receipt(json.loads(json.dumps(receipt)), str(installation.log.verifier_key))
    assert [entry.event.value for entry in entries][-1] == "erase:photo:finish"
    assert receipt["erased"]["photos"] == 1
    assert installation.records.gallery.showable([person.face_number]) == {}
    clear = (person.file_name.encode(), person.template.tobytes()[:16], person.content[200:232])
    everywhere = [path for path in office.shell.data.rglob("*") if path.is_file()]
    assert not [path for path in everywhere for trace in clear if trace in path.read_bytes()]
    inside = [
        path.relative_to(office.shell.data) for path in everywhere if person.photo_id.encode() in path.read_bytes()
    ]
    assert {path.parts[0] for path in inside} <= {"ledger", "log"}, "a random id stays in the log and in the ledger"


class _ForgetsIndex(Places):
    def rewrite_index(self) -> None: ...


class _ForgetsOldKeys(Places):
    def rotate_keys(self) -> None: ...


class _ForgetsBytes(SqlErasures):
    def destroy(self) -> None: ...


class _ForgetsRequest(SqlErasures):
    @staticmethod
    def _close_request(*_: object) -> None: ...


class _ForgetsFacts:
    def forget(self, *subjects: str) -> int:
        return 0


def _broken(installation: Installation, forgotten: str) -> Erasing:
    """The verb of erasure with one part that forgets its store."""
    records, places, memory = installation.records, Places(installation), installation.memory
    erasures: SqlErasures = records.erasures
    parts = installation.database, installation.vault, records.withdrawals
    if forgotten == "index":
        places = _ForgetsIndex(installation)
    elif forgotten == "copies of keys":
        places = _ForgetsOldKeys(installation)
    elif forgotten == "photos":
        erasures = _ForgetsBytes(*parts)
    elif forgotten == "request":
        erasures = _ForgetsRequest(*parts)
    else:
        memory = _ForgetsFacts()
    taking_out = installation.taking_out
    clock, gate, log = installation.clock, installation.gate, installation.log
    return Erasing(erasures, places, taking_out.burning, memory, taking_out.ledger, taking_out._turns, gate, log, clock)


@pytest.mark.parametrize("forgotten", ["index", "copies of keys", "photos", "request", "facts of decisions"])
def test_a_build_that_forgets_one_store_is_caught(asked: tuple, tmp_path: Path, forgotten: str) -> None:
    office, ids = asked
    installation, person = _person(office, ids)
    copy = copied(office.shell.data, tmp_path / "copy")
    broken = _broken(installation, forgotten)
    if forgotten == "copies of keys":  # what follows an approval rotates keys too
        broken.erase(office.officer(installation), [], ErasureReason.OPT_OUT, face_numbers=[person.face_number])
    else:
        _approve(installation, office, person, broken)
    assert forgotten in stores_holding(installation, person, copy)


def test_a_held_photo_is_hidden_and_erased_when_its_hold_ends(asked: tuple) -> None:
    office, ids = asked
    installation, person = _person(office, ids)
    actor, erasing = office.officer(installation), installation.taking_out.erasing
    installation.records.withdrawals.hold([person.photo_id])
    waiting = erasing.erase(actor, [person.photo_id], ErasureReason.OFFICER)
    assert (waiting.photos, waiting.held) == (0, 1)
    assert installation.records.withdrawals.release([person.photo_id]) == []
    assert installation.records.gallery.showable([person.face_number]) == {}
    assert _there(installation, person), "a hold stops the destruction"
    done = erasing.erase(actor, [person.photo_id], ErasureReason.OFFICER, despite_holds=True)
    assert (done.photos, done.held) == (1, 0)
    assert not _there(installation, person)


def _there(installation: Installation, person: Person) -> bool:
    query = sa.select(tables.faces).where(tables.faces.c.face_number == person.face_number)
    with installation.database.reading() as connection:
        return connection.execute(query).first() is not None

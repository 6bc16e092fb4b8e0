"""What was set aside and what should not have happened: seen by those whose it is, decided once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from facewarden.domain.ids import random_id
from facewarden.domain.photos import OfferedFile
from facewarden.domain.suppression import Incident, IncidentKind, IncidentState, QuarantinedPhoto, QuarantineState
from facewarden.services.taking_out.keeping_out import IncidentBook
from facewarden.services.taking_out.quarantine import Quarantine

from .. import fakes
from ..builders import Browser


class SetAside:
    """Photos set aside, in memory, and what came of them."""

    def __init__(self, now):
        self.photo = QuarantinedPhoto(
            random_id("qua"), random_id("src"), bytes(32), QuarantineState.WAITING, 1, now, now + timedelta(days=30)
        )
        self.closed, self.taken = [], []

    def waiting(self):
        return [] if self.closed else [self.photo]

    def find(self, quarantine_id):
        wanted = quarantine_id == self.photo.quarantine_id and not self.closed
        return (self.photo, OfferedFile("p.jpg", fakes.drawn(1))) if wanted else None

    def close(self, quarantine_id, state, decided_by):
        self.closed.append(state)
        return True

    def take_again(self, actor, source_id, file, zone):
        self.taken.append(zone.value)


class Incidents:
    """Incidents in memory."""

    def __init__(self, now):
        self.known = [Incident(random_id("inc"), IncidentKind.FACE_CAME_BACK, IncidentState.OPEN, now, 2)]

    def all(self):
        return self.known

    def close(self, incident_id, moment):
        self.known = [replace(one, state=IncidentState.CLOSED, closed_at=moment) for one in self.known]
        return True


@pytest.fixture
def kept(world):
    made, now = world.installation, world.clock.now()
    kept = SimpleNamespace(aside=SetAside(now), incidents=Incidents(now), lifted=[])
    made.ways_in.quarantine = Quarantine(kept.aside, fakes.Decoder(), kept.aside, made.gate, world.clock)
    made.taking_out = SimpleNamespace(
        incidents=IncidentBook(kept.incidents, made.gate, world.clock),
        kept_out=SimpleNamespace(lift=lambda actor, suppression_id, basis: kept.lifted.append((suppression_id, basis))),
    )
    return kept


def _signed_in(world, name):
    browser = Browser(world.installation)
    browser.sign_in(name)
    return browser


@pytest.mark.parametrize(("answer", "zone"), [("keep_out", "barred"), ("somebody_else", "cleared")])
def test_an_officer_sees_what_is_set_aside_and_decides_it(world, kept, answer, zone) -> None:
    officer = _signed_in(world, "privacy-officer")
    place = kept.aside.photo.quarantine_id
    assert "1 face in question" in officer.get("/set-aside").text
    assert officer.get(f"/set-aside/{place}/photo.jpg").headers["content-type"] == "image/jpeg"
    officer.get("/set-aside")
    assert "Nothing is set aside" in officer.post(f"/set-aside/{place}", {"answer": answer}).text
    assert kept.aside.taken == [zone]


def test_an_answer_that_is_none_decides_nothing(world, kept) -> None:
    officer = _signed_in(world, "privacy-officer")
    officer.get("/set-aside")
    assert officer.post(f"/set-aside/{kept.aside.photo.quarantine_id}", {"answer": "perhaps"}).status_code == 400
    assert kept.aside.closed == []


@pytest.mark.parametrize("name", ["auditor", "investigator", "operator"])
def test_nobody_else_sees_or_decides_what_is_set_aside(world, kept, name) -> None:
    other, place = _signed_in(world, name), kept.aside.photo.quarantine_id
    assert other.get("/set-aside").status_code == 403
    assert other.get(f"/set-aside/{place}/photo.jpg").status_code == 403
    other.get("/law")
    assert other.post(f"/set-aside/{place}", {"answer": "somebody_else"}).status_code == 403
    assert kept.aside.closed == []


def test_an_auditor_sees_incidents_and_an_officer_closes_them(world, kept) -> None:
    auditor = _signed_in(world, "auditor")
    text = auditor.get("/incidents").text
    assert "was in the gallery again" in text
    assert "I have looked into it" not in text
    incident = kept.incidents.known[0].incident_id
    assert auditor.post(f"/incidents/{incident}/close", {}).status_code == 403
    officer = _signed_in(world, "privacy-officer")
    officer.get("/incidents")
    assert "looked into" in officer.post(f"/incidents/{incident}/close", {}).text


def test_a_person_is_let_go_by_an_officer_after_a_check(world, kept, person) -> None:
    request_id = person.waiting(2)
    officer = _signed_in(world, "privacy-officer")
    officer.get(f"/requests/{request_id}")
    officer.post(f"/requests/{request_id}/approve", {"none": "yes"})
    officer.get(f"/requests/{request_id}")
    answer = officer.post(f"/requests/{request_id}/let-go", {"chosen": "in_person"})
    assert "kept out no more" in answer.text
    assert kept.lifted == [(world.suppressed[0].suppression_id, "in_person")]


def test_the_photo_is_kept_only_where_the_person_chose_so(world, kept, person) -> None:
    officer = _signed_in(world, "privacy-officer")
    for fields in ({"keep": "yes"}, {}):
        request_id = person.waiting(2, email=f"{len(fields)}@example.org", **fields)
        officer.get(f"/requests/{request_id}")
        officer.post(f"/requests/{request_id}/approve", {"none": "yes"})
    chosen, other = world.suppressed
    assert chosen.photo == fakes.drawn(2)
    assert chosen.face is not None
    assert (other.photo, other.face) == (None, None)

"""Who is kept out: burnt out of new photos, set aside when nobody can tell, searched for nightly, let go at a wish."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from facewarden.bootstrap.installation import Installation
from facewarden.domain.audit import AuditEvent
from facewarden.domain.erasing import ErasureReason, NewSuppression
from facewarden.domain.ids import FaceNumber, random_id
from facewarden.domain.suppression import IncidentKind, IncidentState, QuarantineState
from facewarden.errors import BadUseError
from facewarden.matching.suppression import Zone, suppression_thresholds
from facewarden.services.refusal import RefusedError
from facewarden.services.taking_out.quarantine import Answer
from tests.integration.erasing.conftest import Office, altered, beside

pytestmark = pytest.mark.slow
PERSON = 3  # the number of their photo; their face is the next one


@pytest.fixture
def photo(population) -> Callable[[int], bytes]:
    """A photo of a generated person that the gallery does not have."""
    return lambda person: altered(population.photo(person, 1).content, "as it is")


def _template(installation: Installation, content: bytes) -> np.ndarray:
    pixels = installation.decoder.decode([content])[0].pixels
    face = installation.engine.detect([pixels])[0][0]
    return installation.engine.templates([pixels], [face], installation.card.probe_views)[0]


def _keep_out(office: Office, installation: Installation, template: np.ndarray, **more: object) -> str:
    """The face of that template kept out, nothing erased."""
    suppression = NewSuppression(random_id("sup"), template, installation.card.pack_id, **more)  # type: ignore[arg-type]
    actor = office.officer(installation)
    installation.taking_out.erasing.erase(actor, [], ErasureReason.OPT_OUT, suppression=suppression)
    return suppression.suppression_id


def _at(template: np.ndarray, similarity: float) -> np.ndarray:
    """A template of that similarity to the given one."""
    noise = np.random.default_rng(5).standard_normal(len(template)).astype(np.float32)
    noise -= noise @ template * template
    noise /= np.linalg.norm(noise)
    return (similarity * template + np.sqrt(1 - similarity**2) * noise).astype(np.float32)


def _shown(installation: Installation) -> set[int]:
    return set(installation.records.gallery.showable([FaceNumber(number) for number in range(1, 200)]))


def test_who_is_kept_out_is_burnt_out_of_new_photos_that_show_others(office: Office, population) -> None:
    installation = office.open()
    alone = [altered(population.photo(person, 0).content, "as it is") for person in (1, 9)]
    couple = beside(*alone)
    _keep_out(office, installation, _template(installation, alone[0]))
    before = _shown(installation)
    report = office.bring(installation, {"couple.jpg": couple})
    assert (report.admitted, report.faces, report.burnt, report.suppressed) == (1, 1, 1, 1)
    (number,) = _shown(installation) - before
    came = installation.records.gallery.showable([FaceNumber(number)])[FaceNumber(number)]
    pixels = installation.decoder.decode([installation.records.gallery.photo_content(came.photo.photo_id)])[0].pixels
    faces = installation.engine.detect([pixels])[0]
    assert [face.box.overlap(came.face.box) > 0.8 for face in faces] == [True], "one face, in its place"
    assert came.photo.width_px == pixels.shape[1]
    assert office.bring(installation, {"couple.jpg": couple}).duplicates == 1
    assert all(check.problem is None for check in installation.examine())


@pytest.fixture
def aside(office: Office, photo) -> tuple[Installation, str]:
    """A photo in the quarantine: its face is like one that is kept out, not like enough to tell."""
    installation = office.open()
    limits = suppression_thresholds(installation.calibration, 1)
    template = _template(installation, photo(1))
    _keep_out(office, installation, _at(template, (limits.barred + limits.quarantined) / 2))
    before = _shown(installation)
    report = office.bring(installation, {"like.jpg": photo(1)})
    assert (report.admitted, report.suppressed, report.quarantined, report.troubles) == (0, 1, 1, [])
    assert _shown(installation) == before
    (waits,) = installation.ways_in.quarantine.waiting(office.officer(installation))
    assert waits.state is QuarantineState.WAITING
    return installation, waits.quarantine_id


def test_what_waits_is_seen_by_an_officer_alone_and_comes_in_by_their_word(office: Office, photo, aside) -> None:
    installation, quarantine_id = aside
    quarantine = installation.ways_in.quarantine
    ana = dataclasses.replace(office.officer(installation))
    ana = dataclasses.replace(ana, user=dataclasses.replace(ana.user, roles=frozenset()))
    with pytest.raises(RefusedError):
        quarantine.picture(ana, quarantine_id)
    assert quarantine.picture(office.officer(installation), quarantine_id).startswith(b"\xff\xd8")
    assert office.bring(installation, {"again.jpg": photo(1)}).duplicates == 1, "it waits already"
    before = _shown(installation)
    report = quarantine.decide(office.officer(installation), quarantine_id, Answer.SOMEBODY_ELSE)
    assert (report.admitted, report.faces) == (1, 1)
    assert len(_shown(installation) - before) == 1
    assert quarantine.waiting(office.officer(installation)) == []
    assert installation.vault.get_many([quarantine_id]) == {}
    assert installation.taking_out.nightly_probe.run(installation.clock.now())["came_back"] == 0
    with pytest.raises(BadUseError) as decided:
        quarantine.decide(office.officer(installation), quarantine_id, Answer.SOMEBODY_ELSE)
    assert decided.value.code == "quarantine_unknown"


def test_an_officer_can_keep_it_out_and_it_ends_by_itself_on_its_day(office: Office, aside, photo) -> None:
    installation, quarantine_id = aside
    quarantine, now = installation.ways_in.quarantine, installation.clock.now()
    before = _shown(installation)
    assert quarantine.decide(office.officer(installation), quarantine_id, Answer.KEEP_OUT).admitted == 0
    assert _shown(installation) == before
    assert office.bring(installation, {"again.jpg": photo(1)}).quarantined == 1, "it is set aside anew"
    (waits,) = quarantine.waiting(office.officer(installation))
    assert quarantine.end(now) == {"ended": 0}
    assert quarantine.end(waits.until) == {"ended": 1}
    assert installation.vault.get_many([waits.quarantine_id]) == {}
    assert not list((installation.data_dir / "photos").rglob(waits.quarantine_id))


def test_near_copies_of_an_erased_photo_do_not_come_back_without_any_suppression(office: Office) -> None:
    installation = office.open()
    original = (office.drawn / f"{PERSON:03}-0.jpg").read_bytes()
    shown = installation.records.gallery.showable([FaceNumber(PERSON + 1)])[FaceNumber(PERSON + 1)]
    actor = office.officer(installation)
    assert office.bring(installation, {"copy.jpg": altered(original, "re-encoded")}).admitted == 1, "the control"
    copy = max(_shown(installation))
    installation.taking_out.erasing.erase(actor, [shown.photo.photo_id], ErasureReason.TAKEDOWN)
    installation.taking_out.erasing.erase(actor, [], ErasureReason.TAKEDOWN, face_numbers=[FaceNumber(copy)])
    ways = {f"{way}.jpg": altered(original, way) for way in ("re-encoded", "smaller", "flipped")}
    report = office.bring(installation, {"same.jpg": original, **ways})
    assert (report.admitted, report.refused["photo_barred"]) == (0, 4)
    sealed = [row.sealed for row in _copies(installation)]
    assert sealed
    assert not any(len(row) == 32 for row in sealed)


def _copies(installation: Installation) -> list:
    from facewarden.adapters.records_sql.tables_taking_out import barred_copies

    with installation.database.reading() as connection:
        return list(connection.execute(barred_copies.select()))


def test_who_came_back_is_found_in_the_night_and_erased_at_once(
    office: Office, photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = office.open()
    suppression_id = _keep_out(office, installation, _template(installation, photo(1)))
    probe = installation.taking_out.nightly_probe
    quiet = {"probed": 1, "other_pack": 0, "came_back": 0, "bytes_left": 0}
    assert probe.run(installation.clock.now()) == quiet
    before = _shown(installation)
    with monkeypatch.context() as broken:  # a build whose check of new faces does not work
        broken.setattr(installation.taking_out.suppression, "needed", lambda: False)
        assert office.bring(installation, {"back.jpg": photo(1)}).admitted == 1
    assert len(_shown(installation) - before) == 1
    assert probe.run(installation.clock.now())["came_back"] == 1
    assert _shown(installation) == before
    actor = office.officer(installation)
    (incident,) = installation.taking_out.incidents.all(actor)
    assert (incident.kind, incident.state, incident.photos) == (IncidentKind.FACE_CAME_BACK, IncidentState.OPEN, 1)
    assert incident.suppression_id == suppression_id
    assert [e.subject for e in installation.log.entries() if e.event is AuditEvent.INCIDENT_FOUND] == [
        incident.incident_id
    ]
    installation.taking_out.incidents.close(actor, incident.incident_id)
    assert probe.run(installation.clock.now()) == quiet
    with pytest.raises(BadUseError):
        installation.taking_out.incidents.close(actor, incident.incident_id)


def test_what_an_officer_saw_when_the_person_was_taken_out_is_not_erased_in_the_night(office: Office) -> None:
    installation = office.open()
    number = FaceNumber(PERSON + 1)
    template = installation.records.gallery.templates([number])[1][0].copy()
    _keep_out(office, installation, template)  # the officer confirmed none of the candidates
    assert installation.taking_out.nightly_probe.run(installation.clock.now())["came_back"] == 0
    assert number in _shown(installation)


def test_a_key_that_is_there_again_is_an_incident_and_destroyed(office: Office) -> None:
    installation = office.open()
    number = FaceNumber(PERSON + 1)
    actor = office.officer(installation)
    installation.taking_out.erasing.erase(actor, [], ErasureReason.OFFICER, face_numbers=[number])
    assert installation.taking_out.nightly_probe.run(installation.clock.now())["bytes_left"] == 0
    installation.vault.create_many([int(number)])  # as an old copy of keys.db would bring it
    assert installation.taking_out.nightly_probe.run(installation.clock.now())["bytes_left"] == 1
    assert installation.vault.get_many([int(number)]) == {}
    assert [incident.kind for incident in installation.taking_out.incidents.all(actor)] == [IncidentKind.BYTES_LEFT]


def test_the_person_can_be_let_go_and_is_kept_out_no_more(office: Office, photo) -> None:
    installation = office.open()
    suppression_id = _keep_out(office, installation, _template(installation, photo(1)))
    assert office.bring(installation, {"barred.jpg": photo(1)}).admitted == 0, "the control"
    actor = office.officer(installation)
    installation.taking_out.kept_out.lift(actor, suppression_id, "in_person")
    assert office.bring(installation, {"in.jpg": altered(photo(1), "re-encoded")}).admitted == 1
    assert installation.taking_out.ledger.suppressions() == []
    assert installation.vault.get_many([f"purpose/suppression/{suppression_id}"]) == {}
    assert [e.subject for e in installation.log.entries() if e.event is AuditEvent.SUPPRESSION_LIFTED] == [
        suppression_id
    ]
    with pytest.raises(BadUseError) as unknown:
        installation.taking_out.kept_out.lift(actor, suppression_id, "in_person")
    assert unknown.value.code == "suppression_unknown"


def test_cleared_faces_are_lawful_only_by_an_officers_word() -> None:
    from facewarden.services.taking_out.suppression import FACTS

    assert FACTS[Zone.CLEARED].value is False
    assert "officer" in FACTS[Zone.CLEARED].origin
    assert set(FACTS) == set(Zone)

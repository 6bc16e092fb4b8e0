"""A probe: attested, edited on record; of a sensitive one only faces; and what helps, in words."""

import io
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from PIL import Image

from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import CaseBasis, Purpose, SoughtFor
from facewarden.domain.faces import Box, DetectedFace, FaceQuality
from facewarden.domain.photos import DecodedPhoto, PhotoFormat, PhotoMetadata
from facewarden.domain.searches import Edit, EditKind, ProbeKind, ProbeOrigin
from facewarden.errors import BadPhotoError, BadUseError
from facewarden.services.casework.cases import Stated
from facewarden.services.casework.probes import SeenProbe, edited, notes_on, png_of
from facewarden.services.refusal import RefusedError
from tests.unit.services.actors import actor_of
from tests.unit.web.builders import populated
from tests.unit.web.fakes import drawn

PHOTO = ProbeOrigin(ProbeKind.PHOTO, "attested by whoever sent it")
TURN, LIGHTER = Edit(EditKind.ROTATE, (90.0,)), Edit(EditKind.EXPOSURE, (0.5,))


@pytest.fixture
def installation():
    return populated()


def opened(installation, **stated):
    actor = actor_of(installation, "investigator")
    return actor, installation.cases.open(actor, "HP-1", Purpose.INVESTIGATE_CRIME, "", Stated(**stated))


def test_the_three_edits_do_what_they_say_and_nothing_else():
    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3) * 10
    turned = edited(picture, [TURN])
    assert turned.shape == (3, 2, 3)
    assert (turned[0, 1] == picture[0, 0]).all(), "the top left corner goes to the top right"
    assert (edited(picture, [TURN] * 4) == picture).all()
    assert (edited(picture, [Edit(EditKind.CROP, (1 / 3, 0.0, 1.0, 0.5))]) == picture[:1, 1:]).all()
    lighter = edited(picture, [Edit(EditKind.EXPOSURE, (1.0,))])
    assert (lighter >= picture).all()
    assert lighter[0, 0, 1] == round(10 * 2 ** (1 / 2.2))


def test_a_picture_survives_being_written_as_png():
    picture = np.random.default_rng(3).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    assert (np.asarray(Image.open(io.BytesIO(png_of(picture)))) == picture).all()


@pytest.mark.parametrize(
    "edit",
    [
        Edit(EditKind.ROTATE, (45.0,)),
        Edit(EditKind.ROTATE, ()),
        Edit(EditKind.EXPOSURE, (9.0,)),
        Edit(EditKind.EXPOSURE, (float("nan"),)),
        Edit(EditKind.CROP, (0.5, 0.0, 0.4, 1.0)),
        Edit(EditKind.CROP, (-0.1, 0.0, 1.0, 1.0)),
    ],
)
def test_no_other_edit_is_done(installation, edit):
    actor, case = opened(installation)
    probe = installation.search.upload(actor, case, drawn(2), PHOTO)
    with pytest.raises(BadUseError) as caught:
        installation.search.edit(actor, probe.probe_id, edit)
    assert caught.value.code == "bad_edit"


def test_every_edit_is_logged_stands_with_the_search_and_can_be_undone(installation):
    actor, case = opened(installation)
    probe = installation.search.upload(actor, case, drawn(2), PHOTO)
    installation.search.edit(actor, probe.probe_id, TURN)
    installation.search.edit(actor, probe.probe_id, LIGHTER)
    back = installation.search.undo(actor, probe.probe_id)
    assert back.origin.edits == (TURN,)
    told = [e.details["action"] for e in installation.log.entries() if e.event is AuditEvent.PROBE_EDITED]
    assert told == ["rotate", "exposure", "undo"]
    record = installation.search.run_uploaded(actor, case, probe.probe_id, 1, 10).record
    assert record.basis.origin.edits == (TURN,)
    assert record.basis.origin.original_sha256 == back.origin.original_sha256
    assert installation.search.undo.__self__ is installation.search


def test_an_edit_that_leaves_no_face_changes_nothing(installation):
    actor, case = opened(installation)
    probe = installation.search.upload(actor, case, drawn(2), PHOTO)
    with pytest.raises(BadPhotoError):
        installation.search.edit(actor, probe.probe_id, Edit(EditKind.CROP, (0.0, 0.0, 0.1, 0.1)))
    assert installation.search.probe(actor, probe.probe_id)[0].origin.edits == ()


@pytest.mark.parametrize("kind", [ProbeKind.SKETCH, ProbeKind.COMPOSITE, ProbeKind.EDITED])
def test_what_is_no_photograph_is_refused_before_it_is_decoded(installation, kind):
    actor, case = opened(installation)
    decoded = []
    installation.search._decoder.decode = lambda files: decoded.append(files) or []
    for act in (
        lambda: installation.search.upload(actor, case, drawn(2), replace(PHOTO, kind=kind)),
        lambda: installation.search.run(actor, case, drawn(2), None, 10, replace(PHOTO, kind=kind)),
    ):
        with pytest.raises(RefusedError) as caught:
            act()
        assert caught.value.decision.rules == ("base.probe_genuine",)
    assert decoded == []


def test_of_a_sensitive_probe_the_whole_picture_is_never_kept(installation):
    actor, case = opened(installation)
    content = drawn(2, 4)
    probe = installation.search.upload(actor, case, content, replace(PHOTO, sensitive=True))
    _, kept = installation.probes.kept[probe.probe_id]
    whole, sheet = Image.open(io.BytesIO(content)), Image.open(io.BytesIO(kept))
    assert sheet.size != whole.size
    assert sheet.width * sheet.height < whole.width * whole.height
    assert len(probe.faces) == 2
    assert all(face.box.left >= 0 and face.box.right <= sheet.width for face in probe.faces)
    found = installation.search.run_uploaded(actor, case, probe.probe_id, 1, 10).record
    assert found.candidates[0].similarity > 0.5
    again = installation.search.upload(actor, case, content, replace(PHOTO, sensitive=True))
    with pytest.raises(BadUseError) as caught:
        installation.search.edit(actor, again.probe_id, TURN)
    assert caught.value.code == "sensitive_probe"


def test_the_same_picture_day_after_day_is_a_watch_and_takes_a_warrant_with_an_end(installation):
    actor, case = opened(installation)
    ends = (installation.clock.now() + timedelta(days=60)).date()
    warrant = opened(installation, basis=CaseBasis.WARRANT, basis_reference="W-1", basis_ends_on=ends)[1]
    for _ in range(3):
        for watched in (case, warrant):
            installation.search.run(actor, watched, drawn(2), None, 10, PHOTO)
        installation.clock.pass_time(days=1)
    with pytest.raises(RefusedError) as caught:
        installation.search.run(actor, case, drawn(2), None, 10, PHOTO)
    assert caught.value.decision.rules == ("base.standing_watch",)
    installation.search.run(actor, case, drawn(4), None, 10, PHOTO)
    installation.search.run(actor, warrant, drawn(2), None, 10, PHOTO)
    installation.clock.pass_time(days=61)
    with pytest.raises(RefusedError) as caught:
        installation.search.run(actor, warrant, drawn(2), None, 10, PHOTO)
    assert "base.case_basis_in_force" in caught.value.decision.rules


@pytest.mark.parametrize("ground", [g for g in SoughtFor if g not in (SoughtFor.CONDUCT, SoughtFor.NEED)])
def test_nobody_is_searched_for_because_of_what_they_believe_or_are(installation, ground):
    actor, case = opened(installation, sought_for=ground)
    decision = installation.search.ask(actor, case)
    assert decision.rules == ("base.protected_ground",)
    assert decision.grounds[0].remedy


def test_a_picture_of_a_protest_needs_a_suspicion_on_file(installation):
    origin = replace(PHOTO, protected_activity=True)
    actor, case = opened(installation)
    with pytest.raises(RefusedError) as caught:
        installation.search.upload(actor, case, drawn(2), origin)
    assert caught.value.decision.rules == ("base.protected_activity",)
    suspected = opened(installation, reasonable_suspicion=True)[1]
    assert installation.search.upload(actor, suspected, drawn(2), origin)


def seen(*boxes, size=(900, 600), roll_deg=0.0, kind=PhotoFormat.JPEG):
    quality = FaceQuality(100.0, 0.5, 0.0, roll_deg, 0.9)
    faces = tuple(DetectedFace(Box(*box), 0.99, (), quality) for box in boxes)
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    return SeenProbe(faces, DecodedPhoto(pixels, kind, PhotoMetadata()))


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        (seen((100, 100, 300, 300), (290, 100, 450, 300)), "touching"),
        (seen((-5, 100, 200, 300)), "cut off by the edge"),
        (seen((100, 100, 300, 300), roll_deg=90.0), "turn the picture until the eyes are level"),
        (seen((100, 100, 300, 300), roll_deg=180.0), "upside down"),
        (seen(*[(30 * n, 10, 30 * n + 20, 30) for n in range(1, 28)]), "27 faces: crop"),
        (seen((100, 100, 300, 300), size=(1920, 1080), kind=PhotoFormat.PNG), "screenshot"),
    ],
    ids=["touching", "edge", "sideways", "upside down", "group", "screenshot"],
)
def test_what_makes_a_probe_hard_is_said_with_what_to_do(probe, words):
    assert any(words in note for note in notes_on(probe))


def test_an_ordinary_probe_needs_no_remark():
    assert notes_on(seen((100, 100, 300, 300))) == ()


def test_a_picture_that_shows_a_face_only_when_turned_is_turned_on_record(installation):
    actor, case = opened(installation)
    detect = installation.engine.detect

    def upright_only(images):
        return [
            found if image.shape[0] > image.shape[1] else ()
            for image, found in zip(images, detect(images), strict=True)
        ]

    installation.engine.detect = upright_only
    try:
        probe = installation.search.upload(actor, case, drawn(2), PHOTO)
    finally:
        installation.engine.detect = detect
    assert [edit.kind for edit in probe.origin.edits] == [EditKind.ROTATE]
    assert [e.details["action"] for e in installation.log.entries() if e.event is AuditEvent.PROBE_EDITED] == ["rotate"]
    assert installation.search.picture(actor, probe.probe_id).width_px == 600

"""YuNet and SFace as published, on drawn people, and against OpenCV where it is installed."""

from __future__ import annotations

import dataclasses
import io
import shutil

import numpy as np
import onnx
import pytest
from PIL import Image, ImageOps

from facewarden.adapters.faces_onnx import arcface, recipes
from facewarden.adapters.faces_onnx.families import EMBEDDER_FILE
from facewarden.adapters.faces_onnx.manifest import MANIFEST_NAME, Manifest, sha256_of
from facewarden.adapters.faces_onnx.pack import (
    DEFAULT_CARD,
    calibrated_pack,
    open_pack,
    pack_calibration,
    verify_pack,
)
from facewarden.adapters.faces_onnx.sessions import runtime
from facewarden.adapters.faces_onnx.weights import SFACE, SOURCES_FOLDER, YUNET
from facewarden.bootstrap import faces as bootstrap_faces
from facewarden.domain.deployment import DeclaredUse
from facewarden.errors import BadUseError, DamagedError, UnavailableError
from tests.conftest import Shell

pytestmark = pytest.mark.models
NAME = recipes.YUNET_SFACE.card.pack_id
GIVEN = "somebody-elses"


@pytest.fixture(scope="module")
def people(population):
    """Six people with two photos each, as pixels: (person, photo)."""
    return {(person, photo): _upright(population.photo(person, photo)) for person in range(6) for photo in range(2)}


def _upright(photo):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(photo.content)))
    return np.asarray(image.convert("RGB"))


@pytest.fixture
def own_models(stronger_models, tmp_path):
    """A copy of the pack that a test may spoil."""
    shutil.copytree(stronger_models / NAME, tmp_path / NAME)
    (tmp_path / SOURCES_FOLDER).symlink_to(stronger_models / SOURCES_FOLDER)
    return tmp_path


def test_each_drawn_person_is_seen_once_with_landmarks_where_they_belong(stronger_engine, people, models_dir):
    photos = list(people.values())
    seen, default = stronger_engine.detect(photos), open_pack(models_dir).detect(photos)
    for faces, others in zip(seen, default, strict=True):
        (face,), (other,) = faces, others
        assert face.box.overlap(other.box) > 0.6
        assert face.quality.failing() == ()
        eyes = np.array(face.landmarks[:2])
        corners = np.array(other.landmarks)
        # Between dlib's outer and inner corners; in whole pixels, and rough where a fringe hides an eye.
        assert np.abs(eyes - [corners[2:4].mean(axis=0), corners[:2].mean(axis=0)]).max() < 0.12 * face.box.width_px
        assert eyes[0, 1] < face.landmarks[2][1] < face.landmarks[3][1]


def test_people_in_a_group_are_all_seen(stronger_engine, population):
    group = _upright(population.group_photo(range(5)))
    assert len(stronger_engine.detect([group])[0]) == 5


def test_a_persons_two_photos_are_nearer_than_any_two_peoples(stronger_engine, people):
    photos = list(people.values())
    faces = [found[0] for found in stronger_engine.detect(photos)]
    templates = stronger_engine.templates(photos, faces, views=2)
    similarities = templates @ templates.T
    persons = np.array([person for person, _ in people])
    same = persons[:, None] == persons
    assert similarities[same].min() > similarities[~same].max()
    assert np.linalg.norm(templates, axis=1) == pytest.approx(np.ones(len(photos)))
    for row in (0, 11):
        assert np.array_equal(stronger_engine.templates([photos[row]], [faces[row]], views=2)[0], templates[row])
    with pytest.raises(BadUseError, match="1 to 2 views"):
        stronger_engine.templates(photos[:1], faces[:1], views=3)


def test_nothing_is_seen_where_nobody_is(stronger_engine):
    coarse = np.random.default_rng(9).integers(0, 256, (30, 40, 3))
    squares = np.ascontiguousarray(coarse.repeat(10, axis=0).repeat(10, axis=1).astype(np.uint8))
    assert stronger_engine.detect([squares, np.full((50, 70, 3), 128, np.uint8)]) == [(), ()]


def test_the_rebuilt_embedder_gives_what_the_published_one_gives(stronger_engine, published_weights):
    chips = np.random.default_rng(3).integers(0, 256, (2, arcface.CHIP_PX, arcface.CHIP_PX, 3)).astype(np.uint8)
    model = onnx.load_from_string(published_weights[SFACE])
    del model.graph.input[1:]  # it names its weights as inputs too, some of which are not in it
    published = runtime().InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    planes = chips.transpose(0, 3, 1, 2).astype(np.float32)
    expected = np.concatenate([published.run(["fc1"], {"data": plane[None]})[0] for plane in planes])
    assert np.abs(stronger_engine.descriptors(chips) - expected).max() < 1e-5


def test_boxes_landmarks_and_templates_are_opencvs(stronger_engine, stronger_models, people):
    cv2 = pytest.importorskip("cv2")
    sources = stronger_models / SOURCES_FOLDER
    recogniser = cv2.FaceRecognizerSF.create(str(sources / SFACE.file_name), "")
    for photo in list(people.values())[:4]:
        detector = cv2.FaceDetectorYN.create(str(sources / YUNET.file_name), "", photo.shape[1::-1], 0.6, 0.3)
        blue_first = np.ascontiguousarray(photo[..., ::-1])
        (expected,) = detector.detect(blue_first)[1]
        height, width = (-(-side // 32) * 32 for side in photo.shape[:2])
        padded = np.zeros((1, height, width, 3), np.uint8)
        padded[0, : photo.shape[0], : photo.shape[1]] = photo
        network, eye = stronger_engine._detector._network, stronger_engine._detector._eye
        seen = eye.read(network(padded), 0.6)
        left, top, right, bottom = seen.boxes[0]
        assert [left, top, right - left, bottom - top] == pytest.approx(expected[:4], abs=0.01)
        assert seen.points[0].ravel() == pytest.approx(expected[4:14], abs=0.01)
        chip = recogniser.alignCrop(blue_first, expected)
        mine = arcface.cut(photo, seen.points[0])
        assert np.abs(mine[..., ::-1].astype(int) - chip).mean() < 1.0
        theirs = recogniser.feature(chip)[0]
        same_chip = stronger_engine.descriptors(np.ascontiguousarray(chip[None, ..., ::-1]))[0]
        assert np.abs(same_chip - theirs).max() < 1e-4
        whole = stronger_engine.descriptors(mine[None])[0]
        assert whole @ theirs / np.linalg.norm(whole) / np.linalg.norm(theirs) > 0.995


def test_building_again_gives_the_same_files_and_a_changed_one_is_found(own_models):
    assert verify_pack(own_models, NAME, rebuild=True) == recipes.YUNET_SFACE.card
    folder = own_models / NAME
    data = bytearray((folder / EMBEDDER_FILE).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / EMBEDDER_FILE).write_bytes(data)
    with pytest.raises(DamagedError, match="verify"):
        open_pack(own_models, pack_id=NAME)
    manifest = Manifest.read(folder)
    changed = dataclasses.replace(manifest, files={**manifest.files, EMBEDDER_FILE: sha256_of(bytes(data))})
    changed.write(folder)
    with pytest.raises(DamagedError) as caught:
        verify_pack(own_models, NAME, rebuild=True)
    assert caught.value.next_step == f"Run: facewarden models pull {NAME}"


def test_its_shipped_calibration_is_of_this_pack_and_names_what_may_be_wrong_with_it(stronger_models):
    calibration = pack_calibration(stronger_models, recipes.YUNET_SFACE.card)
    assert calibration.pack == calibrated_pack(recipes.YUNET_SFACE.card)
    assert any("trained with" in limit for limit in calibration.limits)
    assert calibration.pack != calibrated_pack(DEFAULT_CARD)


@pytest.fixture
def given(own_models):
    """A pack of the same kind that somebody else made, with the terms that a test gives it."""
    folder = own_models / GIVEN
    (own_models / NAME).rename(folder)
    card = dataclasses.replace(recipes.YUNET_SFACE.card, pack_id=GIVEN)
    made = dataclasses.replace(Manifest.read(folder), card=card, sources={})

    def give(**changes):
        dataclasses.replace(made, **changes).write(folder)
        return own_models

    return give


def test_a_given_pack_for_112_pixel_chips_is_opened_and_has_no_numbers_without_a_calibration(given, people):
    models = given()
    engine = open_pack(models, pack_id=GIVEN)
    assert len(engine.detect([people[0, 0]])[0]) == 1
    with pytest.raises(UnavailableError) as caught:
        pack_calibration(models, engine.card)
    assert caught.value.code == "calibration_missing"


def test_a_pack_whose_terms_forbid_the_declared_use_is_not_opened(given):
    models = given(permitted_uses=frozenset({DeclaredUse.RESEARCH}))
    with pytest.raises(UnavailableError) as caught:
        open_pack(models, pack_id=GIVEN)
    assert caught.value.code == "pack_use_forbidden"
    assert "research" in caught.value.why
    settings = Shell(models / "data", models / "home", models).settings
    with pytest.raises(UnavailableError, match="forbid the use declared here, operation"):
        bootstrap_faces.open_engine(settings, GIVEN)
    for_research = dataclasses.replace(settings, use=DeclaredUse.RESEARCH)
    assert bootstrap_faces.open_engine(for_research, GIVEN).card.pack_id == GIVEN


def test_uses_that_are_none_make_the_manifest_damaged(given):
    models = given()
    manifest = models / GIVEN / MANIFEST_NAME
    manifest.write_text(manifest.read_text().replace('"sources"', '"permitted_uses": ["anything"], "sources"'))
    with pytest.raises(DamagedError):
        open_pack(models, pack_id=GIVEN)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"input_px": 160}, "another size"),
        ({"alignment": "eyes alone"}, "alignment"),
        ({"dimension": 512}, "does not make 512"),
        ({"probe_views": 6}, "1 to 2 views"),
    ],
)
def test_a_given_pack_that_wants_or_makes_something_else_is_unfit(given, change, why):
    card = dataclasses.replace(recipes.YUNET_SFACE.card, pack_id=GIVEN, **change)
    with pytest.raises(DamagedError, match=why):
        open_pack(given(card=card), pack_id=GIVEN)


@pytest.mark.parametrize("data", [b"", b"\x08\x07", onnx.ModelProto().SerializeToString()])
def test_a_file_that_is_no_such_network_is_damaged(data):
    from facewarden.adapters.faces_onnx import sface_model, yunet_model

    for build in (sface_model.build_embedder, yunet_model.build_detector):
        with pytest.raises(DamagedError):
            build(data)


def test_one_network_is_not_taken_for_the_other(published_weights):
    from facewarden.adapters.faces_onnx import sface_model, yunet_model

    with pytest.raises(DamagedError):
        sface_model.build_embedder(published_weights[YUNET])
    with pytest.raises(DamagedError):
        yunet_model.build_detector(published_weights[SFACE])

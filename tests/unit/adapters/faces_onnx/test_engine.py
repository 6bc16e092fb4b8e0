"""The engine with a detector and an embedder that stand in for the models."""

from dataclasses import replace

import numpy as np
import pytest

from facewarden.adapters.faces_onnx.alignment import DlibAlignment, alignment_boxes
from facewarden.adapters.faces_onnx.engine import OnnxFaceEngine
from facewarden.adapters.faces_onnx.landmarks import LandmarkFinder, read_shape_model
from facewarden.adapters.faces_onnx.pack import DEFAULT_CARD
from facewarden.adapters.faces_onnx.sightings import Sightings, nothing_seen
from facewarden.errors import BadUseError

CARD = replace(DEFAULT_CARD, dimension=6)


class TwoFaces:
    """Sees a small face, surely, and a large one; nothing in a black photo."""

    def detect(self, image):
        if not image.any():
            return nothing_seen()
        return Sightings(np.array([[120.0, 20, 150, 60], [20.0, 30, 110, 140]]), np.array([0.9, 0.6]))


def embed(chips):
    """Means of the channels, left and right: a mirrored chip has another descriptor."""
    halves = chips[:, :, :75].mean(axis=(1, 2)), chips[:, :, 75:].mean(axis=(1, 2))
    return np.concatenate(halves, axis=1).astype(np.float32)


@pytest.fixture
def engine(trees_file):
    return OnnxFaceEngine(CARD, TwoFaces(), DlibAlignment(LandmarkFinder(read_shape_model(trees_file))), embed)


def test_faces_come_largest_first_with_score_and_landmarks(engine, photo):
    (faces,) = engine.detect([photo])
    assert [round(face.box.width_px) for face in faces] == [90, 30]
    assert [face.score for face in faces] == [0.6, 0.9]
    assert all(len(face.landmarks) == 5 for face in faces)


def test_a_photo_without_a_face_has_none_and_the_others_keep_theirs(engine, photo):
    black = np.zeros_like(photo)
    assert engine.detect([]) == []
    first, second, third = engine.detect([photo, black, photo])
    assert second == ()
    assert first == third == engine.detect([photo])[0]


def test_templates_have_length_one_and_one_row_a_face(engine, photo):
    faces = engine.detect([photo])[0]
    templates = engine.templates([photo, photo], faces, views=2)
    assert templates.shape == (2, 6)
    assert templates.dtype == np.float32
    assert np.linalg.norm(templates, axis=1) == pytest.approx([1.0, 1.0])
    assert engine.templates([], [], views=2).shape == (0, 6)


def test_two_views_are_the_chip_and_its_mirror(engine, photo):
    face = engine.detect([photo])[0][0]
    chip = engine.chips([photo], [face])
    both = np.concatenate([engine.descriptors(chip), engine.descriptors(chip[:, :, ::-1])])
    expected = both.mean(axis=0) / np.linalg.norm(both.mean(axis=0))
    assert np.allclose(engine.templates([photo], [face], views=2)[0], expected)


def test_a_batch_gives_each_face_what_it_gets_alone(engine, photo):
    faces = engine.detect([photo])[0] * 9
    together = engine.templates([photo] * 18, faces, views=DlibAlignment.most_views)
    for row in (0, 1, 17):
        assert np.array_equal(engine.templates([photo], [faces[row]], views=DlibAlignment.most_views)[0], together[row])


@pytest.mark.parametrize("views", [0, DlibAlignment.most_views + 1])
def test_another_number_of_views_is_bad_use(engine, photo, views):
    with pytest.raises(BadUseError, match="views"):
        engine.templates([photo], [engine.detect([photo])[0][0]], views)


@pytest.mark.parametrize("shape", [(10, 10), (10, 10, 4), (0, 10, 3)])
def test_a_photo_of_another_shape_is_bad_use(engine, shape):
    with pytest.raises(BadUseError):
        engine.detect([np.zeros(shape, np.uint8)])


def test_alignment_boxes_are_square_a_little_lower_and_never_empty():
    boxes = alignment_boxes(np.array([[0.0, 0.0, 80.0, 100.0], [5.0, 5.0, 5.2, 5.3]]))
    left, top, right, bottom = boxes[0]
    assert right - left == bottom - top == 83
    assert ((left + right + 1) / 2, (top + bottom + 1) / 2) == pytest.approx((40, 53.7), abs=1)
    assert (boxes[1, 2:] >= boxes[1, :2]).all()

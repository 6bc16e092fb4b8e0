"""Chips: where they lie, what they hold, and that dlib would have cut the same."""

import numpy as np
import pytest

from facewarden.adapters.faces_onnx import chips
from facewarden.adapters.faces_onnx.chips import Placement

USUAL = np.array([(0.86, 0.21), (0.65, 0.23), (0.12, 0.21), (0.33, 0.23), (0.49, 0.63)])


def _landmarks(left, top, width, turn_rad=0.0):
    turn = np.array([[np.cos(turn_rad), -np.sin(turn_rad)], [np.sin(turn_rad), np.cos(turn_rad)]])
    return np.round((USUAL - 0.5) @ turn.T * width + width / 2 + (left, top)).astype(np.int64)


def test_a_level_face_has_a_level_chip_of_one_and_a_half_its_width():
    placement = chips.place(_landmarks(40, 30, 100))
    assert placement.angle_rad == pytest.approx(0.0, abs=0.02)
    assert placement.side_px == pytest.approx(150.0, rel=0.02)
    assert chips.place(_landmarks(40, 30, 100), padding=0.5).side_px == pytest.approx(200.0, rel=0.02)


def test_a_tilted_face_is_set_upright():
    placement = chips.place(_landmarks(40, 30, 100, turn_rad=0.5))
    assert placement.angle_rad == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("width", [12, 40, 90, 150, 210, 330, 700])
@pytest.mark.parametrize("turn_rad", [0.0, -0.3, 1.2])
def test_the_chip_equals_dlibs_to_one_grey_level(photo, width, turn_rad):
    dlib = pytest.importorskip("dlib")
    image = np.ascontiguousarray(photo.repeat(3, axis=0).repeat(3, axis=1))
    for left, top in ((100, 60), (-30, -20), (420, 330)):
        landmarks = _landmarks(left, top, width, turn_rad)
        parts = [dlib.point(int(x), int(y)) for x, y in landmarks]
        whole = dlib.full_object_detection(dlib.rectangle(0, 0, 10, 10), parts)
        expected = dlib.get_face_chip(image, whole, size=150, padding=0.25).astype(int)
        actual = chips.cut(image, chips.place(landmarks)).astype(int)
        assert np.abs(actual - expected).max() <= 1
        assert (actual != expected).mean() < 1e-3


def test_halving_is_the_binomial_filter(photo):
    halved = chips.halve(photo)
    weights = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])
    rows, columns = (160 - 3) // 2, (200 - 3) // 2
    assert halved.shape == (rows, columns, 3)
    for row, column in ((0, 0), (5, 11), (rows - 1, columns - 1)):
        window = photo[2 * row : 2 * row + 5, 2 * column : 2 * column + 5].astype(int)
        expected = (window * weights[..., None]).sum(axis=(0, 1)) // 256
        assert halved[row, column].tolist() == expected.tolist()


def test_what_is_too_small_to_halve_is_nothing():
    assert chips.halve(np.zeros((8, 50, 3), np.uint8)).size == 0


def test_a_chip_wholly_outside_of_the_photo_is_black(photo):
    assert not chips.cut(photo, Placement(5_000.0, -900.0, 100.0, 0.3)).any()


def test_a_face_of_no_size_is_black(photo):
    assert not chips.cut(photo, chips.place(np.full((5, 2), 50, np.int64))).any()


def test_many_chips_are_the_single_ones(photo):
    placements = [chips.place(_landmarks(20, 10, 60)), chips.place(_landmarks(70, 40, 90, 0.2))]
    both = chips.cut_all(photo, placements)
    for row, placement in enumerate(placements):
        assert np.array_equal(both[row], chips.cut(photo, placement))

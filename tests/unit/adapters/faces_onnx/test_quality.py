"""Each measure of quality moves the way its name says."""

import numpy as np
import pytest

from facewarden.adapters.faces_onnx import quality as measuring
from facewarden.domain.faces import Box

BOX = Box(10.0, 10.0, 60.0, 90.0)
FRONTAL = np.array([(80, 40), (65, 41), (20, 40), (35, 41), (50, 70)])
CHIP = np.random.default_rng(2).integers(0, 256, (150, 150, 3), dtype=np.uint8)


def measure(box, landmarks, chip):
    """As the default pack's alignment does, from dlib's five landmarks."""
    right, left, nose = (complex(*landmarks[place]) for place in (0, 2, 4))
    return measuring.measure(box, measuring.pose(left, right, nose, measuring.NOSE_BASE_DEPTH), chip)


def test_size_is_the_shorter_side_of_the_box():
    assert measure(BOX, FRONTAL, CHIP).size_px == 50.0


def test_a_frontal_level_face_has_no_turn_and_no_tilt():
    quality = measure(BOX, FRONTAL, CHIP)
    assert quality.yaw_deg == pytest.approx(0.0)
    assert quality.roll_deg == pytest.approx(0.0)


def test_a_nose_to_the_right_is_a_positive_turn():
    turned = FRONTAL + np.array([(0, 0), (0, 0), (0, 0), (0, 0), (12, 0)])
    assert 10.0 < measure(BOX, turned, CHIP).yaw_deg < 45.0
    assert measure(BOX, FRONTAL * (-1, 1) + (100, 0), CHIP).roll_deg == pytest.approx(180.0)


def test_a_fall_to_the_right_is_a_positive_tilt_and_no_turn():
    turn = np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])
    quality = measure(BOX, np.round(FRONTAL * 10 @ turn.T).astype(int), CHIP)
    assert quality.roll_deg == pytest.approx(np.degrees(0.5), abs=0.2)
    assert quality.yaw_deg == pytest.approx(0.0, abs=0.5)


def test_blur_lowers_sharpness_and_darkness_does_not():
    soft = CHIP.astype(float)
    sharp = measure(BOX, FRONTAL, CHIP).sharpness
    for width in (5, 9, 17):
        soft = sum(np.roll(soft, (down, across), (0, 1)) for down in range(width) for across in range(width)) / width**2
        softer = measure(BOX, FRONTAL, soft.astype(np.uint8)).sharpness
        assert softer < 0.9 * sharp
        sharp = softer
    dark = measure(BOX, FRONTAL, CHIP // 2).sharpness
    assert dark == pytest.approx(measure(BOX, FRONTAL, CHIP).sharpness, rel=0.05)


def test_light_is_the_share_that_is_neither_black_nor_burnt_out():
    chip = np.full((150, 150, 3), 90, np.uint8)
    assert measure(BOX, FRONTAL, chip).light == 1.0
    chip[:, :75] = 255
    assert measure(BOX, FRONTAL, chip).light == pytest.approx(0.5)
    chip[:, 75:] = 5
    assert measure(BOX, FRONTAL, chip).light == 0.0


def test_dark_skin_in_plain_light_is_not_bad_light():
    assert measure(BOX, FRONTAL, np.full((150, 150, 3), 25, np.uint8)).light == 1.0


def test_a_flat_chip_has_no_detail():
    assert measure(BOX, FRONTAL, np.full((150, 150, 3), 90, np.uint8)).sharpness == 0.0


def test_landmarks_on_one_spot_are_a_full_turn():
    assert measure(BOX, np.full((5, 2), 7), CHIP).yaw_deg == 90.0

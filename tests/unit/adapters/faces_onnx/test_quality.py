"""Each measure of quality moves the way its name says."""

import numpy as np
import pytest

from facewarden.adapters.faces_onnx.quality import measure
from facewarden.domain.faces import Box

BOX = Box(10.0, 10.0, 60.0, 90.0)
FRONTAL = np.array([(80, 40), (65, 41), (20, 40), (35, 41), (50, 70)])
CHIP = np.random.default_rng(2).integers(0, 256, (150, 150, 3), dtype=np.uint8)


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
    soft = sum(np.roll(CHIP.astype(float), shift, axis=axis) for shift in (-2, -1, 0, 1, 2) for axis in (0, 1)) / 10
    sharp = measure(BOX, FRONTAL, CHIP).sharpness
    assert measure(BOX, FRONTAL, soft.astype(np.uint8)).sharpness < 0.8 * sharp
    assert measure(BOX, FRONTAL, CHIP // 2).sharpness == pytest.approx(sharp, rel=0.05)


def test_light_is_the_range_of_grey():
    assert measure(BOX, FRONTAL, CHIP // 4).light == pytest.approx(measure(BOX, FRONTAL, CHIP).light / 4, abs=0.02)


def test_a_flat_chip_has_neither_detail_nor_light():
    quality = measure(BOX, FRONTAL, np.full((150, 150, 3), 90, np.uint8))
    assert (quality.sharpness, quality.light) == (0.0, 0.0)


def test_landmarks_on_one_spot_are_a_full_turn():
    assert measure(BOX, np.full((5, 2), 7), CHIP).yaw_deg == 90.0

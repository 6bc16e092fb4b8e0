"""The 112-pixel chip shows a face at its usual places, however it lies in the photo."""

import numpy as np
import pytest

from facewarden.adapters.faces_onnx.arcface import CHIP_PX, ArcFaceAlignment, cut
from facewarden.adapters.faces_onnx.sightings import Sightings, nothing_seen
from facewarden.domain.faces import Box

USUAL = np.array([(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)])
BOX = Box(0.0, 0.0, 100.0, 120.0)


def _waves(width=300, height=260):
    """A smooth photo: each place has its own colour."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    planes = [127 + 120 * np.sin(x / 23.0), 127 + 120 * np.cos(y / 19.0), 127 + 120 * np.sin((x + y) / 31.0)]
    return np.stack(planes, axis=2).astype(np.uint8)


def test_landmarks_at_their_usual_places_give_the_photo_itself():
    photo = _waves()
    differences = np.abs(cut(photo, USUAL).astype(int) - photo[:CHIP_PX, :CHIP_PX])
    assert differences.max() <= 1


@pytest.mark.parametrize(("turn_rad", "scale"), [(0.0, 1.0), (0.4, 1.0), (-1.2, 1.5), (3.0, 0.7)])
def test_a_turned_and_enlarged_face_is_brought_back(turn_rad, scale):
    factor = scale * np.exp(1j * turn_rad)
    x, y = np.meshgrid(np.arange(CHIP_PX), np.arange(CHIP_PX))
    centre = 56 + 56j

    def moved(places):
        return (places - centre) * factor + 150 + 130j

    at = moved(x + 1j * y)
    planes = [127 + 120 * np.sin(at.real / 23.0), 127 + 120 * np.cos(at.imag / 19.0)]
    points = moved(USUAL[:, 0] + 1j * USUAL[:, 1])
    chip = cut(_waves(), np.stack([points.real, points.imag], axis=1)).astype(float)
    for plane, expected in enumerate(planes):
        assert np.abs(chip[..., plane] - expected).max() < 2.5


def test_what_lies_outside_of_the_photo_is_black():
    photo = np.full((60, 60, 3), 200, np.uint8)
    chip = cut(photo, USUAL)
    assert (chip[:59, :59] == 200).all()
    assert (chip[61:] == 0).all()
    assert (chip[:, 61:] == 0).all()
    assert not cut(photo, USUAL + 1_000).any()
    assert not cut(photo, USUAL - 1_000).any()


def test_landmarks_on_one_spot_give_a_black_chip():
    assert not cut(_waves(), np.full((5, 2), 50.0)).any()


def test_the_second_view_is_the_mirror_image():
    views = np.zeros((2, CHIP_PX, CHIP_PX, 3), np.uint8)
    ArcFaceAlignment().fill_views(views, _waves(), USUAL)
    assert views[0].any()
    assert np.array_equal(views[1], views[0, :, ::-1])


def test_landmarks_are_the_detectors_own_in_the_order_of_the_photos():
    seen = Sightings(np.zeros((2, 4)), np.ones(2), np.stack([USUAL, USUAL + 1]))
    points = ArcFaceAlignment().landmarks([], [nothing_seen(), seen, nothing_seen()])
    assert np.array_equal(points, seen.points)
    assert ArcFaceAlignment().landmarks([], [nothing_seen()]).shape == (0, 5, 2)


def test_turn_and_tilt_have_their_signs():
    alignment, photo = ArcFaceAlignment(), _waves()
    frontal = alignment.quality(BOX, photo, USUAL)
    assert frontal.yaw_deg == pytest.approx(0.0, abs=1.0)
    assert frontal.roll_deg == pytest.approx(0.0, abs=1.0)
    assert frontal.size_px == 100.0
    to_the_right = USUAL + np.array([(0, 0), (0, 0), (10, 0), (0, 0), (0, 0)])
    assert 15 < alignment.quality(BOX, photo, to_the_right).yaw_deg < 40
    factor = np.exp(0.5j)
    turned = (USUAL[:, 0] + 1j * USUAL[:, 1]) * factor + 60
    tilted = alignment.quality(BOX, photo, np.stack([turned.real, turned.imag], axis=1))
    assert tilted.roll_deg == pytest.approx(np.degrees(0.5), abs=1.0)
    assert tilted.yaw_deg == pytest.approx(frontal.yaw_deg, abs=0.5)

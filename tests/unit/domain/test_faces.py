"""What a face and its quality say about themselves."""

from dataclasses import replace

import pytest

from facewarden.domain import faces
from facewarden.domain.faces import Box, FaceQuality

GOOD = FaceQuality(size_px=100.0, sharpness=0.5, yaw_deg=0.0, roll_deg=0.0, light=0.6)


def test_a_box_knows_its_size() -> None:
    box = Box(10.0, 20.0, 40.0, 80.0)
    assert (box.width_px, box.height_px, box.area_px) == (30.0, 60.0, 1800.0)


def test_overlap_is_one_for_the_same_box_and_zero_for_strangers() -> None:
    box = Box(0.0, 0.0, 10.0, 10.0)
    assert box.overlap(box) == 1.0
    assert box.overlap(Box(10.0, 0.0, 20.0, 10.0)) == 0.0
    assert box.overlap(Box(5.0, 0.0, 15.0, 10.0)) == pytest.approx(1 / 3)
    assert Box(0.0, 0.0, 0.0, 0.0).overlap(Box(0.0, 0.0, 0.0, 0.0)) == 0.0


def test_a_good_face_fails_nothing() -> None:
    assert GOOD.failing() == ()


@pytest.mark.parametrize(
    ("name", "limit", "beyond"),
    [
        ("size_px", faces.FLOOR_SIZE_PX, -0.01),
        ("sharpness", faces.FLOOR_SHARPNESS, -0.0001),
        ("yaw_deg", faces.CEILING_YAW_DEG, 0.01),
        ("roll_deg", faces.CEILING_ROLL_DEG, 0.01),
        ("light", faces.FLOOR_LIGHT, -0.0001),
    ],
)
def test_each_measure_passes_at_its_limit_and_fails_beyond_it(name: str, limit: float, beyond: float) -> None:
    assert replace(GOOD, **{name: limit}).failing() == ()
    assert replace(GOOD, **{name: limit + beyond}).failing() == (name,)


def test_a_turn_or_tilt_to_either_side_fails_alike() -> None:
    assert replace(GOOD, yaw_deg=-80.0, roll_deg=-90.0).failing() == ("yaw_deg", "roll_deg")


def test_a_face_of_twelve_pixels_is_too_small_and_not_absent() -> None:
    assert replace(GOOD, size_px=12.0).failing() == ("size_px",)

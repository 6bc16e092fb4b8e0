"""Which faces go with a burnt one, and that nothing of a burnt region is left in the file."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from facewarden.adapters.photos_decode.burning import GREY, JpegBurner
from facewarden.domain.faces import Box, DetectedFace, FaceQuality
from facewarden.domain.ids import FaceNumber
from facewarden.services.taking_out.burning import COVERED, MARGIN, covered, region, with_covered


def _face(left: float, width: float = 100.0) -> DetectedFace:
    return DetectedFace(Box(left, 0.0, left + width, 100.0), 1.0, (), FaceQuality(100.0, 1.0, 0.0, 0.0, 1.0))


def test_a_region_is_the_box_with_its_margin() -> None:
    assert region(Box(100.0, 200.0, 200.0, 400.0)) == Box(
        100 - 100 * MARGIN, 200 - 200 * MARGIN, 200 + 100 * MARGIN, 400 + 200 * MARGIN
    )


@pytest.mark.parametrize(
    ("share", "goes"), [(0.0, False), (COVERED - 0.01, False), (COVERED, False), (COVERED + 0.01, True), (1.0, True)]
)
def test_a_face_goes_too_if_more_than_half_of_it_is_burnt_over(share: float, goes: bool) -> None:
    edge = 100.0 + 100.0 * MARGIN  # where the burning of the first face ends
    beside = _face(edge - 100.0 * share)
    assert covered(beside.box, region(_face(0.0).box)) == pytest.approx(share)
    gone = with_covered({FaceNumber(1): _face(0.0), FaceNumber(2): beside}, frozenset({FaceNumber(1)}))
    assert gone == frozenset({FaceNumber(1), FaceNumber(2)} if goes else {FaceNumber(1)})


def test_faces_of_other_photos_change_nothing() -> None:
    assert with_covered({FaceNumber(1): _face(0.0)}, frozenset({FaceNumber(9)})) == frozenset()


@pytest.mark.parametrize(
    "box", [Box(40, 40, 90, 90), Box(-50, -50, 30, 30), Box(150, 100, 900, 900), Box(33, 17, 34, 18)]
)
def test_what_lies_in_a_region_is_grey_and_the_rest_stays(box: Box) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (160, 240, 3), dtype=np.uint8)
    before = pixels.copy()
    image = Image.open(io.BytesIO(JpegBurner().burn(pixels, [box])))
    burnt = np.asarray(image)
    assert (pixels == before).all(), "what was given is not changed"
    assert burnt.shape == pixels.shape
    assert not image.getexif()
    top, bottom, left, right = (int(max(edge, 0)) for edge in (box.top, box.bottom, box.left, box.right))
    inside = burnt[top:bottom, left:right]
    assert inside.size
    assert np.abs(inside.astype(int) - GREY).max() <= 2
    outside = np.ones(pixels.shape[:2], dtype=bool)
    outside[max(0, top - 16) : bottom + 16, max(0, left - 16) : right + 16] = False
    assert np.abs(burnt[outside].astype(int) - GREY).mean() > 30


def test_an_empty_box_counts_as_covered() -> None:
    assert covered(Box(5, 5, 5, 9), Box(0, 0, 1, 1)) == 1.0

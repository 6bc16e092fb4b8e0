"""What stays of a probe is the picked face, and no other one's."""

import numpy as np
import pytest

from facewarden.domain.faces import Box, DetectedFace, FaceQuality
from facewarden.domain.photos import DecodedPhoto, PhotoFormat, PhotoMetadata
from facewarden.errors import BadUseError
from facewarden.services.casework.probes import SeenProbe, lone_crop, pick, placed_in

QUALITY = FaceQuality(100.0, 0.5, 0.0, 0.0, 0.9)


def face(left, top, right, bottom):
    return DetectedFace(Box(left, top, right, bottom), 0.9, ((1.0, 2.0),), QUALITY)


def seen(*faces, width=1000, height=800, scale=1.0):
    pixels = np.zeros((height, width, 3), np.uint8)
    return SeenProbe(faces, DecodedPhoto(pixels, PhotoFormat.JPEG, PhotoMetadata(), scale))


def test_a_lone_face_keeps_its_full_margin():
    picked = face(400, 300, 500, 400)
    assert lone_crop(picked, seen(picked)) == (340, 240, 560, 460)


def test_the_margin_ends_at_the_picture():
    picked = face(0, 0, 100, 100)
    assert lone_crop(picked, seen(picked)) == (0, 0, 160, 160)


@pytest.mark.parametrize(
    "other", [(510, 300, 600, 400), (300, 300, 390, 400), (400, 410, 500, 500), (420, 200, 480, 290)]
)
def test_the_margin_ends_where_another_face_begins(other):
    picked, neighbour = face(400, 300, 500, 400), face(*other)
    left, top, right, bottom = lone_crop(picked, seen(picked, neighbour))
    assert Box(left, top, right, bottom).overlap(neighbour.box) == 0.0
    assert (left, top, right, bottom) == (390, 290, 510, 410)


def test_a_face_far_away_changes_nothing():
    picked = face(400, 300, 500, 400)
    assert lone_crop(picked, seen(picked, face(800, 300, 900, 400))) == (340, 240, 560, 460)


def test_a_face_whose_box_overlaps_leaves_the_picked_box_alone():
    picked = face(400, 300, 500, 400)
    assert lone_crop(picked, seen(picked, face(480, 300, 580, 400))) == (400, 300, 500, 400)


def test_a_crop_is_in_pixels_of_the_original():
    picked = face(200, 150, 250, 200)
    assert lone_crop(picked, seen(picked, width=500, height=400, scale=0.5)) == (340, 240, 560, 460)


def test_a_face_is_placed_in_its_crop_and_reduced_with_it():
    placed = placed_in((340, 240, 560, 460), face(400, 300, 500, 400), 110)
    assert placed.box == Box(30.0, 30.0, 80.0, 80.0)
    assert placed.landmarks == ()
    assert placed_in((340, 240, 560, 460), face(400, 300, 500, 400), 1024).box == Box(60, 60, 160, 160)


def test_a_number_out_of_range_is_bad_use_and_lists_the_boxes():
    faces = (face(0, 0, 10, 10), face(20, 0, 30, 10))
    assert pick(faces, 2) is faces[1]
    assert pick(faces[:1], None) is faces[0]
    for number in (None, 0, 3, -1):
        with pytest.raises(BadUseError, match="10 x 10 px at"):
            pick(faces, number)

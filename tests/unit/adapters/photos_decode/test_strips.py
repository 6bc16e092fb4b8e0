"""What is made of rows that pass by is what would be made of the whole, and nothing more is held of them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from facewarden.adapters.photos_decode.strips import BICUBIC, Coarse, Parts

SIZE = (300, 203)


def picture(mode="RGB"):
    noise = np.random.default_rng(3).integers(0, 256, (SIZE[1], SIZE[0], 4), np.uint8)
    noise[..., 3] |= 128
    return Image.fromarray(noise).convert(mode)


def pass_by(whole, taker, rows):
    for top in range(0, min(whole.height, taker.bottom), rows):
        taker.take(whole.crop((0, top, whole.width, min(whole.height, taker.bottom, top + rows))))
    return taker


@pytest.mark.parametrize("rows", [1, 7, 64, 500])
@pytest.mark.parametrize("target", [(300, 203), (299, 202), (171, 116), (40, 27), (3, 2), (1, 1)])
def test_a_photo_reduced_row_after_row_is_the_photo_reduced_whole(target, rows):
    whole = picture()
    coarse = pass_by(whole, Coarse(SIZE, target), rows).picture
    assert coarse.size == target
    off = np.abs(np.asarray(coarse).astype(int) - np.asarray(whole.resize(target, BICUBIC)))
    assert off.max() <= 1  # the last bit of a sum
    assert off.mean() < 0.001


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "CMYK", "P", "1"])
def test_every_mode_is_reduced_as_it_would_be_whole(mode):
    whole = picture(mode)
    coarse = pass_by(whole, Coarse(SIZE, (100, 68)), 16).picture
    plain = whole.convert({"P": "RGB", "1": "L"}.get(mode, mode)).resize((100, 68), BICUBIC)
    assert coarse.mode == plain.mode
    assert np.abs(np.asarray(coarse).astype(int) - np.asarray(plain)).max() <= 4  # where nearly all is transparent


def test_no_more_rows_are_held_than_the_next_row_of_the_small_picture_needs():
    coarse = Coarse(SIZE, (30, 20))
    held = []
    for top in range(SIZE[1]):
        coarse.take(picture().crop((0, top, SIZE[0], top + 1)))
        held.append(coarse.held_px)
    assert max(width for width, _ in held) == 30
    assert max(height for _, height in held) < 70
    assert held[-1][1] < 30


def test_parts_are_the_pixels_of_their_boxes_whatever_the_strips():
    whole, boxes = picture(), [(10, 20, 80, 90), (0, 0, 300, 5), (70, 60, 75, 150)]
    for rows in (1, 13, 400):
        parts = pass_by(whole, Parts(boxes), rows)
        assert parts.bottom == 150
        for part, box in zip(parts.pictures, boxes, strict=True):
            assert (np.asarray(part) == np.asarray(whole.crop(box))).all()

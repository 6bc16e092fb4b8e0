"""Of a JPEG of which parts are wanted, nothing else is left while it is decoded, and rows below are never decoded."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from facewarden.adapters.photos_decode import jpeg
from facewarden.adapters.photos_decode.cutting import cut_out
from facewarden.adapters.photos_decode.jpeg import PartJpeg, outside

SIZE = (1200, 900)


def file_of(**options):
    buffer = io.BytesIO()
    Image.effect_noise((300, 225), 90).resize(SIZE).convert("RGB").save(buffer, "JPEG", quality=95, **options)
    return buffer.getvalue()


class Watched(PartJpeg):
    """Counts the pieces asked for, and what lies outside the parts after each was blackened."""

    def __init__(self, content):
        self.pieces, self.left = 0, []
        super().__init__(io.BytesIO(content), "")

    def load_read(self, read_bytes):
        self.pieces += 1
        return super().load_read(read_bytes)

    def blacken(self):
        super().blacken()
        whole = np.asarray(Image.Image._new(self, self.im)).copy()
        for left, top, right, bottom in self._kept:
            whole[top:bottom, left:right] = 0
        self.left.append(int(whole.sum()))


def test_outside_the_parts_nothing_is_left_at_any_moment(monkeypatch):
    monkeypatch.setattr(jpeg, "PIECE_BYTES", 16 << 10)
    content = file_of()
    image = Watched(content)
    (part,) = cut_out(image, 1, [(200, 300, 400, 450)], 4096)
    assert image.left
    assert not any(image.left)
    whole = np.asarray(Image.open(io.BytesIO(content)))
    assert (np.asarray(part) == whole[300:450, 200:400]).all()


def test_rows_below_the_last_part_are_never_decoded(monkeypatch):
    monkeypatch.setattr(jpeg, "PIECE_BYTES", 16 << 10)
    content = file_of()
    image = Watched(content)
    cut_out(image, 1, [(0, 0, 300, 200)], 4096)
    assert image.size == (SIZE[0], 200)
    assert image.pieces < len(content) / (16 << 10) / 2


def test_the_control_without_parts_everything_is_there():
    image = PartJpeg(io.BytesIO(file_of()), "")
    image.load()
    assert np.asarray(image)[500:].sum() > 0


@pytest.mark.parametrize(
    "parts", [[(0, 0, 10, 8)], [(2, 1, 5, 4)], [(2, 1, 5, 4), (4, 3, 9, 6)], [(1, 0, 3, 8), (7, 2, 9, 5)]]
)
def test_what_is_outside_and_the_parts_are_the_whole_without_overlap(parts):
    inside, covered = np.zeros((8, 10), int), np.zeros((8, 10), int)
    for left, top, right, bottom in parts:
        inside[top:bottom, left:right] = 1
    for left, top, right, bottom in outside(parts, (10, 8)):
        covered[top:bottom, left:right] += 1
    assert (inside + covered == 1).all()


def test_without_parts_nothing_is_outside():
    assert list(outside([], (10, 8))) == []

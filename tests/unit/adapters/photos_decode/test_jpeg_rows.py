"""Of a JPEG whose rows pass by nothing is left that was taken, and rows below the last are never decoded."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from facewarden.adapters.photos_decode.jpeg import PartJpeg
from facewarden.adapters.photos_decode.strips import Parts

SIZE = (1200, 900)


def file_of(mode="RGB", **options):
    picture = Image.effect_noise((300, 225), 90).resize(SIZE).convert("RGB")
    picture.paste((0, 0, 0), (0, 300, 1200, 700))  # more rows of black than come at a time
    buffer = io.BytesIO()
    picture.convert(mode).save(buffer, "JPEG", quality=95, **options)
    return buffer.getvalue()


class Watched(PartJpeg):
    """Counts the pieces asked for, and what is left in memory of the rows that were taken."""

    def __init__(self, content):
        self.pieces, self.left = 0, []
        super().__init__(io.BytesIO(content), "")

    def load_read(self, read_bytes):
        self.pieces += 1
        piece = super().load_read(read_bytes)
        self.left.append(int(np.asarray(self._new(self.im)).sum()))
        return piece


class Kept(Parts):
    """The whole, and how many rows came at a time."""

    def __init__(self, bottom=SIZE[1]):
        super().__init__([(0, 0, SIZE[0], bottom)])
        self.heights = []

    def take(self, strip):
        self.heights.append(strip.height)
        super().take(strip)


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L"])
def test_of_what_was_taken_nothing_is_left_at_any_moment(mode):
    content = file_of(mode)
    image, taker = Watched(content), Kept()
    image.pass_to(taker, len(content))
    assert image.pieces > 10
    assert not any(image.left)
    assert not np.asarray(image).any()
    whole = Image.open(io.BytesIO(content))
    assert (np.asarray(taker.pictures[0]) == np.asarray(whole)).all()
    assert sum(taker.heights) == SIZE[1]


def test_the_control_without_a_taker_everything_is_there():
    image = Watched(file_of())
    image.load()
    assert np.asarray(image)[700:].any()


def test_rows_below_the_last_part_are_never_decoded():
    content = file_of()
    image = Watched(content)
    image.pass_to(Kept(200), len(content))
    assert image.size == (SIZE[0], 200)
    assert image.pieces < SIZE[1] / 64 / 2


def test_a_progressive_file_comes_at_once_and_is_overwritten_too():
    content = file_of(progressive=True)
    image, taker = PartJpeg(io.BytesIO(content), ""), Kept()
    image.pass_to(taker, len(content))
    assert not np.asarray(image).any()
    assert (np.asarray(taker.pictures[0]) == np.asarray(Image.open(io.BytesIO(content)))).all()


def test_a_file_that_ends_too_early_is_told():
    content = file_of()
    with pytest.raises(OSError, match="truncated"):
        PartJpeg(io.BytesIO(content[: len(content) // 2]), "").pass_to(Kept(), len(content))

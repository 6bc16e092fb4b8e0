"""A WebP's rows are those that Pillow decodes; what was taken is gone from memory at once."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from facewarden.adapters.photos_decode import webp
from facewarden.adapters.photos_decode.passing import passing
from facewarden.adapters.photos_decode.protocol import UnusableError
from facewarden.adapters.photos_decode.strips import Parts

LIMITS = {"pixels": 1 << 24, "file_side_px": 4096, "memory_bytes": 1 << 30}
SIZE = (403, 601)


def picture(mode="RGB"):
    noise = np.random.default_rng(3).integers(0, 256, (61, 41, 4), np.uint8)
    return Image.fromarray(noise).resize(SIZE, Image.Resampling.BICUBIC).convert(mode)


def file_of(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", method=0, **options)
    return buffer.getvalue()


class Counting:
    """Keeps how many rows came at a time."""

    def __init__(self, bottom):
        self.bottom, self.heights = bottom, []

    def take(self, strip):
        self.heights.append(strip.height)


def passed(content, taker):
    with passing(content, "webp", LIMITS) as photo:
        photo.pass_to(taker)
    return taker


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("options", [{"quality": 90}, {"lossless": True}, {"quality": 20}])
def test_rows_are_what_is_decoded_whole(mode, options):
    content = file_of(picture(mode), **options)
    (whole,) = passed(content, Parts([(0, 0, *SIZE)])).pictures
    assert whole.mode == mode
    assert (np.asarray(whole) == np.asarray(Image.open(io.BytesIO(content)))).all()


@pytest.mark.parametrize("quality", [30, 90])
def test_few_rows_come_at_a_time(quality):
    taker = passed(file_of(picture(), quality=quality), Counting(SIZE[1]))
    assert sum(taker.heights) == SIZE[1]
    assert max(taker.heights) <= 96


def test_rows_below_the_last_that_is_wanted_are_not_decoded():
    assert sum(passed(file_of(picture()), Counting(100)).heights) < 200


def test_the_control_an_animation_comes_whole():
    content = file_of(picture(), save_all=True, append_images=[picture().rotate(180)])
    assert passed(content, Counting(SIZE[1])).heights == [SIZE[1]]


def test_an_animation_of_one_frame_comes_whole_too():
    still = file_of(picture())
    wide, high = (side.to_bytes(3, "little") for side in (SIZE[0] - 1, SIZE[1] - 1))
    frame = b"ANMF" + (16 + len(still) - 12).to_bytes(4, "little") + bytes(6) + wide + high + bytes(4) + still[12:]
    head = b"VP8X\x0a\0\0\0\x02\0\0\0" + wide + high
    chunks = head + b"ANIM\x06\0\0\0" + bytes(6) + frame
    content = b"RIFF" + (4 + len(chunks)).to_bytes(4, "little") + b"WEBP" + chunks
    assert passed(content, Counting(SIZE[1])).heights == [SIZE[1]]


def test_what_was_taken_is_gone_from_memory():
    stride, rows = 3 * 4096, 64
    canvas = webp.canvas_of(stride * rows)
    canvas[:] = b"\x7f" * (stride * rows)
    taker = Counting(rows)
    assert webp.hand_over(canvas, "RGB", stride, (0, 48), taker) == 48
    assert taker.heights == [48]
    assert canvas[: 48 * stride] == bytes(48 * stride)
    assert canvas[48 * stride :] == b"\x7f" * (16 * stride)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.97])
def test_a_file_that_ends_too_early_is_told(share):
    content = file_of(picture())
    with pytest.raises(UnusableError) as caught:
        passed(content[: int(len(content) * share)], Counting(SIZE[1]))
    assert caught.value.code == "truncated"


def test_a_file_whose_picture_is_cut_off_within_its_frame_is_told():
    content = bytearray(file_of(picture()))
    shorter = len(content) // 2 // 2 * 2
    content[4:8] = (shorter - 8).to_bytes(4, "little")
    content[16:20] = (shorter - 20).to_bytes(4, "little")
    with pytest.raises(UnusableError) as caught:
        passed(bytes(content[:shorter]), Counting(SIZE[1]))
    assert caught.value.code in ("truncated", "damaged_image")


def test_the_libwebp_that_pillow_brings_shows_its_functions():
    assert webp.library() is not None

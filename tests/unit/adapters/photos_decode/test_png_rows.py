"""A PNG's rows are those that Pillow decodes, of every kind, and few are there at a time."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from facewarden.adapters.photos_decode import cutting, metadata, png
from facewarden.adapters.photos_decode.passing import passing
from facewarden.adapters.photos_decode.pixels import opened, upright_rgb
from facewarden.adapters.photos_decode.protocol import UnusableError

LIMITS = {"pixels": 1 << 24, "file_side_px": 4096, "memory_bytes": 1 << 30}
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def file_of(samples, depth, colour, *, interlaced=False, behind=b""):
    """A PNG of an array (height, width, samples): every row filtered another way."""
    height, width = samples.shape[:2]
    grids = [samples[y::dy, x::dx] for x, y, dx, dy in PASSES] if interlaced else [samples]
    lines = b"".join(filtered(grid, depth) for grid in grids if grid.size)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(lines)) + behind + chunk(b"IEND", b"")


def filtered(samples, depth):
    """Section 9 of the specification, a row at a time."""
    if depth < 8:
        bits = np.unpackbits(samples.astype(np.uint8)[..., None], axis=-1)[..., -depth:]
        rows = np.packbits(bits.reshape(len(samples), -1), axis=1).astype(int)
    else:
        rows = (
            np.frombuffer(samples.astype(f">u{depth // 8}").tobytes(), np.uint8).reshape(len(samples), -1).astype(int)
        )
    far = max(1, samples.shape[2] * depth // 8)
    out, above = b"", np.zeros_like(rows[0])
    for number, row in enumerate(rows):
        left, corner = (np.concatenate([np.zeros(far, int), line[:-far]])[: len(row)] for line in (row, above))
        guess = left + above - corner
        gaps = np.abs(guess - np.stack([left, above, corner])).argmin(axis=0)
        paeth = np.choose(gaps, [left, above, corner])
        kind = number % 5
        out += (
            bytes([kind])
            + ((row - (0, left, above, (left + above) // 2, paeth)[kind]) % 256).astype(np.uint8).tobytes()
        )
        above = row
    return out


def noise(samples, depth, size=(61, 47)):
    return np.random.default_rng(7).integers(0, 2**depth, (size[1], size[0], samples))


def looked_at(content, max_side_px):
    with passing(content, "png", LIMITS) as photo:
        return np.asarray(cutting.glance(photo, metadata.orientation(photo.image), max_side_px)[0]).astype(int)


def decoded(content, max_side_px):
    with opened(content, "png", LIMITS) as image:
        return np.asarray(upright_rgb(image, metadata.orientation(image), max_side_px, None)[0]).astype(int)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(
    ("samples", "depth", "colour"),
    [
        *((1, depth, 0) for depth in (1, 2, 4, 8, 16)),
        *((samples, depth, colour) for samples, colour in ((3, 2), (2, 4), (4, 6)) for depth in (8, 16)),
    ],
)
def test_every_colour_type_and_depth_is_seen_as_it_is_decoded_whole(monkeypatch, samples, depth, colour, interlaced):
    monkeypatch.setattr(png, "STRIP_BYTES", 700)
    content = file_of(noise(samples, depth), depth, colour, interlaced=interlaced)
    assert np.abs(looked_at(content, 100) - decoded(content, 100)).max() <= 1
    assert np.abs(looked_at(content, 20) - decoded(content, 20)).max() <= (2 if samples % 2 else 24)


@pytest.mark.parametrize("colours", [2, 4, 16, 200])
@pytest.mark.parametrize("options", [{}, {"transparency": 1}])
def test_a_palette_and_its_transparent_colour_are_kept(colours, options):
    content = saved(Image.fromarray(noise(3, 8).astype(np.uint8)).quantize(colours), **options)
    assert (looked_at(content, 100) == decoded(content, 100)).all()


def saved(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def test_a_colour_that_stands_for_transparent_is_white():
    image = Image.new("RGB", (40, 30), (9, 99, 199))
    content = saved(image, transparency=(9, 99, 199))
    assert (looked_at(content, 100) == 255).all()


def test_what_stands_behind_the_picture_is_read_and_turns_it():
    exif = Image.Exif()
    exif[274] = 6
    text = b"Title\0Behind"
    behind = chunk(b"tEXt", text) + chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    content = file_of(noise(3, 8), 8, 2, behind=behind)
    seen = looked_at(content, 100)
    assert seen.shape == (61, 47, 3)
    assert (seen == decoded(content, 100)).all()
    with passing(content, "png", LIMITS) as photo:
        assert metadata.said(photo.image)["tags"]["png:Title"] == "Behind"


class Counting:
    """Takes rows and counts them."""

    def __init__(self, bottom):
        self.bottom, self.heights = bottom, []

    def take(self, strip):
        self.heights.append(strip.height)


@pytest.mark.parametrize("colour", ["grey", "noise"])
def test_few_rows_come_at_a_time_however_well_the_file_is_packed(monkeypatch, colour):
    monkeypatch.setattr(png, "STRIP_BYTES", 16 << 10)
    picture = Image.new("RGB", (500, 2000), "grey") if colour == "grey" else Image.effect_noise((500, 2000), 90)
    taker = Counting(1500)
    with passing(saved(picture.convert("RGB")), "png", LIMITS) as photo:
        photo.pass_to(taker)
    assert sum(taker.heights) == 1500
    assert max(taker.heights) == (16 << 10) // 1501


def test_the_control_an_interlaced_file_comes_whole():
    taker = Counting(47)
    with passing(file_of(noise(3, 8), 8, 2, interlaced=True), "png", LIMITS) as photo:
        photo.pass_to(taker)
    assert taker.heights == [47]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_file_that_ends_too_early_is_told(share):
    content = saved(Image.effect_noise((300, 300), 90))
    with pytest.raises(UnusableError) as caught:
        looked_at(content[: int(len(content) * share)], 50)
    assert caught.value.code == "truncated"


def test_a_filter_that_does_not_exist_is_damage():
    lines = b"".join(b"\x09" + bytes(30) for _ in range(10))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 10, 10, 8, 2, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    with pytest.raises(UnusableError) as caught:
        looked_at(content, 50)
    assert caught.value.code == "damaged_image"

"""Each kind of bad file ends in its own error, and the photo after it is decoded."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.adapters.photos_decode.limits import DecodeLimits
from facewarden.domain.photos import DecodedPhoto
from facewarden.errors import BadPhotoError
from tests.processes import cpu_s


def _chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _png(width, height, *extra, rows=b""):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [_chunk(b"IHDR", header), *extra, _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _jpeg_of_stated_size(width, height, encoded):
    content = bytearray(encoded(Image.new("RGB", (16, 16)), "JPEG"))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(content)


def _webp_of_stated_size(width, height):
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + struct.pack("<I", width - 1)[:3]
    body += struct.pack("<I", height - 1)[:3]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_an_empty_file_says_so(refusal_of):
    assert refusal_of(b"") == "empty_file"


@pytest.mark.parametrize("content", [b"\0", b"hello", b"{}", b"PK\x03\x04rest", b"<html><body>", b"\xff\xd8", b"RIFF"])
def test_a_file_that_is_no_image_says_so(refusal_of, content):
    assert refusal_of(content) == "not_an_image"


def test_random_bytes_are_no_image(decoder):
    source = random.Random(7)
    results = decoder.decode([source.randbytes(source.randrange(1, 5000)) for _ in range(100)])
    assert {error.code for error in results} == {"not_an_image"}


@pytest.mark.parametrize("form", ["GIF", "TIFF", "BMP", "ICO", "PDF"])
def test_another_format_is_refused_by_name(decoder, encoded, form):
    (error,) = decoder.decode([encoded(Image.new("RGB", (32, 32)), form)])
    assert isinstance(error, BadPhotoError)
    assert error.code == "unsupported_format"
    assert form in error.what


def computed_s(decoder):
    return sum(cpu_s(process_id) for process_id in decoder.process_ids)


def test_a_gif_of_ten_thousand_frames_costs_nothing(decoder, encoded):
    frame = b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    content = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff" + frame * 10_000 + b";"
    decoder.decode([encoded(Image.new("RGB", (8, 8)), "PNG")])  # the child is up
    before_s = computed_s(decoder)
    (error,) = decoder.decode([content])
    assert error.code == "unsupported_format"
    assert computed_s(decoder) - before_s < 0.5


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_counts(photo_of, encoded, form):
    frames = [Image.new("RGB", (20, 20), (step, 0, 0)) for step in range(0, 250, 10)]
    content = encoded(frames[0], form, save_all=True, append_images=frames[1:], lossless=True)
    assert photo_of(content).pixels.max() == 0


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_a_bomb_is_refused_from_its_header_at_once(decoder, encoded, form):
    content = {
        "png": _png(50_000, 50_000),
        "jpeg": _jpeg_of_stated_size(50_000, 50_000, encoded),
        "webp": _webp_of_stated_size(16_384, 16_384),
    }[form]
    decoder.decode([encoded(Image.new("RGB", (8, 8)), "PNG")])  # the child is up
    before_s = computed_s(decoder)
    (error,) = decoder.decode([content])
    assert error.code == "too_many_pixels"
    assert "64 megapixels" in error.what
    assert computed_s(decoder) - before_s < 0.3


def test_a_side_too_long_is_refused_though_its_pixels_are_few(refusal_of):
    assert refusal_of(_png(40_000, 1)) == "side_too_long"


def test_the_pixel_limit_is_exact(encoded):
    with SandboxDecoder(DecodeLimits(pixels=10_000)) as small:
        at_limit, over = small.decode(
            [encoded(Image.new("RGB", (100, 100)), "PNG"), encoded(Image.new("RGB", (73, 137)), "PNG")]
        )
    assert isinstance(at_limit, DecodedPhoto)
    assert over.code == "too_many_pixels"


def test_the_file_limit_is_exact(encoded):
    content = encoded(Image.effect_noise((60, 60), 50), "PNG")
    with SandboxDecoder(DecodeLimits(file_bytes=len(content))) as small:
        at_limit, over = small.decode([content, content + b"\0"])
    assert isinstance(at_limit, DecodedPhoto)
    assert over.code == "file_too_large"


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt", b"iCCP"])
def test_a_compressed_text_bomb_ends_in_an_error(refusal_of, name):
    packed = zlib.compress(bytes(200_000_000), 9)
    bodies = {
        b"zTXt": b"Comment\0\0" + packed,
        b"iTXt": b"Comment\0\x01\0\0\0" + packed,
        b"iCCP": b"profile\0\0" + packed,
    }
    assert refusal_of(_png(1, 1, _chunk(name, bodies[name]), rows=bytes(4))) == "damaged_image"


def test_pixels_that_inflate_beyond_the_stated_size_are_cut_off(decoder):
    (result,) = decoder.decode([_png(10, 10, rows=bytes(100_000_000))])
    assert not isinstance(result, DecodedPhoto) or result.pixels.shape == (10, 10, 3)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_file_cut_off_anywhere_is_refused_or_whole(decoder, encoded, form):
    whole = encoded(Image.effect_noise((64, 48), 60).convert("RGB"), form)
    expected = decoder.decode([whole])[0].pixels
    ends = sorted({*range(0, len(whole), max(1, len(whole) // 120)), *range(len(whole) - 20, len(whole))})
    for end, result in zip(ends, decoder.decode([whole[:end] for end in ends]), strict=True):
        if isinstance(result, DecodedPhoto):
            assert len(whole) - end <= 20, f"cut at {end} of {len(whole)} went unnoticed"
            assert (result.pixels == expected).all()
        else:
            assert result.code in {"empty_file", "not_an_image", "truncated", "damaged_image"}


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_cut_in_half_says_that_it_is_cut_off(refusal_of, encoded, progressive):
    whole = encoded(Image.effect_noise((200, 200), 60), "JPEG", progressive=progressive)
    assert refusal_of(whole[: len(whole) // 2]) == "truncated"


def test_a_wrong_checksum_says_damaged(refusal_of, encoded):
    content = bytearray(encoded(Image.effect_noise((64, 64), 60), "PNG"))
    content[content.index(b"IDAT") + 40] ^= 0xFF
    assert refusal_of(bytes(content)) == "damaged_image"


def test_an_image_with_an_archive_behind_it_is_its_pixels_and_nothing_else(decoder, encoded, scene):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("run.html", "<script>alert(1)</script>")
    image = encoded(scene, "JPEG", comment=b"<script>alert(2)</script>")
    plain, polyglot = decoder.decode([image, image + archive.getvalue()])
    assert (plain.pixels == polyglot.pixels).all()
    rendered = decoder.render(image + archive.getvalue(), max_side_px=500, crop=None)
    assert b"script" not in rendered
    assert b"PK" not in rendered[-200:]


def test_an_archive_with_an_image_behind_it_is_no_image(refusal_of, encoded, scene):
    assert refusal_of(b"PK\x03\x04" + encoded(scene, "JPEG")) == "not_an_image"


def test_a_small_file_of_many_scans_is_stopped(encoded):
    """A file that keeps a decoder busy for 2.5 s: each scan of a progressive file passes over every pixel. With more of
    them it is refused before it is decoded (test_slow_files)."""
    whole = encoded(Image.new("L", (7900, 7900), 128), "JPEG", progressive=True, quality=50)
    scan = whole[whole.rindex(b"\xff\xda") : -2]
    with SandboxDecoder(DecodeLimits(timeout_s=1)) as hasty:
        (error,) = hasty.decode([whole[:-2] + scan * 85 + whole[-2:]])
    assert error.code == "decode_timeout"
    assert "1 s" in error.what


def test_bad_files_do_not_change_what_the_good_ones_between_them_give(decoder, encoded):
    good = [encoded(Image.effect_noise((50 + step, 40), 60).convert("RGB"), "JPEG") for step in range(6)]
    alone = [decoder.decode([content])[0].pixels for content in good]
    bad = [
        b"",
        b"GIF89a",
        good[0][:300],
        _png(50_000, 50_000),
        b"\xff\xd8\xff" + bytes(99),
        _webp_of_stated_size(9, 9),
    ]
    mixed = decoder.decode([content for pair in zip(good, bad, strict=True) for content in pair])
    assert all(isinstance(result, BadPhotoError) for result in mixed[1::2])
    assert all((result.pixels == pixels).all() for result, pixels in zip(mixed[::2], alone, strict=True))
    assert isinstance(mixed[0].pixels, np.ndarray)

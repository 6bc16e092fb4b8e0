"""A file is what its first bytes say, and a WebP as large as its header says."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.adapters.photos_decode.formats import sniff_format, webp_size_px
from facewarden.adapters.photos_decode.protocol import UnusableError


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0....", "jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "png"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "webp"),
    ],
)
def test_a_photo_is_known_by_its_first_bytes(content, kind):
    assert sniff_format(content) == kind


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"GIF89a", "GIF"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"BM", "BMP"),
        (b"%PDF-1.7", "PDF"),
        (b"8BPS", "Photoshop"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x18ftypmif1", "HEIC"),
        (b"\0\0\0\x18ftypavif", "AVIF"),
        (b"\0\0\0\x18ftypcrx ", "camera raw"),
        (b"\0\0\0\x18ftypisom", "video"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\xef\xbb\xbf <svg xmlns='x'>", "SVG"),
        (b"<?xml version='1.0'?>\n<!-- c -->\n<svg>", "SVG"),
    ],
)
def test_another_format_is_named(content, name):
    with pytest.raises(UnusableError) as caught:
        sniff_format(content)
    assert (caught.value.code, caught.value.details) == ("unsupported_format", {"seen": name})


@pytest.mark.parametrize(
    "content",
    [
        b"\0",
        b"RIFF\0\0\0\0WAVE",
        b"<html>",
        b"<?xml version='1.0'?><a/>",
        b" \xff\xd8\xff",
        b"PK\3\4",
        b"hello <svg",
    ],
)
def test_anything_else_is_no_image(content):
    with pytest.raises(UnusableError) as caught:
        sniff_format(content)
    assert caught.value.code == "not_an_image"


def _webp(kind, head):
    return b"RIFF\0\0\0\0WEBP" + kind + bytes(4) + head


@pytest.mark.parametrize(
    ("content", "size_px"),
    [
        (_webp(b"VP8X", bytes(4) + b"\x0f\x27\0" + b"\0\0\0"), (10_000, 1)),
        (_webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640 | 0x4000, 480)), (640, 480)),
        (_webp(b"VP8L", b"\x2f" + struct.pack("<I", (300 - 1) | (200 - 1) << 14) + bytes(5)), (300, 200)),
    ],
)
def test_a_webp_states_its_size(content, size_px):
    assert webp_size_px(content) == size_px


@given(st.sampled_from([b"VP8X", b"VP8 ", b"VP8L", b"ABCD"]), st.binary(max_size=30))
def test_a_webp_header_gives_a_size_or_is_unusable(kind, head):
    content = _webp(kind, head)
    sizes = _size_or_none(content)
    assert sizes is None or all(0 <= size_px <= 1 << 24 for size_px in sizes)


def _size_or_none(content):
    try:
        return webp_size_px(content)
    except UnusableError:
        return None

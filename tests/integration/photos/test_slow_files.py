"""Small files made to take long: refused before they are decoded, and photos that look a little like them are not."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from facewarden.adapters.photos_decode.protocol import UnusableError
from facewarden.adapters.photos_decode.segments import FILL_MAX_BYTES, SCANS_MAX, judge_segments

SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x00\x00\x00"


def _jpeg(**how: object) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((200, 160), 40).convert("RGB").save(out, "JPEG", **how)
    return out.getvalue()


PLAIN, PROGRESSIVE = _jpeg(), _jpeg(progressive=True)
THUMBNAIL = b"\xff\xe1" + (2 + len(PROGRESSIVE)).to_bytes(2, "big") + PROGRESSIVE
PHOTOS = {
    "plain": PLAIN,
    "progressive": PROGRESSIVE,
    "a thumbnail in it": PLAIN[:2] + THUMBNAIL * 40 + PLAIN[2:],
    "a film behind it": PLAIN + SCAN * 1_000,
    "a film behind a progressive one": PROGRESSIVE + SCAN * 1_000,
    "some fill": PLAIN[:2] + b"\xff" * FILL_MAX_BYTES + PLAIN[2:],
}
SLOW = {
    "many scans": PROGRESSIVE[:-2] + SCAN * SCANS_MAX + b"\xff\xd9",
    "many scans behind a table that ends like a file": PROGRESSIVE[:-2] + b"\xff\xfe\x00\x04\xff\xd9" + SCAN * 20_000,
    "fill": PLAIN[:2] + b"\xff" * 30_000_000 + PLAIN[2:],
    "fill behind a thumbnail": PLAIN[:2] + THUMBNAIL + b"\xff" * 30_000_000 + PLAIN[2:],
}


@pytest.mark.parametrize("content", PHOTOS.values(), ids=PHOTOS)
def test_a_photo_is_decoded(decoder, content) -> None:
    judge_segments(content)
    photo = decoder.decode([content])[0]
    assert (photo.width_px, photo.height_px) == (200, 160)


@pytest.mark.parametrize("content", SLOW.values(), ids=SLOW)
def test_a_file_made_to_take_long_is_refused_before_it_is_decoded(decoder, content) -> None:
    assert decoder.decode([content])[0].code == "damaged_image"
    with pytest.raises(UnusableError):
        judge_segments(content)

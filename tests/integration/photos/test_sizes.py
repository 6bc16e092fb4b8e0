"""Large photos are decoded reduced, and a rendered photo is what was asked for."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.adapters.photos_decode.limits import DecodeLimits
from facewarden.errors import BadPhotoError, BadUseError


@pytest.fixture(scope="module")
def modest():
    with SandboxDecoder(DecodeLimits(max_side_px=256)) as sandbox:
        yield sandbox


def _opened(content):
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((256, 100), (100, 256, 3)),
        ((257, 100), (100, 256, 3)),
        ((1000, 500), (128, 256, 3)),
        ((500, 1001), (256, 128, 3)),
        ((3000, 2), (1, 256, 3)),
        ((1, 1), (1, 1, 3)),
    ],
)
def test_a_photo_is_reduced_to_the_limit_and_says_by_how_much(modest, encoded, form, size, shape):
    (photo,) = modest.decode([encoded(Image.new("RGB", size, (10, 200, 30)), form)])
    assert photo.pixels.shape == shape
    assert photo.scale == min(1.0, 256 / max(size))
    assert np.abs(photo.pixels.astype(int) - (10, 200, 30)).max() < 8


def test_a_reduced_photo_keeps_every_place_where_it_was(modest, encoded):
    image = Image.new("RGB", (2000, 1500), (255, 255, 255))
    image.paste((0, 0, 0), (1400, 300, 1500, 400))
    (photo,) = modest.decode([encoded(image, "JPEG", quality=95)])
    rows, columns = np.nonzero(photo.pixels[..., 0] < 128)
    edges = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / photo.scale
    assert np.abs(edges - (1400, 300, 1500, 400)).max() <= 1 / photo.scale


def test_a_photo_within_the_limit_is_not_touched(decoder, encoded):
    noise = Image.effect_noise((640, 480), 80).convert("RGB")
    (photo,) = decoder.decode([encoded(noise, "PNG")])
    assert photo.scale == 1.0
    assert (photo.pixels == np.asarray(noise)).all()


@pytest.mark.parametrize(
    ("crop", "max_side_px", "size"),
    [
        (None, 1000, (400, 200)),
        (None, 100, (100, 50)),
        ((0, 0, 400, 200), 400, (400, 200)),
        ((10, 20, 110, 180), 1000, (100, 160)),
        ((10, 20, 110, 180), 80, (50, 80)),
        ((-50, -50, 100, 100), 1000, (100, 100)),
        ((300, 100, 9_000_000_000, 9_000_000_000), 1000, (100, 100)),
    ],
)
def test_a_rendered_photo_has_the_size_asked_for(decoder, encoded, crop, max_side_px, size):
    content = encoded(Image.new("RGB", (400, 200)), "PNG")
    with _opened(decoder.render(content, max_side_px=max_side_px, crop=crop)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", size)


def test_a_rendered_crop_of_a_large_photo_shows_the_right_place(decoder, encoded):
    large = Image.new("RGB", (4000, 3000), (255, 255, 255))
    large.paste((200, 0, 0), (3000, 2000, 3400, 2400))
    content = encoded(large, "JPEG", quality=95)
    with _opened(decoder.render(content, max_side_px=100, crop=(2800, 1800, 3600, 2600))) as image:
        pixels = np.asarray(image).astype(int)
    assert pixels.shape == (100, 100, 3)
    assert np.abs(pixels[32:68, 32:68] - (200, 0, 0)).max() < 16
    assert pixels[:22].min() > 240


def test_a_rendering_never_exceeds_the_limits_own_side(modest, encoded):
    with _opened(modest.render(encoded(Image.new("L", (900, 90)), "PNG"), max_side_px=10_000, crop=None)) as image:
        assert image.size == (256, 26)


@pytest.mark.parametrize(
    ("crop", "max_side_px"),
    [((5, 5, 5, 9), 9), ((9, 5, 5, 9), 9), ((20, 0, 30, 5), 9), (None, 0), ((-9, -9, -1, -1), 9)],
)
def test_a_crop_without_area_is_bad_use(decoder, encoded, crop, max_side_px):
    content = encoded(Image.new("L", (10, 10)), "PNG")
    with pytest.raises(BadUseError) as caught:
        decoder.render(content, max_side_px=max_side_px, crop=crop)
    assert caught.value.code == "bad_crop"


def test_a_bad_photo_cannot_be_rendered(decoder):
    with pytest.raises(BadPhotoError) as caught:
        decoder.render(b"GIF89a", max_side_px=10, crop=None)
    assert caught.value.code == "unsupported_format"

"""Parts are cut out as `render` would show them, upright, and whoever saw the whole file is gone afterwards."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.adapters.photos_decode.limits import DecodeLimits
from facewarden.errors import BadPhotoError, BadUseError

BOXES = [(300, 200, 700, 600), (100, 400, 800, 700)]


@pytest.fixture(scope="module")
def sensitive():
    with SandboxDecoder(DecodeLimits(timeout_s=30)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def large():
    return Image.effect_noise((160, 120), 60).resize((1600, 1200)).convert("RGB")


def turned():
    exif = Image.Exif()
    exif[274] = 6
    return exif


FORMS = [
    ("JPEG", "RGB", {}),
    ("JPEG", "RGB", {"exif": turned()}),
    ("JPEG", "RGB", {"progressive": True}),
    ("JPEG", "CMYK", {}),
    ("JPEG", "L", {}),
    ("PNG", "RGB", {}),
    ("WEBP", "RGB", {"quality": 90}),
]


@pytest.mark.parametrize(("form", "mode", "options"), FORMS)
def test_parts_are_what_a_rendering_of_them_shows(sensitive, encoded, large, form, mode, options):
    content = encoded(large.convert(mode), form, **options)
    parts = sensitive.cut_out(content, BOXES, max_side_px=256)
    assert sensitive.process_ids == (), "the child that saw the file is ended"
    for part, box in zip(parts, BOXES, strict=True):
        shown = Image.open(io.BytesIO(sensitive.render(content, max_side_px=256, crop=box)))
        assert part.shape == (shown.height, shown.width, 3)
        assert np.abs(part.astype(int) - np.asarray(shown)).mean() < 4.0


@pytest.fixture(scope="module")
def reduced():
    with SandboxDecoder(DecodeLimits(timeout_s=30, max_side_px=320)) as sandbox:
        yield sandbox


@pytest.mark.parametrize(("form", "mode", "options"), FORMS)
def test_a_glance_is_what_a_reduced_decode_shows(sensitive, reduced, encoded, large, form, mode, options):
    content = encoded(large.convert(mode), form, **options)
    (whole,) = reduced.decode([content])
    seen = sensitive.glance(content, max_side_px=320)
    assert (seen.pixels.shape, seen.scale, seen.format) == (whole.pixels.shape, whole.scale, whole.format)
    assert np.abs(seen.pixels.astype(int) - whole.pixels).max() <= 2


def test_a_glance_is_small_and_the_child_that_took_it_is_gone(sensitive, encoded, large):
    photo = sensitive.glance(encoded(large, "JPEG"), max_side_px=320)
    assert (photo.width_px, photo.height_px, photo.scale) == (320, 240, 0.2)
    assert sensitive.process_ids == ()


@pytest.mark.parametrize(
    "boxes", [[], [(5, 5, 5, 9)], [(9, 9, 2, 20)], [(5000, 5000, 6000, 6000)], [(0, 0, 9, 9)] * 300]
)
def test_no_part_and_parts_without_area_and_too_many_are_bad_use(sensitive, encoded, large, boxes):
    with pytest.raises(BadUseError) as caught:
        sensitive.cut_out(encoded(large, "JPEG"), boxes, max_side_px=64)
    assert caught.value.code == "bad_crop"


def test_parts_too_large_for_the_area_are_bad_use(sensitive, encoded, large):
    with pytest.raises(BadUseError):
        sensitive.cut_out(encoded(large, "JPEG"), BOXES, max_side_px=2048)


def test_a_file_cut_off_before_the_part_ends_is_told(sensitive, encoded, large):
    content = encoded(large, "JPEG")
    with pytest.raises(BadPhotoError) as caught:
        sensitive.cut_out(content[: len(content) // 4], [(100, 900, 400, 1200)], max_side_px=64)
    assert caught.value.code == "truncated"

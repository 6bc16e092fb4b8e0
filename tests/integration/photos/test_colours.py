"""Every colour mode of the three formats ends as the RGB a person would see."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

_ORANGE = (230, 120, 40)


def _close(photo, colour, tolerance=3):
    return np.abs(photo.pixels.astype(int) - colour).max() <= tolerance


@pytest.mark.parametrize(
    ("mode", "colour", "form", "seen"),
    [
        ("RGB", _ORANGE, "JPEG", _ORANGE),
        ("RGB", _ORANGE, "PNG", _ORANGE),
        ("RGB", _ORANGE, "WEBP", _ORANGE),
        ("L", 77, "JPEG", (77, 77, 77)),
        ("L", 77, "PNG", (77, 77, 77)),
        ("1", 1, "PNG", (255, 255, 255)),
        ("LA", (0, 128), "PNG", (127, 127, 127)),
        ("RGBA", (*_ORANGE, 0), "PNG", (255, 255, 255)),
        ("RGBA", (*_ORANGE, 255), "PNG", _ORANGE),
        ("RGBA", (0, 0, 0, 128), "WEBP", (127, 127, 127)),
        ("I;16", 0x4D12, "PNG", (0x4D, 0x4D, 0x4D)),
        ("CMYK", (0, 255, 255, 0), "JPEG", (255, 0, 0)),
    ],
)
def test_a_mode_becomes_the_rgb_seen(photo_of, encoded, mode, colour, form, seen):
    options = {"JPEG": {"quality": 100}, "PNG": {}, "WEBP": {"lossless": True}}[form]
    assert _close(photo_of(encoded(Image.new(mode, (40, 30), colour), form, **options)), seen)


def test_a_palette_becomes_its_colours_and_its_transparent_entry_white(photo_of, encoded):
    image = Image.new("P", (40, 30), 0)
    image.putpalette([*_ORANGE, 10, 20, 30])
    image.paste(1, (20, 0, 40, 30))
    assert _close(photo_of(encoded(image.crop((0, 0, 20, 30)), "PNG")), _ORANGE, 0)
    pixels = photo_of(encoded(image, "PNG", transparency=1)).pixels
    assert tuple(pixels[5, 5]) == _ORANGE
    assert tuple(pixels[5, 35]) == (255, 255, 255)


def test_a_transparent_key_colour_becomes_white(photo_of, encoded):
    assert _close(photo_of(encoded(Image.new("RGB", (9, 9), _ORANGE), "PNG", transparency=_ORANGE)), (255, 255, 255))


def test_sixteen_bit_grey_keeps_its_gradation(photo_of, encoded):
    ramp = np.arange(256, dtype=np.uint16).repeat(4)[None, :].repeat(8, axis=0) * 257
    pixels = photo_of(encoded(Image.fromarray(ramp), "PNG")).pixels
    assert (pixels[0, ::4, 0] == np.arange(256)).all()


def test_a_profile_that_is_not_srgb_is_applied(photo_of, encoded):
    """A profile whose red is what sRGB calls green must swap them; without it nothing changes."""
    profile = _swapped_profile()
    image = Image.new("RGB", (16, 16), (230, 30, 30))
    plain, swapped = photo_of(encoded(image, "PNG")), photo_of(encoded(image, "PNG", icc_profile=profile))
    assert _close(plain, (230, 30, 30), 0)
    assert _close(swapped, (30, 230, 30), 12)


def _swapped_profile() -> bytes:
    """sRGB's own profile with its red and green columns, and its name, exchanged."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile).replace(b"s\0R\0G\0B", b"t\0e\0s\0t").replace(b"sRGB", b"test")


@pytest.mark.parametrize("profile", [b"", b"not a profile", bytes(3000)])
def test_a_senseless_profile_changes_nothing(photo_of, encoded, profile):
    photo = photo_of(encoded(Image.new("RGB", (16, 16), _ORANGE), "PNG", icc_profile=profile))
    assert _close(photo, _ORANGE, 0)


def test_a_profile_of_another_kind_of_image_changes_nothing(photo_of, encoded):
    grey = Image.new("L", (16, 16), 90)
    photo = photo_of(encoded(grey, "PNG", icc_profile=_swapped_profile()))
    assert _close(photo, (90, 90, 90), 0)


def test_a_decoded_photo_is_what_pillow_gives_in_this_process(photo_of, encoded):
    content = encoded(Image.effect_noise((301, 203), 60).convert("RGB"), "JPEG", quality=85)
    with Image.open(io.BytesIO(content)) as image:
        assert (photo_of(content).pixels == np.asarray(image.convert("RGB"))).all()

"""A photo stands upright however the camera was held, once and only once."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ExifTags, Image

# What the camera must have stored so that the viewer's turn by that orientation gives the upright scene.
_STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def _stored(scene, orientation):
    turn = _STORED[orientation]
    return scene if turn is None else scene.transpose(turn)


def _exif(orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return exif


@pytest.mark.parametrize("form", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_gives_the_upright_pixels(photo_of, encoded, scene, form, orientation):
    options = {"PNG": {}, "WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}[form]
    content = encoded(_stored(scene, orientation), form, exif=_exif(orientation), **options)
    photo = photo_of(content)
    difference = np.abs(photo.pixels.astype(int) - np.asarray(scene).astype(int))
    assert photo.pixels.shape == (80, 120, 3)
    assert difference.max() <= (4 if form == "JPEG" else 0)


@pytest.mark.parametrize("value", [0, 9, 4711])
def test_a_senseless_orientation_counts_as_upright(photo_of, encoded, scene, value):
    assert (photo_of(encoded(scene, "PNG", exif=_exif(value))).pixels == np.asarray(scene)).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_crop_is_counted_in_the_upright_photo(decoder, encoded, scene, orientation, tmp_path):
    content = encoded(_stored(scene, orientation), "PNG", exif=_exif(orientation))
    rendered = decoder.render(content, max_side_px=500, crop=(50, 10, 90, 30))
    path = tmp_path / "crop.jpg"
    path.write_bytes(rendered)
    with Image.open(path) as image:
        crop = np.asarray(image).astype(int)
    assert crop.shape == (20, 40, 3)
    assert np.abs(crop[:, :8] - (220, 30, 30)).max() < 12
    assert np.abs(crop[:, -28:] - (30, 200, 30)).max() < 12


def test_a_rendered_photo_is_upright_and_says_no_orientation(decoder, photo_of, encoded, scene):
    content = encoded(_stored(scene, 6), "JPEG", exif=_exif(6), quality=95)
    again = photo_of(decoder.render(content, max_side_px=500, crop=None))
    assert again.pixels.shape == (80, 120, 3)
    assert np.abs(again.pixels[5:35, 5:55].astype(int) - (220, 30, 30)).max() < 12

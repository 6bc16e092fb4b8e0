"""Whatever is done to a file, the answer is a photo or an error, and this process lives."""

from __future__ import annotations

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from facewarden.adapters.photos_decode.failures import CODES
from facewarden.domain.photos import DecodedPhoto
from facewarden.errors import BadPhotoError, BadUseError

_PACKET = (
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    b"<rdf:Description xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/' photoshop:City='Chicago'/>"
    b"</rdf:RDF></x:xmpmeta>"
)


def _seed(form, mode="RGB", **options):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Camera"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2020:01:02 03:04:05"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (41.0, 52.0, 1.0), 3: "W", 4: (87.0, 37.0, 1.0)})
    image = Image.linear_gradient("L").resize((40, 30)).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, form, exif=exif, xmp=_PACKET, **options)
    return buffer.getvalue()


_SEEDS = {
    "jpeg": _seed("JPEG"),
    "progressive": _seed("JPEG", progressive=True),
    "cmyk": _seed("JPEG", "CMYK"),
    "png": _seed("PNG"),
    "palette": _seed("PNG", "P"),
    "webp": _seed("WEBP"),
    "lossless": _seed("WEBP", "RGBA", lossless=True),
}

_changes = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4)),
        st.tuples(st.just("cut"), st.floats(0, 1, exclude_max=True), st.integers(1, 60)),
        st.tuples(st.just("put"), st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=60)),
        st.tuples(st.just("end"), st.floats(0, 1, exclude_max=True), st.none()),
    ),
    min_size=1,
    max_size=6,
)


def _changed(content, changes):
    for act, place, what in changes:
        at = int(place * len(content))
        if act == "set":
            content = content[:at] + what + content[at + len(what) :]
        elif act == "cut":
            content = content[:at] + content[at + what :]
        elif act == "put":
            content = content[:at] + what + content[at:]
        else:
            content = content[:at]
    return content


@pytest.mark.parametrize("name", list(_SEEDS))
def test_the_seed_itself_decodes_with_its_metadata(photo_of, name):
    photo = photo_of(_SEEDS[name])
    assert photo.pixels.shape == (40, 30, 3)
    assert photo.metadata.latitude_deg == pytest.approx(41.8669, abs=1e-3)
    assert photo.metadata.taken_at is not None


@pytest.mark.parametrize("name", list(_SEEDS))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=_changes)
def test_a_mutated_file_ends_in_a_photo_or_an_error(decoder, name, changes):
    (result,) = decoder.decode([_changed(_SEEDS[name], changes)])
    if isinstance(result, DecodedPhoto):
        assert result.pixels.ndim == 3
        assert result.pixels.shape[2] == 3
    else:
        assert isinstance(result, BadPhotoError)
        assert result.code in CODES
        assert result.code != "decoder_crashed", result


@pytest.mark.parametrize("name", list(_SEEDS))
def test_a_look_says_of_the_file_what_decoding_it_says(decoder, photo_of, name):
    assert decoder.glance(_SEEDS[name], max_side_px=16).metadata == photo_of(_SEEDS[name]).metadata


def _part(decoder, content):
    """A look and a part, or the error that ended them."""
    try:
        decoder.glance(content, max_side_px=16)
        (part,) = decoder.cut_out(content, [(2, 3, 9, 20)], max_side_px=16)
    except (BadPhotoError, BadUseError) as error:
        return error
    return part


@pytest.mark.parametrize("name", list(_SEEDS))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=_changes)
def test_a_mutated_file_ends_in_a_part_or_an_error(decoder, name, changes):
    result = _part(decoder, _changed(_SEEDS[name], changes))
    if isinstance(result, BadPhotoError | BadUseError):
        assert result.code in CODES | {"bad_crop"}
        assert result.code != "decoder_crashed", result
    else:
        assert result.shape[2] == 3

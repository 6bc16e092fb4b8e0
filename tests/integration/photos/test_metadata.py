"""What a file says of its time and place is read as written, and nothing is made of what makes no sense."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

_GPS = ExifTags.GPS


def _exif(general=None, position=None, image=None):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    for tags, values in (
        (exif, image),
        (exif.get_ifd(ExifTags.IFD.Exif), general),
        (exif.get_ifd(ExifTags.IFD.GPSInfo), position),
    ):
        tags.update(values or {})
    return exif


@pytest.fixture
def metadata_of(photo_of, encoded):
    def read(form="JPEG", **options):
        return photo_of(encoded(Image.new("RGB", (8, 8)), form, **options)).metadata

    return read


def _chicago(**changes):
    position = {
        "GPSLatitudeRef": "N",
        "GPSLatitude": (IFDRational(41), IFDRational(52), IFDRational(5580, 100)),
        "GPSLongitudeRef": "W",
        "GPSLongitude": (IFDRational(87), IFDRational(37), IFDRational(40, 1)),
    } | changes
    return _exif(position={_GPS[name]: value for name, value in position.items() if value is not None})


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_position_is_read_in_degrees(metadata_of, form):
    metadata = metadata_of(form, exif=_chicago())
    assert metadata.latitude_deg == pytest.approx(41.8821667, abs=1e-6)
    assert metadata.longitude_deg == pytest.approx(-87.6277778, abs=1e-6)
    assert metadata.tags["exif:GPSLatitudeRef"] == "N"
    assert metadata.tags["exif:GPSLatitude"].startswith("41/1 52/1 ")


def test_south_is_negative_and_decimal_degrees_count(metadata_of):
    metadata = metadata_of(exif=_chicago(GPSLatitudeRef="S", GPSLatitude=(IFDRational(335, 10),)))
    assert metadata.latitude_deg == -33.5


@pytest.mark.parametrize(
    "changes",
    [
        {"GPSLatitudeRef": "W", "GPSLongitudeRef": "N"},
        {"GPSLatitudeRef": None},
        {"GPSLongitude": None},
        {"GPSLatitude": (IFDRational(91), IFDRational(0), IFDRational(0))},
        {"GPSLatitude": (IFDRational(41), IFDRational(61), IFDRational(0))},
        {"GPSLatitude": (IFDRational(41), IFDRational(1, 0), IFDRational(0))},
        {"GPSLatitude": (IFDRational(0, 0), IFDRational(0, 0), IFDRational(0, 0))},
        {"GPSLongitude": (IFDRational(180), IFDRational(1), IFDRational(0))},
        {"GPSLatitude": (IFDRational(0),) * 3, "GPSLongitude": (IFDRational(0),) * 3},
        {"GPSStatus": "V"},
        {"GPSMapDatum": "TOKYO"},
    ],
    ids=lambda changes: ",".join(f"{name}={value}" for name, value in changes.items()),
)
def test_a_senseless_position_is_none_and_its_text_kept(metadata_of, changes):
    metadata = metadata_of(exif=_chicago(**changes))
    assert (metadata.latitude_deg, metadata.longitude_deg) == (None, None)
    assert any(name.startswith("exif:GPS") for name in metadata.tags)


@pytest.mark.parametrize("changes", [{"GPSStatus": "A"}, {"GPSMapDatum": "WGS-84"}, {"GPSMapDatum": "WGS84 "}])
def test_a_position_that_says_it_is_sound_is_kept(metadata_of, changes):
    assert metadata_of(exif=_chicago(**changes)).latitude_deg is not None


def _time(written, offset=None):
    base = ExifTags.Base
    return _exif(general={base.DateTimeOriginal: written} | ({base.OffsetTimeOriginal: offset} if offset else {}))


def test_the_time_is_as_written_without_an_offset(metadata_of):
    assert metadata_of(exif=_time("2019:06:30 12:34:56")).taken_at == datetime(2019, 6, 30, 12, 34, 56)  # noqa: DTZ001


def test_the_time_has_its_offset_where_the_file_gives_one(metadata_of):
    taken_at = metadata_of(exif=_time("2019:06:30 12:34:56", "-05:00")).taken_at
    assert taken_at.utcoffset() == timedelta(hours=-5)
    assert taken_at == datetime(2019, 6, 30, 17, 34, 56, tzinfo=UTC)
    assert taken_at.tzinfo == timezone(timedelta(hours=-5))


@pytest.mark.parametrize("offset", ["+25:00", "5", "Zulu", "   :  "])
def test_a_senseless_offset_leaves_the_time_naive(metadata_of, offset):
    assert metadata_of(exif=_time("2019:06:30 12:34:56", offset)).taken_at.tzinfo is None


@pytest.mark.parametrize(
    "written", ["0000:00:00 00:00:00", "2019:13:01 00:00:00", "2019:06:30", "    :  :     :  :  ", ""]
)
def test_a_senseless_time_is_none(metadata_of, written):
    assert metadata_of(exif=_time(written)).taken_at is None


def test_the_time_the_file_was_changed_is_not_the_time_it_was_taken(metadata_of):
    metadata = metadata_of(exif=_exif(image={ExifTags.Base.DateTime: "2019:06:30 12:34:56"}))
    assert metadata.taken_at is None
    assert metadata.tags["exif:DateTime"] == "2019:06:30 12:34:56"


def test_captions_are_read_and_cut_and_names_of_people_are_not(metadata_of):
    image = {
        ExifTags.Base.ImageDescription: ("Navy Pier, Chicagó " + "x" * 3000).encode(),
        ExifTags.Base.Artist: "A. Person",
    }
    tags = metadata_of(exif=_exif(image=image)).tags
    assert tags["exif:ImageDescription"].startswith("Navy Pier, Chicagó x")
    assert len(tags["exif:ImageDescription"]) == 2500
    assert "A. Person" not in str(tags)


def test_a_caption_that_windows_wrote_is_read_behind_the_walls(metadata_of):
    image = {ExifTags.Base.XPTitle: "Navy Pier, Chicago".encode("utf-16-le")}
    assert metadata_of(exif=_exif(image=image)).tags["exif:XPTitle"] == "Navy Pier, Chicago"


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_a_comment_in_utf_16_without_a_mark_is_read_in_its_own_order(metadata_of, order):
    comment = {ExifTags.Base.UserComment: b"UNICODE\0" + "Chicago".encode(order)}
    assert metadata_of(exif=_exif(general=comment)).tags["exif:UserComment"] == "Chicago"


def _segment(exif):
    content = exif.tobytes()
    return b"\xff\xe1" + (len(content) + 2).to_bytes(2, "big") + content


def test_a_position_in_a_second_block_of_exif_is_read(photo_of, encoded):
    plain = encoded(Image.new("RGB", (8, 8)), "JPEG")
    file = plain[:2] + _segment(_exif()) + _segment(_chicago()) + plain[2:]
    assert photo_of(file).metadata.latitude_deg == pytest.approx(41.8821667, abs=1e-6)


def test_of_two_positions_neither_is_taken(photo_of, encoded):
    plain = encoded(Image.new("RGB", (8, 8)), "JPEG")
    file = plain[:2] + _segment(_chicago(GPSLatitudeRef="S")) + _segment(_chicago()) + plain[2:]
    metadata = photo_of(file).metadata
    assert (metadata.latitude_deg, metadata.tags["exif:GPSLatitude"]) == (None, "unreadable")


def test_a_position_that_is_announced_and_not_there_is_unreadable_not_absent(photo_of, encoded):
    segment = bytearray(_segment(_chicago()))
    pointer = segment.index((0x8825).to_bytes(2, "big" if b"MM" in segment[:14] else "little"))
    segment[pointer + 8 : pointer + 12] = b"\x7f\x7f\0\0"
    plain = encoded(Image.new("RGB", (8, 8)), "JPEG")
    assert photo_of(plain[:2] + bytes(segment) + plain[2:]).metadata.tags["exif:GPSLatitude"] == "unreadable"


def test_an_empty_directory_of_positions_is_no_position(metadata_of):
    assert "exif:GPSLatitude" not in metadata_of(exif=_exif()).tags


def test_control_characters_do_not_reach_the_records(metadata_of):
    tags = metadata_of(
        exif=_exif(image={ExifTags.Base.ImageDescription: "a\x1b[31mb\x07\ud800c".encode("utf-8", "replace")})
    ).tags
    assert all(text.isprintable() for text in tags.values())


def test_what_is_invisible_inside_a_word_leaves_no_gap(metadata_of):
    caption = {ExifTags.Base.ImageDescription: "Illi\u00adno\u200bis".encode()}
    assert metadata_of(exif=_exif(image=caption)).tags["exif:ImageDescription"] == "Illinois"


_PACKET = b"""<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="Chicago">
<photoshop:State>Illinois</photoshop:State></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_xmp_is_read_in_every_format(metadata_of, form):
    options = {"xmp": _PACKET}
    if form == "PNG":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", _PACKET.decode(), zip=True)
        options = {"pnginfo": info}
    tags = metadata_of(form, **options).tags
    assert (tags["xmp:photoshop:City"], tags["xmp:photoshop:State"]) == ("Chicago", "Illinois")


def test_iptc_is_read_from_a_jpeg(photo_of, encoded):
    datasets = b"".join(
        bytes([0x1C, 2, number]) + len(text).to_bytes(2, "big") + text
        for number, text in ((90, b"Chicago"), (95, b"Illinois"), (101, b"United States"), (80, b"By Line"))
    )
    resource = b"8BIM\x04\x04\0\0" + len(datasets).to_bytes(4, "big") + datasets + bytes(len(datasets) % 2)
    body = b"Photoshop 3.0\0" + resource
    plain = encoded(Image.new("RGB", (8, 8)), "JPEG")
    content = plain[:2] + b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body + plain[2:]
    tags = photo_of(content).metadata.tags
    assert (tags["iptc:City"], tags["iptc:State"], tags["iptc:Country"]) == (
        "Chicago",
        "Illinois",
        "United States",
    )
    assert "By Line" not in str(tags)


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", bytes(40)]
)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_broken_exif_does_not_cost_the_photo(metadata_of, form, exif):
    metadata = metadata_of(form, exif=exif)
    assert metadata.taken_at is None
    assert metadata.latitude_deg is None


def test_a_photo_without_metadata_says_nothing(metadata_of):
    metadata = metadata_of("PNG")
    assert (metadata.taken_at, metadata.latitude_deg, metadata.longitude_deg, metadata.tags) == (
        None,
        None,
        None,
        {},
    )


def test_a_rendered_photo_says_nothing(decoder, photo_of, encoded):
    exif = _chicago()
    exif[ExifTags.Base.ImageDescription] = "Navy Pier"
    content = encoded(Image.new("RGB", (60, 50)), "JPEG", exif=exif, xmp=_PACKET, comment=b"hello", dpi=(72, 72))
    assert photo_of(content).metadata.tags
    rendered = decoder.render(content, max_side_px=100, crop=None)
    assert photo_of(rendered).metadata.tags == {}
    assert not any(word in rendered for word in (b"Exif", b"Navy", b"xap", b"hello", b"ICC_PROFILE", b"Chicago"))

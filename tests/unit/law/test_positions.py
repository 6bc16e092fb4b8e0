"""Coordinates are read as files write them, or not believed at all."""

import pytest

from facewarden.law.positions import PositionState, given_position, read_exif_position, read_xmp_position

NAVY_PIER = {
    "exif:GPSLatitude": "41/1 53/1 3012/100",
    "exif:GPSLatitudeRef": "N",
    "exif:GPSLongitude": "87/1 36/1 1548/100",
    "exif:GPSLongitudeRef": "W",
}


def exif(**changes):
    return read_exif_position({**NAVY_PIER, **{f"exif:{name}": value for name, value in changes.items()}})


def test_exif_rationals_are_read():
    position = exif()
    assert position.state is PositionState.READ
    assert position.latitude_deg == pytest.approx(41.8917, abs=1e-4)
    assert position.longitude_deg == pytest.approx(-87.6043, abs=1e-4)


@pytest.mark.parametrize(
    "latitude", ["41.8917", "41 53.502", "4189170/100000", "(41.0, 53.0, 30.12)", "41/1, 53502/1000"]
)
def test_one_to_three_numbers_of_any_form_are_read(latitude):
    assert exif(GPSLatitude=latitude).latitude_deg == pytest.approx(41.8917, abs=1e-4)


def test_southern_and_eastern_hemispheres_are_read():
    position = exif(GPSLatitudeRef="s", GPSLongitudeRef="East")
    assert position.latitude_deg < 0 < position.longitude_deg


def test_a_file_without_coordinates_has_none():
    assert read_exif_position({}).state is PositionState.NONE
    assert read_exif_position({"iptc:City": "x", "xmp:exif:GPSLatitude": "41,5N"}).state is PositionState.NONE
    assert read_xmp_position(NAVY_PIER).state is PositionState.NONE


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"GPSLatitude": "0/1 0/1 0/1", "GPSLongitude": "0/1 0/1 0/1"}, "zero"),
        ({"GPSLatitude": "0.001", "GPSLongitude": "0.001"}, "zero"),
        ({"GPSLatitude": "41/0 53/1 30/1"}, "divided by zero"),
        ({"GPSLatitude": "0/0 0/0 0/0"}, "divided by zero"),
        ({"GPSLatitude": "87/1 36/1 15/1", "GPSLatitudeRef": "W"}, "hemisphere"),
        ({"GPSLatitude": "141/1 0/1 0/1"}, "out of range"),
        ({"GPSLatitude": "90/1 30/1 0/1"}, "out of range"),
        ({"GPSLongitude": "181/1 0/1 0/1"}, "out of range"),
        ({"GPSLongitude": "180/1 30/1 0/1"}, "out of range"),
        ({"GPSLatitude": "41/1 60/1 0/1"}, "60 or more"),
        ({"GPSLatitude": "41/1 5/1 61/1"}, "60 or more"),
        ({"GPSLatitude": "-41/1 5/1 6/1"}, "negative"),
        ({"GPSLatitudeRef": ""}, "hemisphere"),
        ({"GPSLongitudeRef": "X"}, "hemisphere"),
        ({"GPSLatitude": ""}, "no number"),
        ({"GPSLatitude": "north"}, "no number"),
        ({"GPSLatitude": "1 2 3 4"}, "more than three"),
        ({"GPSLatitude": "nan"}, "not a number"),
        ({"GPSLatitude": "inf"}, "not a number"),
        ({"GPSLatitude": "9" * 400}, "too long"),
        ({"GPSStatus": "V"}, "no fix"),
        ({"GPSMapDatum": "TOKYO"}, "datum"),
    ],
)
def test_what_cannot_be_believed_is_unreadable_and_not_absent(changes, why):
    position = exif(**changes)
    assert position.state is PositionState.UNREADABLE
    assert position.latitude_deg is None
    assert why in position.why


@pytest.mark.parametrize("datum", ["WGS-84", "wgs84", "NAD83", "ETRS89", " "])
def test_datums_within_metres_of_wgs_84_are_read(datum):
    assert exif(GPSMapDatum=datum).state is PositionState.READ


def xmp(latitude, longitude="87,36.258W"):
    return read_xmp_position({"xmp:exif:GPSLatitude": latitude, "xmp:exif:GPSLongitude": longitude})


def test_xmp_degrees_are_read():
    assert xmp("41,53.502N").latitude_deg == pytest.approx(41.8917, abs=1e-4)
    assert xmp("41,53,30n").latitude_deg == pytest.approx(41.8917, abs=1e-4)


@pytest.mark.parametrize(
    ("latitude", "longitude", "why"),
    [
        ("41,53.502W", "87,36.258W", "swapped"),
        ("41,60N", "87,36W", "60 or more"),
        ("41,5,60N", "87,36W", "60 or more"),
        ("41.5", "87,36W", "not written"),
        ("", "87,36W", "not written"),
        ("99,5N", "87,36W", "swapped"),
        ("41,5N; 42,5N", "87,36W", "not written"),
    ],
)
def test_malformed_xmp_is_unreadable(latitude, longitude, why):
    position = xmp(latitude, longitude)
    assert position.state is PositionState.UNREADABLE
    assert why in position.why


@pytest.mark.parametrize(
    ("latitude", "longitude", "why"),
    [
        (float("nan"), 1, "not a number"),
        (1, float("inf"), "not a number"),
        (-120.5, 45.0, "swapped"),
        (-120.5, 145.0, "out of range"),
        (45.0, 181.0, "out of range"),
        (0, 0, "zero"),
    ],
)
def test_given_numbers_are_checked_alike(latitude, longitude, why):
    position = given_position(latitude, longitude)
    assert position.state is PositionState.UNREADABLE
    assert why in position.why


def test_given_numbers_at_the_edge_of_the_globe_are_read():
    assert given_position(90, -180).state is PositionState.READ
    assert given_position(0, 90).state is PositionState.READ

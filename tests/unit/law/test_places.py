"""Points fall where the law's lines put them."""

import pytest

from facewarden.errors import UnavailableError
from facewarden.law.places import BORDER, PlaceMap, load_place_map

from .metres import moved


@pytest.fixture(scope="module")
def places():
    return load_place_map()


@pytest.mark.parametrize(
    ("name", "latitude", "longitude", "place"),
    [
        ("Navy Pier", 41.8917, -87.6043, "US-IL"),
        ("East St. Louis", 38.6245, -90.1509, "US-IL"),
        ("Calumet City", 41.6156, -87.5450, "US-IL"),
        ("Cairo, Illinois", 37.0053, -89.1765, "US-IL"),
        ("St. Louis", 38.6270, -90.1994, "US-MO"),
        ("Hammond", 41.5834, -87.5000, "US-IN"),
        ("Wickliffe", 36.9648, -89.0892, "US-KY"),
        ("Davenport", 41.5400, -90.5776, "US-IA"),
        ("Lake Michigan west of its middle", 42.0, -87.3, "US-IL"),
        ("Lake Michigan east of its middle", 42.0, -86.9, "US-MI"),
        ("Lake Michigan off Gary", 41.70, -87.30, "US-IN"),
        ("Lake Michigan off Milwaukee", 43.0, -87.3, "US-WI"),
        ("Kaskaskia, west of the Mississippi", 37.9214, -89.9165, "US-IL"),
        ("Carter Lake, west of the Missouri", 41.2906, -95.9178, "US-IA"),
        ("Kentucky Bend, an exclave", 36.55, -89.48, "US-KY"),
        ("Northwest Angle, an exclave", 49.33, -95.1, "US-MN"),
        ("Kaliningrad, an exclave", 54.71, 20.51, "RU"),
        ("Adak in the Aleutians", 51.88, -176.65, "US-AK"),
        ("San Juan", 18.40, -66.06, "US-PR"),
        ("Montreal", 45.5, -73.57, "CA-QC"),
        ("Rome", 41.9, 12.49, "IT"),
        ("Maseru, inside South Africa", -29.31, 27.48, None),
        ("the South Pole", -90.0, 0.0, "AQ"),
        ("the North Pole", 90.0, 0.0, None),
        ("Taveuni on the antimeridian, from the west", -16.8, 180.0, "FJ"),
        ("Taveuni on the antimeridian, from the east", -16.8, -180.0, "FJ"),
        ("Chukotka just across it", 67.0, -179.99999, "RU"),
        ("the middle of the Atlantic", 0.0, -30.0, None),
    ],
)
def test_a_point_is_in_its_place(places, name, latitude, longitude, place):
    found = places.find(latitude, longitude)
    if name.startswith("Maseru"):
        assert found.near == {"LS", "ZA"} or found.place == "LS", "an enclave's capital by its river"
    else:
        assert found.place == place


# The Indiana line at Calumet City runs along 87.5245 degrees west: points east and west of it, by metres.
@pytest.mark.parametrize(
    ("east_m", "place"),
    [(-2_000, "US-IL"), (-700, "US-IL"), (-400, BORDER), (0, BORDER), (400, BORDER), (700, "US-IN"), (2_000, "US-IN")],
)
def test_half_a_kilometre_on_either_side_of_a_line_is_border(places, east_m, place):
    found = places.find(*moved(41.60, -87.5248, east_m=east_m))
    assert found.place == place
    if place == BORDER:
        assert found.near == {"US-IL", "US-IN"}


def test_a_shore_is_no_line(places):
    assert places.find(37.8108, -122.4107).place == "US-CA", "a pier at San Francisco"


@pytest.mark.parametrize(
    "point", [(90.1, 0), (-90.1, 0), (0, 180.1), (0, -180.1), (float("nan"), 0), (0, float("nan"))]
)
def test_a_point_off_the_globe_is_refused(places, point):
    with pytest.raises(ValueError, match="globe"):
        places.find(*point)


def test_the_map_knows_every_state_and_some_two_hundred_countries(places):
    states = {name for name in places.names if name.startswith("US-")}
    assert len(states) == 56
    assert {"US-DC", "US-IL", "US-HI", "US-PR"} <= states
    assert len([name for name in places.names if "-" not in name]) > 200


def test_a_map_that_is_not_the_shipped_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("facewarden.law.places.MAP_SHA256", "0" * 64)
    with pytest.raises(UnavailableError):
        load_place_map()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a map", b"\x93NUMPY"])
def test_a_damaged_map_is_refused(content):
    with pytest.raises(UnavailableError):
        PlaceMap(content)


def test_a_missing_map_is_refused(tmp_path):
    with pytest.raises(UnavailableError):
        load_place_map(tmp_path / "gone.npz")

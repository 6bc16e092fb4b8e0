"""`facewarden law` as a person runs it: real files, the real sandbox, no installation and no sign-in."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from PIL import Image

from tests.conftest import run_command

POINTS_IN_ILLINOIS = {
    "Navy Pier": (41.8917, -87.6043),
    "East St. Louis": (38.6245, -90.1509),
    "Calumet City": (41.6156, -87.5450),
    "Cairo": (37.0053, -89.1765),
}
POINTS_OUTSIDE = {
    "St. Louis": (38.6270, -90.1994),
    "Hammond": (41.5834, -87.5000),
    "Wickliffe": (36.9648, -89.0892),
    "Davenport": (41.5400, -90.5776),
}


def write_photo(path: Path, point: tuple[float, float] | None = None, description: str = "") -> Path:
    exif = Image.Exif()
    if point:
        gps = exif.get_ifd(0x8825)
        for tag, letters, value in ((1, "NS", point[0]), (3, "EW", point[1])):
            degrees, rest = divmod(abs(value) * 3600, 3600)
            gps[tag] = letters[value < 0]
            gps[tag + 1] = (degrees, float(rest // 60), round(rest % 60, 3))
    if description:
        exif[0x010E] = description
    Image.new("RGB", (64, 48), (90, 120, 150)).save(path, exif=exif)
    return path


def law(home: Path, *arguments: object, **environment: str) -> tuple[int, str]:
    clean = {"PATH": os.environ["PATH"], "HOME": str(home)} | environment
    done = run_command(clean, [str(argument) for argument in arguments])
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def check(home: Path, *arguments: object, **environment: str) -> tuple[int, dict]:
    code, out = law(home, "law", "check", *arguments, "--json", **environment)
    return code, json.loads(out)


@pytest.fixture
def server_map(tmp_path):
    writer = MMDBWriter(4, "GeoLite2-City", languages=["en"])
    illinois = {"country": {"iso_code": "US"}, "subdivisions": [{"iso_code": "IL"}]}
    writer.insert_network(IPSet(["73.8.0.0/16"]), illinois)
    writer.insert_network(IPSet(["90.80.0.0/16"]), {"country": {"iso_code": "FR"}})
    writer.to_db_file(str(tmp_path / "city.mmdb"))
    return tmp_path / "city.mmdb"


@pytest.mark.parametrize("name", POINTS_IN_ILLINOIS)
def test_a_jpeg_taken_in_illinois_is_refused_with_rule_citation_and_dates(tmp_path, name):
    photo = write_photo(tmp_path / "a.jpg", POINTS_IN_ILLINOIS[name])
    code, answer = check(tmp_path, photo, "--action", "collect", "--as-of", "2026-11-22")
    assert (code, answer["decision"], answer["as_of"]) == (3, "refuse", "2026-11-22")
    assert answer["facts"]["place_taken"] == {"value": "US-IL", "origin": "EXIF GPS"}
    grounds = {ground["rule"]: ground for ground in answer["grounds"]}
    assert set(grounds) == {"filing.taken_in_illinois", "consent.illinois_photo"}
    assert grounds["consent.illinois_photo"]["expires"] == "2027-05-11"
    assert grounds["consent.illinois_photo"]["verified"] is False
    assert all(ground["citation"] and ground["text"] and ground["effective"] for ground in grounds.values())


@pytest.mark.parametrize("name", POINTS_OUTSIDE)
def test_a_jpeg_taken_outside_illinois_is_allowed(tmp_path, name):
    photo = write_photo(tmp_path / "a.jpg", POINTS_OUTSIDE[name])
    code, answer = check(tmp_path, photo, "--action", "collect")
    assert (code, answer["decision"], answer["grounds"]) == (0, "allow", [])
    assert set(answer["packs"]) >= {"facewarden-base", "clearview-filing-2020", "clearview-consent-order-2022"}


def test_words_in_the_file_and_in_the_address_are_grounds_of_their_own(tmp_path):
    photo = write_photo(tmp_path / "a.jpg", POINTS_OUTSIDE["St. Louis"], "On a trip to Chicago")
    _, answer = check(tmp_path, photo, "--url", "https://example.org/illinois/a.jpg")
    assert answer["action"] == "collect", "what is asked where no action is named"
    assert {ground["rule"] for ground in answer["grounds"]} >= {"filing.metadata_words", "filing.url_words"}


def test_a_server_is_placed_by_the_operators_map_and_undetermined_without_one(tmp_path, server_map):
    photo = write_photo(tmp_path / "a.jpg")
    asked = (photo, "--action", "collect", "--url", "https://example.org/a.jpg", "--ip")
    _, answer = check(tmp_path, *asked, "73.8.1.1", "--server-map", server_map)
    assert answer["facts"]["server_place"]["value"] == "US-IL"
    assert [ground["rule"] for ground in answer["grounds"]] == ["filing.server_in_illinois"]
    code, answer = check(tmp_path, *asked, "90.80.1.1", FACEWARDEN_SERVER_MAP=str(server_map))
    assert (code, answer["facts"]["server_place"]["value"]) == (0, "FR")
    code, answer = check(tmp_path, *asked, "90.80.1.1")
    assert (code, answer["facts"]["server_place"]["value"]) == (3, None)


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "::1", "fe80::1", "224.0.0.1", "no-address", "73.8.1"])
def test_a_private_reserved_or_senseless_server_address_is_never_an_allow(tmp_path, server_map, address):
    code, answer = check(tmp_path, "--action", "collect", "--ip", address, "--server-map", server_map)
    assert (code, answer["facts"]["server_state"]["value"]) == (3, "unreadable")


@pytest.mark.parametrize("content", [None, b"", b"no map of addresses"])
def test_a_missing_or_corrupt_map_is_a_clear_error_and_never_an_allow(tmp_path, content):
    path = tmp_path / "bad.mmdb"
    if content is not None:
        path.write_bytes(content)
    code, answer = check(tmp_path, "--action", "collect", "--ip", "73.8.1.1", "--server-map", path)
    assert (code, answer["ok"]) == (1, False)
    assert answer["code"] == ("server_map_missing" if content is None else "server_map_damaged")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--as-of", "soon"), "bad_day"),
        (("--lat", "north"), "bad_degrees"),
        (("--fact", "nothing=1"), "fact_unknown"),
        (("--fact", "org_sector=royal"), "fact_value"),
        (("--pack", "no-pack"), "unknown_pack"),
    ],
)
def test_what_is_not_understood_is_bad_use_with_a_next_step(tmp_path, arguments, code):
    exit_code, answer = check(tmp_path, "--action", "collect", *arguments)
    assert (exit_code, answer["ok"], answer["code"]) == (2, False, code)
    assert answer["next_step"]


def test_a_file_that_is_no_photo_is_an_error(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no photo")
    code, answer = check(tmp_path, tmp_path / "a.jpg", "--action", "collect")
    assert (code, answer["code"]) == (1, "not_an_image")


def test_the_ban_of_illinois_bodies_ends_by_itself_and_the_filing_goes_on(tmp_path):
    body = ("org_sector=government", "org_level=local", "org_place=US-IL", "user_training=valid")
    facts = [part for fact in (*body, "case_purpose=investigate_crime") for part in ("--fact", fact)]
    rules = {
        day: {ground["rule"] for ground in check(tmp_path, "--action", "search", *facts, "--as-of", day)[1]["grounds"]}
        for day in ("2027-05-11", "2027-05-12")
    }
    assert rules == {
        "2027-05-11": {"consent.illinois_entity", "filing.illinois_entity"},
        "2027-05-12": {"filing.illinois_entity"},
    }


def test_the_text_for_people_names_verdict_rule_dates_origin_and_what_is_unverified(tmp_path):
    photo = write_photo(tmp_path / "a.jpg", POINTS_IN_ILLINOIS["Navy Pier"])
    code, text = law(tmp_path, "law", "check", photo, "--action", "collect")
    assert code == 3
    for said in ("REFUSED", "filing.taken_in_illinois", "through 2027-05-11", "[unverified", "EXIF GPS", "Remedy:"):
        assert said in text


def test_orders_warn_of_may_2027_and_list_what_nobody_verified(tmp_path):
    _, out = law(tmp_path, "law", "orders", "--as-of", "2026-11-22", "--json")
    orders = json.loads(out)
    assert "consent.illinois_entity" in {term["id"] for term in orders["ending"]}
    assert all(not term["verified"] for term in orders["unverified"])
    _, out = law(tmp_path, "law", "orders", "--as-of", "2026-11-11", "--json")
    assert not json.loads(out)["ending"]


def test_every_packs_scenarios_hold_and_are_reported_as_a_page(tmp_path):
    code, out = law(tmp_path, "law", "test", "--report", tmp_path / "report.html", "--json")
    result = json.loads(out)
    assert (code, result["failed"]) == (0, 0)
    assert result["passed"] >= 100
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count("<tr><td>") == result["passed"]
    assert "<script" not in page


def test_duties_are_listed_with_their_clocks(tmp_path):
    _, out = law(tmp_path, "duties", "--pack", "california-privacy", "--as-of", "2026-11-22", "--json")
    clocks = {duty["id"]: (duty["within_days"], duty["business_days"]) for duty in json.loads(out)["duties"]}
    assert clocks["california.confirm"] == (10, True)
    assert clocks["california.answer"] == (45, False)

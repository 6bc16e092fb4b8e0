"""A photo's evidence becomes facts; contradictions stay contradictions."""

from datetime import date, datetime

import pytest

from facewarden.law.actions import Action
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Fact
from facewarden.law.loading import builtin_folder, load_packs, select_packs
from facewarden.law.photo import PhotoEvidence, PhotoReader, eu_facing

from .builders import facts
from .test_positions import NAVY_PIER
from .test_servers import ILLINOIS, Map

TODAY = date(2026, 11, 22)
SOURCE = {"source_state": "active", "source_permission": True, "host_barred": False}


@pytest.fixture(scope="module")
def reader():
    return PhotoReader.load(Map(ILLINOIS))


@pytest.fixture(scope="module")
def law():
    return LawEngine(select_packs(load_packs([builtin_folder()])))


def value(found, name):
    return found[name].value


def test_a_photo_that_says_nothing_is_undetermined_in_place_and_passes_counted(reader, law):
    found = reader.read(PhotoEvidence(tags={}))
    assert value(found, "place_taken") is None
    assert value(found, "places_claimed") is None
    assert value(found, "position_state") == "none"
    assert value(found, "metadata_text") == ""
    decision = law.decide(Action.COLLECT, {**facts(SOURCE), **found}, TODAY)
    assert decision.allowed
    assert {"place_taken", "places_claimed", "url_place", "server_place", "upload_place"} <= set(decision.undetermined)


def test_every_fact_that_collecting_and_enrolling_read_of_a_photo_is_there(reader, law):
    found = reader.read(PhotoEvidence(tags={}))
    missing = law.needs(Action.COLLECT, TODAY) - found.keys() - SOURCE.keys()
    assert missing == set()
    assert law.needs(Action.ENROL, TODAY) - found.keys() == {"source_state", "face_quality", "face_suppressed"}


def test_navy_pier_is_illinois_and_refused_by_both_papers(reader, law):
    found = reader.read(PhotoEvidence(tags=NAVY_PIER))
    assert value(found, "place_taken") == "US-IL"
    assert found["place_taken"].origin == "EXIF GPS"
    decision = law.decide(Action.COLLECT, {**facts(SOURCE), **found}, TODAY)
    assert set(decision.rules) == {"filing.taken_in_illinois", "consent.illinois_photo"}


def test_coordinates_given_from_outside_count(reader):
    assert value(reader.read(PhotoEvidence(latitude_deg=41.8917, longitude_deg=-87.6043)), "place_taken") == "US-IL"
    found = reader.read(PhotoEvidence(latitude_deg=38.6270, longitude_deg=-90.1994))
    assert (value(found, "place_taken"), value(found, "places_claimed")) == ("US-MO", {"US-MO"})
    assert value(reader.read(PhotoEvidence(latitude_deg=41.0)), "position_state") == "unreadable"
    assert value(reader.read(PhotoEvidence(longitude_deg=41.0)), "position_state") == "unreadable"


def test_a_point_on_the_line_is_border_and_names_both(reader):
    found = reader.read(PhotoEvidence(latitude_deg=41.60, longitude_deg=-87.5248))
    assert value(found, "place_taken") == "border"
    assert value(found, "places_claimed") == {"US-IL", "US-IN"}


@pytest.mark.parametrize(("latitude", "longitude"), [(87.6043, -41.8917), (-87.6043, 41.8917)])
def test_swapped_coordinates_that_lie_where_nobody_lives_claim_what_they_name_the_other_way_round(
    reader, law, latitude, longitude
):
    found = reader.read(PhotoEvidence(tags={}, latitude_deg=latitude, longitude_deg=longitude))
    assert value(found, "place_taken") is None
    assert "US-IL" in value(found, "places_claimed")
    assert "swapped" in found["places_claimed"].origin
    decision = law.decide(Action.COLLECT, {**facts(SOURCE), **found}, TODAY)
    assert "filing.taken_in_illinois" in decision.rules


def test_a_station_in_antarctica_is_taken_at_its_word(reader):
    assert value(reader.read(PhotoEvidence(latitude_deg=-77.85, longitude_deg=166.67)), "place_taken") == "AQ"
    assert value(reader.read(PhotoEvidence(latitude_deg=-75.1, longitude_deg=-70.0)), "place_taken") == "AQ"


def test_a_point_at_sea_is_no_known_place(reader):
    found = reader.read(PhotoEvidence(latitude_deg=0.5, longitude_deg=-30.0))
    assert value(found, "place_taken") is None
    assert value(found, "position_state") == "read"


@pytest.mark.parametrize(
    ("tags", "place"),
    [
        ({"iptc:City": "Chicago", "iptc:State": "Illinois", "iptc:Country": "USA"}, "US-IL"),
        ({"xmp:photoshop:State": "Illinois"}, "US-IL"),
        ({"xmp:photoshop:City": "Roma", "xmp:Iptc4xmpCore:CountryCode": "ITA"}, "IT"),
        (
            {
                "xmp:Iptc4xmpExt:LocationCreated[1]/Iptc4xmpExt:ProvinceState": "Illinois",
                "xmp:Iptc4xmpExt:LocationCreated[1]/Iptc4xmpExt:CountryCode": "US",
            },
            "US-IL",
        ),
        ({"iptc:City": "Springfield"}, None),
        ({"iptc:Country": "Atlantis"}, None),
    ],
)
def test_place_words_name_the_place(reader, tags, place):
    found = reader.read(PhotoEvidence(tags=tags))
    assert value(found, "place_taken") == place
    if place:
        assert "place words" in found["place_taken"].origin


def test_both_halves_of_a_contradiction_are_kept_and_illinois_refuses(reader, law):
    hammond = {"latitude_deg": 41.5834, "longitude_deg": -87.5}
    found = reader.read(PhotoEvidence(tags={"iptc:State": "Illinois", "iptc:CountryCode": "USA"}, **hammond))
    assert value(found, "place_taken") is None
    assert "contradiction" in found["place_taken"].origin
    assert value(found, "places_claimed") == {"US-IL", "US-IN"}
    assert "filing.taken_in_illinois" in law.decide(Action.COLLECT, {**facts(SOURCE), **found}, TODAY).rules


def test_two_locations_in_xmp_are_two_claims(reader):
    tags = {
        "xmp:Iptc4xmpExt:LocationShown[1]/Iptc4xmpExt:CountryName": "Italy",
        "xmp:Iptc4xmpExt:LocationShown[2]/Iptc4xmpExt:CountryName": "France",
    }
    assert value(reader.read(PhotoEvidence(tags=tags)), "places_claimed") == {"IT", "FR"}


@pytest.mark.parametrize(
    "tags",
    [
        {**NAVY_PIER, "exif:GPSLatitude": "41/0 53/1 30/1"},
        {**NAVY_PIER, "exif:GPSLatitude": "0/1", "exif:GPSLongitude": "0/1"},
        {**NAVY_PIER, "exif:GPSLatitude": "87/1", "exif:GPSLatitudeRef": "W"},
        {"xmp:exif:GPSLatitude": "nonsense", "xmp:exif:GPSLongitude": "87,3W"},
    ],
)
def test_broken_coordinates_are_never_an_allow(reader, law, tags):
    found = reader.read(PhotoEvidence(tags=tags))
    assert value(found, "position_state") == "unreadable"
    assert "photos.position_readable" in law.decide(Action.COLLECT, {**facts(SOURCE), **found}, TODAY).rules


def test_words_in_the_file_that_name_chicago_refuse(reader, law):
    found = reader.read(PhotoEvidence(tags={"xmp:dc:subject": "parade; Chicago", "exif:Make": "Illinois Camera"}))
    assert value(found, "metadata_text") == "parade; chicago"
    assert law.decide(Action.COLLECT, {**facts(SOURCE), **found}, TODAY).rules == ("filing.metadata_words",)


def test_without_a_file_its_words_are_undetermined(reader):
    assert value(reader.read(PhotoEvidence()), "metadata_text") is None


def test_a_server_in_illinois_refuses(reader, law):
    evidence = PhotoEvidence(tags={}, file_url="https://example.com/a.jpg", server_ip="193.0.14.129")
    found = reader.read(evidence)
    assert (value(found, "server_state"), value(found, "server_place")) == ("placed", "US-IL")
    assert law.decide(Action.COLLECT, {**facts(SOURCE), **found}, TODAY).rules == ("filing.server_in_illinois",)


def test_what_was_fetched_without_its_server_is_refused_but_not_what_was_handed_over(reader, law):
    given = PhotoEvidence(tags={}, page_url="https://example.com/a")
    assert value(reader.read(given), "server_state") == "none"
    fetched = PhotoEvidence(
        tags={}, page_url="https://example.com/a", manner="targeted", robots="allowed", robots_tags=()
    )
    found = reader.read(fetched)
    rules = law.decide(Action.COLLECT, {**facts(SOURCE), **found}, TODAY).rules
    assert rules == ("photos.server_readable", "photos.purpose_named", "photos.eu_subject")


def test_a_host_that_is_an_address_tells_the_server(reader):
    assert value(reader.read(PhotoEvidence(page_url="https://193.0.14.129/a")), "server_place") == "US-IL"
    assert value(reader.read(PhotoEvidence(page_url="https://[fe80::1]/a")), "server_state") == "unreadable"
    both = PhotoEvidence(page_url="https://10.0.0.1/a", server_ip="193.0.14.129")
    assert value(reader.read(both), "server_place") == "US-IL"


def test_robots_that_nobody_read_refuse_a_crawl(reader, law):
    crawled = PhotoEvidence(tags={}, page_url="https://example.com/a", server_ip="8.8.8.8", manner="targeted")
    found = reader.read(crawled)
    rules = law.decide(Action.COLLECT, {**facts(SOURCE), **found}, TODAY).rules
    assert rules == ("photos.robots", "photos.robots_tags", "photos.purpose_named", "photos.eu_subject")


def test_an_unreadable_address_refuses(reader, law):
    found = reader.read(PhotoEvidence(tags={}, page_url="https://user:word@example.com/"))
    assert law.decide(Action.COLLECT, {**facts(SOURCE), **found}, TODAY).rules == ("photos.address_readable",)


def test_the_day_it_was_taken_is_a_number(reader):
    taken = datetime(2024, 2, 29, 23, 59)  # noqa: DTZ001 - as cameras write it
    assert value(reader.read(PhotoEvidence(taken_at=taken)), "taken_day") == 20240229
    assert value(reader.read(PhotoEvidence()), "taken_day") is None


def test_the_day_that_the_sources_records_say_counts_where_the_file_does_not_contradict_it(reader):
    taken = datetime(2024, 2, 29, 23, 59)  # noqa: DTZ001 - as cameras write it
    booked = reader.read(PhotoEvidence(recorded_on=date(2024, 3, 1)))["taken_day"]
    assert (booked.value, booked.origin) == (20240301, "the source's record")
    both = reader.read(PhotoEvidence(taken_at=taken, recorded_on=taken.date()))["taken_day"]
    assert (both.value, both.origin) == (20240229, "EXIF time and the source's record")
    apart = reader.read(PhotoEvidence(taken_at=taken, recorded_on=date(2024, 3, 1)))["taken_day"]
    assert apart.value is None
    assert "EXIF time says 2024-02-29, the source's record says 2024-03-01" in apart.origin


def test_facts_known_otherwise_win(reader):
    extra = facts({"source_place": "IT", "place_taken": "FR"})
    found = reader.read(PhotoEvidence(tags=NAVY_PIER, extra=extra))
    assert value(found, "place_taken") == "FR"
    assert value(found, "source_place") == "IT"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"collection_manner": "given", "source_place": "IT"}, False),  # nothing was fetched
        ({"collection_manner": "targeted", "source_place": "IT"}, True),
        ({"collection_manner": "targeted", "source_place": "US", "url_place": "FR"}, True),
        ({"collection_manner": "targeted", "source_place": "US", "server_place": "IE"}, True),
        ({"collection_manner": "targeted", "source_place": "US", "places_claimed": frozenset({"CH", "DE"})}, True),
        ({"collection_manner": "targeted", "source_place": "US", "url_place": "GB"}, False),  # a member no more
        ({"collection_manner": "targeted", "source_place": None, "url_place": None}, None),
        ({}, None),
    ],
)
def test_what_is_fetched_is_european_by_anything_that_says_so(given, expected):
    assert eu_facing({name: Fact(value, "test") for name, value in given.items()}).value is expected


@pytest.mark.parametrize(
    "written",
    [
        "ILLINOIS",
        "\u0130LL\u0130NO\u0130S",  # as Turkish writes it
        "Ｉｌｌｉｎｏｉｓ",
        "Illi\u00adnois",
        "Illi\u200bnois",
        "\u0406ll\u0456n\u043e\u0456s",  # Cyrillic among the Latin
        "Illino&#105;s",
    ],
)
def test_a_word_is_read_as_somebody_reads_it(reader, written):
    found = reader.read(PhotoEvidence(tags={"xmp:dc:description": f"summer in {written}"}))
    assert value(found, "metadata_text") == "summer in illinois"


@pytest.mark.parametrize("state", ["IL, USA", "US-IL", "USA - IL", "I\u200bL", "Oregon; IL", "Illinois, United States"])
def test_a_state_is_known_however_it_is_filled_in(reader, state):
    found = reader.read(PhotoEvidence(tags={"iptc:State": state}))
    assert "US-IL" in value(found, "places_claimed")

"""What names and types are read as, in the ways people write them; and what is left to a person."""

from __future__ import annotations

import pytest

from facewarden.domain.accounts import Exemption, GovernmentLevel, Sector
from facewarden.law.placenames import load_place_names
from facewarden.services.people.customers.classification import classify
from facewarden.services.people.customers.reading import Customer, Reader
from facewarden.services.people.customers.sheet import COLUMNS, Fault, Row

READER = Reader(load_place_names())


def read(name: str, **cells: str) -> Customer:
    found = READER.read(Row(2, dict.fromkeys(COLUMNS, "") | {"name": name} | cells))
    assert isinstance(found, Customer), found
    return found


@pytest.mark.parametrize(
    ("name", "level", "place"),
    [
        ("Chicago PD", "local", "US-IL"),
        ("Chicago P.D.", "local", "US-IL"),
        ("Police Department, City of Chicago", "local", "US-IL"),
        ("Ill. State Police", "state", "US-IL"),
        ("ILLINOIS STATE POLICE", "state", "US-IL"),
        ("IL Dept of Corrections", "state", "US-IL"),
        ("City of Springfield, IL", "local", "US-IL"),
        ("Springfield Police Dept. (Ill.)", "local", "US-IL"),
        ("Springfield, Illinois Police Department", "local", "US-IL"),
        ("State's Attorney, DuPage County", "local", "US-IL"),
        ("springfield pd il", "local", "US-IL"),
        ("Aurora Police Dept IL 60505", "local", "US-IL"),
        ("Illinois State University PD", "state", "US-IL"),
        ("Georgia Bureau of Investigation", "state", "US-GA"),
        ("Office of the Illinois Attorney General", "state", "US-IL"),
        ("Illinois Gaming Board", "state", "US-IL"),
        ("Springfield, Ill. Police", "local", "US-IL"),
        ("Chicago P. D.", "local", "US-IL"),
        ("Kane County, Illinois", "local", "US-IL"),
        ("Illinois State's Attorneys Appellate Prosecutor", "state", "US-IL"),
        ("Ministry of Internal Affairs of Georgia", "foreign", "GE"),
        ("Texas Dept. of Public Safety", "state", "US-TX"),
        ("California, MO Police Department", "local", "US-MO"),
        ("Royal Canadian Mounted Police", "foreign", None),
        ("Ministry of Internal Affairs of Ukraine", "foreign", "UA"),
    ],
)
def test_a_government_body_is_read_from_its_name(name: str, level: str, place: str | None) -> None:
    found = read(name)
    assert (found.sector, found.level, found.place) == (Sector.GOVERNMENT, GovernmentLevel(level), place)


@pytest.mark.parametrize(
    ("name", "office"),
    [
        ("US Dept of Justice – Chicago Field Office", "US-IL"),
        ("U.S. Department of Justice - Chicago Division", "US-IL"),
        ("FBI Chicago", "US-IL"),
        ("FBI – Springfield, IL", "US-IL"),
        ("DEA Houston Division", "US-TX"),
        ("U.S. Attorney’s Office – Northern District of Illinois", "US-IL"),
        ("United States Secret Service, Springfield IL Resident Office", "US-IL"),
        ("FBI Springfield", None),  # which of them, nobody can tell
    ],
)
def test_a_federal_body_has_its_base_in_the_country_and_its_office_where_the_name_says(
    name: str, office: str | None
) -> None:
    found = read(name)
    assert (found.level, found.place, found.office_place) == (GovernmentLevel.FEDERAL, "US", office)


@pytest.mark.parametrize(
    ("name", "city", "level"),
    [
        ("Nevada Police Department", "Nevada", "local"),
        ("Oregon Police Department", "Oregon", "local"),
        ("Nevada Police Department", "Carson City", "state"),
        ("Rosemont Public Safety", "Rosemont", "local"),
        ("Evanston Township", "Evanston", "local"),
    ],
)
def test_a_town_that_bears_the_name_of_a_state_is_a_town(name: str, city: str, level: str) -> None:
    assert read(name, city=city, state="IL").level is GovernmentLevel(level)


@pytest.mark.parametrize(
    "name",
    [
        "Chicago Police Federal Credit Union",
        "First National Bank of Peoria",
        "Sheriff's Discount Liquors",
        "Harbor Trading Co",
        "Police Supply Co.",
        "Fraternal Order of Police Lodge 7",
        "U.S. Bank",
    ],
)
def test_a_private_body_with_an_official_word_in_its_name_stays_private(name: str) -> None:
    assert read(name).sector is Sector.PRIVATE


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("Lakeview Academy", {}),
        ("Harbor Bank Police Dept.", {}),  # a bank's own police, or a police named after a bank
        ("Springfield Police Dept.", {"type": "Retail"}),
        ("University of Chicago Police", {}),  # a private university's
        ("Officer Jane Roe", {"type": "Law Enforcement"}),  # a person, not an agency
        ("Quarrel & Sons", {}),
        ("Illinois Central Railroad Police", {}),  # a company's, with powers of police
    ],
)
def test_what_contradicts_itself_or_says_nothing_is_undetermined(name: str, cells: dict[str, str]) -> None:
    found = read(name, **cells)
    assert found.sector is None
    assert "sector" in found.undetermined


def test_each_thing_recognised_names_the_words_that_told_it() -> None:
    told = read("Ill. State Police", type="Law Enforcement").recognised
    assert told["sector"].words == "name: “state police”; type: Law Enforcement"
    assert told["place"].words == "name: “ill state”"


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        ({"city": "Springfield", "state": "IL", "country": "USA"}, "US-IL"),
        ({"city": "Springfield", "state": "Ill."}, "US-IL"),
        ({"state": "illinois", "country": "us"}, "US-IL"),
        ({"state": "State of Illinois", "country": "U.S.A."}, "US-IL"),
        ({"city": "Springfield", "country": "USA"}, None),
        ({"city": "Paris", "country": "France"}, "FR"),
        ({"city": "Toronto", "state": "ON", "country": "Canada"}, "CA-ON"),
        ({"location": "Chicago, IL 60601"}, "US-IL"),
        ({"location": "Kyiv, Ukraine"}, "UA"),
        ({"location": "Illinois"}, "US-IL"),
        ({"state": "Illinoys"}, None),
        ({"country": "Atlantis"}, None),
    ],
)
def test_a_place_is_read_from_its_columns(cells: dict[str, str], place: str | None) -> None:
    assert read("Springfield Police Department", **cells).place == place


@pytest.mark.parametrize("city", ["Lombard, IL", "Elgin IL", "Lombard, Illinois 60148"])
def test_a_state_written_behind_the_city_is_read(city: str) -> None:
    assert read("Harbor PD", city=city).place == "US-IL"


def test_a_type_that_is_a_level_is_a_governments() -> None:
    found = read("Uniform Crime Reporting", type="State", state="AL")
    assert (found.sector, found.level) == (Sector.GOVERNMENT, GovernmentLevel.STATE)


def test_the_police_of_a_tribe_are_a_tribes() -> None:
    assert read("Seminole Tribe of Florida Police", state="FL").level is GovernmentLevel.TRIBAL


def test_a_name_and_a_column_that_name_two_states_leave_the_place_undetermined() -> None:
    found = read("City of Springfield, IL", state="Missouri")
    assert found.place is None
    assert "contradicting" in found.recognised["place"].words


def test_a_company_named_after_a_city_is_where_its_columns_say() -> None:
    assert read("Chicago Pizza Inc.", state="NV", country="USA").place == "US-NV"


def test_a_level_column_goes_before_what_a_name_is_presumed_to_be() -> None:
    assert read("Rail Police", type="Law Enforcement", level="Federal").level is GovernmentLevel.FEDERAL
    assert read("Rail Police", type="Law Enforcement").level is GovernmentLevel.LOCAL
    assert read("Ohio State Police", level="Federal").level is None


def test_an_exemption_must_be_stated_a_banks_name_shows_none() -> None:
    assert read("First Bank of Harham", type="Bank").exemption is None
    assert read("First Bank of Harham", exemption="GLBA").exemption is Exemption.GLBA_INSTITUTION


@pytest.mark.parametrize(
    ("email", "country", "said"),
    [
        ("chief@gov.co", "USA", "looks like a government's domain"),
        ("chief@police-gov.us", "USA", "looks like a government's domain"),
        ("chief@chicago.gov.com", "USA", "looks like a government's domain"),
        ("chief@policia.gov.co", "USA", "the government of CO"),
        ("chief@xn--chcago-gov.org", "USA", "other than plain Latin"),
        ("chief@chicаgo.gov", "USA", "other than plain Latin"),
        ("no address", "", "no e-mail address"),
    ],
)
def test_a_look_alike_domain_is_a_fault_of_its_line(email: str, country: str, said: str) -> None:
    row = Row(7, dict.fromkeys(COLUMNS, "") | {"name": "Springfield PD", "email": email, "country": country})
    fault = READER.read(row)
    assert isinstance(fault, Fault)
    assert (fault.line, fault.column) == (7, "email")
    assert said in fault.problem


@pytest.mark.parametrize(
    ("email", "place"),
    [("a@isp.illinois.gov", "US-IL"), ("a@ci.aurora.il.us", "US-IL"), ("a@springfield-il.gov", "US-IL")],
)
def test_a_governments_domain_proves_sector_and_state(email: str, place: str) -> None:
    found = read("Records Unit", email=email)
    assert (found.sector, found.place) == (Sector.GOVERNMENT, place)


@pytest.mark.parametrize(
    ("type_text", "sector"),
    [
        ("Security", "private"),
        ("Gym", "private"),
        ("E-commerce", "private"),
        ("Oil & Gas", "private"),
        ("Hedge fund", "private"),
        ("DA's Office", "government"),
        ("Court", "government"),
        ("Corrections", "government"),
        ("Private citizen", "individual"),
        ("Homeland Security", None),
        ("Criminal Investigations", None),
        ("Hospital", None),
        ("International", None),
        ("Agency", None),
    ],
)
def test_a_type_says_what_it_says_alone_and_nothing_where_it_could_be_either(
    type_text: str, sector: str | None
) -> None:
    assert classify("Zorblat Unit", type_text, "", "", None, "US").sector.value == sector

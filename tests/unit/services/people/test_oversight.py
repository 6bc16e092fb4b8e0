"""What is unusual: at its threshold, and one below it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from facewarden.domain.accounts import AccountState, GovernmentLevel, Organisation, Sector
from facewarden.domain.ids import CaseId, OrganisationId, SearchId, UserId
from facewarden.domain.oversight import CaseUse, SearchUse, Unusual
from facewarden.services.people.hours import is_night, zone_of
from facewarden.services.people.oversight import (
    BURST_SEARCHES,
    BURST_WINDOW,
    EMPTY_SEARCHES,
    NIGHT_SEARCHES,
    OPEN_CASES,
    OPEN_FOR,
    find_unusual,
)

NOON = datetime(2026, 11, 18, 18, tzinfo=UTC)  # noon in Chicago, in winter
BODY = OrganisationId("org_a")
BODIES = {
    BODY: Organisation(BODY, "Harbour PD", Sector.GOVERNMENT, GovernmentLevel.LOCAL, "US-IL", AccountState.ACTIVE, NOON)
}


def searched(moments, candidates=3, user="usr_a"):
    return [
        SearchUse(SearchId(f"srch_{n}"), UserId(user), BODY, CaseId("case_a"), at, candidates)
        for n, at in enumerate(moments)
    ]


def kinds(searches, cases=()):
    return [notice.unusual for notice in find_unusual(searches, cases, BODIES, NOON + timedelta(days=1))]


@pytest.mark.parametrize(("count", "within"), [(BURST_SEARCHES, BURST_WINDOW), (BURST_SEARCHES - 1, BURST_WINDOW)])
def test_a_burst_is_so_many_within_its_window(count, within):
    moments = [NOON + n * within / (BURST_SEARCHES - 1) for n in range(count)]
    assert (Unusual.BURST in kinds(searched(moments))) is (count == BURST_SEARCHES)


def test_as_many_in_a_longer_time_are_no_burst():
    moments = [NOON + n * (BURST_WINDOW + timedelta(minutes=1)) / (BURST_SEARCHES - 1) for n in range(BURST_SEARCHES)]
    assert kinds(searched(moments)) == []


def test_the_searches_of_two_people_are_no_burst():
    half = [NOON + n * timedelta(seconds=20) for n in range(BURST_SEARCHES - 1)]
    assert kinds(searched(half) + searched(half, user="usr_b")) == []


@pytest.mark.parametrize("count", [NIGHT_SEARCHES, NIGHT_SEARCHES - 1])
def test_searches_at_night_are_told_by_the_clock_where_the_body_is(count):
    night = NOON.replace(hour=5)  # 23 o'clock in Chicago
    moments = [night + timedelta(minutes=n * 5) for n in range(count)]
    assert kinds(searched(moments)) == ([Unusual.OFF_HOURS] if count == NIGHT_SEARCHES else [])


@pytest.mark.parametrize(
    ("place", "utc_hour", "night"),
    [
        ("US-IL", 3, False),
        ("US-IL", 4, True),
        ("US-IL", 11, True),
        ("US-IL", 12, False),
        ("US-HI", 8, True),
        ("FR", 21, True),
        ("FR", 20, False),
        ("UA", 20, True),
        (None, 21, False),
        (None, 22, True),
        ("XX", 22, True),
    ],
)
def test_the_night_is_from_ten_to_six_there(place, utc_hour, night):
    assert is_night(NOON.replace(hour=utc_hour), place) is night


def test_every_state_has_a_zone_of_its_own_country():
    assert str(zone_of("US-WA")) == "America/Los_Angeles"
    assert str(zone_of("US-TX")) == "America/Chicago"
    assert str(zone_of("CA-ON")).startswith("America/")


@pytest.mark.parametrize(
    ("empty", "others", "told"),
    [(EMPTY_SEARCHES, 0, True), (EMPTY_SEARCHES - 1, 0, False), (EMPTY_SEARCHES, 2, True), (EMPTY_SEARCHES, 3, False)],
)
def test_many_searches_without_a_candidate_are_told(empty, others, told):
    hours = [NOON + timedelta(hours=n % 8, days=n // 8) for n in range(empty + others)]
    searches = sorted(
        searched(hours[:empty], candidates=0) + searched(hours[empty:]), key=lambda search: search.searched_at
    )
    assert (Unusual.NO_CANDIDATES in kinds(searches)) is told


@pytest.mark.parametrize("cases", [2, 3])
@pytest.mark.parametrize("by", [("usr_a",), ("usr_a", "usr_b")])
def test_one_person_looked_up_under_case_after_case_is_told_of_everybody_who_did(cases, by):
    searches = [
        SearchUse(
            SearchId(f"srch_{n}"),
            UserId(by[n % len(by)]),
            BODY,
            CaseId(f"case_{n}"),
            NOON - n * BURST_WINDOW,
            2,
            frozenset({"pho_a", f"pho_other_{n}"}),
        )
        for n in range(cases)
    ]
    told = [notice for notice in find_unusual(searches, (), BODIES, NOON) if notice.unusual is Unusual.SAME_PERSON]
    assert {notice.user_id for notice in told} == (set(by) if cases == 3 else set())
    assert all("pho_a" not in notice.why for notice in told)  # who it is stays between the case and its members


def led_by(number, *photos, picture=""):
    at = NOON + number * BURST_WINDOW
    ids = SearchId(f"srch_{number}"), UserId("usr_a"), BODY, CaseId(f"case_{number}")
    return SearchUse(*ids, at, len(photos), frozenset(photos), picture)


def test_another_photo_of_the_same_person_in_front_hides_nothing():
    """Somebody with three photos here, each search led by another one, two of them tied by what came second."""
    searches = [led_by(0, "pho_a", "pho_b"), led_by(1, "pho_c"), led_by(2, "pho_b", "pho_c")]
    assert kinds(searches) == [Unusual.SAME_PERSON]
    assert kinds([*searches[:2], led_by(2, "pho_b", "pho_d")]) == []


@pytest.mark.parametrize("cases", [2, 3])
def test_one_picture_of_somebody_who_is_not_here_is_told_under_case_after_case(cases):
    assert kinds([led_by(n, picture="ab") for n in range(cases)]) == [Unusual.SAME_PICTURE] * (cases == 3)
    assert kinds([led_by(n, f"pho_{n}", picture="ab") for n in range(3)]) == []  # a group photo, another face each time


def test_different_people_under_many_cases_are_not_told():
    searches = [
        SearchUse(
            SearchId(f"srch_{n}"),
            UserId("usr_a"),
            BODY,
            CaseId(f"case_{n}"),
            NOON - n * BURST_WINDOW,
            2,
            frozenset({f"pho_{n}"}),
        )
        for n in range(9)
    ]
    assert kinds(searches) == []


def case(number, last_search_at):
    opened = last_search_at - timedelta(days=5)
    return CaseUse(CaseId(f"case_{number}"), BODY, UserId("usr_a"), opened, 2, last_search_at)


def test_cases_without_an_outcome_are_told_once_there_are_several_and_their_last_search_is_long_ago():
    now = NOON + timedelta(days=1)
    old = [case(n, now - OPEN_FOR - timedelta(seconds=1)) for n in range(OPEN_CASES)]
    assert kinds([], old) == [Unusual.NO_OUTCOME]
    assert kinds([], old[1:]) == []
    assert kinds([], [*old[1:], case(9, now - OPEN_FOR)]) == []

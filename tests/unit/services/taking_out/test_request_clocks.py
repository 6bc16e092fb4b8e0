"""Dates of requests follow the law of the declared place, and the law packs say the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from facewarden.domain.clocks import CALIFORNIA, CLOCKS, EUROPE, GDPR, HOUSE, Period, clock_for
from facewarden.law.loading import builtin_folder, load_packs

SUNDAY = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("place", "clock"),
    [
        ("US-CA", CALIFORNIA),
        ("US-NV", HOUSE),
        ("US", HOUSE),
        ("FR", GDPR),
        ("DE-BY", GDPR),
        ("GB", GDPR),
        (None, HOUSE),
    ],
)
def test_the_clock_is_that_of_the_declared_place(place, clock) -> None:
    assert clock_for(place) is clock


def test_california_gives_ten_business_days_and_45_days_and_once_45_more() -> None:
    assert CALIFORNIA.acknowledge_due(SUNDAY) == datetime(2026, 12, 4, 9, 30, tzinfo=UTC)
    assert CALIFORNIA.due(SUNDAY) == SUNDAY + timedelta(days=45)
    assert CALIFORNIA.extended(SUNDAY) == SUNDAY + timedelta(days=90)


def test_the_gdpr_gives_one_month_and_two_more() -> None:
    assert GDPR.acknowledge_due(SUNDAY) is None
    assert GDPR.due(SUNDAY) == datetime(2026, 12, 22, 9, 30, tzinfo=UTC)
    assert GDPR.extended(SUNDAY) == datetime(2027, 2, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("from_day", "to_day"), [("2026-01-31", "2026-02-28"), ("2028-01-31", "2028-02-29"), ("2026-12-31", "2027-01-31")]
)
def test_a_month_from_its_last_day_ends_on_the_last_day_of_the_next(from_day, to_day) -> None:
    start = datetime.fromisoformat(from_day).replace(tzinfo=UTC)
    assert Period(months=1).after(start).date().isoformat() == to_day


def test_the_law_packs_say_the_same_days() -> None:
    packs = load_packs([builtin_folder() / name for name in ("facewarden-base", "california-privacy", "gdpr")])
    duties = {duty.duty_id: duty for pack in packs for duty in pack.duties}
    for clock in CLOCKS.values():
        assert set(clock.duty_ids) <= set(duties)
    assert duties["california.confirm"].within_days == CALIFORNIA.acknowledge_business_days
    assert duties["california.answer"].within_days == CALIFORNIA.answer.days
    months = [GDPR.due(SUNDAY.replace(month=month)) - SUNDAY.replace(month=month) for month in range(1, 13)]
    assert min(months).days <= (duties["gdpr.12_3"].within_days or 0) <= max(months).days


def test_europe_has_30_members_and_the_united_kingdom() -> None:
    assert len(EUROPE) == 31

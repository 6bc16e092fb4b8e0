"""How long an answer to a person's request may take, by the law of the place they declare. Never asks what time it is.

The figures are those of the law packs (a test holds them together); where none speaks, the house's own apply.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta

WARNING = timedelta(days=7)
"""So long before a date a request is shown as due soon."""
_SATURDAY = 5

EUROPE = frozenset(
    {
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
        "IS",
        "LI",
        "NO",
        "GB",
    }
)
"""The European Union, the rest of the EEA, and the United Kingdom, whose own copy has the same clock."""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of calendar time: whole months (the same day of a later month, or its last day), then days."""

    months: int = 0
    days: int = 0

    def after(self, moment: datetime) -> datetime:
        """The moment that ends the period."""
        month = moment.month - 1 + self.months
        year, month = moment.year + month // 12, month % 12 + 1
        day = min(moment.day, calendar.monthrange(year, month)[1])
        return moment.replace(year=year, month=month, day=day) + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class RequestClock:
    """The dates of one law: `acknowledge_business_days` None where only the answer has a date."""

    clock_id: str
    acknowledge_business_days: int | None
    answer: Period
    extension: Period
    citation: str
    duty_ids: tuple[str, ...] = ()
    """The duties of the law packs that say so."""

    def acknowledge_due(self, received: datetime) -> datetime | None:
        """Until when the receipt must be confirmed.

        Saturdays and Sundays are left out, holidays are not: the date is never later than the law's.
        """
        if self.acknowledge_business_days is None:
            return None
        left, moment = self.acknowledge_business_days, received
        while left:
            moment += timedelta(days=1)
            left -= moment.weekday() < _SATURDAY
        return moment

    def due(self, received: datetime) -> datetime:
        """Until when the request must be answered: counted from receipt, whatever confirming it takes."""
        return self.answer.after(received)

    def extended(self, received: datetime) -> datetime:
        """Until when, if it was extended once with reasons."""
        return self.extension.after(self.answer.after(received))


CALIFORNIA = RequestClock(
    "california",
    10,
    Period(days=45),
    Period(days=45),
    "California, CCPA regulations 7021 (a) and (b)",
    ("california.confirm", "california.answer"),
)
GDPR = RequestClock(
    "gdpr",
    None,
    Period(months=1),
    Period(months=2),
    "General Data Protection Regulation, Article 12 (3)",
    ("gdpr.12_3",),
)
HOUSE = RequestClock(
    "house",
    None,
    Period(months=1),
    Period(months=1),
    "house rule: no law on requests is recorded for this place",
)
CLOCKS = {clock.clock_id: clock for clock in (CALIFORNIA, GDPR, HOUSE)}


def clock_for(place: str | None) -> RequestClock:
    """The clock of a declared place (ISO 3166), the house's where none is declared or no law is recorded for it."""
    if place == "US-CA":
        return CALIFORNIA
    if place is not None and place.partition("-")[0] in EUROPE:
        return GDPR
    return HOUSE

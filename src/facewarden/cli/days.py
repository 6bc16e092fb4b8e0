"""Days on the command line: YYYY-MM-DD, nothing else. Never reads a time of day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import click

from facewarden.errors import BadUseError


class _Day(click.ParamType[date]):
    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            raise BadUseError("bad_date", f"{value} is no date.", next_step="Write it as YYYY-MM-DD.") from None


DAY = _Day()
"""The type of an option that is a day; raises BadUseError `bad_date`."""


def end_of_day(day: date) -> datetime:
    """The last moment of that day, UTC."""
    return datetime.combine(day, time.max, UTC)

"""Days on the command line: YYYY-MM-DD, nothing else. Never reads a time of day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from facewarden.errors import BadUseError


def read_date(text: str) -> date:
    """That day; raises BadUseError."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise BadUseError("bad_date", f"{text} is no date.", next_step="Write it as YYYY-MM-DD.") from None


def end_of_day(text: str) -> datetime:
    """The last moment of that day, UTC; raises BadUseError."""
    return datetime.combine(read_date(text), time(23, 59, 59), UTC)

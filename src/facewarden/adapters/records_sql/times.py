"""Moments as the records keep them: microseconds since 1970 UTC, exact. Never asks what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from facewarden.errors import BadUseError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
DAY_US = timedelta(days=1) // _MICROSECOND


def to_us(moment: datetime) -> int:
    """Microseconds since 1970 UTC; BadUseError if `moment` has no offset."""
    if moment.utcoffset() is None:
        raise BadUseError("time_without_offset", "A time has no offset.", "It could be any of 24.", "Give UTC.")
    return (moment - _EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """The moment, aware, UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def to_us_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else to_us(moment)


def from_us_or_none(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_us(microseconds)


def to_text_or_none(moment: datetime | None) -> str | None:
    """ISO 8601, with an offset only if it has one: the time a camera wrote often has none."""
    return None if moment is None else moment.isoformat()


def from_text_or_none(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

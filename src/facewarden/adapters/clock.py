"""The machine's clock, behind the Clock port. The only place that asks what time it is; never corrects the answer,
and never gives one that lies behind what it or the log has seen already.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from facewarden.errors import UnavailableError

STEP_BACK_MAX = timedelta(minutes=5)
"""What a clock that is kept right may be set back by at once; more, and rules that ended would be in force again."""
STEP_AHEAD_MAX = timedelta(days=1)
"""What it may gain on the time that the machine ran: a zone taken for another is less. More, and what is kept for a
time would be destroyed before it, and nothing could be decided again until that day."""
SILENCE_MAX = timedelta(days=31)
"""For how long a log may have had no entry: the running server makes some each day."""


def _machine_time() -> datetime:
    return datetime.now(UTC)


def _running_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)  # goes on while the machine sleeps, and nobody can set it


class SystemClock:
    """The time of the machine. `running_s` says for how long that ran, from any moment on."""

    def __init__(
        self, read: Callable[[], datetime] = _machine_time, running_s: Callable[[], float] = _running_s
    ) -> None:
        self._read = read
        self._running_s = running_s
        self._latest: datetime | None = None
        self._first: tuple[datetime, float] | None = None

    def not_before(self, moment: datetime) -> None:
        """From now on a time before `moment` is no time: something was recorded then."""
        self._latest = moment if self._latest is None else max(self._latest, moment)

    def follows(self, moment: datetime, checked_on: date | None) -> None:
        """As `not_before`, for the newest entry of a log that is opened.

        Raises UnavailableError `clock_far_ahead` where it is more than SILENCE_MAX old, unless `checked_on`, the day
        that somebody read elsewhere, is today or next to it.
        """
        self.not_before(moment)
        now = self._read()
        if now - moment > SILENCE_MAX and (checked_on is None or abs((now.date() - checked_on).days) > 1):
            raise UnavailableError(
                "clock_far_ahead",
                f"The audit log has no entry of the last {SILENCE_MAX.days} days, by this machine's clock.",
                f"It says {now:%Y-%m-%d %H:%M} UTC, and the newest entry is of {moment:%Y-%m-%d %H:%M}. By a clock "
                "that is ahead, what is kept for a time would be destroyed before it.",
                "Read the day on another clock. If it is right, start once more with "
                f"FACEWARDEN_CLOCK_CHECKED={now:%Y-%m-%d}; if not, set the clock right first.",
            )

    def now(self) -> datetime:
        """The current time, aware, UTC; raises UnavailableError `clock_went_back`, `clock_jumped`."""
        moment, running_s = self._read(), self._running_s()
        if self._latest is not None and moment < self._latest - STEP_BACK_MAX:
            raise UnavailableError(
                "clock_went_back",
                "The clock of this machine is behind the audit log.",
                f"It says {moment:%Y-%m-%d %H:%M} UTC, and the log has an entry of {self._latest:%Y-%m-%d %H:%M}.",
                "Set the clock right. Rules have dates: nothing is decided by a clock that went back. If it is right, "
                "it was ahead when that was written: restore the newest backup from before.",
            )
        first, since_s = self._first or (moment, running_s)
        if moment - first > timedelta(seconds=running_s - since_s) + STEP_AHEAD_MAX:
            raise UnavailableError(
                "clock_jumped",
                "The clock of this machine was set ahead.",
                f"It says {moment:%Y-%m-%d %H:%M} UTC, more than a day later than the machine ran.",
                "Read the day on another clock. If it is right, as after a machine was halted, start facewarden "
                "again; if not, set the clock right. Until then nothing is decided or destroyed by it.",
            )
        self._first = (first, since_s)
        self.not_before(moment)
        return moment

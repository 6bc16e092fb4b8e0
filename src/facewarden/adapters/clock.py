"""The machine's clock, behind the Clock port. The only place that asks what time it is; never corrects the answer,
and never gives one that lies behind what it or the log has seen already.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from facewarden.errors import UnavailableError

STEP_BACK_MAX = timedelta(minutes=5)
"""What a clock that is kept right may be set back by at once; more, and rules that ended would be in force again."""


def _machine_time() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """The time of the machine."""

    def __init__(self, read: Callable[[], datetime] = _machine_time) -> None:
        self._read = read
        self._latest: datetime | None = None

    def not_before(self, moment: datetime) -> None:
        """From now on a time before `moment` is no time: something was recorded then."""
        self._latest = moment if self._latest is None else max(self._latest, moment)

    def now(self) -> datetime:
        """The current time, aware, UTC; raises UnavailableError `clock_went_back`."""
        moment = self._read()
        if self._latest is not None and moment < self._latest - STEP_BACK_MAX:
            raise UnavailableError(
                "clock_went_back",
                "The clock of this machine is behind the audit log.",
                f"It says {moment:%Y-%m-%d %H:%M} UTC, and the log has an entry of {self._latest:%Y-%m-%d %H:%M}.",
                "Set the clock right. Rules have dates: nothing is decided by a clock that went back.",
            )
        self.not_before(moment)
        return moment

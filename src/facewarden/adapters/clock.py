"""The machine's clock, behind the Clock port. The only place that asks what time it is; never corrects the answer."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The time of the machine."""

    def now(self) -> datetime:
        """The current time, aware, UTC."""
        return datetime.now(UTC)

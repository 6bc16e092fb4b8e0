"""How often one person, one organisation or one address may do something, over all surfaces.

Never decides what the law decides: whoever is within a limit still needs a decision.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.errors import NotPermittedError
from facewarden.ports import Clock, RateRecords
from facewarden.settings import SEARCHES_AN_HOUR

REQUESTS_A_MINUTE = 6_000  # a page of twenty pictures five times a second: no person, and no program of one, needs more
REQUEST_WINDOW = timedelta(minutes=1)
SEARCH_WINDOW = timedelta(hours=1)
ORGANISATION_FACTOR = 10  # an organisation may do what ten of its people may


class RequestLimits:
    """Counts what comes in with a session or a key, in memory: each process has its own count."""

    def __init__(self, clock: Clock, a_minute: int = REQUESTS_A_MINUTE) -> None:
        self._clock = clock
        self._limit = a_minute
        self._lock = threading.Lock()
        self._begun: datetime | None = None
        self._counts: dict[str, int] = {}

    def admit(self, actor: Actor) -> None:
        """Nothing; raises NotPermittedError `too_many_requests` for the user or for their organisation."""
        now = self._clock.now()
        with self._lock:
            if self._begun is None or now - self._begun >= REQUEST_WINDOW:
                self._begun, self._counts = now, {}
            for bucket, limit in (
                (actor.user.user_id, self._limit),
                (actor.organisation.organisation_id, self._limit * ORGANISATION_FACTOR),
            ):
                self._counts[bucket] = self._counts.get(bucket, 0) + 1
                if self._counts[bucket] > limit:
                    raise _too_many("requests", "a minute", "Wait a minute.")


@dataclass(frozen=True, slots=True)
class ActLimit:
    """How often an act may be decided for one person within a window; ten times as often for an organisation."""

    name: str
    limit: int
    window: timedelta
    words: str


class ActLimits:
    """Counts acts that are worth counting one by one, over all processes: the searches."""

    def __init__(self, rates: RateRecords, clock: Clock, searches_an_hour: int = SEARCHES_AN_HOUR) -> None:
        self._rates = rates
        self._clock = clock
        search = ActLimit("search", searches_an_hour, SEARCH_WINDOW, "an hour")
        self._limits: Mapping[AuditEvent, ActLimit] = {AuditEvent.SEARCH_DECIDED: search}

    def admit(self, event: AuditEvent, actor: str | None) -> None:
        """Nothing; raises NotPermittedError `too_many_acts` before the act is decided."""
        limit = self._limits.get(event)
        if limit is None or actor is None:
            return
        body = self._rates.organisation_of(actor)
        buckets = {f"{limit.name}:user:{actor}": limit.limit}
        if body is not None:
            buckets[f"{limit.name}:organisation:{body}"] = limit.limit * ORGANISATION_FACTOR
        if not self._rates.take(buckets, self._clock.now(), limit.window):
            raise _too_many(f"{limit.name} requests", limit.words, "Wait, or ask the operator why so many are needed.")


def _too_many(what: str, window: str, next_step: str) -> NotPermittedError:
    return NotPermittedError(
        "too_many_requests",
        f"There were too many {what} within {window.removeprefix('a ').removeprefix('an ')}.",
        "Each person and each organisation has a limit, so that nobody searches by the thousand unseen.",
        next_step,
    )

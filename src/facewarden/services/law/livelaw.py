"""The law of a running installation: the packs that bind, read anew when they change, and nothing where they cannot be.

Never decides by packs that are no longer the installation's, and never goes on with old ones where the new are invalid.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import date, datetime

from facewarden.errors import Error
from facewarden.law.actions import Action
from facewarden.law.decision import Decision
from facewarden.law.engine import DatedRule, LawEngine
from facewarden.law.facts import Facts
from facewarden.law.loading import Pack

LOOK_EVERY_S = 1.0
"""How old an answer may be at most: looking costs some microseconds for each file of the installation's own packs."""


class LiveLaw(LawEngine):
    """A LawEngine over packs that may change under way. Safe to share between threads; each decision is by one set."""

    def __init__(
        self,
        load: Callable[[], Iterable[Pack]],
        mark: Callable[[], object],
        told: Callable[[tuple[Pack, ...], Error | None], None],
        moment_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`load` reads the packs that bind, `mark` changes when they do, `told` hears of each new set or of the error.

        Raises what `load` raises: an installation without a valid law does not start.
        """
        self._load = load
        self._mark_of = mark
        self._told = told
        self._moment_s = moment_s
        self._seen = mark()
        self._engine = LawEngine(load())
        self._problem: Error | None = None
        self._looked_s = moment_s()
        self._looking = threading.Lock()

    @property
    def packs(self) -> tuple[Pack, ...]:
        """The packs that decide; those that did last where the new ones are not valid."""
        return self._current().packs

    @property
    def rules(self) -> tuple[DatedRule, ...]:
        """Every rule of every pack with its days, in force or not."""
        return self._current().rules

    @property
    def problem(self) -> Error | None:
        """What keeps the law from deciding; None: nothing."""
        self._current()
        return self._problem

    def needs(self, action: Action, day: date) -> frozenset[str]:
        """The names of the facts that the rules in force for this act on that day read."""
        return self._current().needs(action, day)

    def days(self, as_of: date | datetime) -> tuple[date, ...]:
        """The civil day in each time zone of the packs."""
        return self._current().days(as_of)

    def decide(self, action: Action, facts: Facts, as_of: date | datetime) -> Decision:
        """The decision by the packs of this moment; a refusal for everything while they are not valid."""
        engine, problem = self._current(), self._problem
        if problem is not None:
            return engine.refuse(action, facts, as_of, f"{problem.what} {problem.why}".rstrip(". "))
        return engine.decide(action, facts, as_of)

    def look_now(self) -> None:
        """Takes up a change at once."""
        self._looked_s = float("-inf")
        self._current()

    def _current(self) -> LawEngine:
        if self._moment_s() - self._looked_s >= LOOK_EVERY_S and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        return self._engine

    def _look(self) -> None:
        self._looked_s = self._moment_s()
        try:
            mark = self._mark_of()
            if mark == self._seen and self._problem is None:
                return
            engine = LawEngine(self._load())
        except Error as error:
            first, self._problem = self._problem is None, error
            if first:
                self._told(self._engine.packs, error)
            return
        self._seen, self._engine, self._problem = mark, engine, None
        self._told(engine.packs, None)

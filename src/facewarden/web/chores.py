"""What a server does beside answering, each thing again and again as long as it runs.

Never lets one that fails keep the others from their turn, and never does in two processes what one must do.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from facewarden.bootstrap.daily import daily
from facewarden.bootstrap.installation import Installation
from facewarden.errors import Error
from facewarden.services.daily import run_quietly

LOGGER = logging.getLogger("facewarden.web")
Leaving = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Chore:
    """One thing to do, with the pause between two times; `run` says that there is more of it and none is needed."""

    fault: str
    every_s: float
    run: Callable[[Installation, Leaving], bool]
    at_once: bool = False  # at the start too; else after the first pause


class Chores:
    """Does them from entering to leaving, inside a running event loop; each in a thread, one time after the other."""

    def __init__(self, installation: Installation, chores: Sequence[Chore]) -> None:
        self._installation = installation
        self._chores = chores
        self._leaving = threading.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def __enter__(self) -> None:
        self._tasks = [asyncio.create_task(self._do(chore)) for chore in self._chores]

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        for task in self._tasks:
            task.cancel()

    async def _do(self, chore: Chore) -> None:
        more = chore.at_once
        while True:
            await asyncio.sleep(0.0 if more else chore.every_s)
            try:
                more = await run_in_threadpool(chore.run, self._installation, self._leaving.is_set)
            except Error as error:
                more = False
                LOGGER.error("%s: %s %s", chore.fault, error.code, error)
            except Exception as problem:  # unforeseen: else it would end, unsaid, for as long as the server runs
                more = False
                LOGGER.error("%s: %s", chore.fault, type(problem).__name__, exc_info=problem)


def _collect(installation: Installation, leaving: Leaving) -> bool:
    """Works on a running collection that nobody else works on."""
    return installation.ways_in.work_left_alone(leaving)


def _ask_witnesses(installation: Installation, _: Leaving) -> bool:
    """Has the log's growth cosigned by whoever watches it from outside, where somebody is named."""
    witnessing = installation.witnessing
    if witnessing.policy is not None and witnessing.is_due():
        witnessing.run(installation.clock.now())
    return False


def _destroy_expired_probes(installation: Installation, _: Leaving) -> bool:
    installation.search.destroy_expired()
    return False


def _end_interrupted_erasures(installation: Installation, _: Leaving) -> bool:
    """Brings to their end what a full disk stopped: nobody starts the server anew for one."""
    installation.taking_out.resume()
    installation.source_desk.resume()
    return False


def _do_daily_rounds(installation: Installation, _: Leaving) -> bool:
    """Runs what is due today; a failed round is due again at the next look."""
    for outcome in run_quietly(daily(installation)):
        if outcome.error is not None:
            LOGGER.error("daily round %s failed: %s %s", outcome.name, outcome.error.code, outcome.error)
    return False


def _forget(installation: Installation, _: Leaving) -> bool:
    installation.forget_what_is_gone()
    return False


# A probe outlives its half hour by half a minute at most, and what was erased elsewhere stays in memory no longer; a
# collection without a worker waits ten seconds, once its last is known to be gone; a day's rounds begin within five
# minutes of its first; what was logged a minute ago is cosigned.
EVERY_PROCESS = (Chore("what is gone was not forgotten", 30.0, _forget),)
ONE_PROCESS = (
    Chore("expired probes were not destroyed", 30.0, _destroy_expired_probes, at_once=True),
    Chore("interrupted erasures were not brought to their end", 300.0, _end_interrupted_erasures),
    Chore("the daily rounds did not run", 300.0, _do_daily_rounds),
    Chore("collections were not looked after", 10.0, _collect, at_once=True),
    Chore("the witnesses were not asked", 60.0, _ask_witnesses),
)

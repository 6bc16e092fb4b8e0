"""What a server does beside answering: again and again, at once where there is more, whatever another one meets."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

import pytest

from facewarden.errors import UnavailableError
from facewarden.web.chores import EVERY_PROCESS, ONE_PROCESS, Chore, Chores

HOUR_S, SOON_S = 3_600.0, 0.001


def done_until(chores, enough):
    """What was counted of these chores, `enough` of it waited for; each is given the counter for an installation."""
    counted: Counter[str] = Counter()

    async def run():
        with Chores(counted, chores):
            while not enough(counted):
                await asyncio.sleep(SOON_S)
        after = counted.copy()
        await asyncio.sleep(20 * SOON_S)
        return after

    after = asyncio.run(run())
    assert counted.total() <= after.total() + len(chores), "it goes on after the end"
    return counted


def counting(name, *, more=0, fails=None):
    """Counts a run under that name; says `more` times that there is more."""

    def run(counted, leaving):
        counted[name] += 1
        if fails:
            raise fails
        return counted[name] <= more

    return run


@pytest.mark.parametrize(
    ("fault", "said"),
    [(UnavailableError("disk_full", "The disk is full."), "disk_full"), (ZeroDivisionError(), "ZeroDivisionError")],
)
def test_one_that_fails_is_told_and_tried_again_and_keeps_no_other_from_its_turn(caplog, fault, said):
    chores = [Chore("it failed", SOON_S, counting("bad", fails=fault)), Chore("", SOON_S, counting("good"))]
    with caplog.at_level(logging.ERROR, "facewarden.web"):
        done_until(chores, lambda counted: counted["bad"] > 2 and counted["good"] > 2)
    assert f"it failed: {said}" in caplog.messages[0]


def test_where_there_is_more_no_pause_is_made_and_what_can_wait_waits():
    chores = [
        Chore("", HOUR_S, counting("more", more=5), at_once=True),
        Chore("", HOUR_S, counting("later")),
        Chore("", SOON_S, counting("often")),
    ]
    counted = done_until(chores, lambda counted: counted["more"] > 5 and counted["often"] > 5)
    assert (counted["more"], counted["later"]) == (6, 0)


def test_one_at_work_is_told_that_the_server_leaves():
    async def run():
        told = asyncio.Event()
        loop = asyncio.get_running_loop()

        def work(_, leaving):
            while not leaving():
                loop.call_soon_threadsafe(began.set)
            loop.call_soon_threadsafe(told.set)
            return False

        began = asyncio.Event()
        with Chores(None, [Chore("", HOUR_S, work, at_once=True)]):
            await began.wait()
        await told.wait()

    asyncio.run(run())


def test_every_chore_of_a_server_has_a_name_and_a_pause_of_its_own():
    chores = EVERY_PROCESS + ONE_PROCESS
    assert len({chore.run for chore in chores}) == len({chore.fault for chore in chores}) == len(chores)
    assert all(10 <= chore.every_s <= 300 for chore in chores)

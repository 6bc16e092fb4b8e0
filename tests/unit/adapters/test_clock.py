"""The clock goes forward: a time behind the log's newest entry is no time to decide by."""

from datetime import UTC, datetime, timedelta

import pytest

from facewarden.adapters.clock import STEP_BACK_MAX, SystemClock
from facewarden.errors import UnavailableError

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Machine:
    def __init__(self):
        self.time = NOON

    def __call__(self):
        return self.time


@pytest.fixture
def machine():
    return Machine()


def test_the_time_is_the_machines(machine):
    assert SystemClock(machine).now() == NOON
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_clock_set_back_is_refused_and_one_set_right_again_is_not(machine):
    clock = SystemClock(machine)
    clock.now()
    machine.time = NOON - STEP_BACK_MAX - timedelta(seconds=1)
    with pytest.raises(UnavailableError) as caught:
        clock.now()
    assert caught.value.code == "clock_went_back"
    machine.time = NOON
    assert clock.now() == NOON


def test_a_small_step_back_is_what_keeping_time_does(machine):
    clock = SystemClock(machine)
    clock.now()
    machine.time = NOON - STEP_BACK_MAX
    assert clock.now() == machine.time


def test_small_steps_back_do_not_add_up(machine):
    clock = SystemClock(machine)
    clock.now()
    machine.time -= STEP_BACK_MAX
    clock.now()
    machine.time -= STEP_BACK_MAX
    with pytest.raises(UnavailableError):
        clock.now()


def test_a_time_behind_what_was_recorded_before_the_start_is_refused(machine):
    clock = SystemClock(machine)
    clock.not_before(NOON + timedelta(days=1))
    clock.not_before(NOON)
    with pytest.raises(UnavailableError):
        clock.now()

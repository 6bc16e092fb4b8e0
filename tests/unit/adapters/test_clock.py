"""The clock goes forward: a time behind the log's newest entry is no time to decide by."""

from datetime import UTC, date, datetime, timedelta

import pytest

from facewarden.adapters.clock import SILENCE_MAX, STEP_AHEAD_MAX, STEP_BACK_MAX, SystemClock
from facewarden.errors import UnavailableError

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Machine:
    def __init__(self):
        self.time, self.ran_s = NOON, 500.0

    def __call__(self):
        return self.time

    def running_s(self):
        return self.ran_s


@pytest.fixture
def machine():
    return Machine()


def test_the_time_is_the_machines(machine):
    assert SystemClock(machine, machine.running_s).now() == NOON
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_clock_set_back_is_refused_and_one_set_right_again_is_not(machine):
    clock = SystemClock(machine, machine.running_s)
    clock.now()
    machine.time = NOON - STEP_BACK_MAX - timedelta(seconds=1)
    with pytest.raises(UnavailableError) as caught:
        clock.now()
    assert caught.value.code == "clock_went_back"
    machine.time = NOON
    assert clock.now() == NOON


def test_a_small_step_back_is_what_keeping_time_does(machine):
    clock = SystemClock(machine, machine.running_s)
    clock.now()
    machine.time = NOON - STEP_BACK_MAX
    assert clock.now() == machine.time


def test_small_steps_back_do_not_add_up(machine):
    clock = SystemClock(machine, machine.running_s)
    clock.now()
    machine.time -= STEP_BACK_MAX
    clock.now()
    machine.time -= STEP_BACK_MAX
    with pytest.raises(UnavailableError):
        clock.now()


def test_a_time_behind_what_was_recorded_before_the_start_is_refused(machine):
    clock = SystemClock(machine, machine.running_s)
    clock.not_before(NOON + timedelta(days=1))
    clock.not_before(NOON)
    with pytest.raises(UnavailableError):
        clock.now()


def test_a_clock_set_ahead_while_the_program_runs_is_refused_and_one_set_right_again_is_not(machine):
    clock = SystemClock(machine, machine.running_s)
    clock.now()
    machine.time, machine.ran_s = NOON + timedelta(days=365), 560.0
    with pytest.raises(UnavailableError) as caught:
        clock.now()
    assert caught.value.code == "clock_jumped"
    machine.time = NOON + timedelta(minutes=1)
    assert clock.now() == machine.time


def test_small_steps_ahead_do_not_add_up(machine):
    clock = SystemClock(machine, machine.running_s)
    clock.now()
    machine.time += STEP_AHEAD_MAX
    assert clock.now() == machine.time
    machine.time += timedelta(seconds=1)
    with pytest.raises(UnavailableError):
        clock.now()


def test_a_year_that_passed_is_no_step(machine):
    clock = SystemClock(machine, machine.running_s)
    clock.now()
    machine.time, machine.ran_s = NOON + timedelta(days=365), 500.0 + 365 * 86_400
    assert clock.now() == machine.time


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(seconds=1)])
def test_a_log_that_was_silent_for_long_is_followed_by_a_clock_that_somebody_checked(machine, ahead):
    machine.time = NOON + SILENCE_MAX + ahead
    if not ahead:
        SystemClock(machine, machine.running_s).follows(NOON, None)
        return
    for checked_on in (None, date(2026, 11, 22), machine.time.date() - timedelta(days=2)):
        with pytest.raises(UnavailableError) as caught:
            SystemClock(machine, machine.running_s).follows(NOON, checked_on)
        assert caught.value.code == "clock_far_ahead"
        assert f"FACEWARDEN_CLOCK_CHECKED={machine.time:%Y-%m-%d}" in caught.value.next_step
    for days in (-1, 0, 1):  # somewhere it is yesterday or tomorrow
        SystemClock(machine, machine.running_s).follows(NOON, machine.time.date() + timedelta(days=days))

"""The rounds of a day on a real jobs table and a real lock."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.jobs import LEASE, SqlJobs
from facewarden.adapters.turns import Turns
from facewarden.domain.jobs import JobState
from facewarden.errors import BadUseError, UnavailableError
from facewarden.services.daily import Daily, Round, run_quietly
from facewarden.testing.gallery import SettableClock

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class NoGate:
    """Keeps the notes; the log itself has its own tests."""

    def __init__(self):
        self.notes = []

    def note(self, event, *, actor, subject, details):
        self.notes.append(dict(details))
        return len(self.notes) - 1


@pytest.fixture
def house(tmp_path, migrated_records):
    clock = SettableClock(NOON)
    shutil.copyfile(migrated_records, tmp_path / "records.db")
    database = Database(tmp_path / "records.db", clock)
    ran = []

    def daily(*names, fails=()):
        def run(name):
            def go(moment):
                ran.append((name, moment))
                if name in fails:
                    raise UnavailableError("disk_full", "The disk is full.")
                return {"photos": 3}

            return go

        rounds = [Round(name, run(name)) for name in names]
        return Daily(rounds, jobs, turn, gate, clock)

    jobs, turn, gate = SqlJobs(database), Turns(tmp_path / "daily.lock"), NoGate()
    daily.jobs, daily.turn, daily.gate, daily.clock, daily.ran = jobs, turn, gate, clock, ran
    yield daily
    database.close()


def test_a_round_runs_once_a_day_whoever_asks_and_again_the_next_day(house):
    assert [o.counts for o in house("retention").run_due()] == [{"photos": 3}]
    assert house("retention").run_due() == []  # another process, the same day
    house.clock.moment = NOON.replace(hour=23, minute=59, second=59)
    assert house("retention").run_due() == []
    house.clock.moment = NOON.replace(day=23, hour=0)
    assert [o.name for o in house("retention").run_due()] == ["retention"]
    assert len(house.ran) == 2


def test_a_round_that_failed_is_due_again_and_stops_no_other(house):
    outcomes = house("first", "second", fails={"first"}).run_due()
    assert [(o.name, o.error and o.error.code) for o in outcomes] == [("first", "disk_full"), ("second", None)]
    assert house.jobs.last("daily-first").failure == "disk_full"
    assert [o.name for o in house("first", "second").run_due()] == ["first"]
    assert [note["outcome"] for note in house.gate.notes] == ["failed", "done", "done"]


def test_a_round_whose_process_died_is_run_again(house):
    dead = house.jobs.start("daily-probe", {"day": NOON.date().isoformat()}, None)
    house.clock.moment = NOON + LEASE + timedelta(seconds=1)
    assert [o.name for o in house("probe").run_due()] == ["probe"]
    assert house.jobs.find(dead.job_id).state is JobState.FAILED
    assert house("probe").run_due() == []


def test_again_runs_what_is_done_and_only_runs_no_other(house):
    house("first", "second").run_due()
    assert [o.name for o in house("first", "second").run_due("second", again=True)] == ["second"]


def test_an_unknown_round_is_refused_with_the_names_of_those_there_are(house):
    with pytest.raises(BadUseError, match="no round 'thrid'") as caught:
        house("first", "third").run_due("thrid")
    assert "first, third" in caught.value.next_step


def test_two_processes_do_not_run_the_rounds_at_once(house):
    with house.turn.erasing(wait_s=0.0):
        with pytest.raises(UnavailableError) as caught:
            house("first").run_due()
        assert caught.value.code == "turn_taken"
        assert run_quietly(house("first")) == []
    assert house.ran == []
    assert [o.name for o in run_quietly(house("first"))] == ["first"]

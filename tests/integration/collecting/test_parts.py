"""The parts of a collection in the records: claimed by one, moved on once, free again when nobody holds them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from facewarden.adapters.keys.vault import KeyVault
from facewarden.adapters.presence import FilePresence
from facewarden.adapters.records_sql.collections import SqlCollections
from facewarden.adapters.records_sql.database import Database
from facewarden.domain.collections import Collection, CollectionKind, Found, Plan, Trouble
from facewarden.domain.ids import SourceId
from facewarden.domain.jobs import JobState
from facewarden.errors import DamagedError, UnavailableError
from facewarden.services.collecting.collections import clear_dead
from facewarden.testing.gallery import SettableClock

DYING = """
import sys
from pathlib import Path
from facewarden.adapters.presence import FilePresence
with FilePresence(Path(sys.argv[1])).here(sys.argv[2]):
    print("here", flush=True)
    sys.stdin.read()
"""
SECRET = "/srv/secret-folder/of-jane-doe.jpg"


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def records(tmp_path: Path, clock: SettableClock, migrated_records: Path) -> Iterator[SqlCollections]:
    shutil.copyfile(migrated_records, tmp_path / "records.db")
    database = Database(tmp_path / "records.db", clock)
    vault = KeyVault(tmp_path / "keys.db", bytes(range(32)), clock)
    yield SqlCollections(database, vault)
    vault.close()
    database.close()


@pytest.fixture
def collection(records: SqlCollections) -> Collection:
    plan = Plan(CollectionKind.CRAWL, {"path": SECRET}, subject="Jane Doe")
    return records.start(SourceId("src_1"), plan, None, 7)


def finish(records: SqlCollections, part, *found: Found, **counts: int) -> None:
    records.advance(records.lease(part, None, found, counts, ()))


def test_a_collection_is_found_as_it_was_begun(records: SqlCollections, collection: Collection) -> None:
    assert records.find(collection.job_id) == collection
    assert records.all(10) == [collection]
    assert (collection.plan.where, collection.plan.subject) == ({"path": SECRET}, "Jane Doe")


def test_a_part_has_one_holder_until_its_lease_is_over(records, collection, clock) -> None:
    job_id = collection.job_id
    first = records.claim(job_id)
    assert records.claim(job_id) is None
    clock.moment = first.leased_until
    second = records.claim(job_id)
    assert (second.number, second.token) == (first.number, first.token + 1)
    for act in (lambda: finish(records, first, photos=1), lambda: records.renew(first), lambda: records.release(first)):
        with pytest.raises(UnavailableError, match="taken over"):
            act()
    assert records.find(job_id).progress == {}
    finish(records, second, photos=1)
    assert records.find(job_id).progress["photos"] == 1


def test_a_renewed_part_is_kept_and_a_released_one_is_free_at_once(records, collection, clock) -> None:
    held = records.claim(collection.job_id)
    clock.advance(timedelta(seconds=50))
    held = records.renew(held)
    clock.advance(timedelta(seconds=50))
    assert records.claim(collection.job_id) is None
    records.release(held)
    assert records.claim(collection.job_id) is not None


def test_a_step_that_was_stored_is_not_stored_again(records, collection) -> None:
    held = records.claim(collection.job_id)
    finish(records, held, photos=5)
    with pytest.raises(UnavailableError):
        finish(records, held, photos=5)
    assert records.find(collection.job_id).progress["photos"] == 5


def test_a_part_goes_on_where_its_last_step_left_it(records, collection, clock) -> None:
    held = records.claim(collection.job_id)
    records.advance(records.lease(held, {"at": 3}, (), {"photos": 3}, ()))
    clock.moment = held.leased_until
    assert records.claim(collection.job_id).place == {"at": 3}


def test_each_address_is_a_part_once_whoever_finds_it(records, collection) -> None:
    job_id = collection.job_id
    one, two = (Found({"url": url}, "a.example", url) for url in ("http://a.example/1", "http://a.example/2"))
    finish(records, records.claim(job_id), one, two, one)
    assert records.left(job_id) == (2, 0)
    finish(records, records.claim(job_id), one, two)
    assert records.left(job_id) == (1, 0)


def test_a_host_is_read_by_one_worker_at_a_time(records, collection, clock) -> None:
    job_id = collection.job_id
    places = [("a.example", 1), ("a.example", 2), ("b.example", 3)]
    finish(records, records.claim(job_id), *(Found({"n": n}, host, str(n)) for host, n in places))
    first, second = records.claim(job_id), records.claim(job_id)
    assert (first.place, second.place) == ({"n": 1}, {"n": 3})
    assert records.claim(job_id) is None
    finish(records, first)
    assert records.claim(job_id).place == {"n": 2}


def test_a_host_that_a_dead_worker_was_at_is_left_alone_until_the_lease_is_over(records, collection, clock) -> None:
    finish(records, records.claim(collection.job_id), Found({"n": 1}, "a.example", "1"))
    held = records.claim(collection.job_id, "wk_1")
    records.gone(collection.job_id, "wk_1")
    assert records.claim(collection.job_id, "wk_2") is None  # it may have asked for a pause that goes on
    clock.moment = held.leased_until
    assert records.claim(collection.job_id, "wk_2").place == {"n": 1}


def test_a_paused_collection_keeps_what_was_read_and_a_cancelled_one_takes_nothing_more(records, collection) -> None:
    job_id = collection.job_id
    held = records.claim(job_id)
    assert records.move(job_id, [JobState.RUNNING], JobState.PAUSED)
    records.advance(records.lease(held, {"at": 1}, (), {"photos": 1}, ()))
    assert records.move(job_id, [JobState.PAUSED], JobState.CANCELLED)
    with pytest.raises(UnavailableError):
        finish(records, held, photos=1)
    assert records.find(job_id).progress["photos"] == 1
    assert records.left(job_id) == (0, 0)
    assert not records.move(job_id, [JobState.PAUSED, JobState.RUNNING], JobState.RUNNING)


def test_a_collection_is_not_done_while_a_part_is_left(records, collection) -> None:
    held = records.claim(collection.job_id)
    assert not records.move(collection.job_id, [JobState.RUNNING], JobState.DONE)
    finish(records, held)
    assert records.move(collection.job_id, [JobState.RUNNING], JobState.DONE)
    assert records.find(collection.job_id).ended_at is not None


def test_workers_are_counted_while_they_are_seen(records, collection, clock) -> None:
    records.seen(collection.job_id, "wk_1", 20.0)
    records.seen(collection.job_id, "wk_2", 11.5)
    assert records.pulse(collection.job_id).workers == 2
    assert records.pulse(collection.job_id).photos_a_second == 31.5
    records.gone(collection.job_id, "wk_1")
    clock.advance(timedelta(minutes=1))
    assert records.pulse(collection.job_id).workers == 0


def test_what_a_dead_worker_held_is_free_at_once_and_it_changes_nothing_any_more(records, collection, tmp_path) -> None:
    job_id, presence = collection.job_id, FilePresence(tmp_path / "workers")
    dying = subprocess.Popen(
        [sys.executable, "-c", DYING, str(tmp_path / "workers"), "wk_1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert dying.stdout.readline() == b"here\n"
    records.seen(job_id, "wk_1", 20.0)
    held = records.claim(job_id, "wk_1")
    assert clear_dead(records, presence, job_id) == 0  # it lives
    assert records.claim(job_id, "wk_2") is None
    dying.kill()
    dying.wait()
    dying.stdin.close()
    dying.stdout.close()
    assert clear_dead(records, presence, job_id) == 1
    assert records.claim(job_id, "wk_2").number == held.number
    assert records.pulse(job_id).workers == 0
    with pytest.raises(UnavailableError, match="taken over"):
        finish(records, held, photos=1)


def test_a_worker_that_cannot_be_told_is_not_taken_for_dead(records, collection, clock, tmp_path) -> None:
    presence = FilePresence(tmp_path / "workers")
    records.seen(collection.job_id, "wk_of_another_machine", 20.0)
    held = records.claim(collection.job_id, "wk_of_another_machine")
    assert clear_dead(records, presence, collection.job_id) == 0
    assert records.claim(collection.job_id) is None
    clock.moment = held.leased_until
    assert records.claim(collection.job_id) is not None


def test_who_leaves_in_order_gives_its_parts_back_and_leaves_no_file(records, collection, tmp_path) -> None:
    presence = FilePresence(tmp_path / "workers")
    with presence.here("wk_1"):
        assert not presence.dead("wk_1")
        records.claim(collection.job_id, "wk_1")
    records.gone(collection.job_id, "wk_1")
    assert records.claim(collection.job_id, "wk_2") is not None
    assert list((tmp_path / "workers").iterdir()) == []


def test_no_path_address_or_name_is_in_the_clear(records, collection, tmp_path: Path) -> None:
    held = records.claim(collection.job_id)
    found = Found({"url": f"https://a.example{SECRET}"}, "secret-host.example", f"https://a.example{SECRET}")
    trouble = Trouble(SECRET, "unreadable", "It cannot be read.")
    records.advance(records.lease(held, {"names": [SECRET]}, [found], {}, [trouble]))
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("records"))
    for word in (b"secret-folder", b"jane-doe", b"Jane Doe", b"secret-host"):
        assert word not in stored
    assert records.troubles(collection.job_id) == [trouble]


def test_a_changed_place_does_not_open(records, collection, tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "records.db") as connection:
        connection.execute("UPDATE collection_parts SET place = zeroblob(64)")
    connection.close()
    with pytest.raises(DamagedError, match="does not open"):
        records.claim(collection.job_id)

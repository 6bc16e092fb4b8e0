"""Several processes and threads over the same files: nobody waits for ever, nothing is doubled, nothing half seen."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from facewarden.adapters.records_sql.jobs import SqlJobs
from facewarden.errors import Error
from facewarden.matching.fingerprint import fingerprint

WORKER = Path(__file__).with_name("worker.py")
PHOTOS = 96


def _source(house):
    source = house.make.source("worker")
    house.sources.add(source, None)
    return source


def test_two_processes_that_add_the_same_photos_store_each_once(house) -> None:
    _source(house)
    command = [sys.executable, WORKER, house.folder, str(PHOTOS), "whole"]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for worker in workers:
        with worker:
            answer = worker.communicate(timeout=60)[0]
        assert json.loads(answer.splitlines()[-1]) == {"code": None}
    with house.database.reading() as connection:
        photo_ids = list(connection.execute(sa.text("SELECT photo_id FROM photos")).scalars())
        faces = list(connection.execute(sa.text("SELECT face_number FROM faces")).scalars())
    assert len(photo_ids) == PHOTOS
    assert house.feed.summary().fingerprint == fingerprint(faces)
    keys = set(house.vault.ids_made_before(house.clock.now().replace(year=2100)))
    assert keys == set(faces) | set(photo_ids)
    assert sum(1 for path in (house.folder / "blobs").rglob("*") if path.is_file()) == PHOTOS


def test_readers_see_whole_faces_while_others_are_added_and_erased(house) -> None:
    source = _source(house)
    lasting = house.make.photos(source, 40)
    house.gallery.add(lasting, [], None)
    expected = {change.face_number: change.template for change in house.feed.changes(0, 100)}
    stop, faults = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            try:
                faces = [change.face_number for change in house.feed.changes(0, 1000)]
                numbers, templates = house.gallery.templates(sorted(set(faces)))
                found = dict(zip(numbers.tolist(), templates, strict=True))
                if not all(np.array_equal(found[number], template) for number, template in expected.items()):
                    faults.append("a lasting face was not found")
                house.gallery.showable(faces[:50])
            except (Error, KeyError) as fault:
                faults.append(repr(fault))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for _ in range(8):
        passing = house.make.photos(source, 5)
        house.gallery.add(passing, [], None)
        house.withdrawals.hold([passing[0].photo.photo_id])
        house.withdrawals.erase([new.photo.photo_id for new in passing])
        house.vault.rotate()
    stop.set()
    for reader in readers:
        reader.join()
    assert faults == []
    assert house.feed.summary().faces == 40


def test_a_job_is_claimed_by_one_of_many(house) -> None:
    jobs = SqlJobs(house.database)
    lease = jobs.start("ingest", {}, None)
    house.clock.moment = lease.leased_until
    claimed = []

    def claim() -> None:
        got = SqlJobs(house.database).claim("ingest")
        if got is not None:
            claimed.append(got)

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.fencing_token for each in claimed] == [2]

"""A process that dies while it adds photos, or whose disk fills, leaves every photo whole or not there at all."""

import json
import random
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.gallery import SqlGalleryRecords
from facewarden.errors import Error, UnavailableError
from facewarden.matching.fingerprint import fingerprint

WORKER = Path(__file__).with_name("worker.py")
PHOTOS, FACES = 96, 144
MANY_PHOTOS = 480
KILLS = 12


@pytest.fixture
def house(reopen):
    house = reopen()
    source = house.make.source("worker")
    house.sources.add(source, None)
    return house


def _worker(house, plan: str, photos: int = PHOTOS) -> subprocess.Popen[str]:
    command = [sys.executable, WORKER, house.folder, str(photos), plan]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _outcome(house, plan: str, photos: int = PHOTOS) -> str | None:
    with _worker(house, plan, photos) as process:
        answer = process.communicate(timeout=60)[0]
    return json.loads(answer.splitlines()[-1])["code"] if answer.strip().endswith("}") else "died"


def check_whole(house) -> int:
    """How many photos there are, each of them whole, and nothing besides them once orphans are swept."""
    with house.database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        photos = connection.execute(sa.text("SELECT photo_id, content_hash FROM photos")).all()
        faces = connection.execute(sa.text("SELECT face_number FROM faces")).scalars().all()
    assert len({row.content_hash for row in photos}) == len(photos)
    for row in photos:
        assert len(house.gallery.photo_content(row.photo_id)) == 20_000
    found, templates = house.gallery.templates(faces)
    assert sorted(found.tolist()) == sorted(faces)
    assert len(faces) == 0 or np.allclose(np.linalg.norm(templates, axis=1), 1.0, atol=1e-6)
    assert house.gallery.showable(faces).keys() == set(faces)
    summary = house.feed.summary()
    assert (summary.photos, summary.faces, summary.sequence) == (len(photos), len(faces), len(faces))
    assert summary.fingerprint == fingerprint(faces)
    house.clock.advance(timedelta(days=3650))
    house.orphans.sweep(3600.0)
    keys = set(house.vault.ids_made_before(house.clock.now()))
    assert keys == set(faces) | {row.photo_id for row in photos}
    files = {path.name for path in (house.folder / "blobs").rglob("*") if path.is_file()}
    assert files == {row.photo_id for row in photos}
    return len(photos)


@pytest.mark.parametrize("step", ["keys", "files", "commit"])
def test_a_death_at_a_step_of_adding_leaves_whole_photos_alone(house, step) -> None:
    assert _outcome(house, step) == "died"
    assert check_whole(house) == 24
    assert _outcome(house, "whole") is None
    assert check_whole(house) == PHOTOS
    assert house.feed.summary().faces == FACES


def test_a_build_that_writes_files_after_the_records_fails_this_check(house) -> None:
    assert _outcome(house, "late") == "died"
    with pytest.raises(Error) as broken:
        check_whole(house)
    assert broken.value.code == "blob_missing"


@pytest.mark.slow
def test_photos_are_whole_after_kills_at_random_moments_and_none_is_lost_or_doubled(house) -> None:
    chance = random.Random(20261122)
    counts: list[int] = []
    longest_s = 0.15
    while len(counts) < KILLS or (len(set(counts)) < 4 and len(counts) < 6 * KILLS and counts[-1] < MANY_PHOTOS):
        with _worker(house, "whole", MANY_PHOTOS) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0.0, longest_s))
            process.kill()
        counts.append(check_whole(house))
        if len(counts) > 1 and counts[-1] == counts[-2]:
            longest_s *= 1.5  # a busy machine: too early to have stored another batch
    assert counts == sorted(counts)
    assert len({count for count in counts if 0 < count < MANY_PHOTOS}) >= 3, f"too few kills in the middle: {counts}"
    assert _outcome(house, "whole", MANY_PHOTOS) is None
    assert check_whole(house) == MANY_PHOTOS
    assert house.feed.summary().faces == MANY_PHOTOS // 2 * 3


@pytest.mark.parametrize("limit", [15_000, 60_000, 200_000])
def test_a_disk_that_fills_is_told_and_leaves_nothing_half(house, limit) -> None:
    assert _outcome(house, f"limit:{limit}") == "disk_full"
    before = check_whole(house)
    assert before < PHOTOS
    assert _outcome(house, "whole") is None
    assert check_whole(house) == PHOTOS


class DoubtfulDatabase(Database):
    """Its second transaction commits and says that it failed: a connection lost while the answer was on its way."""

    transactions = 0

    @contextmanager
    def writing(self):
        with super().writing() as connection:
            yield connection
        self.transactions += 1
        if self.transactions == 2:
            raise UnavailableError("records_failed", "The answer was lost.")


def test_photos_that_were_stored_after_all_keep_their_files_and_keys(house) -> None:
    source = house.sources.find("worker")
    database = DoubtfulDatabase(house.folder / "records.db", house.clock)
    gallery = SqlGalleryRecords(database, house.vault, house.blobs)
    photos = [house.make.photo(source, content=bytes(20_000)) for _ in range(3)]
    with pytest.raises(UnavailableError):
        gallery.add(photos, [], None)
    database.close()
    assert check_whole(house) == 3


@pytest.mark.parametrize("harm", ["file", "key", "row", "face"])
def test_the_check_of_these_tests_sees_each_kind_of_half_photo(house, harm) -> None:
    assert _outcome(house, "whole") is None
    if harm == "file":
        next(path for path in (house.folder / "blobs").rglob("ph_*") if path.is_file()).unlink()
    elif harm == "key":
        house.vault.destroy([1])
    else:
        table = {"row": "templates", "face": "changes"}[harm]
        with house.database.writing() as connection:
            connection.execute(sa.text(f"DELETE FROM {table} WHERE face_number = 1"))
            if harm == "face":
                connection.execute(sa.text("UPDATE gallery_state SET faces = faces - 1"))
    with pytest.raises((AssertionError, Error)):
        check_whole(house)

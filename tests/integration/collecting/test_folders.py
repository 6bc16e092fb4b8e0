"""A folder as a collection: counted exactly, paused and gone on with, shared, and given up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.adapters.folders import FolderConnector
from facewarden.bootstrap.installation import Installation
from facewarden.cli.main import main
from facewarden.domain.collections import CollectionKind, Plan
from facewarden.domain.jobs import JobState
from facewarden.errors import BadUseError
from tests import processes
from tests.conftest import OPERATOR_PASSWORD, Shell


def begin(installation: Installation, folder: Path):
    actor = installation.sign_in.actor_of(installation.sign_in.sign_in("operator", OPERATOR_PASSWORD))
    plan = Plan(CollectionKind.FOLDER, {"path": str(folder)})
    collection = installation.ways_in.collecting.start(actor, installation.sources.named("drawn"), plan)
    return actor, collection


def test_a_folder_is_taken_in_and_counted_as_an_ingest_counts_it(agency: Shell, drawn_folder: Path) -> None:
    done = agency.json("collect", "folder", drawn_folder, "--source", "drawn")
    photos = len(list(drawn_folder.iterdir()))
    assert (done["state"], done["photos"], done["planned"]) == ("done", photos, photos)
    assert done["admitted"] + sum(done["refused"].values()) == photos
    again = agency.json("ingest", drawn_folder, "--source", "drawn")
    assert again["duplicates"] == done["admitted"]
    assert again["admitted"] == 0


def test_a_paused_collection_goes_on_where_it_stands(
    open_agency: Callable[[], Installation], drawn_folder: Path
) -> None:
    installation = open_agency()
    ways_in = installation.ways_in
    actor, collection = begin(installation, drawn_folder)
    job_id = collection.job_id
    ways_in.worker().run(job_id, steps=3)  # two of listing, one of 32 photos
    ways_in.collecting.pause(actor, job_id)
    assert ways_in.worker().run(job_id).photos == 0
    half = ways_in.collecting.find(job_id)
    assert (half.state, half.progress["photos"]) == (JobState.PAUSED, 32)
    ways_in.collecting.resume(actor, job_id)
    ways_in.worker().run(job_id)
    done = ways_in.collecting.find(job_id)
    assert (done.state, done.progress["photos"]) == (JobState.DONE, len(list(drawn_folder.iterdir())))
    assert installation.records.index_feed.summary().photos == done.progress["admitted"]


def test_a_cancelled_collection_keeps_what_it_admitted_and_reads_no_more(
    open_agency: Callable[[], Installation], drawn_folder: Path
) -> None:
    installation = open_agency()
    ways_in = installation.ways_in
    actor, collection = begin(installation, drawn_folder)
    ways_in.worker().run(collection.job_id, steps=3)
    cancelled = ways_in.collecting.cancel(actor, collection.job_id)
    admitted = cancelled.progress["admitted"]
    assert (cancelled.state, installation.records.index_feed.summary().photos) == (JobState.CANCELLED, admitted)
    assert ways_in.worker().run(collection.job_id).photos == 0
    with pytest.raises(BadUseError, match="cancelled"):
        ways_in.collecting.resume(actor, collection.job_id)


def test_two_workers_share_a_collection_and_count_each_photo_once(agency: Shell, tmp_path: Path, population) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for person in range(24):
        for photo in range(2):
            (folder / f"{person:03}-{photo}.jpg").write_bytes(population.photo(person, photo).content)
    for number in range(250):  # enough names for three parts
        (folder / f"note-{number:03}.jpg").write_bytes(b"no picture %d" % number)
    begun = agency.json("collect", "folder", folder, "--source", "drawn", "--no-work")
    words = ["collect", "work", begun["collection"]]
    workers = [processes.begin(agency.environment, main, words) for _ in range(2)]
    for worker in workers:
        worker.join(processes.PATIENCE_S)
    assert [worker.exitcode for worker in workers] == [0, 0]
    shown = agency.json("collect", "show", begun["collection"])
    assert (shown["state"], shown["photos"]) == ("done", 298)
    assert shown["refused"]["not_an_image"] == 250
    assert shown["admitted"] + sum(shown["refused"].values()) == 298
    assert agency.json("doctor")["ok"]


def test_a_folder_is_listed_on_from_where_a_crash_left_it(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("a.jpg", "b/1.jpg", "b/2.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(b"x")
    steps = list(FolderConnector(tmp_path).read({"listed": "b/1.jpg"}, None))
    assert [part.place["names"] for step in steps for part in step.found] == [["b/2.jpg", "c.jpg"]]
    assert steps[-1].after is None


def test_a_folder_that_is_gone_pauses_the_collection_with_the_reason(
    open_agency: Callable[[], Installation], tmp_path: Path
) -> None:
    installation = open_agency()
    folder = tmp_path / "gone"
    folder.mkdir()
    _, collection = begin(installation, folder)
    folder.rmdir()
    with pytest.raises(BadUseError):
        installation.ways_in.worker().run(collection.job_id)
    found = installation.ways_in.collecting.find(collection.job_id)
    assert (found.state, found.failure) == (JobState.PAUSED, "no_such_path")

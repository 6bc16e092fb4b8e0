"""Kill -9 at every step of a collection, go on with it at once: nothing lost, nothing twice, and every count exact.

Positive control: a build that stores photos and their counts apart must fail the same check.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.adapters.records_sql.collections import SqlCollections
from facewarden.adapters.records_sql.gallery import SqlGalleryRecords
from facewarden.bootstrap import opening
from facewarden.domain.ids import JobId
from facewarden.settings import read_settings
from tests.conftest import Shell
from tests.processes import outcome_of

pytestmark = pytest.mark.slow

POINTS = ("before listing", "after listing", "after the log", "before the records", "after the records")


def _work(begun: str, point: str, apart: bool) -> None:
    """Works on the collection until that point is reached, and dies there; `apart` breaks what the test looks for."""
    append, add, advance = TileLog.append, SqlGalleryRecords.add, SqlCollections.advance
    installation = opening.open_installation(read_settings(None, os.environ))
    collections = installation.records.collections

    def die(here: str) -> None:
        if here == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def logged(self, entries):
        first = append(self, entries)
        if len(entries) > 1:
            die("after the log")
        return first

    def added(self, photos, refusals, job):
        die("before the records")
        stored = add(self, photos, refusals, None if apart else job)
        die("after the records")
        if apart and job is not None:
            advance(collections, job)
        return stored

    def advanced(self, lease):
        die("before listing")
        advance(self, lease)
        die("after listing")

    TileLog.append, SqlGalleryRecords.add, SqlCollections.advance = logged, added, advanced
    installation.ways_in.worker().run(JobId(begun))
    installation.close()


def problems(agency: Shell, folder: Path, points: tuple[str, ...], apart: bool = False) -> list[str]:
    """What is wrong once the collection was killed at each of these points and brought to its end."""
    begun = agency.json("collect", "folder", folder, "--source", "drawn", "--no-work")["collection"]

    def work(point: str) -> int:
        return outcome_of(agency.environment, _work, begun, point, apart)

    found = [f"was not killed {point}" for point in points if work(point) != -signal.SIGKILL]
    if work("nowhere") != 0:
        found.append("did not come to its end")
    shown = agency.json("collect", "show", begun)
    photos = len(list(folder.iterdir()))
    refused = sum(shown["refused"].values())
    if shown["state"] != "done":
        found.append(f"is {shown['state']}")
    if shown["photos"] != photos:
        found.append(f"counts {shown['photos']} photos of {photos}")
    if (shown["admitted"], refused, shown["duplicates"]) != (3, photos - 3, 0):
        found.append(f"admitted {shown['admitted']}, refused {refused}, known {shown['duplicates']}")
    source = next(item for item in agency.json("source", "list")["sources"] if item["name"] == "drawn")
    if source["photos"] != 3:
        found.append(f"the gallery holds {source['photos']} photos")
    if not agency.json("doctor")["ok"]:
        found.append("doctor finds something")
    return found


@pytest.fixture
def folder(tmp_path: Path, plain_faces: list[bytes]) -> Path:
    """Three faces and 157 files that are no pictures: two parts, five batches."""
    made = tmp_path / "many"
    made.mkdir()
    for number, face in enumerate(plain_faces[:3]):
        (made / f"{number * 40:03}-face.jpg").write_bytes(face)
    for number in range(157):
        (made / f"{number:03}-text.jpg").write_bytes(b"no picture %d" % number)
    return made


def test_kills_at_every_step_lose_nothing_double_nothing_and_count_exactly(agency: Shell, folder: Path) -> None:
    assert problems(agency, folder, POINTS) == []


def test_a_build_that_counts_apart_from_storing_is_caught(agency: Shell, folder: Path) -> None:
    assert problems(agency, folder, ("after the records",), apart=True) != []

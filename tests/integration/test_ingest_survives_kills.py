"""Kill -9 at random moments of an ingest, run it again: nothing lost, nothing twice, the log and the index in order.

Positive controls: three builds, each with one guarantee broken on purpose, must fail the same checks.
FACEWARDEN_KILLS says how often to kill (default 4; the bench of the main job takes 50).
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.adapters.records_sql.gallery import SqlGalleryRecords
from facewarden.bootstrap.installation import Installation
from facewarden.cli.main import main
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import FaceNumber
from facewarden.errors import DamagedError
from tests.conftest import Shell
from tests.processes import begin, kill, outcome_of

KILLS = int(os.environ.get("FACEWARDEN_KILLS", "4"))

pytestmark = pytest.mark.slow


def kill_midway(
    shell: Shell, words: list[str], kills: int, dice: random.Random, begin_again: Callable[[], None]
) -> None:
    """Kills the command midway so many times: a run that ends by itself does not count and begins from nothing."""
    assert outcome_of(shell.environment, main, ["--version"]) == 0  # what imports is begun now, and not timed
    started = time.monotonic()
    assert outcome_of(shell.environment, main, words) == 0
    whole_s = time.monotonic() - started
    begin_again()
    killed = 0
    while killed < kills:
        process = begin(shell.environment, main, words)
        process.join(dice.uniform(0.0, 1.0) * whole_s)
        if process.exitcode is None:
            kill(process)
            killed += 1
        else:
            begin_again()
        process.close()
        assert time.monotonic() - started < 1_500


def problems_of(installation: Installation, photos: int) -> list[str]:
    """What is wrong with the installation after all; empty means that every guarantee held."""
    found = []
    report = installation.log.verify()
    if not report.ok:
        found.append(f"the log does not verify: {report.faults[0]}")
    summary = installation.records.index_feed.summary()
    if summary.photos != photos:
        found.append(f"{summary.photos} photos instead of {photos}")
    installation.index_keeper.catch_up()
    if installation.index.fingerprint != installation.records.index_feed.summary().fingerprint:
        found.append("the index holds other faces than the records")
    admitted = {
        entry.subject: index
        for index, entry in enumerate(installation.log.entries())
        if entry.event is AuditEvent.PHOTO_COLLECT_DECIDED and entry.verdict == "allow"
    }
    numbers = [FaceNumber(number) for number in range(1, summary.faces * 20 + 400)]
    shown = installation.records.gallery.showable(numbers)
    names = Counter(face.photo.file_name for face in {f.photo.photo_id: f for f in shown.values()}.values())
    found += [f"{name} is there {count} times" for name, count in names.items() if count > 1]
    for face in shown.values():
        if admitted.get(face.photo.photo_id) != face.photo.decision_index:
            found.append(f"{face.photo.file_name} has no decision at its place in the log")
        installation.records.gallery.photo_content(face.photo.photo_id)
    return found


def test_fifty_kills_lose_nothing_and_double_nothing(
    agency: Shell, drawn_folder: Path, open_agency: Callable[[], Installation]
) -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    words = ["ingest", str(drawn_folder), "--source", "drawn"]
    pristine = agency.data.with_name("pristine")
    shutil.copytree(agency.data, pristine)

    def begin_again() -> None:
        """Only after what is there was found in order."""
        assert agency.json("audit", "verify")["ok"]
        assert agency.json("doctor")["ok"]
        shutil.rmtree(agency.data)
        shutil.copytree(pristine, agency.data)

    kill_midway(agency, words, KILLS, dice, begin_again)
    finished = agency.json("ingest", drawn_folder, "--source", "drawn")
    photos = len(list(drawn_folder.iterdir()))
    refused = sum(finished["refused"].values())
    installation = open_agency()
    assert problems_of(installation, photos - refused) == [], f"seed {seed}"
    assert finished["photos"] == photos


def _records_before_the_log() -> None:
    append, held = TileLog.append, []

    def lazy(self, entries):
        if len(entries) < 2:
            return append(self, entries)
        size = self.size() + len(held)
        held.extend(entries)  # "written" only in memory
        return list(range(size, size + len(entries)))

    TileLog.append = lazy


def _no_memory_of_what_was_taken_in() -> None:
    SqlGalleryRecords.known = lambda self, source_id, content_hashes: set()
    Installation.content_hash = lambda self, content: os.urandom(32)


def _a_batch_forgotten() -> None:
    add = SqlGalleryRecords.add
    SqlGalleryRecords.add = lambda self, photos, refusals, job: add(self, photos[:-1], refusals, job)


Break = Callable[[], None]
BROKEN: tuple[Break, ...] = (_records_before_the_log, _no_memory_of_what_was_taken_in, _a_batch_forgotten)


def _ingest_with(broken: Break, words: list[str]) -> None:
    broken()
    main(words)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__.strip("_"))
def test_a_broken_build_is_caught(
    broken: Break,
    agency: Shell,
    drawn_folder: Path,
    tmp_path: Path,
    open_agency: Callable[[], Installation],
) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for path in sorted(drawn_folder.iterdir())[:6]:
        shutil.copy(path, few)
    for _ in range(2):
        outcome_of(agency.environment, _ingest_with, broken, ["ingest", str(few), "--source", "drawn"])
    try:
        found = problems_of(open_agency(), 6)
    except DamagedError as error:  # some damage is noticed before anything can be opened
        found = [error.what]
    assert found != []

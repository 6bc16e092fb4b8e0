"""Kill -9 at random moments of an ingest, run it again: nothing lost, nothing twice, the log and the index in order.

Positive controls: three builds, each with one guarantee broken on purpose, must fail the same checks.
FACEWARDEN_KILLS says how often to kill (default 6; the bench of the main job takes 50).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.bootstrap.installation import Installation
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import FaceNumber
from facewarden.errors import DamagedError
from tests.conftest import Shell

KILLS = int(os.environ.get("FACEWARDEN_KILLS", "6"))

pytestmark = pytest.mark.slow


def kill_midway(
    command: list[str], shell: Shell, kills: int, dice: random.Random, begin_again: Callable[[], None]
) -> None:
    """Kills the command midway so many times: a run that ends by itself does not count and begins from nothing."""
    started = time.monotonic()
    subprocess.run(command, env=shell.environment, check=True, capture_output=True, timeout=300)
    whole_s = time.monotonic() - started
    begin_again()
    killed = 0
    while killed < kills:
        process = subprocess.Popen(
            command, env=shell.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            process.wait(dice.uniform(0.3, 1.0) * whole_s)
            begin_again()
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            killed += 1
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
    ingest = agency.command("ingest", drawn_folder, "--source", "drawn")
    pristine = agency.data.with_name("pristine")
    shutil.copytree(agency.data, pristine)

    def begin_again() -> None:
        """Only after what is there was found in order."""
        assert agency.json("audit", "verify")["ok"]
        assert agency.json("doctor")["ok"]
        shutil.rmtree(agency.data)
        shutil.copytree(pristine, agency.data)

    kill_midway(ingest, agency, KILLS, dice, begin_again)
    finished = agency.json("ingest", drawn_folder, "--source", "drawn")
    photos = len(list(drawn_folder.iterdir()))
    refused = sum(finished["refused"].values())
    installation = open_agency()
    assert problems_of(installation, photos - refused) == [], f"seed {seed}"
    assert finished["photos"] == photos


BROKEN = {
    "records before the log": """
from facewarden.adapters.log_tiles.tile_log import TileLog
append, held = TileLog.append, []
def lazy(self, entries):
    if len(entries) < 2:
        return append(self, entries)
    size = self.size() + len(held)
    held.extend(entries)  # "written" only in memory
    return list(range(size, size + len(entries)))
TileLog.append = lazy
""",
    "no memory of what was taken in": """
from facewarden.adapters.records_sql.gallery import SqlGalleryRecords
SqlGalleryRecords.known = lambda self, source_id, content_hashes: set()
import facewarden.adapters.records_sql.gallery as gallery
from facewarden.services.collecting.ingest import Ingest
import os
keyed = Ingest._content_hash if hasattr(Ingest, "_content_hash") else None
from facewarden.bootstrap.installation import Installation
Installation.content_hash = lambda self, content: os.urandom(32)
""",
    "a batch forgotten": """
from facewarden.adapters.records_sql.gallery import SqlGalleryRecords
add = SqlGalleryRecords.add
SqlGalleryRecords.add = lambda self, photos, refusals, job: add(self, photos[:-1], refusals, job)
""",
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_build_is_caught(
    broken: str, agency: Shell, drawn_folder: Path, tmp_path: Path, open_agency: Callable[[], Installation]
) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for path in sorted(drawn_folder.iterdir())[:6]:
        shutil.copy(path, few)
    program = BROKEN[broken] + "\nfrom facewarden.cli.main import main\nmain()\n"
    command = [sys.executable, "-c", program, "ingest", str(few), "--source", "drawn"]
    for _ in range(2):
        subprocess.run(command, env=agency.environment, check=False, capture_output=True, timeout=120)
    try:
        found = problems_of(open_agency(), 6)
    except DamagedError as error:  # some damage is noticed before anything can be opened
        found = [error.what]
    assert found != []

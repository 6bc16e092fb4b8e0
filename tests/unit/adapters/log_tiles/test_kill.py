"""Real processes, several on one log, killed at random moments: what they told is there, and the log verifies."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import facewarden
from facewarden.adapters.log_tiles.tile_log import TileLog

SEED = bytes(range(32))
ORIGIN = "agency.example/facewarden"
ROUNDS = 6
WRITERS = 2

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.domain.audit import AuditEntry, AuditEvent
folder, first, seed = Path(sys.argv[1]), int(sys.argv[2]), bytes(range(32))
log = TileLog(folder, seed, "agency.example/facewarden", journal_limit_bytes=20_000)
while True:
    count = 1 + first % 40
    entries = [
        AuditEntry(AuditEvent.PHOTO_COLLECT_DECIDED, datetime(2026, 11, 22, tzinfo=UTC), subject=f"fa_{number:024x}")
        for number in range(first, first + count)
    ]
    for number, index in zip(range(first, first + count), log.append(entries), strict=True):
        print(number, index)
    sys.stdout.flush()
    first += count
"""


def start(folder, first):
    environment = os.environ | {"PYTHONPATH": str(Path(facewarden.__file__).parents[1])}
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(first)], stdout=subprocess.PIPE, env=environment
    )


def told_by(process):
    """The pairs of number and index in whole lines that a killed writer had printed."""
    output = process.stdout.read().decode()
    lines = output[: output.rfind("\n") + 1].splitlines()
    return [tuple(map(int, line.split())) for line in lines]


@pytest.mark.slow
def test_writers_killed_at_random_moments_lose_nothing_that_they_told(folder):
    chance = random.Random(20261122)
    TileLog.create(folder, SEED, ORIGIN)
    told, checkpoints = {}, []
    for turn in range(ROUNDS):
        writers = [start(folder, (turn * WRITERS + number) * 1_000_000) for number in range(WRITERS)]
        try:
            first_lines = [writer.stdout.readline() for writer in writers]
            time.sleep(chance.uniform(0.0, 0.25))
        finally:
            for writer in chance.sample(writers, len(writers)):
                writer.send_signal(signal.SIGKILL)
                time.sleep(chance.uniform(0.0, 0.02))
        for writer, line in zip(writers, first_lines, strict=True):
            pairs = [tuple(map(int, line.split())), *told_by(writer)]
            writer.stdout.close()
            writer.wait()
            told |= {index: number for number, index in pairs}
        log = TileLog(folder, SEED, ORIGIN)
        entries = list(log.entries())
        assert all(entries[index].subject == f"fa_{number:024x}" for index, number in told.items())
        report = log.verify(remembered=checkpoints)
        assert report.ok, report.faults
        checkpoints.append(log.checkpoint())
    assert len(told) > ROUNDS * WRITERS

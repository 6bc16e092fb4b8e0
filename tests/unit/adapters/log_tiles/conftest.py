"""Entries, keys and folders of logs, and a disk that fails or loses what was not brought to it."""

import random
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from facewarden.adapters.log_tiles.disk import Disk
from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.domain.audit import AuditEntry, AuditEvent

SEED = bytes(range(32))
ORIGIN = "agency.example/facewarden"


@cache
def make_entry(number):
    return AuditEntry(
        AuditEvent.PHOTO_COLLECT_DECIDED,
        datetime(2026, 11, 22, 8, tzinfo=UTC) + timedelta(seconds=number),
        actor="us_0a0a0a0a0a0a0a0a0a0a0a0a",
        subject=f"ph_{number:024x}",
        verdict="allow",
        packs={"facewarden-base": "2026.11"},
        details={"faces": number},
    )


class Crash(BaseException):
    """The process is gone: nothing after this line ran. No `except Exception` may hold it up."""


class FailingDisk(Disk):
    """A disk on which step number `crash_at` is the last, half-done, and that knows what a power cut would lose.

    `forgets_appends` breaks a promise on purpose: what was appended is not on disk though `append` returned.
    """

    def __init__(self, folder, crash_at=None, forgets_appends=False):
        super().__init__(folder)
        self.crash_at = crash_at
        self.steps = 0
        self.forgets_appends = forgets_appends
        self.unsynced = {}  # path -> what is on the disk for sure, None for no file

    def _step(self):
        self.steps += 1
        return self.steps == self.crash_at

    def write(self, path, content, *, durable=False):
        if self._step():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.with_name(target.name + ".draft").write_bytes(content[: len(content) // 2])
            raise Crash
        self.unsynced.setdefault(path, self.read(path))
        super().write(path, content)
        if durable:
            self.unsynced.pop(path)

    def append(self, path, start, content):
        crashes = self._step()
        self.unsynced.setdefault(path, self.read(path))
        with (self.folder / path).open("r+b") as file:
            file.truncate(start)
            file.seek(start)
            file.write(content[: len(content) // 2] if crashes else content)
        if crashes:
            raise Crash
        if not self.forgets_appends:
            self.unsynced.pop(path)

    def sync(self, paths):
        if self._step():
            raise Crash
        for path in paths:
            self.unsynced.pop(path, None)

    def remove(self, path):
        if self._step():
            raise Crash
        self.unsynced.setdefault(path, self.read(path))
        super().remove(path)

    def lose_power(self, seed):
        """Each file not brought to disk is as it is, as it was, gone, cut short, or full of zeros."""
        chance = random.Random(seed)
        for path, before in self.unsynced.items():
            now = self.read(path)
            torn = [] if now is None else [now, now[: chance.randrange(len(now) + 1)], bytes(len(now))]
            kept = chance.choice([before, before, None, *torn] if before is None or path != "journal" else [before])
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            if kept is None:
                (self.folder / path).unlink(missing_ok=True)
            else:
                (self.folder / path).write_bytes(kept)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "audit"


@pytest.fixture
def new_log(folder):
    """`new_log(300)`: a fresh log with that many entries."""

    def make(size=0, **options):
        log = TileLog.create(folder, SEED, ORIGIN)
        log.append([make_entry(number) for number in range(size)])
        return TileLog(folder, SEED, ORIGIN, **options)

    return make


@pytest.fixture
def reopen(folder):
    """`reopen()`: the log as the next process finds it."""
    return lambda **options: TileLog(folder, SEED, ORIGIN, **options)


@pytest.fixture(scope="session")
def entry_of():
    return make_entry


@pytest.fixture(scope="session")
def failing_disk():
    return FailingDisk


@pytest.fixture(scope="session")
def crash():
    return Crash

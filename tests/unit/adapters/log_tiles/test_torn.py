"""The last record cut at every byte, and writers killed in the middle of writing for many: nothing told is lost."""

import os
import shutil
import signal
import threading

import pytest

from facewarden.adapters.log_tiles.disk import Disk
from facewarden.adapters.log_tiles.journal import scan, split_header
from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.errors import BadUseError, DamagedError
from tests import processes
from tests.unit.adapters.log_tiles.conftest import make_entry

SEED = bytes(range(32))
ORIGIN = "agency.example/facewarden"
THREADS, EACH = 6, 4


@pytest.fixture
def before_and_after(folder, new_log, entry_of, tmp_path):
    """The folder before an append of two entries, and its journal after it."""
    log = new_log(3)
    before = tmp_path / "before"
    shutil.copytree(folder, before)
    log.append([entry_of(3), entry_of(4)])
    return before, (folder / "journal").read_bytes()


def test_a_record_cut_at_any_byte_was_never_told_and_is_not_there(before_and_after, entry_of):
    before, journal = before_and_after
    start = (before / "journal").stat().st_size
    header, _ = split_header(journal)
    for cut in range(start, len(journal)):
        assert scan(journal[:cut], len(header), 0)[1] == start, cut
    for place, torn in enumerate((journal[: start + 1], journal[:-1], journal[:-40] + bytes(40))):
        copy = before.with_name(f"torn{place}")
        shutil.copytree(before, copy)
        (copy / "journal").write_bytes(torn)
        log = TileLog(copy, SEED, ORIGIN)
        assert log.size() == 3
        log.append([entry_of(9)])
        assert list(TileLog(copy, SEED, ORIGIN).entries())[3] == entry_of(9)
        assert log.verify().ok
    (before / "journal").write_bytes(journal)
    assert TileLog(before, SEED, ORIGIN).size() == 5  # the control: whole, it is in


def test_a_record_that_was_told_and_is_cut_at_any_byte_stops_everything(before_and_after, folder):
    """Tiles and checkpoint say that it was told: no crash takes it back."""
    before, journal = before_and_after
    for cut in range((before / "journal").stat().st_size, len(journal), 16):
        (folder / "journal").write_bytes(journal[:cut])
        with pytest.raises(DamagedError):
            TileLog(folder, SEED, ORIGIN)
    (folder / "journal").write_bytes(journal)
    assert TileLog(folder, SEED, ORIGIN).size() == 5


class DyingDisk(Disk):
    """Ends its process by kill -9 at step number `dies_at` of what it writes, in the middle of that write."""

    dies_at, steps = 0, 0

    def _step(self):
        self.steps += 1
        return self.steps == self.dies_at

    def _append(self, handle, start, content):
        if self._step():
            os.pwrite(handle, content[: len(content) // 2], start)
            os.kill(os.getpid(), signal.SIGKILL)
        super()._append(handle, start, content)
        if self._step():  # on disk, and nobody told yet
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self, path, content, *, durable=False):
        if self._step():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.with_name(target.name + ".draft").write_bytes(content[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        super().write(path, content, durable=durable)

    def remove(self, path):
        if self._step():
            os.kill(os.getpid(), signal.SIGKILL)
        super().remove(path)


def write_together(folder, told_file, dies_at):
    """Several threads at once, each telling what it was told: whoever comes first writes for those who wait."""
    disk = DyingDisk(folder)
    log = TileLog(folder, SEED, ORIGIN, disk=disk, journal_limit_bytes=6_000)
    disk.dies_at = dies_at
    told = os.open(told_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    all_wait = threading.Barrier(THREADS)

    def work(first):
        all_wait.wait()
        for number in range(first, first + EACH):
            (index,) = log.append([make_entry(number)])
            os.write(told, f"{number} {index}\n".encode())

    workers = [threading.Thread(target=work, args=(at * 100,)) for at in range(THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


@pytest.mark.parametrize("dies_at", [1, 2, 3, 4, 5, 6, 7, 11, 18, 29, 47, 0])
def test_whoever_writes_for_many_and_is_killed_takes_nothing_back_that_any_of_them_was_told(tmp_path, dies_at):
    folder, told_file = tmp_path / "audit", tmp_path / "told"
    TileLog.create(folder, SEED, ORIGIN)
    code = processes.outcome_of(os.environ, write_together, folder, told_file, dies_at)
    assert code == (-signal.SIGKILL if dies_at else 0)
    lines = told_file.read_text().splitlines() if told_file.exists() else []
    log = TileLog(folder, SEED, ORIGIN)
    entries = list(log.entries())
    for number, index in (map(int, line.split()) for line in lines):
        assert entries[index] == make_entry(number)
    if not dies_at:
        assert len(lines) == len(entries) == THREADS * EACH
    log.append([make_entry(9_999)])
    report = log.verify()
    assert report.ok, report.faults


def make_one(folder, made_file):
    try:
        TileLog.create(folder, SEED, ORIGIN)
    except BadUseError:
        return
    made_file.touch()


def test_of_two_that_begin_a_log_at_once_one_does_and_both_find_it(tmp_path):
    folder = tmp_path / "audit"
    begun = [processes.begin(os.environ, make_one, folder, tmp_path / f"made{at}") for at in range(3)]
    for process in begun:
        process.join(processes.PATIENCE_S)
        assert process.exitcode == 0
        process.close()
    assert len(list(tmp_path.glob("made*"))) == 1
    logs = [TileLog(folder, SEED, ORIGIN) for _ in range(2)]
    assert [logs[0].append([make_entry(0)]), logs[1].append([make_entry(1)])] == [[0], [1]]
    assert logs[0].verify().ok

"""A crash or a power cut at every step of every write: whoever was told that an entry is in, finds it there."""

import shutil
from functools import cache

import pytest

from facewarden.adapters.log_tiles.folder_check import verify_folder
from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.audit.entry import encode_entry
from facewarden.audit.note import NoteSigner
from facewarden.errors import DamagedError

SEED = bytes(range(32))
ORIGIN = "agency.example/facewarden"
BATCHES = [1, 3, 250, 1, 1, 60, 200, 2]  # over two bundle borders, with small appends around them
JOURNAL_LIMIT_BYTES = 30_000  # begins anew within the scenario, more than once


@cache
def stored(number, entry_of):
    """The bytes of an entry: decoding 500 of them after each of 56 crashes would take seconds."""
    return encode_entry(entry_of(number))


def run(folder, disk, entry_of, crash):
    """Appends all batches, or as many as the disk lets; returns what was told, and whether it came to the end."""
    told, published = [], []
    try:
        log = TileLog(folder, SEED, ORIGIN, disk=disk, journal_limit_bytes=JOURNAL_LIMIT_BYTES)
        for count in BATCHES:
            numbers = range(len(told), len(told) + count)
            log.append([entry_of(number) for number in numbers])
            told.extend(numbers)
            published.append(log._disk.read("checkpoint"))
    except crash:
        return told, published, False
    return told, published, True


def violations(disk, told, published, entry_of):
    """What a next process finds wrong with what the last one told; empty is right."""
    try:
        log = TileLog(disk.folder, SEED, ORIGIN, disk=disk)
    except DamagedError as error:
        return [f"it does not open: {error}"]
    wrong = []
    if log.size() < len(told) or list(log._snapshot().leaves(0, len(told))) != [
        stored(number, entry_of) for number in told
    ]:
        return [f"{len(told)} entries were told, {log.size()} are there"]
    borders = {sum(BATCHES[:count]) for count in range(len(BATCHES) + 1)}
    if log.size() not in borders:
        wrong.append(f"a batch is half there, at {log.size()}")
    log.append([entry_of(9999)])
    report = log.verify(remembered=published, read_entries=False)
    wrong += [f"{fault.kind}: {fault.place}: {fault.what}" for fault in report.faults]
    return wrong


def every_crash(tmp_path, failing_disk, crash, entry_of, after, **options):
    """Runs the scenario once for each step, crashing there; yields what is wrong afterwards."""
    start = tmp_path / "start"
    TileLog.create(start, SEED, ORIGIN)
    step = 0
    is_done = False
    while not is_done:
        step += 1
        folder = tmp_path / f"crash{step}"
        shutil.copytree(start, folder)
        disk = failing_disk(folder, crash_at=step, **options)
        told, published, is_done = run(folder, disk, entry_of, crash)
        after(disk, step)
        yield step, violations(failing_disk(folder), told, published, entry_of)
        shutil.rmtree(folder)
    assert step > 50, "the scenario has fewer steps than it is here for"


def test_a_process_killed_at_any_step_loses_nothing_that_it_told(tmp_path, failing_disk, crash, entry_of):
    key = NoteSigner(ORIGIN, SEED).verifier_key
    reports = []

    def check_before_repair(disk, step):
        reports.append(verify_folder(disk.folder, key, read_entries=False))

    for step, wrong in every_crash(tmp_path, failing_disk, crash, entry_of, check_before_repair):
        assert not wrong, (step, wrong)
        assert reports[-1].ok, (step, reports[-1].faults)


@pytest.mark.parametrize("seed", [1])
def test_a_power_cut_at_any_step_loses_nothing_that_was_told(tmp_path, failing_disk, crash, entry_of, seed):
    for step, wrong in every_crash(
        tmp_path, failing_disk, crash, entry_of, lambda disk, step: disk.lose_power(seed * 1000 + step)
    ):
        assert not wrong, (seed, step, wrong)


def test_a_log_whose_appends_do_not_reach_the_disk_would_be_caught(tmp_path, failing_disk, crash, entry_of):
    crashes = every_crash(
        tmp_path, failing_disk, crash, entry_of, lambda disk, step: disk.lose_power(step), forgets_appends=True
    )
    assert any(wrong for _, wrong in crashes)


def test_a_crash_while_repairing_after_a_crash_loses_nothing(tmp_path, failing_disk, crash, entry_of):
    start = tmp_path / "start"
    TileLog.create(start, SEED, ORIGIN)
    disk = failing_disk(start, crash_at=40)
    told, published, _ = run(start, disk, entry_of, crash)
    disk.lose_power(5)
    assert told
    step, is_repaired = 0, False
    while not is_repaired:
        step += 1
        folder = tmp_path / f"again{step}"
        shutil.copytree(start, folder)
        second = failing_disk(folder, crash_at=step)
        try:
            TileLog(folder, SEED, ORIGIN, disk=second)
            is_repaired = True
        except crash:
            second.lose_power(step)
        assert not violations(failing_disk(folder), told, published, entry_of), step
        shutil.rmtree(folder)
    assert step > 1, "there was nothing to repair"

"""What no crash does to a folder: it is named by the check, and the log does not open on it."""

import errno
import os
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facewarden.adapters.log_tiles.disk import Disk
from facewarden.adapters.log_tiles.folder_check import verify_folder
from facewarden.adapters.log_tiles.journal import encode_record
from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.audit.checker import FaultKind
from facewarden.errors import DamagedError, UnavailableError

SEED = bytes(range(32))
ORIGIN = "agency.example/facewarden"


@pytest.fixture(scope="module")
def whole(tmp_path_factory, entry_of):
    """A folder of 700 entries: two full bundles, a journal that began anew and has three records since."""
    folder = tmp_path_factory.mktemp("whole") / "audit"
    log = TileLog.create(folder, SEED, ORIGIN)
    log = TileLog(folder, SEED, ORIGIN, journal_limit_bytes=100_000)
    for start, stop in ((0, 520), (520, 600), (600, 650), (650, 700)):
        log.append([entry_of(number) for number in range(start, stop)])
        log.checkpoint()
    return folder, log.verifier_key


def is_base(path):
    """The partial tiles at which the journal begins: superseded for readers, and only opening needs them."""
    return ".p/" in path and path.rpartition("/")[2] == "8"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, 2**20), where=st.integers(0, 2**20), flip=st.integers(1, 255))
def test_any_changed_byte_on_disk_is_named_by_the_check_or_stops_the_log(whole, tmp_path, which, where, flip):
    folder, key = whole
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    files = sorted(path for path in copy.rglob("*") if path.is_file() and path.name != "lock")
    target = files[which % len(files)]
    content = bytearray(target.read_bytes())
    content[where % len(content)] ^= flip
    target.write_bytes(content)
    path = target.relative_to(copy).as_posix()
    report = verify_folder(copy, key)
    if is_base(path):
        with pytest.raises(DamagedError):
            TileLog(copy, SEED, ORIGIN)
    else:
        assert path in {fault.place for fault in report.faults}, (path, report.faults)


def test_a_whole_folder_passes(whole):
    folder, key = whole
    report = verify_folder(folder, key)
    assert report.ok, report.faults
    assert (report.size, report.checkpoints_checked) == (700, 5)
    assert TileLog(folder, SEED, ORIGIN).size() == 700


def test_a_copy_without_its_journal_verifies_but_does_not_open(whole, tmp_path):
    folder, key = whole
    shutil.copytree(folder, tmp_path / "copy", ignore=shutil.ignore_patterns("journal", "lock"))
    assert verify_folder(tmp_path / "copy", key).ok
    with pytest.raises(DamagedError) as caught:
        TileLog(tmp_path / "copy", SEED, ORIGIN)
    assert caught.value.code == "audit_log_damaged"


def test_a_log_that_is_gone_is_missing_not_empty(tmp_path, whole):
    with pytest.raises(UnavailableError) as caught:
        verify_folder(tmp_path / "nothing", whole[1])
    assert caught.value.code == "audit_log_missing"


@pytest.fixture
def copy(whole, tmp_path):
    shutil.copytree(whole[0], tmp_path / "copy")
    return tmp_path / "copy"


def cut_journal(copy, count):
    content = (copy / "journal").read_bytes()
    (copy / "journal").write_bytes(content[:-count])


def test_a_journal_cut_short_of_what_was_signed_stops_the_log(copy, whole):
    cut_journal(copy, 100)
    with pytest.raises(DamagedError) as caught:
        TileLog(copy, SEED, ORIGIN)
    assert caught.value.code == "audit_log_truncated"
    faults = verify_folder(copy, whole[1]).faults
    assert [(fault.kind, fault.index) for fault in faults] == [(FaultKind.JOURNAL, 650)]


def test_an_old_checkpoint_put_back_is_told_by_the_journal_or_by_those_kept(copy, whole):
    (copy / "checkpoint").write_bytes((copy / "checkpoints" / f"{520:020d}").read_bytes())
    assert TileLog(copy, SEED, ORIGIN).size() == 700  # the journal has them, signed: nothing is lost
    (copy / "checkpoint").write_bytes((copy / "checkpoints" / f"{520:020d}").read_bytes())
    cut_journal(copy, 50_000)
    assert FaultKind.TRUNCATED in {fault.kind for fault in verify_folder(copy, whole[1]).faults}


def test_an_entry_slipped_into_the_journal_without_the_key_stops_the_log(copy):
    record = encode_record(700, [b"{}"], bytes(64))
    (copy / "journal").write_bytes((copy / "journal").read_bytes() + record)
    with pytest.raises(DamagedError, match="not signed"):
        TileLog(copy, SEED, ORIGIN)


def test_a_record_changed_in_the_middle_of_the_journal_stops_the_log(copy):
    content = bytearray((copy / "journal").read_bytes())
    content[1000] ^= 1
    (copy / "journal").write_bytes(content)
    with pytest.raises(DamagedError) as caught:
        TileLog(copy, SEED, ORIGIN)
    assert caught.value.code in ("audit_log_damaged", "audit_log_truncated")


@pytest.mark.parametrize("path", ["journal", "checkpoint", "tile/entries/000", "tile/0/001", "tile/1/000.p/2"])
def test_a_file_that_is_gone_is_named(copy, whole, path):
    (copy / path).unlink()
    if path != "journal":
        assert path in {fault.place for fault in verify_folder(copy, whole[1]).faults}


# -- a disk that is full, or fails ----------------------------------------------------------------------------


class FullDisk(Disk):
    """A real disk whose journal or tiles take no more bytes while `is_full`."""

    def __init__(self, folder, fails):
        super().__init__(folder)
        self.fails = fails
        self.is_full = False

    def append(self, path, start, content):
        if self.is_full and self.fails == "append":
            super().append(path, start, content[:7])  # as much as there was room for
            os.truncate(self.folder / path, start)
            raise UnavailableError(
                "audit_log_unwritable", "The audit log cannot be written.", os.strerror(errno.ENOSPC)
            )
        super().append(path, start, content)

    def write(self, path, content, *, durable=False):
        if self.is_full and self.fails == "write":
            raise UnavailableError(
                "audit_log_unwritable", "The audit log cannot be written.", os.strerror(errno.ENOSPC)
            )
        super().write(path, content, durable=durable)


@pytest.mark.parametrize("fails", ["append", "write"])
def test_a_full_disk_refuses_and_the_log_goes_on_when_there_is_room(new_log, folder, entry_of, fails):
    new_log(10)
    disk = FullDisk(folder, fails)
    log = TileLog(folder, SEED, ORIGIN, disk=disk)
    disk.is_full = True
    for _ in range(3):
        with pytest.raises(UnavailableError):
            log.append([entry_of(10)])
    disk.is_full = False
    log.append([entry_of(11)])
    assert log.entry(log.size() - 1) == entry_of(11)
    assert list(log.entries(0, 10)) == [entry_of(number) for number in range(10)]
    report = log.verify()
    assert report.ok, report.faults


def test_a_journal_that_cannot_be_opened_is_unavailable(new_log, reopen, folder, entry_of):
    log = new_log(3)
    (folder / "journal").unlink()
    (folder / "journal").mkdir()
    with pytest.raises(UnavailableError) as caught:
        reopen()
    assert caught.value.code == "audit_log_unreadable"
    with pytest.raises(UnavailableError):
        log.append([entry_of(3)])

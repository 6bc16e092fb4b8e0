"""A file is whole or as it was, and a line that was told to be there is there: on a disk that fills up, too."""

import resource
from contextlib import contextmanager

import pytest

from facewarden.adapters.durable import append, move_folder, sync, write_whole
from facewarden.adapters.erasure_ledger.file import LINES, FileLedger
from facewarden.domain.erasing import LedgerLine
from facewarden.errors import UnavailableError


@contextmanager
def room_for(size_bytes):
    """A system that writes no file beyond that size: as on a full disk, the first bytes go in and the rest do not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_is_written_whole_for_its_owner_alone_and_replaced_at_once(tmp_path):
    path = tmp_path / "kept.json"
    write_whole(path, b"one")
    write_whole(path, b"another")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"another", 0o600)
    assert [each.name for each in tmp_path.iterdir()] == ["kept.json"]


def test_where_the_disk_is_full_the_file_is_as_it_was_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "kept.json"
    write_whole(path, b"one")
    with room_for(10), pytest.raises(OSError, match="too large"):
        write_whole(path, b"x" * 100)
    assert path.read_bytes() == b"one"
    assert [each.name for each in tmp_path.iterdir()] == ["kept.json"]


def test_lines_are_appended_and_one_that_has_no_room_is_told(tmp_path):
    path = tmp_path / "lines"
    append(path, b"one\n")
    append(path, b"two\n")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"one\ntwo\n", 0o600)
    with room_for(10), pytest.raises(OSError, match="too large"):
        append(path, b"three\n")


def test_what_is_not_there_cannot_be_brought_to_the_disk(tmp_path):
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "none")


def test_an_erasure_whose_line_does_not_fit_on_the_disk_is_not_in_the_ledger_and_nobody_is_told_so(tmp_path):
    ledger = FileLedger(tmp_path, bytes(32))
    line = LedgerLine("era_1", "officer", ("ph_1",), (), (), (), (), None)
    ledger.write(line)
    size_bytes = (tmp_path / LINES).stat().st_size
    second = LedgerLine("era_2", "officer", ("ph_2",), (), (), (), (), None)
    with room_for(size_bytes + 20), pytest.raises(UnavailableError):
        ledger.write(second)
    assert [known.erasure_id for known in ledger.lines()] == ["era_1"]
    ledger.write(second)
    assert [known.erasure_id for known in ledger.lines()] == ["era_1", "era_2"]


def test_a_folder_takes_its_name_with_all_that_is_in_it_and_no_name_that_is_taken(tmp_path):
    (tmp_path / "draft" / "below").mkdir(parents=True)
    (tmp_path / "draft" / "below" / "file").write_bytes(b"kept")
    move_folder(tmp_path / "draft", tmp_path / "folder")
    assert (tmp_path / "folder" / "below" / "file").read_bytes() == b"kept"
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]
    (tmp_path / "draft").mkdir()
    with pytest.raises(OSError, match="not empty"):
        move_folder(tmp_path / "draft", tmp_path / "folder")

"""Files that commands write: nobody else's to read, whatever was there before, and known to be writable in time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from facewarden.cli.files import check_new, write_bytes
from facewarden.errors import BadUseError


def test_a_file_that_everybody_could_read_is_its_owners_alone_once_written(tmp_path: Path) -> None:
    path = tmp_path / "face.jpg"
    path.write_bytes(b"an older and longer one")
    path.chmod(0o644)
    write_bytes(path, b"a face")
    assert path.read_bytes() == b"a face"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_pipe_is_written_to_as_it_is() -> None:
    end, other = os.pipe()
    write_bytes(Path(f"/dev/fd/{other}"), b"a face")
    os.close(other)
    with os.fdopen(end, "rb") as pipe:
        assert pipe.read() == b"a face"


@pytest.mark.parametrize("name", ["there", "absent/file"])
def test_a_file_that_cannot_be_new_is_said_so_before_anything_is_on_record(tmp_path: Path, name: str) -> None:
    (tmp_path / "there").touch()
    with pytest.raises(BadUseError) as told:
        check_new(tmp_path / name)
    assert told.value.code == "unwritable"
    check_new(tmp_path / "new")

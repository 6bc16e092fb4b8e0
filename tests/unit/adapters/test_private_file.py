import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from facewarden.adapters.keys.store import KeyStore
from facewarden.adapters.private_file import make_private
from facewarden.adapters.records_sql.dialect import engine_for

from .test_read_ahead import ANOTHER_PROCESS


def test_a_file_is_made_for_its_owner_alone_and_left_as_it_is_where_it_is(tmp_path):
    make_private(tmp_path / "new.db")
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600
    (tmp_path / "new.db").write_bytes(b"kept")
    make_private(tmp_path / "new.db")
    assert (tmp_path / "new.db").read_bytes() == b"kept"
    with pytest.raises(FileNotFoundError):
        make_private(tmp_path / "absent" / "new.db")
    with pytest.raises(PermissionError):
        make_private(tmp_path)


@pytest.mark.parametrize("open_again", [lambda path: engine_for(path).dispose(), KeyStore])
def test_a_store_that_is_opened_twice_keeps_its_log_from_another_process(tmp_path, open_again):
    path = tmp_path / "store.db"
    first = KeyStore(path)
    with closing(sqlite3.connect(path)) as held:
        held.executescript("CREATE TABLE t (v); INSERT INTO t VALUES (1);")
        open_again(path)
        subprocess.run([sys.executable, "-c", ANOTHER_PROCESS, str(path)], check=True)
        assert (tmp_path / "store.db-wal").exists()
    first.close()

import sqlite3
import subprocess
import sys
from contextlib import closing

from facewarden.adapters.read_ahead import read_ahead

ANOTHER_PROCESS = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM t'); c.close()"


def test_the_whole_of_a_file_is_asked_for_where_it_is_worthwhile(tmp_path):
    (tmp_path / "records.db").write_bytes(bytes(10_000))
    assert read_ahead(tmp_path / "records.db", 10_000) == 10_000
    assert read_ahead(tmp_path / "records.db", 10_001) == 0


def test_a_file_that_is_not_there_is_no_failure(tmp_path):
    assert read_ahead(tmp_path / "records.db") == 0


def test_another_process_that_comes_and_goes_takes_no_log_away_from_this_one(tmp_path):
    path = tmp_path / "records.db"
    with closing(sqlite3.connect(path)) as held:
        held.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (v); INSERT INTO t VALUES (1);")
        assert read_ahead(path, 0) > 0
        subprocess.run([sys.executable, "-c", ANOTHER_PROCESS, str(path)], check=True)
        assert (tmp_path / "records.db-wal").exists(), "whoever closes a file gives SQLite's locks on it back"

from facewarden.adapters.read_ahead import read_ahead


def test_the_whole_of_a_small_file_is_asked_for(tmp_path):
    (tmp_path / "records.db").write_bytes(bytes(10_000))
    assert read_ahead(tmp_path / "records.db") == 10_000


def test_a_file_that_is_not_there_is_no_failure(tmp_path):
    assert read_ahead(tmp_path / "records.db") == 0

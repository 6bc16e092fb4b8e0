"""The file that names an installation is what facewarden wrote, or an error that says what to do."""

import json

import pytest

from facewarden.adapters.identity_file import check_installation_name, read_identity, write_identity
from facewarden.errors import BadUseError, DamagedError, Error, UnavailableError

WHOLE = {"installation_id": "ins_" + "0a" * 12, "name": "faces.example", "packs": {"base": "house rule"}}


def test_what_was_written_comes_back(tmp_path):
    write_identity(tmp_path / "i.json", WHOLE)
    assert read_identity(tmp_path / "i.json") == {"format": 1, **WHOLE}


@pytest.mark.parametrize(
    "changed",
    [
        {"installation_id": "../../../etc/x"},
        {"installation_id": "ins_" + "0a" * 12 + "\n"},
        {"installation_id": None},
        {"name": 5},
        {"packs": 7},
        {"packs": None},
        {"packs": {"base": 1}},
        {"packs": [1]},
        {"format": "1"},
        {"format": None},
    ],
)
def test_a_changed_one_is_damaged(tmp_path, changed):
    (tmp_path / "i.json").write_text(json.dumps({"format": 1, **WHOLE, **changed}))
    with pytest.raises(DamagedError) as caught:
        read_identity(tmp_path / "i.json")
    assert caught.value.next_step


@pytest.mark.parametrize("missing", ["installation_id", "name", "packs", "format"])
def test_one_with_something_missing_is_damaged(tmp_path, missing):
    kept = {key: value for key, value in {"format": 1, **WHOLE}.items() if key != missing}
    (tmp_path / "i.json").write_text(json.dumps(kept))
    with pytest.raises(DamagedError):
        read_identity(tmp_path / "i.json")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 60_000, b"1" * 5_000, b" " * 70_000, b"null"]
)
def test_anything_else_is_damaged(tmp_path, content):
    (tmp_path / "i.json").write_bytes(content)
    with pytest.raises(DamagedError) as caught:
        read_identity(tmp_path / "i.json")
    assert caught.value.code == "identity_damaged"


def test_another_format_asks_for_another_version(tmp_path):
    (tmp_path / "i.json").write_text(json.dumps({**WHOLE, "format": 2}))
    with pytest.raises(UnavailableError) as caught:
        read_identity(tmp_path / "i.json")
    assert caught.value.code == "format_unknown"


def test_a_folder_without_one_and_a_file_in_its_place_hold_no_installation(tmp_path):
    (tmp_path / "file").write_text("x")
    for place in (tmp_path, tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(BadUseError) as caught:
            read_identity(place / "i.json")
        assert caught.value.code == "no_installation"


def test_a_folder_in_its_place_is_an_error_of_ours(tmp_path):
    with pytest.raises(Error):
        read_identity(tmp_path)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\x1b", "a\u202eb", "x" * 201])
def test_a_name_that_no_log_can_have_is_bad_use(name):
    with pytest.raises(BadUseError):
        check_installation_name(name)


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path):
    path = tmp_path / "i.json"
    write_identity(path, WHOLE)
    (tmp_path / "i.json.part").mkdir()
    with pytest.raises(Error):
        write_identity(path, {**WHOLE, "name": "other"})
    assert read_identity(path)["name"] == "faces.example"

"""CSV lists of booking records: columns, encodings, days, paths."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from facewarden.adapters.lists_csv import ListConnector
from facewarden.errors import BadUseError, Error
from tests.unit.adapters.collecting.reading import read_all


def listed(folder: Path, text: str | bytes, encoding: str = "utf-8") -> Path:
    (folder / "a.jpg").write_bytes(b"picture a")
    (folder / "b.jpg").write_bytes(b"picture b")
    path = folder / "bookings.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def codes(path: Path) -> list[str | None]:
    return [getattr(file.content, "code", None) for file in read_all(ListConnector(path))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_each_row_brings_its_photo_and_what_it_says(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = "photo,person,taken_on,expunge_on\r\na.jpg,B-1,2024-02-29,2027-01-01\r\nb.jpg,Zoë,,\r\n"
    files = read_all(ListConnector(listed(tmp_path, text.replace(",", delimiter), encoding)))
    first, second = (file.record for file in files)
    assert [file.content for file in files] == [b"picture a", b"picture b"]
    assert (first.person_reference, first.taken_on, first.expunge_on) == ("B-1", date(2024, 2, 29), date(2027, 1, 1))
    assert (second.person_reference, second.taken_on, second.expunge_on) == ("Zoë", None, None)
    assert "row 2" in files[0].name


def test_other_headings_can_be_named_and_unknown_columns_are_left_alone(tmp_path: Path) -> None:
    path = listed(tmp_path, "IMAGE,BOOKING_NO,HEIGHT\na.jpg,17,180\n")
    files = read_all(ListConnector(path, columns={"photo": "IMAGE", "person": "BOOKING_NO"}))
    assert (files[0].content, files[0].record.person_reference) == (b"picture a", "17")


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        ("picture,person", "missing: photo"),
        ("photo", "missing: person"),
        ("", "missing"),
        ("photo,person,photo", "twice: photo"),
    ],
)
def test_wrong_columns_are_told_before_anything_begins(tmp_path: Path, heading: str, told: str) -> None:
    with pytest.raises(BadUseError, match=told):
        ListConnector(listed(tmp_path, heading + "\na.jpg,1\n")).examine()


def test_a_wrong_encoding_is_told_with_its_line_and_can_be_named(tmp_path: Path) -> None:
    path = listed(tmp_path, "photo,person\na.jpg,1\nb.jpg,Zoë\n", "cp1252")
    with pytest.raises(BadUseError, match="line 3"):
        ListConnector(path).examine()
    with pytest.raises(BadUseError, match="klingon"):
        ListConnector(path, "klingon").examine()
    assert read_all(ListConnector(path, "cp1252"))[1].record.person_reference == "Zoë"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("../a.jpg,1,,", "csv_path_escapes"),
        ("/etc/passwd,1,,", "csv_path_escapes"),
        (",1,,", "csv_path_escapes"),
        ("none.jpg,1,,", "unreadable"),
        (".,1,,", "unreadable"),
        ("a.jpg,,,", "csv_no_person"),
        ("a.jpg,1,29.02.2024,", "csv_bad_date"),
        ("a.jpg,1,,2023-02-29", "csv_bad_date"),
        ("a.jpg,1,,20230201", "csv_bad_date"),
        ("a.jpg,1", "csv_row_unreadable"),
        ("a.jpg,1,,,,extra", "csv_row_unreadable"),
    ],
)
def test_a_bad_row_is_named_by_its_number_and_the_others_are_taken(tmp_path: Path, row: str, code: str) -> None:
    path = listed(tmp_path, f"photo,person,taken_on,expunge_on\na.jpg,1,,\n{row}\nb.jpg,2,,\n")
    assert codes(path) == [None, code, None]
    broken = [file for file in read_all(ListConnector(path)) if isinstance(file.content, Error)]
    assert "Row 3" in broken[0].content.what


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "list"
    folder.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    assert codes(listed(folder, "photo,person\nlink.jpg,1\n")) == ["csv_path_escapes"]


def test_a_list_goes_on_where_a_crash_left_it(tmp_path: Path) -> None:
    path = listed(tmp_path, "photo,person\n" + "".join(f"a.jpg,{n}\n" for n in range(300)))
    files = read_all(ListConnector(path), stop_after_each_step=True)
    assert sorted(int(file.record.person_reference) for file in files) == list(range(300))


def test_binary_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(BadUseError, match="no CSV"):
        ListConnector(listed(tmp_path, b"photo,person\n\0\0\n")).examine()

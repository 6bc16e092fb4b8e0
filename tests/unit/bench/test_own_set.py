"""Reading an operator's own set: its folders and its table of groups."""

import pytest

from facewarden.bench.own_set import groups_of, pictures_of
from facewarden.errors import BadUseError


@pytest.fixture
def folder(tmp_path):
    for person in ("ann", "bo"):
        (tmp_path / person).mkdir()
        for number in (2, 1):
            (tmp_path / person / f"{number}.jpg").write_bytes(b"x")
    return tmp_path


def table(folder, text, encoding="utf-8"):
    path = folder / "people.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_persons_pictures_are_those_in_the_persons_folder_in_order(folder):
    (folder / "bo" / "notes.txt").write_text("no photo")
    (folder / "empty").mkdir()
    assert {person: [path.name for path in paths] for person, paths in pictures_of(folder).items()} == {
        "ann": ["1.jpg", "2.jpg"],
        "bo": ["1.jpg", "2.jpg"],
    }


def test_groups_are_the_values_of_each_column(folder):
    path = table(folder, "person,camera,age\nann,desk,old\nbo,desk,\n", "utf-8-sig")
    assert groups_of(path, {"ann", "bo"}) == {"camera=desk": {"ann", "bo"}, "age=old": {"ann"}}


def test_a_set_without_a_table_has_no_groups(folder):
    assert groups_of(folder / "people.csv", {"ann"}) == {}


def test_a_column_that_describes_each_person_is_no_grouping(folder):
    people = {f"p{number}" for number in range(30)}
    rows = "".join(f"{person},{person}@example.org\n" for person in sorted(people))
    assert groups_of(table(folder, "person,mail\n" + rows), people) == {}


@pytest.mark.parametrize(
    ("text", "encoding", "why"),
    [
        ("name,camera\nann,desk\n", "utf-8", "no column person"),
        ("person,camera\nzoe,desk\n", "utf-8", "Line 2 names a person who has no folder"),
        ("person,camera\nänn,desk\n", "latin-1", "UTF-8"),
        ("", "utf-8", "no column person"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_why(folder, text, encoding, why):
    with pytest.raises(BadUseError) as caught:
        groups_of(table(folder, text, encoding), {"ann", "bo"})
    assert why in caught.value.why


def test_a_folder_that_is_no_set_is_refused(tmp_path):
    with pytest.raises(BadUseError, match="pictures of 0 people") as caught:
        pictures_of(tmp_path)
    assert "SET/PERSON/1.jpg" in caught.value.next_step
    with pytest.raises(BadUseError, match="no folder"):
        pictures_of(tmp_path / "absent")

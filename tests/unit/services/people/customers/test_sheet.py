"""Hostile and broken files: refused with line and column, never repaired and never half taken."""

from __future__ import annotations

import pytest

from facewarden.services.people.customers.sheet import MAX_FILE_BYTES, SheetError, read_sheet


def faults(content: bytes) -> list[tuple[int, str, str]]:
    try:
        found = read_sheet(content).faults
    except SheetError as error:
        found = error.faults
    return [(fault.line, fault.column, fault.problem) for fault in found]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("=HYPERLINK(1)", "formula"),
        ("+1", "formula"),
        ("-2+3", "formula"),
        ("@SUM(A1)", "formula"),
        ("  =1", "formula"),
        ("PD\u202eesaB", "U+202E"),
        ("Zero\u200bwidth PD", "U+200B"),
        ("Bell\x07 PD", "U+0007"),
        ("Chicаgo PD", "look-alikes"),
        ("x" * 201, "201 characters"),
    ],
)
def test_a_hostile_cell_is_a_fault_with_line_and_column(cell: str, said: str) -> None:
    [(line, column, problem)] = faults(f"City,Account Name\nA,Good PD\nB,{cell}\n".encode())
    assert (line, column) == (3, "Account Name")
    assert said in problem
    assert cell not in problem


def test_a_cell_of_ten_megabytes_ends_the_reading() -> None:
    [(line, _, problem)] = faults(b"name\nGood PD\n" + b"a" * 10_000_000 + b"\n")
    assert (line, problem) == (3, "a cell is far too long")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name\nCafé PD\n".encode("latin-1"), "byte 4 of the line is not UTF-8"),
        ("name\nPD\n".encode("utf-16"), "UTF-16"),
        (b"name\nP\0D\n", "zero byte"),
        (b"", "empty"),
        (b"city\nChicago\n", "no column for the name"),
        (b"name,Company\na,b\n", "a second column"),
        (b'name\n"open\n', "not CSV"),
        (b"name\n" + b"a\n" * (MAX_FILE_BYTES // 2), "larger than"),
    ],
)
def test_a_file_that_is_no_list_is_refused_whole(content: bytes, said: str) -> None:
    [(_, _, problem)] = faults(content)
    assert said in problem


def test_a_row_with_too_many_cells_and_one_without_a_name_are_faults() -> None:
    assert faults(b"name,city\na,b,c\n,Chicago\n") == [
        (2, "", "3 cells under 2 headings"),
        (3, "name", "there is no name"),
    ]


def test_a_line_is_counted_where_its_record_begins() -> None:
    [(line, _, _)] = faults(b'name,notes\nA,"two\nlines"\n=B,x\n')[-1:]
    assert line == 4


def test_headings_are_known_in_many_spellings_and_others_are_named() -> None:
    sheet = read_sheet("\ufeffACCOUNT_NAME;Billing State;Owner\r\n Chicago  PD ;n/a;x\r\n".encode())
    assert sheet.ignored == ("Owner",)
    assert sheet.rows[0].cells["name"] == "Chicago PD"
    assert sheet.rows[0].cells["state"] == ""

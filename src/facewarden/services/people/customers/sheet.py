"""A CSV file from a sales system, read whole and checked cell by cell before anything is believed of it.

Never evaluates, repairs or shortens a cell: what cannot be taken as written is an error with its line and column.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from facewarden.errors import BadUseError

MAX_FILE_BYTES = 16 * 1024 * 1024  # some 100,000 customers; a sales system's export of 2,228 has half a megabyte
MAX_CELL_CHARS = 1_000
MAX_NAME_CHARS = 200
MAX_ROWS = 100_000
FAULTS_SHOWN = 50
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": (
        *("name", "organisation", "organization", "organisation name", "organization name", "account name", "account"),
        *("customer", "customer name", "company", "company name", "agency", "agency name", "client", "entity", "org"),
    ),
    "type": ("type", "account type", "customer type", "segment", "industry", "category", "sector", "kind"),
    "level": ("level", "government level", "level of government"),
    "location": ("location", "place", "address", "headquarters", "hq", "base", "based in", "billing address"),
    "city": ("city", "town", "billing city"),
    "state": ("state", "province", "region", "billing state", "state/province", "billing state/province"),
    "country": ("country", "billing country"),
    "office": ("office", "office location", "office place", "field office", "branch"),
    "office_city": ("office city", "shipping city"),
    "office_state": ("office state", "shipping state", "shipping state/province"),
    "office_country": ("office country", "shipping country"),
    "email": ("email", "e-mail", "contact email", "email domain", "domain"),
    "contact": ("contact", "contact name", "administrator"),
    "exemption": ("exemption", "bipa exemption"),
    "reference": ("reference", "id", "account id", "customer id", "external id"),
}
"""Each column with the headings it is known by; capitals, `_` and spaces around do not count."""
_FORMULA = ("=", "+", "-", "@")
_EMPTY = frozenset({"-", "--", "n/a", "na", "none", "null", "unknown", "?", "#n/a"})
_OUTSIDE_SCRIPTS = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")  # whose letters look like Latin ones
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one cell. `line` counts from 1, the heading's line; `column` is the heading, "" for the line."""

    line: int
    column: str
    problem: str

    def to_json(self) -> dict[str, str | int]:
        """Plain data, as `org import --json` prints it."""
        return {"line": self.line, "column": self.column, "problem": self.problem}


@dataclass(frozen=True, slots=True)
class Row:
    """One customer as written: a text for each column of `COLUMNS`, "" where nothing was given."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows that can be taken, the faults of those that cannot, and headings that nothing is done with."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]
    ignored: tuple[str, ...]


class SheetError(BadUseError):
    """A file or some of its cells cannot be taken; nothing was imported. `faults` has every one found."""

    def __init__(self, faults: Sequence[Fault], what: str = "The list cannot be taken: nothing was imported.") -> None:
        shown = [
            f"line {fault.line}" + (f", column “{fault.column}”" if fault.column else "") + f": {fault.problem}"
            for fault in faults[:FAULTS_SHOWN]
        ]
        more = f" (and {len(faults) - FAULTS_SHOWN} more)" if len(faults) > FAULTS_SHOWN else ""
        super().__init__("bad_customer_list", what, "; ".join(shown) + more, "Correct these cells and import again.")
        self.faults = tuple(faults)


def read_sheet(content: bytes) -> Sheet:
    """The sheet in these bytes; raises SheetError where the file as a whole cannot be read."""
    text = _decoded(content)
    first = text.split("\n", 1)[0]
    delimiter = max((",", ";", "\t"), key=first.count)
    lines = _lines(text, delimiter)
    heading = next(lines, None)
    if heading is None:
        raise SheetError([Fault(1, "", "the file is empty")])
    known, ignored = _columns(heading[1])
    rows: list[Row] = []
    faults: list[Fault] = []
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        row, wrong = _row(line, cells, heading[1], known)
        faults += wrong
        rows += [row] if row else []
        if len(rows) > MAX_ROWS:
            raise SheetError([Fault(line, "", f"more than {MAX_ROWS:,} rows")])
    return Sheet(tuple(rows), tuple(faults), ignored)


def _decoded(content: bytes) -> str:
    if len(content) > MAX_FILE_BYTES:
        raise SheetError([Fault(1, "", f"the file is larger than {MAX_FILE_BYTES // 2**20} MiB")])
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SheetError([Fault(1, "", "the file is UTF-16; save it as UTF-8 (“CSV UTF-8” in a spreadsheet)")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = content[: problem.start]
        line, place = before.count(b"\n") + 1, problem.start - before.rfind(b"\n")
        fault = Fault(line, "", f"byte {place} of the line is not UTF-8; save the file as UTF-8")
        raise SheetError([fault]) from None


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line that it begins on."""
    if "\0" in text:
        raise SheetError([Fault(text[: text.index("\0")].count("\n") + 1, "", "a zero byte: this is no text file")])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            said = "a cell is far too long" if "field limit" in str(problem) else f"not CSV: {problem}"
            raise SheetError([Fault(line, "", said)]) from None
        yield line, cells


def _columns(heading: Sequence[str]) -> tuple[Mapping[int, str], tuple[str, ...]]:
    by_name = {alias: column for column, aliases in COLUMNS.items() for alias in aliases}
    known: dict[int, str] = {}
    ignored: list[str] = []
    for place, cell in enumerate(heading):
        column = by_name.get(" ".join(cell.replace("_", " ").casefold().split()))
        if column is None:
            ignored.append(cell.strip()[:40] if cell.isprintable() else "(unprintable)")
        elif column in known.values():
            raise SheetError([Fault(1, cell, f"a second column for “{column}”")])
        else:
            known[place] = column
    if "name" not in known.values():
        raise SheetError([Fault(1, "", "no column for the name: head one “name”")])
    return known, tuple(ignored)


def _row(
    line: int, cells: Sequence[str], heading: Sequence[str], known: Mapping[int, str]
) -> tuple[Row | None, list[Fault]]:
    if len(cells) != len(heading):
        return None, [Fault(line, "", f"{len(cells)} cells under {len(heading)} headings")]
    faults = [
        Fault(line, heading[place], problem)
        for place, cell in enumerate(cells)
        if (problem := _problem(cell, known.get(place)))
    ]
    taken = {
        column: "" if cells[place].strip().casefold() in _EMPTY else cells[place] for place, column in known.items()
    }
    clean = {column: " ".join(taken.get(column, "").split()) for column in COLUMNS}
    if not faults and not clean["name"]:
        faults = [Fault(line, heading[next(p for p, column in known.items() if column == "name")], "there is no name")]
    return (None, faults) if faults else (Row(line, clean), [])


def _problem(cell: str, column: str | None) -> str:
    """What is wrong with the cell, "" if nothing is. Never repeats the cell: it may be anything."""
    if len(cell) > (MAX_NAME_CHARS if column == "name" else MAX_CELL_CHARS):
        return f"{len(cell):,} characters are too many"
    if cell.lstrip()[:1] in _FORMULA and cell.strip().casefold() not in _EMPTY:
        return f"it begins with “{cell.lstrip()[0]}”, as a spreadsheet's formula does"
    for mark in cell:
        kind = unicodedata.category(mark)
        if kind in ("Cf", "Cc", "Co", "Cn", "Cs", "Zl", "Zp"):
            return f"an invisible or control character, U+{ord(mark):04X}"
    if column is not None and (word := _mixed(_WORD.findall(cell))):
        return f"Latin letters mixed with look-alikes of another script in one word of {len(word)} letters"
    return ""


def _mixed(found: Iterable[str]) -> str:
    for word in found:
        scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in word}
        if "LATIN" in scripts and scripts & set(_OUTSIDE_SCRIPTS):
            return word
    return ""

"""A CSV list of photos with what an agency's own records say of each: person, day taken, day of expungement.

Never reads a file outside the list's folder, and never guesses an encoding, a column or a date.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from pathlib import Path

from facewarden.adapters.folders import READ_MAX_BYTES
from facewarden.domain.collections import Found, Place
from facewarden.domain.photos import BookingRecord, OfferedFile
from facewarden.errors import BadPhotoError, BadUseError, Error
from facewarden.ports.collections import AddressCheck, Step

BATCH = 32
PART_ROWS = 128
PARTS_LISTED = 50
LIST_MAX_BYTES = 1024 * 1024 * 1024
NEEDED, OPTIONAL = ("photo", "person"), ("taken_on", "expunge_on", "url")
"""Columns: the photo's path beside the list, the agency's own reference of the person; then days (YYYY-MM-DD)."""
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


class ListConnector:
    """One list. `columns` maps our names to the list's own headings where these differ."""

    def __init__(self, path: Path, encoding: str | None = None, columns: Mapping[str, str] | None = None) -> None:
        self._path = path
        self._encoding = encoding
        self._columns = {**{name: name for name in (*NEEDED, *OPTIONAL)}, **(columns or {})}

    def examine(self) -> None:
        """Nothing; raises BadUseError if encoding or columns are not as they must be."""
        next(iter(self._rows()), None)

    def read(self, place: Place, check: AddressCheck) -> Iterable[Step]:
        """The steps from there on: first the listing, then the photos of some rows."""
        rows = place.get("rows")
        if isinstance(rows, list):
            return self._read(rows, int(str(place["first"])))
        return self._list(int(str(place.get("listed", 0))))

    def _list(self, passed: int) -> Iterator[Step]:
        rows = islice(self._rows(), passed, None)
        while chunk := list(islice(rows, PART_ROWS * PARTS_LISTED)):
            # Numbered as a person sees them: the heading is line 1, the first row 2.
            found = [
                Found({"rows": chunk[at : at + PART_ROWS], "first": passed + at + 2})
                for at in range(0, len(chunk), PART_ROWS)
            ]
            passed += len(chunk)
            yield Step((), {"listed": passed}, found, {"planned": len(chunk)})
        yield Step((), None, extra={"listed": 1})

    def _read(self, rows: list[list[str] | None], first: int) -> Iterator[Step]:
        for at in range(0, len(rows), BATCH):
            files = [self._offered(row, first + at + n) for n, row in enumerate(rows[at : at + BATCH])]
            rest = rows[at + BATCH :]
            yield Step(files, {"rows": rest, "first": first + at + BATCH} if rest else None)

    def _offered(self, row: list[str] | None, number: int) -> OfferedFile:
        name = f"{self._path.name} row {number}"
        if row is None:
            return OfferedFile(name, _bad_row("csv_row_unreadable", number, "it has another number of columns"))
        photo, person, taken_on, expunge_on, url = row
        try:
            record = BookingRecord(person, _day(taken_on), _day(expunge_on))
        except ValueError:
            return OfferedFile(name, _bad_row("csv_bad_date", number, "a day is not written YYYY-MM-DD"))
        if not person or not person.isprintable():
            return OfferedFile(name, _bad_row("csv_no_person", number, "it names no person"))
        return OfferedFile(f"{name}: {_shown(photo)}", self._content(photo, number), url or None, record=record)

    def _content(self, photo: str, number: int) -> bytes | Error:
        folder = self._path.parent.resolve()
        try:
            path = (folder / photo).resolve()
            if not photo or not path.is_relative_to(folder):
                return _bad_row("csv_path_escapes", number, "its photo is not below the list's own folder")
            with path.open("rb") as file:
                content = file.read(READ_MAX_BYTES + 1)
        except (OSError, ValueError):
            return _bad_row("unreadable", number, "its photo is not there or cannot be read")
        if len(content) > READ_MAX_BYTES:
            return _bad_row("file_too_large", number, f"its photo is larger than {READ_MAX_BYTES // 1024**2} MB")
        return content

    def _rows(self) -> Iterator[list[str] | None]:
        """Every row as (photo, person, taken_on, expunge_on, url); None for one with too few or too many cells."""
        text = self._text()
        heading = text.partition("\n")[0]
        delimiter = max(",;\t", key=heading.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            header = [cell.strip() for cell in next(reader, [])]
        except csv.Error as fault:
            raise _no_list(self._path.name) from fault
        places = self._places(header)
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield None
                continue
            if not any(cell.strip() for cell in row):
                continue
            whole = len(row) == len(header)
            yield [row[at].strip() if at is not None else "" for at in places] if whole else None

    def _places(self, header: list[str]) -> list[int | None]:
        twice = sorted({name for name in header if header.count(name) > 1 and name in self._columns.values()})
        missing = [self._columns[name] for name in NEEDED if self._columns[name] not in header]
        if missing or twice:
            problem = f"is missing: {', '.join(missing)}" if missing else f"is there twice: {', '.join(twice)}"
            raise BadUseError(
                "csv_columns",
                f"A column of the list {problem}.",
                f"Its headings are: {_shown(', '.join(header))[:300] or 'none'}.",
                "Name the columns photo and person (and taken_on, expunge_on, url), or say --column photo=HEADING.",
            )
        return [
            header.index(self._columns[name]) if self._columns[name] in header else None
            for name in (*NEEDED, *OPTIONAL)
        ]

    def _text(self) -> str:
        try:
            if self._path.stat().st_size > LIST_MAX_BYTES:
                raise _no_list(self._path.name)
            content = self._path.read_bytes()
        except OSError as fault:
            raise BadUseError(
                "no_such_path", "The list is not there or cannot be read.", f"The system says: {fault.strerror}."
            ) from fault
        marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
        encoding = self._encoding or marked or "utf-8"
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, LookupError) as fault:
            line = content.count(b"\n", 0, getattr(fault, "start", 0)) + 1
            raise BadUseError(
                "csv_encoding",
                f"The list is not {encoding}: line {line} cannot be read so.",
                "It was saved in another encoding.",
                "Save it as UTF-8, or name its encoding: --encoding cp1252.",
            ) from fault
        if "\0" in text:
            raise _no_list(self._path.name)
        return text


def _day(text: str) -> date | None:
    if not text:
        return None
    if len(text) != 10:  # fromisoformat takes 20260102 and week dates too
        raise ValueError("no day")
    return date.fromisoformat(text)


def _bad_row(code: str, number: int, why: str) -> BadPhotoError:
    return BadPhotoError(code, f"Row {number} cannot be used: {why}.", next_step="Correct the row, then collect again.")


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _no_list(name: str) -> BadUseError:
    return BadUseError(
        "no_list",
        f"{_shown(name)} is no CSV list that can be read.",
        "It holds no text, or is larger than 1 GB.",
        "Export it as CSV with a heading line.",
    )

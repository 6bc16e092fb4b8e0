"""Web archives (WARC, ISO 28500) as collections: each record's photo with its address, server and date.

Never believes a record whose digest is wrong, and never ends at a damaged one: it is named by its place, and what
follows is read.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, BinaryIO

from fastwarc.warc import ArchiveIterator, WarcRecordType

from facewarden.adapters.folders import READ_MAX_BYTES
from facewarden.domain.collections import Found, Place
from facewarden.domain.photos import Fetched, Manner, OfferedFile
from facewarden.errors import BadPhotoError, BadUseError, Error
from facewarden.ports.collections import AddressCheck, Step

BATCH = 32
PART_RECORDS = 256  # records in a part; of many crawls one in four is a picture
GZIP_MAGIC, WARC_MAGIC = b"\x1f\x8b\x08", b"WARC/1."
SEARCH_BYTES = 1 << 20
_FAULTS = (OSError, ValueError, EOFError, zlib.error, UnicodeError, RuntimeError)
_PICTURES = ("image/jpeg", "image/png", "image/webp", "image/jpg", "image/pjpeg")
_CODINGS = {"": None, "identity": None, "gzip": 31, "x-gzip": 31, "deflate": 15}
"""Content codings that a payload may be under, with zlib's word for them."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Some records of the file: from the one at `offset` (bytes), `number` records into the file, up to `until`."""

    offset: int
    number: int
    until: int | None


class WarcConnector:
    """One archive file, plain or gzip. Where each record is a gzip member of its own, as the standard asks, its parts
    are shared; else one worker reads it from its beginning."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def examine(self) -> None:
        """Nothing; raises BadUseError if the file does not begin as a WARC does."""
        try:
            with self._path.open("rb") as file:
                start = file.read(len(WARC_MAGIC))
                if start.startswith(GZIP_MAGIC):
                    file.seek(0)
                    with gzip.GzipFile(fileobj=file) as unpacked:
                        start = unpacked.read(len(WARC_MAGIC))
        except (OSError, EOFError, zlib.error) as fault:
            raise _no_warc(self._path.name) from fault
        if start != WARC_MAGIC:
            raise _no_warc(self._path.name)

    def read(self, place: Place, check: AddressCheck) -> Iterable[Step]:
        """The steps from there on: first the records are counted through, then read in parts."""
        number = int(str(place.get("number", 0)))
        if "until" in place:
            until = place["until"]
            span = _Span(int(str(place["offset"])), number, None if until is None else int(str(until)))
            return self._records(span, int(str(place.get("skip", 0))))
        self.examine()
        if not self._seekable():
            whole = Found({"offset": 0, "number": 0, "until": None})
            return [Step((), None, [whole], {"listed": 1})]
        return self._list(int(str(place.get("offset", 0))), number, check)

    def _seekable(self) -> bool:
        """Whether a reader can begin at any record: plain, or each record a gzip member of its own."""
        with self._path.open("rb") as file:
            if not file.read(3).startswith(GZIP_MAGIC):
                return True
            file.seek(0)
            for number, (_, offset) in enumerate(self._walk(file, 0)):
                if number == 1:
                    file.seek(offset)
                    return file.read(3).startswith(GZIP_MAGIC)
        return True

    def _list(self, offset: int, number: int, check: AddressCheck) -> Iterator[Step]:
        """Parts of 256 records each, found by walking through the file without looking into any."""
        begun, pictures, at = offset, 0, number
        with self._path.open("rb") as file:
            for record, position in self._walk(file, offset):
                if at - number == PART_RECORDS:
                    found = [Found({"offset": begun, "number": number, "until": at})]
                    yield Step((), {"offset": position, "number": at}, found, {"planned": pictures})
                    begun, number, pictures = position, at, 0
                at += 1
                pictures += _is_picture(record) if record is not None else 1
                check.keep()
        found = [Found({"offset": begun, "number": number, "until": at})] if at > number else []
        yield Step((), None, found, {"planned": pictures, "listed": 1})

    def _records(self, span: _Span, skip: int) -> Iterator[Step]:
        files: list[OfferedFile] = []
        number = span.number
        with self._path.open("rb") as file:
            for record, offset in self._walk(file, span.offset):
                if span.until is not None and number >= span.until:
                    break
                number += 1
                if number - span.number <= skip:
                    continue
                offered = self._offered(record, offset)
                files += [offered] if offered is not None else []
                if len(files) == BATCH:
                    after = {"offset": span.offset, "number": span.number, "until": span.until}
                    yield Step(files, {**after, "skip": number - span.number}, extra=self._counted(span, files))
                    files = []
        yield Step(files, None, extra=self._counted(span, files))

    @staticmethod
    def _counted(span: _Span, files: list[OfferedFile]) -> dict[str, int]:
        return {"planned": len(files)} if span.until is None else {}

    def _walk(self, file: BinaryIO, offset: int) -> Iterator[tuple[Any, int]]:
        """Each record with its offset in bytes; None for a stretch that cannot be read, up to the next record."""
        while True:
            file.seek(offset)
            last = offset
            try:
                records = ArchiveIterator(file, record_types=WarcRecordType.any_type, parse_http=True)
                for record in records:
                    last = record.stream_pos
                    if _headless(record):
                        break
                    yield record, last
                else:
                    cut = _unread(file, last) if last >= offset else None
                    if cut is not None:
                        yield None, cut
                    return
            except _FAULTS:
                pass
            beyond = _next_record(file, last + 1)
            yield None, last
            if beyond is None:
                return
            offset = beyond

    def _offered(self, record: Any, offset: int) -> OfferedFile | None:
        """The photo of a record, or why it cannot be used; None for a record that holds none."""
        place = f"{self._path.name} at byte {offset}"
        if record is None:
            return OfferedFile(place, _damaged(offset))
        try:
            if not _is_picture(record):
                return None
            url = str(record.headers.get("WARC-Target-URI") or "").strip("<>")
            content = _payload(record, offset)
            return OfferedFile(f"{place}: {_shown(url)}", content, url or None, _fetched(record))
        except _FAULTS:
            return OfferedFile(place, _damaged(offset))


def _is_picture(record: Any) -> bool:
    """Whether the record is a whole answer that holds a picture."""
    if record.record_type == WarcRecordType.resource:
        return str(record.headers.get("Content-Type") or "").partition(";")[0].strip().lower() in _PICTURES
    if record.record_type != WarcRecordType.response or record.http_headers is None:
        return False
    if record.http_headers.status_code != 200:
        return False
    kind = record.http_headers.get("Content-Type") or ""
    return str(kind).partition(";")[0].strip().lower() in _PICTURES


def _payload(record: Any, offset: int) -> bytes | Error:
    if record.headers.get("WARC-Truncated"):
        return _cut(offset)
    declared = record.headers.get("WARC-Payload-Digest"), record.headers.get("WARC-Block-Digest")
    # An algorithm that is not known here verifies nothing, and is no reason to believe the record.
    if declared[0] and not record.verify_payload_digest(consume=False):
        return _wrong_digest(offset)
    if declared[1] and not declared[0] and not record.verify_block_digest(consume=False):
        return _wrong_digest(offset)
    content = bytes(record.reader.read(READ_MAX_BYTES + 1))
    if len(content) > READ_MAX_BYTES:
        return BadPhotoError(
            "file_too_large",
            f"The record at byte {offset} is larger than {READ_MAX_BYTES // 1024**2} MB.",
            next_step="Give the photo itself, or a smaller copy.",
        )
    length = record.content_length
    if length is not None and record.http_headers is None and len(content) < length:
        return _cut(offset)
    if record.http_headers is None:
        return content
    wanted = str(record.http_headers.get("Content-Length") or "")
    if wanted.isdecimal() and len(content) < int(wanted) <= READ_MAX_BYTES:
        return _cut(offset)
    return _uncoded(content, str(record.http_headers.get("Content-Encoding") or "").strip().lower(), offset)


def _uncoded(content: bytes, coding: str, offset: int) -> bytes | Error:
    if coding not in _CODINGS:
        return BadPhotoError(
            "warc_coding",
            f"The record at byte {offset} is under a content coding that is not read here.",
            next_step="Give the photo itself.",
        )
    window = _CODINGS[coding]
    if window is None:
        return content
    unpacker = zlib.decompressobj(window)
    plain = unpacker.decompress(content, READ_MAX_BYTES + 1)
    return plain if len(plain) <= READ_MAX_BYTES else _cut(offset)


def _fetched(record: Any) -> Fetched:
    """How whoever wrote the archive came by the record: given to us, by the server that it names."""
    moment = record.record_date
    headers = record.http_headers or {}
    said = [value for name, value in _pairs(headers) if name.lower() == "x-robots-tag"]
    tags = frozenset(tag.rpartition(":")[2].strip().lower() for line in said for tag in line.split(","))
    return Fetched(
        Manner.GIVEN,
        server_ip=str(record.headers.get("WARC-IP-Address") or "").strip() or None,
        robots_tags=tags,
        fetched_at=None if moment is None else moment.astimezone(UTC),
    )


def _pairs(headers: Any) -> list[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in headers.items()]


def _headless(record: Any) -> bool:
    """Whether the record's own headers are cut short or none."""
    if record.record_type == WarcRecordType.unknown or not record.headers.get("WARC-Type"):
        return True
    return record.headers.get("Content-Length") is None


def _unread(file: BinaryIO, last: int) -> int | None:
    """Where a record begins after the last one, of which there is too little to be one; None if nothing follows."""
    file.seek(last)
    if not file.read(3).startswith(GZIP_MAGIC):
        beyond = _next_record(file, last + 1)
        return beyond if beyond is not None and beyond > last and _ends_before(file, beyond) else None
    file.seek(last)
    member, passed = zlib.decompressobj(31), last
    try:
        while not member.eof and (block := file.read(SEARCH_BYTES)):
            member.decompress(block)
            passed += len(block)
    except zlib.error:
        return None
    end = passed - len(member.unused_data)
    file.seek(end)
    return end if member.eof and file.read(1) else None


def _ends_before(file: BinaryIO, offset: int) -> bool:
    """Whether a record of a plain file ends right before that place: two line ends."""
    file.seek(max(0, offset - 4))
    return file.read(4) == b"\r\n\r\n"


def _next_record(file: BinaryIO, offset: int) -> int | None:
    """Where the next record begins at or after the offset, as far as its first bytes tell; None at the end."""
    file.seek(0)
    magic = GZIP_MAGIC if file.read(3).startswith(GZIP_MAGIC) else WARC_MAGIC
    while True:
        file.seek(offset)
        window = file.read(SEARCH_BYTES)
        found = window.find(magic)
        if found >= 0:
            return offset + found
        if len(window) < SEARCH_BYTES:
            return None
        offset += SEARCH_BYTES - len(magic)


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)[:500]


def _damaged(offset: int) -> BadPhotoError:
    return BadPhotoError(
        "warc_damaged",
        f"What is at byte {offset} is no whole record.",
        "The file was cut short or changed there; what follows was read.",
        "Give a whole copy: what is known already is not taken twice.",
    )


def _cut(offset: int) -> BadPhotoError:
    return BadPhotoError(
        "warc_cut",
        f"The record at byte {offset} holds less than it says.",
        "Its writer stopped early, or the file was cut short.",
        "Give a whole copy: what is known already is not taken twice.",
    )


def _wrong_digest(offset: int) -> BadPhotoError:
    return BadPhotoError(
        "warc_digest",
        f"The digest of the record at byte {offset} is not that of its contents.",
        "It was changed after it was written, or written wrongly.",
        "Give a whole copy of the archive.",
    )


def _no_warc(name: str) -> BadUseError:
    return BadUseError(
        "no_warc",
        f"{_shown(name)} is no WARC file that can be read.",
        "It does not begin with a WARC record.",
        "Give a .warc or .warc.gz file.",
    )

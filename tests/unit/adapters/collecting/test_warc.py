"""WARC files, written by warcio: what a record tells, and what becomes of damaged ones."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import BinaryIO

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from facewarden.adapters.warc import PART_RECORDS, WarcConnector
from facewarden.domain.photos import OfferedFile
from facewarden.errors import BadUseError, Error
from tests.unit.adapters.collecting.reading import read_all


class Writer(WARCWriter):
    """Keeps what it needs to measure in memory: warcio leaves its temporary files open."""

    @classmethod
    def _create_temp_file(cls):
        return io.BytesIO()


def archive(count: int = 4, *, packed: bool = True, headers=(), status: str = "200 OK", kind: str = "image/jpeg"):
    """The bytes of an archive of so many answers, and where each begins."""
    stream = io.BytesIO()
    writer = Writer(stream, gzip=packed)
    starts = []
    for number in range(count):
        starts.append(stream.tell())
        http = StatusAndHeaders(status, [("Content-Type", kind), *headers], protocol="HTTP/1.1")
        record = writer.create_warc_record(
            f"http://photos.example/{number}.jpg",
            "response",
            payload=io.BytesIO(b"\xff\xd8picture %04d" % number + bytes(900)),
            http_headers=http,
            warc_headers_dict={"WARC-IP-Address": "93.184.216.34", "WARC-Date": "2026-03-01T10:00:00Z"},
        )
        writer.write_record(record)
    return stream.getvalue(), starts


def write_archive(stream: BinaryIO, answers) -> list[int]:
    """Writes these pictures (address, content, headers) with no server named, and says where each begins."""
    writer = Writer(stream, gzip=True)
    starts = []
    for url, content, headers in answers:
        starts.append(stream.tell())
        http = StatusAndHeaders("200 OK", [("Content-Type", "image/jpeg"), *headers.items()], protocol="HTTP/1.1")
        writer.write_record(writer.create_warc_record(url, "response", payload=io.BytesIO(content), http_headers=http))
    return starts


def written(answers) -> tuple[bytes, list[int]]:
    """The same in memory."""
    stream = io.BytesIO()
    starts = write_archive(stream, answers)
    return stream.getvalue(), starts


def offered(content: bytes, folder: Path) -> list[OfferedFile]:
    (folder / "a.warc.gz").write_bytes(content)
    return read_all(WarcConnector(folder / "a.warc.gz"))


@pytest.mark.parametrize("packed", [True, False])
def test_each_record_is_offered_with_address_server_and_date(tmp_path: Path, packed: bool) -> None:
    content, starts = archive(packed=packed)
    files = offered(content, tmp_path)
    assert [file.url for file in files] == [f"http://photos.example/{n}.jpg" for n in range(4)]
    assert [file.content[:14] for file in files] == [b"\xff\xd8picture %04d" % n for n in range(4)]
    assert all(f"at byte {start}:" in file.name for file, start in zip(files, starts, strict=True))
    first = files[0].fetched
    assert (first.server_ip, first.fetched_at.isoformat()) == ("93.184.216.34", "2026-03-01T10:00:00+00:00")
    assert first.robots_tags == frozenset()


def test_records_in_one_gzip_member_are_read_too(tmp_path: Path) -> None:
    plain, _ = archive(5, packed=False)
    assert len(offered(gzip.compress(plain), tmp_path)) == 5


def test_many_records_become_parts_that_are_read_in_any_order(tmp_path: Path) -> None:
    content, _ = archive(PART_RECORDS * 2 + 10)
    (tmp_path / "a.warc.gz").write_bytes(content)
    forward = read_all(WarcConnector(tmp_path / "a.warc.gz"))
    backward = read_all(WarcConnector(tmp_path / "a.warc.gz"), backwards=True)
    assert len(forward) == PART_RECORDS * 2 + 10
    assert {file.url for file in forward} == {file.url for file in backward}


def test_reading_is_gone_on_with_after_each_step(tmp_path: Path) -> None:
    content, _ = archive(70)
    (tmp_path / "a.warc.gz").write_bytes(content)
    assert len(read_all(WarcConnector(tmp_path / "a.warc.gz"), stop_after_each_step=True)) == 70


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("cut", [1, 60, 200, 340])
def test_a_half_written_archive_gives_what_is_whole_and_names_where_it_ends(tmp_path: Path, packed: bool, cut: int):
    content, starts = archive(packed=packed)
    files = offered(content[:-cut], tmp_path)
    whole = [file for file in files if not isinstance(file.content, Error)]
    assert len(whole) >= 3
    broken = [file for file in files if isinstance(file.content, Error)]
    assert len(whole) + len(broken) == 4
    assert all(f"byte {starts[3]}" in file.content.what for file in broken)


def test_a_damaged_gzip_member_is_named_and_what_follows_is_read(tmp_path: Path) -> None:
    content, starts = archive()
    damaged = bytearray(content)
    for at in range(starts[1] + 40, starts[1] + 60):
        damaged[at] ^= 0xFF
    files = offered(bytes(damaged), tmp_path)
    broken = [file for file in files if isinstance(file.content, Error)]
    assert {file.url for file in files if file.url} >= {f"http://photos.example/{n}.jpg" for n in (0, 2, 3)}
    assert broken
    assert all(isinstance(file.content, Error) and "byte" in file.content.what for file in broken)


def test_junk_between_records_is_named_and_passed_over(tmp_path: Path) -> None:
    content, starts = archive(packed=False)
    files = offered(content[: starts[2]] + b"JUNK JUNK\r\n" * 20 + content[starts[2] :], tmp_path)
    assert [file.url for file in files if file.url] == [f"http://photos.example/{n}.jpg" for n in range(4)]
    assert sum(isinstance(file.content, Error) for file in files) == 1


def test_a_wrong_digest_is_refused_and_the_others_are_taken(tmp_path: Path) -> None:
    content, starts = archive(packed=False)
    changed = bytearray(content)
    changed[starts[2] - 40] ^= 1  # in the payload of record 1
    files = offered(bytes(changed), tmp_path)
    assert [file.content.code for file in files if isinstance(file.content, Error)] == ["warc_digest"]
    assert f"byte {starts[1]}" in next(f for f in files if isinstance(f.content, Error)).content.what


def test_what_is_no_picture_or_no_whole_answer_is_not_offered(tmp_path: Path) -> None:
    assert offered(archive(kind="text/html")[0], tmp_path) == []
    assert offered(archive(status="404 Not Found")[0], tmp_path) == []


def test_robots_tags_come_with_the_photo(tmp_path: Path) -> None:
    files = offered(archive(1, headers=[("X-Robots-Tag", "noimageindex, NoAI")])[0], tmp_path)
    assert files[0].fetched.robots_tags == {"noimageindex", "noai"}


@pytest.mark.parametrize("content", [b"", b"no archive", gzip.compress(b"no archive", mtime=0), b"\x1f\x8b\x08half"])
def test_what_is_no_warc_is_said_to_be_none_before_anything_begins(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.warc.gz").write_bytes(content)
    with pytest.raises(BadUseError, match="no WARC"):
        WarcConnector(tmp_path / "a.warc.gz").examine()

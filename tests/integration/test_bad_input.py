"""What people really throw at an ingest: each bad file gets its own line with its name and what to do."""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.bootstrap.installation import Installation
from facewarden.testing.population.people import Population
from tests.conftest import INVESTIGATOR_PASSWORD, Shell


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pixel_bomb() -> bytes:
    """A PNG of 50,000 x 50,000 pixels in some 2 kB."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(50_001) * 20, 9)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


def many_frames(frames: int) -> bytes:
    """A GIF of that many one-pixel frames."""
    screen = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\x00\x00\x00\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\x00"
    return screen + frame * frames + b"\x3b"


def noise_photo() -> bytes:
    pixels = np.random.default_rng(3).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "JPEG")
    return written.getvalue()


@pytest.fixture
def bad_folder(tmp_path: Path, population: Population) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    good = population.photo(0, 0).content
    small = Image.open(io.BytesIO(good))
    small.thumbnail((28, 28))
    tiny = io.BytesIO()
    small.save(tiny, "PNG")
    files = {
        "bomb.png": pixel_bomb(),
        "copy-of-good.jpg": good,
        "empty.jpg": b"",
        "film.gif": many_frames(10_000),
        "good.jpg": good,
        "notes.txt": b"Nothing to see here.\n",
        "polyglot.jpg": population.photo(1, 0).content + b"PK\x03\x04<script>alert(1)</script>",
        "scenery.jpg": noise_photo(),
        "tiny-face.png": tiny.getvalue(),
        "truncated.jpg": good[: len(good) // 3],
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def test_each_bad_file_is_named_with_what_to_do_and_the_rest_goes_on(agency: Shell, bad_folder: Path) -> None:
    done = agency.run("ingest", bad_folder, "--source", "drawn", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["photos"] == 10
    assert report["admitted"] == 2, report  # the good one and the polyglot, whose image is a real one
    assert report["duplicates"] == 1
    assert sum(report["refused"].values()) == 7
    codes = {error["file"]: error["code"] for error in report["errors"]}
    assert codes["empty.jpg"] == "empty_file"
    assert codes["notes.txt"] == "not_an_image"
    assert codes["film.gif"] == "unsupported_format"
    assert codes["bomb.png"] in ("too_many_pixels", "side_too_long")
    assert codes["truncated.jpg"] == "truncated"
    assert codes["scenery.jpg"] == "no_face"
    assert codes["tiny-face.png"] in ("no_face", "base.face_quality")
    assert all(error["what"] and error["next_step"] for error in report["errors"])
    for name in codes:
        assert f"{name}: " in done.stderr


def test_an_empty_folder_says_that_there_is_nothing(agency: Shell, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = agency.run("ingest", empty, "--source", "drawn")
    assert done.returncode == 0
    assert done.stdout == "There is no file there to take in. Give a folder with photos, or one photo.\n"


def test_the_same_folder_twice_takes_in_nothing_twice(agency: Shell, bad_folder: Path) -> None:
    first = agency.json("ingest", bad_folder, "--source", "drawn")
    again = agency.json("ingest", bad_folder, "--source", "drawn")
    assert first["admitted"] == 2
    assert again["admitted"] == 0
    assert again["duplicates"] == 3


def test_a_folder_that_may_not_be_listed_is_named_and_the_exit_code_tells(
    agency: Shell, population: Population, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    closed = folder / "closed"
    closed.mkdir(parents=True)
    (folder / "good.jpg").write_bytes(population.photo(0, 0).content)
    (closed / "hidden.jpg").write_bytes(population.photo(1, 0).content)
    closed.chmod(0)
    if os.access(closed, os.R_OK):
        pytest.skip("this account may read everything (root): the system refuses nothing to it")
    done = agency.run("ingest", folder, "--source", "drawn")
    closed.chmod(0o700)
    assert done.returncode == 1
    assert "closed: It cannot be read." in done.stderr
    assert "1 admitted" in done.stdout


def test_a_probe_without_a_face_says_what_was_seen(agency: Shell, tmp_path: Path) -> None:
    probe = tmp_path / "scenery.jpg"
    probe.write_bytes(noise_photo())
    agency.login("ana", INVESTIGATOR_PASSWORD)
    agency.json("case", "open", "2026-1", "--purpose", "find_missing_person")
    done = agency.run("search", probe, "--case", "2026-1")
    assert done.returncode == 1
    assert "No face was found in this photo of 400 x 300 pixels, however it is turned." in done.stderr


def test_several_faces_ask_which_one_and_list_the_boxes(agency: Shell, population: Population, tmp_path: Path) -> None:
    probe = tmp_path / "group.jpg"
    probe.write_bytes(population.group_photo([0, 1, 2]).content)
    agency.login("ana", INVESTIGATOR_PASSWORD)
    agency.json("case", "open", "2026-1", "--purpose", "find_missing_person")
    asked = agency.run("search", probe, "--case", "2026-1")
    assert asked.returncode == 2
    assert "3 faces are in this photo: 1: " in asked.stderr
    assert "--face NUMBER" in asked.stderr
    picked = agency.json("search", probe, "--case", "2026-1", "--face", "2")
    assert picked["probe"]["faces"] == 3


DISK_MB = 24


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB; skipped where this account may not mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip("this account may not mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_fills_stops_in_one_line_and_the_next_run_goes_on(
    agency: Shell, drawn_folder: Path, small_disk: Path, tmp_path: Path
) -> None:
    """The installation lies on the small disk; other data fills it midway."""
    shutil.copytree(agency.data, small_disk / "data", symlinks=True)
    cramped = Shell(small_disk / "data", agency.home, agency.models)
    ballast = small_disk / "ballast"
    free = shutil.disk_usage(small_disk).free
    ballast.write_bytes(bytes(max(0, free - 400_000)))
    done = cramped.run("ingest", drawn_folder, "--source", "drawn")
    assert done.returncode == 1
    assert "facewarden: " in done.stderr
    assert "Traceback" not in done.stderr
    ballast.unlink()
    report = cramped.json("ingest", drawn_folder, "--source", "drawn")
    assert report["photos"] == len(list(drawn_folder.iterdir()))
    assert cramped.json("audit", "verify")["ok"]
    assert cramped.json("doctor")["ok"]
    totals = cramped.json("source", "list")["sources"][0]
    assert totals["photos"] == report["photos"] - sum(report["refused"].values())


def test_a_search_without_a_case_or_a_sign_in_is_told_what_to_do(agency: Shell, tmp_path: Path) -> None:
    done = agency.run("search", tmp_path / "absent.jpg")
    assert done.returncode == 2
    assert "--case" in done.stderr
    agency.run("logout")
    done = agency.run("case", "list", "--json")
    assert done.returncode == 2
    assert '"signed_out"' in done.stdout


def test_the_operator_cannot_search_and_is_told_by_which_rule(
    agency: Shell, population: Population, tmp_path: Path, open_agency: Callable[[], Installation]
) -> None:
    probe = tmp_path / "probe.jpg"
    probe.write_bytes(population.photo(0, 0).content)
    done = agency.run("case", "open", "2026-9", "--purpose", "find_missing_person", "--json")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "base.account_cases" in done.stdout
    installation = open_agency()
    entry = list(installation.log.entries())[-1]
    assert entry.verdict == "refuse"
    assert "base.account_cases" in entry.grounds

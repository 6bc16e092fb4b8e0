"""Photos whose fate is known beforehand: the counts, admitted and refused by ground, are exactly those.

FACEWARDEN_KNOWN_PHOTOS says how many (default 120; the issue's own number is 20,000).
"""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from facewarden.cli.main import main
from facewarden.testing.collections import ADMITTED, DUPLICATE, HOST, KnownPhotos
from tests.conftest import Shell
from tests.processes import begin
from tests.unit.adapters.collecting.test_warc import write_archive

PHOTOS = int(os.environ.get("FACEWARDEN_KNOWN_PHOTOS", "120"))
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def good_faces(population) -> list[bytes]:
    """Twenty-four drawn faces, without what their files say, each found and good enough."""
    from PIL import Image, ImageOps

    faces = []
    for person in range(24):
        file = io.BytesIO()
        with Image.open(io.BytesIO(population.photo(person, 0).content)) as image:
            ImageOps.exif_transpose(image).convert("RGB").save(file, "JPEG", quality=92)
        faces.append(file.getvalue())
    return faces


def list_of(photos: KnownPhotos, expected: Counter[str]) -> Iterator[tuple[str | None, bytes, dict[str, str]]]:
    """What an archive is written from, one by one; what is expected of each is counted on the way."""
    for photo in photos:
        expected[photo.expected] += 1
        yield photo.url, photo.content, {"X-Robots-Tag": photo.robots_tag} if photo.robots_tag else {}


def told(shown: dict) -> Counter[str]:
    """What a collection counted, in the words of the known answer."""
    return Counter({ADMITTED: shown["admitted"], DUPLICATE: shown["duplicates"], **shown["refused"]})


def shared(agency: Shell, collection: str, workers: int = 2) -> dict:
    """The collection after so many processes worked on it together."""
    running = [begin(agency.environment, main, ["collect", "work", collection]) for _ in range(workers)]
    for worker in running:
        worker.join(7_200)
        assert worker.exitcode == 0
    return agency.json("collect", "show", collection)


def test_a_folder_and_a_web_archive_are_counted_exactly_by_ground(
    agency: Shell, good_faces: list[bytes], tmp_path: Path
) -> None:
    permission = tmp_path / "permission.txt"
    permission.write_text("The county agrees.\n")
    agency.json(
        "source", "add", "county", "--basis", "owner_consent", "--kind", "web_archive", "--host", HOST,
        "--country", "US", "--permission", permission,
    )  # fmt: skip
    agency.approve_source("county")

    expected = Counter[str]()
    folder = tmp_path / "given"
    folder.mkdir()
    for photo in KnownPhotos(good_faces, PHOTOS // 2, seed=11):
        expected[photo.expected] += 1
        (folder / photo.name).write_bytes(photo.content)
    begun = agency.json("collect", "folder", folder, "--source", "drawn", "--no-work")
    shown = shared(agency, begun["collection"])
    assert told(shown) == expected
    assert shown["photos"] == PHOTOS // 2

    crawled = list_of(KnownPhotos(good_faces[::-1], PHOTOS - PHOTOS // 2, seed=12, web=True), expected := Counter())
    archive = tmp_path / "crawled.warc.gz"
    with archive.open("wb") as file:
        write_archive(file, crawled)
    begun = agency.json("collect", "warc", archive, "--source", "county", "--no-work")
    shown = shared(agency, begun["collection"], 2 if PHOTOS > 1_000 else 1)  # few need no second
    assert told(shown) == expected
    assert shown["photos"] == shown["planned"] == PHOTOS - PHOTOS // 2
    assert agency.json("doctor")["ok"]

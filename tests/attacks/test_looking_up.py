"""A colleague who looks somebody up under one made-up case after another, each time by another picture of them."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from PIL import Image, ImageOps

from facewarden.bootstrap import opening
from facewarden.domain.oversight import Unusual
from tests.attacks.conftest import House


def _pictures(photo: Path, folder: Path) -> list[Path]:
    """Another photo of that person, and theirs cut close around the face and mirrored: files that were not seen yet."""
    picture = Image.open(io.BytesIO(photo.read_bytes())).convert("RGB")
    width, height = picture.size
    made = folder / "mirrored.jpg"
    ImageOps.mirror(picture.crop((width // 8, height // 8, width * 7 // 8, height * 7 // 8))).save(made)
    return [photo.with_name("003-1.jpg"), made]


def test_the_overseer_is_told_of_one_person_by_other_pictures_of_them(house: House, tmp_path: Path) -> None:
    house.sign_in("ana")
    for number, picture in enumerate(_pictures(house.probe, tmp_path), start=2):
        house.shell.json("case", "open", f"B-{number}", "--purpose", "find_missing_person")
        found = house.shell.json("search", picture, "--case", f"B-{number}")
        assert found["candidates"], "somebody who is in the gallery"
    with contextlib.closing(opening.open_installation(house.shell.settings)) as installation:
        counts = installation.people.oversight.count(installation.clock.now())
    assert counts[Unusual.SAME_PERSON.value] == 1

"""An agency with a gallery of people who do not exist, and a privacy officer who can take them out."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from facewarden.bootstrap.installation import Installation
from facewarden.cli.console import read_token
from facewarden.domain.accounts import Actor
from tests.conftest import Shell

OFFICER_PASSWORD = "quiet-harbour-lamp-8"
PERSON = 3


def altered(content: bytes, how: str) -> bytes:
    """The photo as somebody might bring it back."""
    image = Image.open(io.BytesIO(content)).convert("RGB")
    if how == "flipped":
        image = ImageOps.mirror(image)
    if how == "cropped":
        inset = int(image.width * 0.06), int(image.height * 0.06)
        image = image.crop((*inset, image.width - inset[0], image.height - inset[1]))
    if how == "smaller":
        image = image.resize((int(image.width * 0.6), int(image.height * 0.6)))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=70 if how == "re-encoded" else 92)
    return out.getvalue()


@dataclass
class Office:
    """The agency, its photos, and the officer signed in."""

    shell: Shell
    drawn: Path
    open: Callable[[], Installation]

    def ingest(self) -> None:
        came = self.shell.json("ingest", self.drawn, "--source", "drawn")
        assert came["admitted"] == len(list(self.drawn.iterdir())), came

    def officer(self, installation: Installation) -> Actor:
        token = read_token(installation)
        assert token is not None
        return installation.sign_in.actor_of(token)


@pytest.fixture
def office(agency: Shell, drawn_folder: Path, tmp_path: Path, open_agency: Callable[[], Installation]) -> Office:
    person = ("--org", "Rivermouth Police", "--password-stdin")
    agency.json("user", "add", "olga", "--role", "privacy_officer", *person, stdin=OFFICER_PASSWORD + "\n")
    agency.login("olga", OFFICER_PASSWORD)
    few = tmp_path / "few"
    few.mkdir()
    for path in sorted(drawn_folder.iterdir()):
        if path.name.endswith("-0.jpg") and path.name < "010":
            # drawn anew without what the file says of its place: some are from Illinois, which the law refuses
            (few / path.name).write_bytes(altered(path.read_bytes(), "as it is"))
    return Office(agency, few, open_agency)

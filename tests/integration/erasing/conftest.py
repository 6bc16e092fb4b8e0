"""An agency with a gallery of people who do not exist, and a privacy officer who can take them out."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from facewarden.adapters.folders import FolderFiles
from facewarden.bootstrap.installation import Installation
from facewarden.cli.console import read_token
from facewarden.domain.accounts import Actor
from facewarden.services.collecting.intake_report import IngestReport
from tests.conftest import INVESTIGATOR_PASSWORD, Shell

OFFICER_PASSWORD = "quiet-harbour-lamp-8"
PERSON = 3


def altered(content: bytes, how: str) -> bytes:
    """The photo as somebody might bring it back."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
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


def beside(left: bytes, right: bytes) -> bytes:
    """One photo of two, of the same height, the first on the left."""
    images = [Image.open(io.BytesIO(content)).convert("RGB") for content in (left, right)]
    height = min(image.height for image in images)
    images = [image.resize((round(image.width * height / image.height), height)) for image in images]
    both = Image.new("RGB", (sum(image.width for image in images), height))
    both.paste(images[0], (0, 0))
    both.paste(images[1], (images[0].width, 0))
    out = io.BytesIO()
    both.save(out, "JPEG", quality=92)
    return out.getvalue()


@dataclass
class Office:
    """The agency, its photos, and the officer signed in."""

    shell: Shell
    drawn: Path
    open: Callable[[], Installation]
    taken_in: bool = False

    def ingest(self) -> None:
        """The drawn photos in the gallery."""
        if not self.taken_in:
            came = self.shell.json("ingest", self.drawn, "--source", "drawn")
            assert came["admitted"] == len(list(self.drawn.iterdir())), came

    def bring(self, installation: Installation, photos: dict[str, bytes]) -> IngestReport:
        """What came of taking these files in, in this process."""
        folder = Path(tempfile.mkdtemp(dir=self.shell.data.parent))
        for name, content in photos.items():
            (folder / name).write_bytes(content)
        source = installation.sources.named("drawn")
        return installation.ingest.run(self.officer(installation), source, FolderFiles(folder))

    def officer(self, installation: Installation) -> Actor:
        token = read_token(installation)
        assert token is not None
        return installation.sign_in.actor_of(token)


def _few(drawn_folder: Path, few: Path) -> Path:
    few.mkdir()
    for path in sorted(drawn_folder.iterdir()):
        if path.name.endswith("-0.jpg") and path.name < "010":
            # drawn anew without what the file says of its place: some are from Illinois, which the law refuses
            (few / path.name).write_bytes(altered(path.read_bytes(), "as it is"))
    return few


@pytest.fixture(scope="session")
def _office_template(_agency_template: Shell, drawn_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The agency with a privacy officer who is signed in and ten photos in its gallery; made once, copied for each."""
    base = tmp_path_factory.mktemp("office")
    few = _few(drawn_folder, base / "few")
    shell = _agency_template.copied(base / "agency")
    person = ("--org", "Rivermouth Police", "--password-stdin")
    shell.json("user", "add", "olga", "--role", "privacy_officer", *person, stdin=OFFICER_PASSWORD + "\n")
    shell.login("olga", OFFICER_PASSWORD)
    Office(shell, few, lambda: None).ingest()  # type: ignore[arg-type, return-value]
    return base


@pytest.fixture
def office(_office_template: Path, agency: Shell, open_agency: Callable[[], Installation], tmp_path: Path) -> Office:
    """The office with its gallery, a copy of its own."""
    return _own(_office_template, agency, open_agency, tmp_path)


def _own(template: Path, agency: Shell, open_agency: Callable[[], Installation], tmp_path: Path) -> Office:
    for name in ("data", "home"):
        shutil.rmtree(agency.data.parent / name)
        shutil.copytree(template / "agency" / name, agency.data.parent / name, symlinks=True)
    shutil.copytree(template / "few", tmp_path / "few")
    return Office(agency, tmp_path / "few", open_agency, taken_in=True)


@pytest.fixture(scope="session")
def _asked_template(_agency_template: Shell, _office_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office after a search has shown the person, who then asks to be taken out; made once."""
    base = tmp_path_factory.mktemp("asked")
    shutil.copytree(_office_template, base, symlinks=True, dirs_exist_ok=True)
    shell = Shell(base / "agency" / "data", base / "agency" / "home", _agency_template.models)
    photo = base / "few" / f"{PERSON:03}-0.jpg"
    shell.login("ana", INVESTIGATOR_PASSWORD)
    case = shell.json("case", "open", "1", "--purpose", "investigate_crime")["case_id"]
    search = shell.json("search", photo, "--case", case)
    shell.login("olga", OFFICER_PASSWORD)
    request = shell.json("optout", "submit", photo, "--release-on-file")["request_id"]
    ids = {"search": search["search_id"], "photo": search["candidates"][0]["photo_id"], "request": request}
    (base / "ids.json").write_text(json.dumps(ids))
    return base


@pytest.fixture
def asked(
    _asked_template: Path, agency: Shell, open_agency: Callable[[], Installation], tmp_path: Path
) -> tuple[Office, dict[str, str]]:
    """That office, a copy of its own, with the ids of the search, of the photo that it showed, and of the request."""
    office = _own(_asked_template, agency, open_agency, tmp_path)
    return office, json.loads((_asked_template / "ids.json").read_text())


def shape_of(value: Any, name: str = "") -> Any:
    """A receipt without what differs between any two: ids, times, hashes, proofs."""
    if isinstance(value, dict):
        return {key: shape_of(inner, key) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return [] if name in ("inclusion_proof", "grounds") else [shape_of(inner, name) for inner in value]
    return type(value).__name__ if isinstance(value, str | int) and name not in ("format", "event") else value

"""An agency with a gallery, a case and a privacy officer, to do harm to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import INVESTIGATOR_PASSWORD, OPERATOR_PASSWORD, Shell

OFFICER_PASSWORD = "quiet-harbour-lamp-8"
CASE = "A-1"


@dataclass(frozen=True)
class House:
    """The agency as its people use it: `photo_id` is a candidate of the one search that was made."""

    shell: Shell
    probe: Path
    photo_id: str

    def sign_in(self, name: str) -> None:
        passwords = {"ana": INVESTIGATOR_PASSWORD, "olga": OFFICER_PASSWORD, "operator": OPERATOR_PASSWORD}
        self.shell.login(name, passwords[name])


@pytest.fixture(scope="session")
def _house_template(gallery_template: Shell, drawn_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> House:
    shell = gallery_template.copied(tmp_path_factory.mktemp("attacked") / "agency")
    person = ("--org", "Rivermouth Police", "--password-stdin")
    shell.json("user", "add", "olga", "--role", "privacy_officer", *person, stdin=OFFICER_PASSWORD + "\n")
    shell.login("ana", INVESTIGATOR_PASSWORD)
    shell.json("case", "open", CASE, "--purpose", "investigate_crime")
    probe = drawn_folder / "003-0.jpg"
    found = shell.json("search", probe, "--case", CASE)
    return House(shell, probe, found["candidates"][0]["photo_id"])


@pytest.fixture
def house(_house_template: House, tmp_path: Path) -> House:
    """A fresh copy of it, nobody in particular signed in."""
    made = _house_template
    return House(made.shell.copied(tmp_path / "agency"), made.probe, made.photo_id)


def error_of(stdout: str) -> dict[str, object]:
    """The error that a command printed as JSON."""
    told: dict[str, object] = json.loads(stdout)
    assert told["ok"] is False
    return told

"""What many tests need: the face pack, pictures of people who do not exist, and installations to try things on."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import settings as hypothesis_settings

from facewarden.adapters import passwords
from facewarden.adapters.records_sql.database import Database
from facewarden.bootstrap import faces as bootstrap_faces
from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.cli.main import main
from facewarden.errors import Error
from facewarden.settings import MODELS_VARIABLE, Settings, default_models_dir
from facewarden.testing.gallery import SettableClock
from facewarden.testing.population.people import Population

ROOT = Path(__file__).parents[1]
OPERATOR_PASSWORD = "rivers-and-mountains-9"
INVESTIGATOR_PASSWORD = "tall-grass-in-wind-4"
OVERSEER_PASSWORD = "slow-river-bend-6"
SEED = 7

# How fast the machine is today is no property of the program: examples have no deadline.
hypothesis_settings.register_profile("facewarden", deadline=None)
hypothesis_settings.load_profile("facewarden")


@pytest.fixture(scope="session", autouse=True)
def _hash_passwords_fast() -> Iterator[None]:
    """Real argon2id at a cost that would keep nobody out; the cost that does has a test of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "PasswordHasher", partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The folder with the default face pack, built on first use."""
    folder = Path(os.environ.get(MODELS_VARIABLE) or default_models_dir())
    try:
        bootstrap_faces.ensure_default_pack(folder, lambda step, share: None)
    except Error as error:
        pytest.skip(f"the default face pack could not be built: {error.what} {error.next_step}")
    return folder


@pytest.fixture(scope="session")
def population() -> Population:
    """People who do not exist; their pictures are kept in the repository's ignored cache."""
    cache = ROOT / ".cache" / "population"
    try:
        return Population(SEED, cache / "data", cache / "pictures")
    except Error as error:
        pytest.skip(f"the generated population's data could not be installed: {error.what} {error.next_step}")


def _stream(text: str = "") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(text.encode(errors="surrogateescape")), encoding="utf-8")


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    content = stream.buffer
    assert isinstance(content, io.BytesIO)
    return content.getvalue().decode()


@pytest.fixture(scope="session")
def migrated_records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Empty records with their schema, to copy: making it takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "records.db"
    database = Database(path, SettableClock())
    database.migrate()
    database.forget()
    database.close()
    return path


def run_command(environment: dict[str, str], words: list[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Through the door of the command line, in this process and that environment."""
    out, err = _stream(), _stream()
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() - environment.keys():
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "stdin", _stream(stdin))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main(words)
    code = ended.value.code
    assert isinstance(code, int), code
    return subprocess.CompletedProcess(words, code, _text(out), _text(err))


@dataclass(frozen=True)
class Shell:
    """Types `facewarden` commands as a person does, with a home folder of its own."""

    data: Path
    home: Path
    models: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "FACEWARDEN_DATA": str(self.data),
            MODELS_VARIABLE: str(self.models),
            **self.extra,
        }

    @property
    def settings(self) -> Settings:
        """As the commands have them, for opening the installation in this process."""
        config = self.home / ".config" / "facewarden"
        return Settings(self.data, self.models, config, None, None, None, 1, ("CPUExecutionProvider",))

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "facewarden", *map(str, arguments)]

    def run(self, *arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """What a command gave, in this process: starting Python takes longer than most commands."""
        return run_command(self.environment, [str(argument) for argument in arguments], stdin)

    def json(self, *arguments: str | Path, stdin: str = "") -> dict[str, Any]:
        """The one JSON object that the command printed; fails unless it succeeded."""
        done = self.run(*arguments, "--json", stdin=stdin)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def copied(self, folder: Path) -> Shell:
        """The same installation and home in another folder, which must not be there yet."""
        shutil.copytree(self.data.parent, folder, symlinks=True)
        return replace(self, data=folder / "data", home=folder / "home")

    def login(self, name: str, password: str) -> None:
        self.json("login", name, "--password-stdin", stdin=password + "\n")

    def approve_source(self, name: str) -> None:
        """Has the agency's overseer approve what the operator proposed; the operator is signed in afterwards."""
        self.login("otto", OVERSEER_PASSWORD)
        self.json("source", "approve", name)
        self.login("operator", OPERATOR_PASSWORD)


@pytest.fixture(scope="session")
def _agency_template(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Shell:
    """An installation with an agency, an investigator and an active source, made once and copied for each test."""
    base = tmp_path_factory.mktemp("agency")
    shell = Shell(base / "data", base / "home", models_dir)
    permission = base / "permission.txt"
    permission.write_text("These pictures are drawn by the program.\n")
    shell.json("init", "--second-factor", "optional", "--password-stdin", stdin=OPERATOR_PASSWORD + "\n")
    shell.login("operator", OPERATOR_PASSWORD)
    shell.json("org", "add", "Rivermouth Police", "--sector", "government", "--level", "local", "--place", "US-WA")
    person = ("--org", "Rivermouth Police", "--training-until", "2099-12-31", "--password-stdin")
    shell.json("user", "add", "ana", "--role", "investigator", *person, stdin=INVESTIGATOR_PASSWORD + "\n")
    shell.json("user", "add", "otto", "--role", "overseer", *person, stdin=OVERSEER_PASSWORD + "\n")
    shell.json("source", "add", "drawn", "--basis", "licence", "--permission", permission)
    shell.approve_source("drawn")
    return shell


@pytest.fixture
def agency(_agency_template: Shell, tmp_path: Path) -> Shell:
    """A fresh copy of that installation, the operator signed in."""
    return _agency_template.copied(tmp_path / "agency")


@pytest.fixture
def open_agency(agency: Shell) -> Iterator[Callable[[], Installation]]:
    """Opens the agency's installation in this process."""
    opened: list[Installation] = []

    def open_it() -> Installation:
        opened.append(opening.open_installation(agency.settings))
        return opened[-1]

    yield open_it
    for installation in opened:
        installation.close()


@pytest.fixture(scope="session")
def drawn_folder(population: Population, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 photos: 24 generated people, two each, named PERSON-PHOTO.jpg."""
    folder = tmp_path_factory.mktemp("drawn")
    for person in range(24):
        for photo in range(2):
            (folder / f"{person:03}-{photo}.jpg").write_bytes(population.photo(person, photo).content)
    return folder


@pytest.fixture(scope="session")
def gallery_template(_agency_template: Shell, drawn_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """That agency with the drawn photos in its gallery, made once; copy it."""
    shell = _agency_template.copied(tmp_path_factory.mktemp("gallery") / "agency")
    shell.json("ingest", drawn_folder, "--source", "drawn")
    return shell

"""A real installation without models: records, keys, log and law. Made once, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.domain.accounts import Actor
from facewarden.settings import PROVIDERS, Settings
from tests.integration.accounts.people import PASSWORD, House, opened


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    base = tmp_path_factory.mktemp("accounts")
    settings = Settings(base / "data", base / "models", base / "config", None, None, None, 1, PROVIDERS["cpu"])
    opening.create_installation(settings, "test", "Operations", "operator", PASSWORD, place="US-OR")
    return settings


@pytest.fixture(scope="session")
def _staffed(_made: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = _copied(_made, tmp_path_factory.mktemp("staffed"))
    with opened(settings) as house:
        house.agency()
    return settings


def _copied(settings: Settings, folder: Path) -> Settings:
    copied = replace(settings, data_dir=folder / "data", config_dir=folder / "config")
    shutil.copytree(settings.data_dir, copied.data_dir)
    shutil.copytree(settings.config_dir, copied.config_dir)
    return copied


@pytest.fixture
def settings(_made: Settings, tmp_path: Path) -> Settings:
    """A fresh copy of the installation."""
    return _copied(_made, tmp_path)


@pytest.fixture
def installation(settings: Settings) -> Iterator[Installation]:
    opened = opening.open_installation(settings)
    yield opened
    opened.close()


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    """The installation, its clock to be moved."""
    with opened(settings) as house:
        yield house


@pytest.fixture
def staffed(_staffed: Settings, tmp_path: Path) -> Iterator[House]:
    """The same with another body in it: administrator `adm`, overseer `ova`, investigator `ana`."""
    with opened(_copied(_staffed, tmp_path)) as house:
        yield house


@pytest.fixture
def operator(installation: Installation) -> Actor:
    return installation.sign_in.actor_of(installation.sign_in.sign_in("operator", PASSWORD))

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


@pytest.fixture
def settings(_made: Settings, tmp_path: Path) -> Settings:
    """A fresh copy of the installation."""
    copied = replace(_made, data_dir=tmp_path / "data", config_dir=tmp_path / "config")
    shutil.copytree(_made.data_dir, copied.data_dir)
    shutil.copytree(_made.config_dir, copied.config_dir)
    return copied


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
def operator(installation: Installation) -> Actor:
    return installation.sign_in.actor_of(installation.sign_in.sign_in("operator", PASSWORD))

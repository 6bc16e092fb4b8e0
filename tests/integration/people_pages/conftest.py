"""A real installation without models, served in this process: records, keys, log, law, and browsers on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.domain.accounts import Actor
from facewarden.settings import PROVIDERS, Settings

PASSWORD = "rivers-and-mountains-9"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One for each file of tests: making it takes longer than what is tried on it."""
    base = tmp_path_factory.mktemp("people")
    settings = Settings(base / "data", base / "models", base / "config", None, None, None, 1, PROVIDERS["cpu"])
    opening.create_installation(settings, "test", "Operations", "operator", PASSWORD)
    opened = opening.open_installation(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def operator(installation: Installation) -> Actor:
    return installation.sign_in.actor_of(installation.sign_in.sign_in("operator", PASSWORD))

"""A real installation without models: records, keys, log and law."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.domain.accounts import Actor
from facewarden.settings import PROVIDERS, Settings

PASSWORD = "rivers-and-mountains-9"


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    settings = Settings(
        tmp_path / "data", tmp_path / "models", tmp_path / "config", None, None, None, 1, PROVIDERS["cpu"]
    )
    opening.create_installation(settings, "test", "Operations", "operator", PASSWORD)
    opened = opening.open_installation(settings)
    yield opened
    opened.close()


@pytest.fixture
def operator(installation: Installation) -> Actor:
    return installation.sign_in.actor_of(installation.sign_in.sign_in("operator", PASSWORD))

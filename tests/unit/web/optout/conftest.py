"""A world of people's requests, and a browser that nobody has signed in with."""

from __future__ import annotations

import pytest

from ..builders import populated
from .world import Person, World


@pytest.fixture
def world(tmp_path, migrated_records):
    made = World(populated(), tmp_path, migrated_records)
    yield made
    made.close()


@pytest.fixture
def person(world):
    return Person(world)

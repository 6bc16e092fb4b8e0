"""A world of people's requests, and a browser that nobody has signed in with."""

from __future__ import annotations

import pytest

from facewarden.adapters.records_sql.database import Database

from .. import fakes
from ..builders import populated
from .world import Person, World


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    path = tmp_path_factory.mktemp("migrated") / "records.db"
    database = Database(path, fakes.TestClock())
    database.migrate()
    database.forget()
    database.close()
    return path


@pytest.fixture
def world(tmp_path, migrated):
    made = World(populated(), tmp_path, migrated)
    yield made
    made.close()


@pytest.fixture
def person(world):
    return Person(world)

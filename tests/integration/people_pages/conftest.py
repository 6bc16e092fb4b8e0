"""A real installation without models, served in this process: records, keys, log, law, and browsers on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.domain.accounts import Actor, GovernmentLevel, Organisation, Role, Sector
from facewarden.settings import PROVIDERS, Settings
from tests.unit.web.builders import Browser

PASSWORD = "rivers-and-mountains-9"
OTHER_PASSWORD = "tall-grass-in-wind-4"


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


@pytest.fixture(scope="module")
def agency(installation: Installation, operator: Actor) -> Organisation:
    """A town's police, part of the body that runs the installation."""
    add = installation.accounts.add_organisation
    return add(operator, "Rivermouth Police", Sector.GOVERNMENT, GovernmentLevel.LOCAL, "US-WA")


@pytest.fixture(scope="module")
def signed_in(installation: Installation, operator: Actor, agency: Organisation) -> Callable[..., Browser]:
    """Signs somebody in with a browser of their own; adds them first where roles are given."""

    def sign_in(name: str, *roles: Role, organisation: Organisation | None = None) -> Browser:
        if roles:
            body = organisation or agency
            until = installation.clock.now() + timedelta(days=90)
            installation.accounts.add_user(operator, body, name, name.capitalize(), roles, OTHER_PASSWORD, until)
        browser = Browser(installation)
        browser.get("/sign-in")
        password = PASSWORD if name == "operator" else OTHER_PASSWORD
        answer = browser.post("/sign-in", {"name": name, "password": password, "next": "/settings"})
        assert answer.url.path == "/settings", answer.text
        return browser

    return sign_in

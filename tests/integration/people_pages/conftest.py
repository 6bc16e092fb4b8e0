"""A real installation without models, served in this process: records, keys, log, law, and browsers on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from facewarden.adapters.passwords import Argon2Passwords
from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.domain.accounts import Actor, GovernmentLevel, Organisation, Role, Sector, User
from facewarden.services.people.accounts import new_user
from facewarden.settings import PROVIDERS, Settings
from facewarden.web.addresses import SESSION_COOKIE
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


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Of OTHER_PASSWORD, computed once: argon2id is slow by design, and a test signs many people in."""
    return Argon2Passwords().hash(OTHER_PASSWORD)


@pytest.fixture(scope="module")
def add_person(installation: Installation, agency: Organisation, password_hash: str) -> Callable[..., User]:
    """Puts a user straight into the records; that the law decides it otherwise is tried in tests of its own."""

    def add(name: str, *roles: Role, organisation: Organisation | None = None, display_name: str = "") -> User:
        now = installation.clock.now()
        until = now + timedelta(days=90)
        user = new_user(organisation or agency, name, display_name or name.capitalize(), roles, until, now)
        installation.records.accounts.add_user(user, password_hash)
        return user

    return add


@pytest.fixture(scope="module")
def browser_of(installation: Installation, operator: Actor) -> Callable[[str], Browser]:
    """A browser that holds a fresh session of that user."""

    def open_browser(name: str) -> Browser:
        user = installation.people.members.find(operator, name)[0]
        browser = Browser(installation)
        browser.cookies.set(SESSION_COOKIE, installation.sign_in.open_session(user, "password"))
        assert browser.get("/settings").url.path == "/settings"
        return browser

    return open_browser


@pytest.fixture(scope="module")
def signed_in(add_person: Callable[..., User], browser_of: Callable[[str], Browser]) -> Callable[..., Browser]:
    """Signs somebody in with a browser of their own; adds them first where roles are given."""

    def sign_in(name: str, *roles: Role, organisation: Organisation | None = None) -> Browser:
        if roles:
            add_person(name, *roles, organisation=organisation)
        return browser_of(name)

    return sign_in

"""Every route for every role: a table says who is let in, and a walk over the whole app finds exactly that.

Let in means past the door and the role; what a made-up id then leads to is "there is none". A new route fails here
until somebody writes down in roles.txt whose it is: python -m tests.integration.people_pages.write_roles
"""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.bootstrap import opening
from facewarden.domain.accounts import GovernmentLevel, Role, Sector
from facewarden.settings import PROVIDERS, Settings

from .conftest import PASSWORD
from .walking import Walk, in_words

pytestmark = pytest.mark.models
TABLE = Path(__file__).with_name("roles.txt")


@pytest.fixture(scope="module")
def found(tmp_path_factory, models_dir):
    """What the walk found, as lines of the table."""
    base = tmp_path_factory.mktemp("roles")
    settings = Settings(base / "data", models_dir, base / "config", None, None, None, 1, PROVIDERS["cpu"])
    opening.create_installation(settings, "test", "Operations", "operator", PASSWORD)
    installation = opening.open_installation(settings)
    try:
        operator = installation.sign_in.actor_of(installation.sign_in.sign_in("operator", PASSWORD))
        add = installation.accounts.add_organisation
        agency = add(operator, "Rivermouth Police", Sector.GOVERNMENT, GovernmentLevel.LOCAL, "US-WA")
        walk = Walk(installation, agency)
        yield {role: walk.as_role(role) for role in Role}
    finally:
        installation.close()


def test_nothing_breaks_for_anybody(found):
    broken = [(role.value, *route, status) for role in Role for route, status in found[role].items() if status >= 500]
    assert broken == []


def test_each_role_is_let_in_where_the_table_says_and_nowhere_else(found):
    table = [line for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert in_words(found) == table


def test_the_table_gives_nobody_everything(found):
    """The control: each role is refused somewhere, and no two roles of the seven may do the same."""
    denied = {role: frozenset(route for route, status in found[role].items() if status == 403) for role in Role}
    assert all(len(routes) >= 10 for routes in denied.values())
    assert denied[Role.OPERATOR] != denied[Role.INVESTIGATOR] != denied[Role.AUDITOR]
    assert ("POST", "/cases") in denied[Role.OPERATOR], "whoever operates the installation opens no case"

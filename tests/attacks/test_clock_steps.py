"""A clock that is set while a server runs: nothing is decided, destroyed or let in by it; all goes on afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from facewarden.adapters.clock import SystemClock
from facewarden.bootstrap import law as bootstrap_law
from facewarden.bootstrap.daily import daily
from facewarden.bootstrap.installation import Installation
from facewarden.bootstrap.stores import open_vault, read_identity
from facewarden.errors import UnavailableError
from facewarden.web.addresses import SESSION_COOKIE
from tests.attacks.conftest import House
from tests.unit.web.builders import Browser

STEPS = {
    "an hour back": (timedelta(hours=-1), "clock_went_back"),
    "a day back": (timedelta(days=-1), "clock_went_back"),
    "a year ahead": (timedelta(days=365), "clock_jumped"),
}


class Machine:
    """A clock that somebody sets; how long the machine ran is as it is."""

    def __init__(self) -> None:
        self.began, self.set_by = datetime.now(UTC), timedelta(0)

    def __call__(self) -> datetime:
        return self.began + self.set_by


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def served(house: House, machine: Machine) -> Iterator[Installation]:
    settings = house.shell.settings
    identity = read_identity(settings.data_dir / bootstrap_law.IDENTITY_FILE)
    clock = SystemClock(machine, lambda: 0.0)
    installation = Installation(settings, identity, open_vault(settings, identity, clock), clock)
    yield installation
    installation.close()


@pytest.mark.parametrize(("set_by", "code"), STEPS.values(), ids=STEPS)
def test_nothing_is_decided_or_destroyed_by_a_clock_that_was_set(
    served: Installation, machine: Machine, set_by: timedelta, code: str
) -> None:
    ana = served.records.accounts.sign_in_record("ana")[0]
    browser = Browser(served)
    browser.cookies.set(SESSION_COOKIE, served.sign_in.open_session(ana, "password"))
    assert "A-1" in browser.get("/cases").text
    faces, entries = served.records.gallery.showable(range(1, 49)), served.log.size()

    machine.set_by = set_by
    for path in ("/cases", "/sign-in", "/opt-out", "/opt-out/policy", "/law"):
        answer = browser.get(path)
        assert answer.status_code in (200, 503), path
        assert "inc_" not in answer.text, path
    assert "clock" in browser.get("/cases").text
    assert browser.get("/api/v1/cases", headers={"authorization": "Bearer x"}).json()["code"] == code
    with pytest.raises(UnavailableError) as caught:
        daily(served).run_due()
    assert caught.value.code == code
    assert served.log.size() == entries

    machine.set_by = timedelta(minutes=1)
    assert "A-1" in browser.get("/cases").text
    assert served.records.gallery.showable(range(1, 49)) == faces
    assert {outcome.error for outcome in daily(served).run_due()} == {None}

"""The overseer's review: what is unusual is told with its reason, nobody searched for is shown, each look on record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from facewarden.domain.accounts import GovernmentLevel, Role, Sector
from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import Purpose
from facewarden.domain.ids import SearchId, random_id
from facewarden.domain.searches import SearchRecord


@pytest.fixture(scope="module")
def busy(installation, operator, add_person):
    """An investigator who made 25 searches in five minutes, none of which found anybody."""
    user = add_person("busy", Role.INVESTIGATOR)
    actor = installation.sign_in.actor_of(installation.sign_in.open_session(user, "password"))
    case = installation.cases.open(actor, "RP-1", Purpose.INVESTIGATE_CRIME, "Theft")
    now = installation.clock.now()
    for number in range(25):
        at = now - timedelta(seconds=12 * number)
        record = search_record(case, actor, at)
        installation.records.searches.add(record)
    return actor.user


def search_record(case, actor, at):
    """A search that found nobody."""
    search_id = SearchId(random_id("srch"))
    return SearchRecord(search_id, case.case_id, actor.user.user_id, at, 100, 0.5, "test-pack", 1, ())


@pytest.fixture(scope="module")
def overseer(signed_in, busy):
    return signed_in("overseer", Role.OVERSEER)


def test_a_burst_that_finds_nobody_is_told_twice_with_its_reasons(installation, overseer):
    size = installation.log.size()
    page = overseer.get("/oversight")
    assert "25 searches within" in page.text
    assert "25 of 25 searches found no candidate." in page.text
    assert AuditEvent.USE_REVIEWED in [entry.event for entry in installation.log.entries(size)]


def test_the_review_leads_to_the_account_which_can_be_held(overseer, busy):
    assert f'href="/people/{busy.user_id}"' in overseer.get("/oversight").text
    assert "Hold the account" in overseer.get(f"/people/{busy.user_id}").text


def test_one_users_searches_are_picked_out(overseer, busy):
    assert "25 in these 30 days" in overseer.get(f"/oversight?user={busy.user_id}").text
    assert "Nobody searched" in overseer.get("/oversight?user=usr_none").text


def test_an_auditor_looks_and_holds_nobody(signed_in, busy):
    auditor = signed_in("auditor", Role.AUDITOR)
    page = auditor.get("/oversight")
    assert "25 searches within" in page.text
    assert "/people/" not in page.text.split("<main", 1)[1]


def test_an_overseer_of_another_body_sees_none_of_it(installation, operator, signed_in, busy):
    hill = installation.accounts.add_organisation(
        operator, "Hill Police", Sector.GOVERNMENT, GovernmentLevel.LOCAL, "US-OR"
    )
    stranger = signed_in("hill-overseer", Role.OVERSEER, organisation=hill)
    page = stranger.get("/oversight")
    assert "Nothing stands out" in page.text
    assert "Nobody searched" in page.text
    assert "Busy" not in page.text


@pytest.mark.parametrize("days", ["0", "367", "many", "-1"])
def test_days_out_of_range_are_told_in_words(overseer, days):
    assert overseer.get(f"/oversight?days={days}").status_code == 400

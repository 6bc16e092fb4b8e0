"""A list of 2,228 taken in, and each document ends exactly those whose answer was written down beforehand."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from facewarden.bootstrap.installation import Installation
from facewarden.domain.accounts import AccountState, Actor, GovernmentLevel, Role, Scope, Sector
from facewarden.domain.audit import AuditEvent
from facewarden.domain.customers import Cut
from facewarden.errors import NotPermittedError
from facewarden.services.people.account_orders import Reach
from facewarden.services.people.customers.sheet import SheetError
from facewarden.services.refusal import RefusedError
from facewarden.testing.customers import IN_ILLINOIS, SIZE, as_csv, made_up_customers
from tests.integration.accounts.people import House

FILING, ORDER = "clearview-filing-2020", "clearview-consent-order-2022"
LAST_DAY, DAY_AFTER = date(2027, 5, 11), date(2027, 5, 12)
EXAMPLE = Path(__file__).parents[3] / "docs" / "org-import-example.csv"


def state_of(installation: Installation, name: str) -> AccountState:
    return installation.accounts.organisation_named(name).state


def test_the_list_has_the_reported_size_and_share_in_illinois() -> None:
    made = made_up_customers()
    assert (len(made), sum(customer.illinois for customer in made)) == (SIZE, IN_ILLINOIS) == (2_228, 105)
    assert Counter(customer.kind for customer in made)["bank"] == 46


@pytest.mark.slow
def test_each_document_ends_exactly_those_that_it_should_on_its_day(
    installation: Installation, operator: Actor
) -> None:
    made = made_up_customers()
    reading = installation.people.customer_import.take_in(operator, as_csv(made))
    ids = {e.organisation.organisation_id: m for e, m in zip(reading.entries, made, strict=True)}
    assert len(ids) == SIZE
    orders = installation.people.account_orders
    for pack, day, which in (
        (FILING, date(2026, 11, 22), "filing"),
        (ORDER, LAST_DAY, "order"),
        (ORDER, DAY_AFTER, "day_after"),
    ):
        outcomes = orders.would_end(operator, pack, day)
        assert len(outcomes) == SIZE
        ends = {o.organisation.organisation_id for o in outcomes if o.reach is Reach.ENDS}
        assert ends == {known for known, customer in ids.items() if getattr(customer.answer, which)}, which
        assert all(o.reach is not Reach.UNDETERMINED for o in outcomes)
        assert all(
            o.grounds and all(ground.pack == pack for ground in o.grounds) for o in outcomes if o.reach is Reach.ENDS
        )


def test_one_answer_turned_round_is_noticed(installation: Installation, operator: Actor) -> None:
    """Positive control of the test above: an Illinois police written down as one of Ohio ends no more."""
    content = b"name,state\nAlderford PD,IL\nAlderford Police Department,OH\n"
    installation.people.customer_import.take_in(operator, content)
    reach = {
        o.organisation.place: o.reach for o in installation.people.account_orders.would_end(operator, FILING, DAY_AFTER)
    }
    assert reach == {"US-IL": Reach.ENDS, "US-OH": Reach.STAYS}


def test_the_example_is_taken_in_and_what_cannot_be_told_is_said(installation: Installation, operator: Actor) -> None:
    installation.people.customer_import.take_in(operator, EXAMPLE.read_bytes())
    reach = {o.organisation.name: o for o in installation.people.account_orders.would_end(operator, FILING, DAY_AFTER)}
    assert reach["FBI – Chicago Field Office"].rules == ("filing.federal_account",)
    assert reach["Federal Bureau of Investigation"].reach is Reach.STAYS
    assert reach["Harham Academy"].missing == ("org_sector",)
    assert reach["Springfield Police Department"].missing == ("org_place",)


def test_nothing_is_imported_when_one_cell_is_wrong(installation: Installation, operator: Actor) -> None:
    with pytest.raises(SheetError) as refused:
        installation.people.customer_import.take_in(operator, b"name\nAlderford PD\n=1+1\n")
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(3, "name")]
    assert [known.name for known in installation.records.accounts.organisations()] == ["Operations"]


def test_only_the_operator_takes_a_list_in(installation: Installation, operator: Actor) -> None:
    accounts = installation.accounts
    agency = accounts.add_organisation(operator, "Alderford PD", Sector.GOVERNMENT, GovernmentLevel.LOCAL, "US-OH")
    accounts.add_user(operator, agency, "auditor", "", [Role.AUDITOR], "tall-grass-in-wind-4", None)
    auditor = installation.sign_in.actor_of(installation.sign_in.sign_in("auditor", "tall-grass-in-wind-4"))
    with pytest.raises(RefusedError) as refused:
        installation.people.customer_import.read(auditor, b"name\nAlderford PD\n")
    assert refused.value.decision.rules == ("base.account_operator",)


def agency_with_session(installation: Installation, operator: Actor) -> str:
    """The token of somebody signed in for a police in Ohio that a correction then moves to Illinois."""
    accounts = installation.accounts
    agency = accounts.add_organisation(operator, "Alderford PD", Sector.GOVERNMENT, GovernmentLevel.LOCAL, "US-OH")
    accounts.add_user(operator, agency, "ana", "", [Role.INVESTIGATOR], "tall-grass-in-wind-4", None)
    with installation.database.writing() as connection:
        connection.exec_driver_sql("UPDATE organisations SET place = 'US-IL' WHERE name = 'Alderford PD'")
    return installation.sign_in.sign_in("ana", "tall-grass-in-wind-4")


def test_a_session_ended_by_an_order_is_dead_at_the_next_request(installation: Installation, operator: Actor) -> None:
    token = agency_with_session(installation, operator)
    assert installation.sign_in.actor_of(token).organisation.name == "Alderford PD"
    ended = installation.people.account_orders.end(operator, FILING)
    assert (len(ended.outcomes), ended.cut.sessions) == (1, 1)
    with pytest.raises(NotPermittedError):
        installation.sign_in.actor_of(token)


def test_lifting_is_refused_while_the_order_stands(installation: Installation, operator: Actor) -> None:
    agency_with_session(installation, operator)
    orders = installation.people.account_orders
    orders.end(operator, FILING)
    with pytest.raises(RefusedError) as refused:
        orders.activate(operator, installation.accounts.organisation_named("Alderford PD"))
    assert "filing.illinois_account" in refused.value.decision.rules
    assert state_of(installation, "Alderford PD") is AccountState.ENDED
    with installation.database.writing() as connection:  # the record was wrong: it is in Ohio after all
        connection.exec_driver_sql("UPDATE organisations SET place = 'US-OH' WHERE name = 'Alderford PD'")
    orders.activate(operator, installation.accounts.organisation_named("Alderford PD"))
    assert state_of(installation, "Alderford PD") is AccountState.ACTIVE


def test_ending_is_logged_with_rule_and_pack_before_it_is_done_and_the_letter_goes_out_once(
    installation: Installation, operator: Actor
) -> None:
    content = b"name,state,email\nAlderford PD,IL,records@alderford-il.gov\n"
    installation.people.customer_import.take_in(operator, content)
    orders = installation.people.account_orders
    assert orders.end(operator, FILING).letters == 1
    assert orders.end(operator, FILING).outcomes == ()
    outbox = list((installation.settings.data_dir / "outbox").iterdir())
    assert len(outbox) == 1
    assert "filing.illinois_account" in outbox[0].read_text()
    entries = list(installation.log.entries(0, installation.log.size()))
    decided = [e for e in entries if e.details.get("pack_id") == FILING and e.event is AuditEvent.ORGANISATION_DECIDED]
    assert [(e.verdict, e.grounds) for e in decided] == [("allow", ("filing.illinois_account",))]
    assert entries[-1].event is AuditEvent.ORGANISATION_CHANGED


def test_a_contact_lies_encrypted_in_the_records(installation: Installation, operator: Actor) -> None:
    content = b"name,email,contact\nAlderford PD,records@alderford-il.gov,Quillon Ravensworth\n"
    installation.people.customer_import.take_in(operator, content)
    stored = b"".join(path.read_bytes() for path in installation.settings.data_dir.glob("records.db*"))
    assert b"Alderford PD" in stored
    assert b"Ravensworth" not in stored
    assert b"records@alderford" not in stored


def test_the_dry_run_says_beforehand_exactly_what_is_ended_and_the_counts_tell_what_it_cut(staffed: House) -> None:
    house, orders = staffed, staffed.of.people.account_orders
    house.of.people.customer_import.take_in(house.operator, b"name,state\nHarbour PD,IL\nMill PD,OH\nA Shop,TX\n")
    house.change("organisations", {"name": house.organisation().name}, place="US-IL")
    ana = house.actor("ana")
    house.of.sign_in.open_session(ana.user, "password")
    house.of.people.api_keys.make(ana, "nightly", "opens cases", [Scope.CASES])
    house.of.records.jobs.start("ingest", {}, ana.user.user_id)
    before = {
        o.organisation.organisation_id: o.rules
        for o in orders.would_end(house.operator, FILING, house.of.clock.now())
        if o.reach is Reach.ENDS
    }
    ended = orders.end(house.operator, FILING)
    told = ended.to_json()
    assert {each["organisation_id"]: tuple(each["rules"]) for each in told["ended"]} == before
    assert len(before) == 3
    assert (told["sessions_cut"], told["keys_revoked"], told["work_stopped"]) == (1, 1, 1)
    again = orders.end(house.operator, FILING)
    assert (again.outcomes, again.cut) == ((), Cut())


def test_a_key_of_an_ended_body_is_dead_for_good(staffed: House) -> None:
    house, orders = staffed, staffed.of.people.account_orders
    token = house.of.people.api_keys.make(house.actor("ana"), "nightly", "opens cases", [Scope.CASES])[1]
    house.change("organisations", {"name": house.organisation().name}, place="US-IL")
    orders.end(house.operator, FILING)
    house.change("organisations", {"name": house.organisation().name}, place="US-OH")
    orders.activate(house.operator, house.organisation())
    assert house.organisation().state is AccountState.ACTIVE
    with pytest.raises(NotPermittedError):
        house.of.sign_in.actor_of(token, keys_too=True)

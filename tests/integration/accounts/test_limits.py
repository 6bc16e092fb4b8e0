"""Limits: sign-ins from one address whatever the names, requests and searches of one person and of one body."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from facewarden.adapters.records_sql.rates import SqlRates
from facewarden.domain.accounts import Actor, Role
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import OrganisationId, UserId
from facewarden.errors import BadUseError, NotPermittedError
from facewarden.law.actions import Action
from facewarden.services.law.facts import actor_facts
from facewarden.services.limits import ORGANISATION_FACTOR, ActLimits, RequestLimits
from facewarden.services.people.signin import ADDRESS_FAILURES_TO_LOCK
from facewarden.services.refusal import RefusedError
from tests.integration.accounts.people import PASSWORD, House, QuickPasswords

HOUR = timedelta(hours=1)


def failed(house: House, name: str, origin: str, password: str = "wrong") -> str:
    with pytest.raises(NotPermittedError) as caught:
        house.of.sign_in.sign_in(name, password, origin=origin)
    return caught.value.code


@pytest.fixture
def quick(house: House) -> House:
    house.of.sign_in._passwords = QuickPasswords()
    return house


@pytest.mark.parametrize("addresses", [["198.51.100.7"], ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"]])
def test_one_guess_for_each_of_many_names_locks_the_place_it_comes_from(quick: House, addresses: list[str]) -> None:
    for number in range(ADDRESS_FAILURES_TO_LOCK):
        assert failed(quick, f"name{number}", addresses[number % len(addresses)]) == "sign_in_failed"
    assert failed(quick, "operator", addresses[0]) == "sign_in_locked"
    assert failed(quick, "operator", "203.0.113.9") == "sign_in_failed"
    quick.time.ahead = timedelta(minutes=16)
    assert failed(quick, "operator", addresses[0]) == "sign_in_failed"


def test_an_ipv4_address_written_as_ipv6_is_the_same_place(quick: House) -> None:
    for number in range(ADDRESS_FAILURES_TO_LOCK):
        failed(quick, f"name{number}", "198.51.100.7")
    assert failed(quick, "operator", "::ffff:198.51.100.7") == "sign_in_locked"


def test_an_address_lies_in_the_records_as_a_keyed_hash(quick: House) -> None:
    failed(quick, "operator", "198.51.100.7")
    assert b"198.51.100.7" not in quick.stored()


def test_requests_of_one_person_and_of_one_body_are_counted(house: House) -> None:
    limits, actor = RequestLimits(house.of.clock, a_minute=3), house.operator
    for _ in range(3):
        limits.admit(actor)
    with pytest.raises(NotPermittedError) as caught:
        limits.admit(actor)
    assert caught.value.code == "too_many_requests"
    house.time.ahead = timedelta(minutes=1)
    limits.admit(actor)
    others = [replace(actor, user=replace(actor.user, user_id=UserId(f"usr_{n:024x}"))) for n in range(40)]
    most = 3 * ORGANISATION_FACTOR - 1
    for other in others[:most]:
        limits.admit(other)
    with pytest.raises(NotPermittedError):
        limits.admit(others[most])


def search(house: House, actor: Actor) -> None:
    facts = actor_facts(actor, house.of.clock.now())
    by = actor.user.user_id
    house.of.gate.enter(Action.SEARCH, facts, AuditEvent.SEARCH_DECIDED, actor=by, subject=by)


def test_searches_are_counted_for_each_person_and_the_limit_is_on_record(
    staffed: House,
) -> None:
    house = staffed
    rates = SqlRates(house.of.database, house.of.vault)
    house.of.gate._limits = ActLimits(rates, house.of.clock, searches_an_hour=2)
    ana = house.actor("ana")
    for _ in range(2):
        with pytest.raises(RefusedError):  # no case is named here: a refused search is one, too
            search(house, ana)
    with pytest.raises(NotPermittedError) as caught:
        search(house, ana)
    assert caught.value.code == "too_many_requests"
    assert house.entries()[-1].event is AuditEvent.LIMIT_REACHED
    house.time.ahead = HOUR
    with pytest.raises(RefusedError):
        search(house, ana)


def test_a_window_counts_to_its_limit_and_begins_anew(house: House) -> None:
    rates, now = SqlRates(house.of.database, house.of.vault), house.of.clock.now()
    taken = [rates.take({"bucket": 3}, now + n * timedelta(minutes=1), HOUR) for n in range(5)]
    assert taken == [True, True, True, False, False]
    assert rates.take({"other": 3}, now, HOUR)
    assert rates.take({"bucket": 3}, now + HOUR, HOUR)
    assert not rates.take({"never": 0}, now, HOUR)


def test_of_several_buckets_each_is_taken_or_none(house: House) -> None:
    rates, now = SqlRates(house.of.database, house.of.vault), house.of.clock.now()
    both = {"person": 2, "body": 3}
    assert [rates.take(both, now, HOUR) for _ in range(3)] == [True, True, False]
    assert [rates.take({"body": 3}, now, HOUR) for _ in range(2)] == [True, False]  # the refused one took no place


def test_whose_organisation_a_user_is(house: House) -> None:
    rates = SqlRates(house.of.database, house.of.vault)
    own = house.operator
    assert rates.organisation_of(own.user.user_id) == OrganisationId(own.organisation.organisation_id)
    assert rates.organisation_of("usr_nobody") is None


def test_one_signs_out_of_one_session_of_the_others_and_of_all(house: House) -> None:
    sign_in = house.of.sign_in
    tokens = [sign_in.sign_in("operator", PASSWORD) for _ in range(3)]
    actor = sign_in.actor_of(tokens[0])
    ids = [session.session_id for session in sign_in.sessions_of(actor)]
    assert len(ids) == 3
    other = next(each for each in ids if each != actor.session_id)
    sign_in.end_session(actor, other)
    assert sign_in.sign_out_everywhere(actor, stay=True) == 1
    assert sign_in.actor_of(tokens[0])
    assert sign_in.sign_out_everywhere(actor) == 1
    with pytest.raises(NotPermittedError):
        sign_in.actor_of(tokens[0])


def test_nobody_ends_anothers_session(house: House) -> None:
    house.add_user("bo", Role.AUDITOR, "Operations")
    token = house.of.sign_in.open_session(house.user("bo"), "password")
    theirs = house.of.sign_in.actor_of(token).session_id
    with pytest.raises(BadUseError, match="no such session"):
        house.of.sign_in.end_session(house.operator, theirs)
    assert house.of.sign_in.actor_of(token)


def test_a_session_ends_after_half_an_hour_idle_and_after_its_time_however_busy(house: House) -> None:
    sign_in = house.of.sign_in
    idle, busy = (sign_in.open_session(house.operator.user, "password") for _ in range(2))
    for minutes in range(20, 12 * 60, 20):
        house.time.ahead = timedelta(minutes=minutes)
        sign_in.actor_of(busy)
    with pytest.raises(NotPermittedError):
        sign_in.actor_of(idle)
    house.time.ahead = timedelta(hours=12, minutes=1)
    with pytest.raises(NotPermittedError, match="not signed in"):
        sign_in.actor_of(busy)

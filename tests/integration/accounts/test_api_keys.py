"""API keys: within their maker's roles and their own scopes, shown once, and dead when they should be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from facewarden.domain.accounts import Role, Scope
from facewarden.domain.cases import Purpose
from facewarden.errors import BadUseError, NotPermittedError
from facewarden.law.actions import Action
from facewarden.services.law.facts import actor_facts
from facewarden.services.refusal import RefusedError
from tests.integration.accounts.people import House


@pytest.fixture
def agency(staffed: House) -> House:
    return staffed


def make(house: House, *scopes: Scope, days: int = 30) -> str:
    return house.of.people.api_keys.make(house.actor("ana"), "nightly", "opens cases", scopes, days)[1]


def code_of(house: House, token: str, *, keys_too: bool = True) -> str:
    with pytest.raises(NotPermittedError) as caught:
        house.of.sign_in.actor_of(token, keys_too=keys_too)
    return caught.value.code


def test_a_key_acts_as_its_owner_within_its_scopes(agency: House) -> None:
    actor = agency.of.sign_in.actor_of(make(agency, Scope.CASES), keys_too=True)
    assert (actor.user.sign_in_name, actor.scopes) == ("ana", frozenset({Scope.CASES}))
    facts = actor_facts(actor, agency.of.clock.now())
    assert "base.key_search" in agency.of.gate.decide(Action.SEARCH, facts).rules
    assert "base.key_cases" not in agency.of.gate.decide(Action.VIEW, facts).rules
    searching = agency.of.sign_in.actor_of(make(agency, Scope.SEARCH), keys_too=True)
    with pytest.raises(RefusedError) as refused:
        agency.of.cases.open(searching, "2026/1", Purpose.FIND_MISSING_PERSON, "")
    assert "base.key_accounts" in refused.value.decision.rules


def test_a_key_makes_no_key_and_changes_no_account(agency: House) -> None:
    actor = agency.of.sign_in.actor_of(make(agency, Scope.CASES), keys_too=True)
    with pytest.raises(RefusedError) as refused:
        agency.of.people.api_keys.make(actor, "another", "more", [Scope.SEARCH])
    assert refused.value.decision.rules == ("base.key_accounts",)


def test_a_key_is_taken_by_programs_alone(agency: House) -> None:
    assert code_of(agency, make(agency, Scope.CASES), keys_too=False) == "signed_out"


def test_a_key_ends_on_its_day(agency: House) -> None:
    token = make(agency, Scope.CASES, days=2)
    agency.time.ahead = timedelta(days=2) - timedelta(minutes=1)
    assert agency.of.sign_in.actor_of(token, keys_too=True)
    agency.time.ahead = timedelta(days=2)
    assert code_of(agency, token) == "signed_out"


def test_a_revoked_key_is_dead_and_only_ones_own_or_ones_peoples_are_revoked(agency: House) -> None:
    keys = agency.of.people.api_keys
    token, other = make(agency, Scope.CASES), make(agency, Scope.SEARCH)
    ids = {key.scopes: key.key_id for key in keys.of(agency.actor("ana"))}
    cases, search = ids[frozenset({Scope.CASES})], ids[frozenset({Scope.SEARCH})]
    agency.add_user("bo", Role.INVESTIGATOR, by="adm")
    with pytest.raises(RefusedError):
        keys.revoke(agency.actor("bo"), cases, agency.user("ana").user_id)
    keys.revoke(agency.actor("ana"), cases)
    keys.revoke(agency.actor("adm"), search, agency.user("ana").user_id)
    assert [code_of(agency, each) for each in (token, other)] == ["signed_out", "signed_out"]
    with pytest.raises(BadUseError) as caught:
        keys.revoke(agency.actor("ana"), cases)
    assert caught.value.code == "unknown_key"


def test_a_suspended_owners_key_is_dead(agency: House) -> None:
    token = make(agency, Scope.CASES)
    agency.of.people.members.suspend(agency.actor("adm"), "ana", "On leave.")
    agency.of.people.members.reinstate(agency.actor("adm"), "ana")
    assert code_of(agency, token) == "signed_out"  # revoked for good: nobody knows who used it meanwhile


@pytest.mark.parametrize(
    ("name", "scopes", "days", "code"),
    [
        ("", [Scope.CASES], 30, "bad_key_name"),
        ("nightly\x1b[2J", [Scope.CASES], 30, "bad_key_name"),
        ("nightly", [], 30, "bad_scope"),
        ("nightly", [Scope.ALL], 30, "bad_scope"),
        ("nightly", [Scope.LOG], 30, "bad_scope"),
        ("nightly", [Scope.CASES], 0, "bad_key_days"),
        ("nightly", [Scope.CASES], 1_000, "bad_key_days"),
    ],
)
def test_a_key_that_cannot_be_is_refused(agency: House, name: str, scopes: list[Scope], days: int, code: str) -> None:
    with pytest.raises(BadUseError) as caught:
        agency.of.people.api_keys.make(agency.actor("ana"), name, "opens cases", scopes, days)
    assert caught.value.code == code


def test_the_token_is_nowhere_in_the_records(agency: House) -> None:
    token = make(agency, Scope.CASES)
    assert token.encode() not in agency.stored()
    assert token.removeprefix("fwk_").encode() not in agency.stored()
    assert b"nightly" in agency.stored()

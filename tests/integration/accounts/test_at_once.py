"""Two people who change one account at once: what the slower one had read long ago undoes nothing."""

from __future__ import annotations

import pytest

from facewarden.domain.accounts import AccountState, Role
from facewarden.errors import BadUseError
from tests.integration.accounts.people import House


def test_other_roles_from_before_a_hold_do_not_lift_it(staffed: House) -> None:
    house, before = staffed, staffed.user("ana")
    house.of.people.members.hold(house.actor("ova"), "ana", "A question about last week.")
    house.of.records.members.change_user(before)
    assert house.user("ana").state is AccountState.SUSPENDED


def test_a_correction_from_before_a_suspension_does_not_lift_it(staffed: House) -> None:
    house, before = staffed, staffed.organisation()
    house.of.people.organisations.suspend(house.operator, before.organisation_id, "The agreement is in doubt.")
    house.of.records.organisations.change(before)
    assert house.organisation().state is AccountState.SUSPENDED


def test_a_body_is_verified_once_by_whoever_comes_first(staffed: House) -> None:
    house = staffed
    applied = house.other_body("Harbour Police")
    house.of.people.organisations.verify(house.operator, applied.organisation_id)
    assert not house.of.records.organisations.change(applied, AccountState.APPLIED)
    with pytest.raises(BadUseError) as caught:
        house.of.people.organisations.verify(house.operator, applied.organisation_id)
    assert caught.value.code == "wrong_state"


def test_an_account_ends_in_one_step_and_stays_ended(staffed: House) -> None:
    house = staffed
    user = house.add_user("cy", Role.INVESTIGATOR, by="adm")
    house.of.people.members.end(house.actor("adm"), "cy", "Left in November.")
    house.of.records.members.change_user(user)
    assert house.user("cy").state is AccountState.ENDED
    body = house.other_body("Harbour Police")
    house.of.people.organisations.end(house.operator, body.organisation_id, "They asked for it.")
    assert house.organisation("Harbour Police").state is AccountState.ENDED

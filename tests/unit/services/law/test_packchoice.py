"""Which law packs bind is changed by two people, each on record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from facewarden.domain.accounts import AccountBasis, Role
from facewarden.errors import BadUseError, NotPermittedError, UnavailableError
from facewarden.services.law.packchoice import PackChange, PackChoice
from tests.unit.services.law_builders import SHELF, House, actor

MARYLAND = "maryland-cp-2-501"


class Record:
    def __init__(self):
        self.choices = {pack.pack_id: pack.binds.value for pack in SHELF.choose(())}

    def read(self):
        return dict(self.choices)

    def write(self, choices):
        self.choices = dict(choices)


class Acceptances:
    def __init__(self):
        self.values = {}

    def record(self, values, by, at, audit_index):
        self.values |= values

    def find(self, *subjects):
        return {subject: self.values[subject] for subject in subjects if subject in self.values}


@pytest.fixture
def house():
    return House()


@pytest.fixture
def choice(house):
    return PackChoice(SHELF, Record(), Acceptances(), house.gate, house.clock)


def person(number, role=Role.OPERATOR):
    known = actor(role)
    return replace(known, user=replace(known.user, user_id=f"usr_{number:024x}"))


def test_one_person_proposes_and_changes_nothing(choice):
    outcome = choice.change(person(1), MARYLAND, PackChange.ADOPT)
    assert not outcome.done
    assert MARYLAND not in choice._record.read()


def test_another_person_confirms_and_it_is_done(choice, house):
    choice.change(person(1), MARYLAND, PackChange.BIND)
    assert choice.change(person(2, Role.PRIVACY_OFFICER), MARYLAND, PackChange.BIND).done
    assert choice._record.read()[MARYLAND] == "this operator"
    assert [entry.details["action"] for entry in house.log.written] == ["propose_bind", "bind"]


def test_nobody_confirms_their_own_proposal(choice):
    choice.change(person(1), MARYLAND, PackChange.ADOPT)
    with pytest.raises(NotPermittedError) as raised:
        choice.change(person(1), MARYLAND, PackChange.ADOPT)
    assert raised.value.code == "same_person"
    assert MARYLAND not in choice._record.read()


def test_a_proposal_to_adopt_confirms_no_lifting(choice):
    choice.change(person(1), "clearview-filing-2020", PackChange.BIND)
    assert not choice.change(person(2), "clearview-filing-2020", PackChange.LIFT).done
    assert "clearview-filing-2020" in choice._record.read()


def test_a_settled_change_has_to_be_proposed_again(choice):
    for number in (1, 2):
        choice.change(person(number), "clearview-filing-2020", PackChange.LIFT)
    assert not choice.change(person(1), "clearview-filing-2020", PackChange.ADOPT).done


def test_what_the_others_require_is_not_lifted(choice):
    with pytest.raises((BadUseError, UnavailableError)):
        choice.change(person(1), "facewarden-base", PackChange.LIFT)
    assert "facewarden-base" in choice._record.read()


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.EXAMINER, Role.ORG_ADMINISTRATOR, Role.AUDITOR])
def test_others_change_nothing(choice, role):
    with pytest.raises(NotPermittedError):
        choice.change(person(1, role), MARYLAND, PackChange.ADOPT)


def test_another_bodys_overseer_changes_nothing(choice):
    known = person(1, Role.OVERSEER)
    guest = replace(known, organisation=replace(known.organisation, basis=AccountBasis.AGREEMENT))
    with pytest.raises(NotPermittedError):
        choice.change(guest, MARYLAND, PackChange.LIFT)


def test_an_unknown_pack_and_a_change_of_nothing_are_bad_use(choice):
    with pytest.raises(BadUseError):
        choice.change(person(1), "no-such-pack", PackChange.ADOPT)
    with pytest.raises(BadUseError):
        choice.change(person(1), "clearview-filing-2020", PackChange.ADOPT)

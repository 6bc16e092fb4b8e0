"""A running installation takes up changed packs, refuses everything while they are invalid, and says so once."""

from __future__ import annotations

from datetime import date

import pytest

from facewarden.errors import UnavailableError
from facewarden.law.actions import Action
from facewarden.law.decision import LAW_ERROR, Verdict
from facewarden.services.law.livelaw import LOOK_EVERY_S, LiveLaw
from tests.unit.law.builders import lawful
from tests.unit.services.law_builders import SHELF

TODAY = date(2026, 11, 22)


class Packs:
    """What the installation's record says, and what was told of it."""

    def __init__(self) -> None:
        self.names, self.broken, self.mark, self.moment_s = ["facewarden-base"], False, 0, 0.0
        self.told, self.loads = [], 0

    def change(self, *names: str, broken: bool = False) -> None:
        self.names, self.broken, self.mark = list(names), broken, self.mark + 1
        self.moment_s += LOOK_EVERY_S

    def load(self):
        self.loads += 1
        if self.broken:
            raise UnavailableError("law_pack_invalid", "A pack is not valid.", "Its date is wrong.", "Repair it.")
        return SHELF.choose(self.names)

    def open(self) -> LiveLaw:
        return LiveLaw(self.load, lambda: self.mark, lambda *said: self.told.append(said), lambda: self.moment_s)


@pytest.fixture
def packs() -> Packs:
    return Packs()


def rules(law: LiveLaw) -> tuple[str, ...]:
    return law.decide(Action.SEARCH, lawful(Action.SEARCH, org_place="US-IL"), TODAY).rules


def test_a_pack_that_is_adopted_decides_without_a_restart(packs):
    law = packs.open()
    assert rules(law) == ()
    packs.change("clearview-filing-2020")
    assert "filing.illinois_entity" in rules(law)
    assert [pack.pack_id for pack in packs.told[0][0]] == [pack.pack_id for pack in law.packs]
    packs.change("facewarden-base")
    assert rules(law) == ()


def test_nothing_is_read_again_while_nothing_changed_or_too_soon(packs):
    law = packs.open()
    for _ in range(20):
        packs.moment_s += 1
        rules(law)
    assert (packs.loads, packs.told) == (1, [])
    packs.change("clearview-filing-2020")
    packs.moment_s -= LOOK_EVERY_S
    assert rules(law) == ()
    law.look_now()
    assert "filing.illinois_entity" in rules(law)


def test_while_the_packs_are_invalid_everything_is_refused_and_it_is_told_once(packs):
    law = packs.open()
    packs.change("facewarden-base", broken=True)
    for _ in range(3):
        decision = law.decide(Action.SEARCH, lawful(Action.SEARCH), TODAY)
        assert (decision.verdict, decision.rules) == (Verdict.REFUSE, (LAW_ERROR,))
        packs.moment_s += LOOK_EVERY_S
    assert "Its date is wrong" in decision.grounds[0].text
    assert law.problem.code == "law_pack_invalid"
    assert [problem.code for _, problem in packs.told] == ["law_pack_invalid"]


def test_once_repaired_it_decides_again_even_if_the_file_looks_as_before(packs):
    law = packs.open()
    packs.change("facewarden-base", broken=True)
    assert rules(law) == (LAW_ERROR,)
    packs.broken, packs.mark = False, 0
    packs.moment_s += LOOK_EVERY_S
    assert rules(law) == ()
    assert law.problem is None
    assert packs.told[-1][1] is None


def test_an_installation_without_a_valid_law_does_not_start(packs):
    packs.broken = True
    with pytest.raises(UnavailableError):
        packs.open()


def test_the_rules_and_the_facts_that_they_need_are_those_of_the_moment(packs):
    law = packs.open()
    assert "org_place" not in law.needs(Action.SEARCH, TODAY)
    packs.change("clearview-filing-2020")
    assert "org_place" in law.needs(Action.SEARCH, TODAY)
    assert any(dated.rule.rule_id == "filing.illinois_entity" for dated in law.rules)

"""Past decisions are replayed, and a pack's effect is counted before it is adopted."""

from datetime import date

import pytest

from facewarden.law.actions import Action
from facewarden.law.engine import LawEngine
from facewarden.law.facts import undetermined
from facewarden.law.loading import Binding, builtin_folder, load_packs, select_packs
from facewarden.law.replay import Impact, count_impact, explain

from .builders import LAWFUL, lawful

PACKS = load_packs([builtin_folder()])
ILLINOIS = {"org_place": "US-IL", "org_level": "local", "acts_for_employer": True, "org_exemption": "none"}


@pytest.fixture(scope="module")
def consent():
    return LawEngine(select_packs(PACKS, {"clearview-consent-order-2022": Binding.HOUSE_RULE}))


def test_a_past_refusal_that_no_longer_holds_says_which_rule_went(consent):
    facts = lawful(Action.SEARCH, **ILLINOIS)
    found = explain(consent, Action.SEARCH, facts, date(2026, 11, 22), date(2027, 5, 12))
    assert found.changed
    assert (found.gone, found.new) == (("consent.illinois_entity",), ())
    assert found.to_json()["then"]["decision"] == "refuse"
    assert found.to_json()["now"]["decision"] == "allow"


def test_a_past_allow_that_would_be_refused_now_says_by_which_rule(consent):
    facts = lawful(Action.SEARCH, **ILLINOIS)
    found = explain(consent, Action.SEARCH, facts, date(2022, 5, 10), date(2022, 5, 11))
    assert (found.gone, found.new) == ((), ("consent.illinois_entity",))
    assert not explain(consent, Action.SEARCH, facts, date(2026, 1, 1), date(2026, 1, 2)).changed


def test_the_impact_of_a_pack_is_counted_with_its_undetermined_share():
    base = LawEngine(select_packs(PACKS, {"facewarden-base": Binding.HOUSE_RULE}))
    italy = LawEngine(select_packs(PACKS, {"italy-garante-2022": Binding.HOUSE_RULE}))
    elsewhere = {"place_taken": "FR", "places_claimed": frozenset({"FR"}), "url_place": "FR", "server_place": "FR"}
    here = lawful(Action.COLLECT, **elsewhere, source_place="IT")
    there = lawful(Action.COLLECT, **elsewhere, source_place="FR")
    unknown = {**there, "server_place": undetermined("no map")}
    acts = [(Action.COLLECT, given) for given in (here, there, unknown)]
    day = date(2026, 11, 22)
    assert count_impact(base, italy, acts, day) == Impact(3, 1, 1, 0, 1)
    assert count_impact(italy, base, acts, day) == Impact(3, 0, 0, 2, 0)
    assert len(LAWFUL) == len(Action)

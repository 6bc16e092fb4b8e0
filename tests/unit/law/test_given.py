"""Facts typed by people and facts read back fit the vocabulary or are refused."""

import pytest

from facewarden.errors import BadUseError
from facewarden.law.facts import Fact
from facewarden.law.given import facts_from_json, given_fact
from facewarden.law.places import load_place_map
from facewarden.law.schema import FACT_BY_NAME, FACTS, FactKind

from .builders import facts


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("case_state=open", "case_state", "open"),
        (" case_state = open ", "case_state", "open"),
        ("case_member=yes", "case_member", True),
        ("case_member=False", "case_member", False),
        ("taken_day=20240229", "taken_day", 20240229),
        ("actor_roles=investigator, examiner", "actor_roles", frozenset({"investigator", "examiner"})),
        ("actor_roles=", "actor_roles", frozenset()),
        ("url_text=a=b", "url_text", "a=b"),
        ("places_claimed=US-IL, FR", "places_claimed", frozenset({"US-IL", "FR"})),
        ("case_member=undetermined", "case_member", None),
    ],
)
def test_a_typed_fact_is_read_by_its_type(text, name, value):
    assert given_fact(text) == (name, Fact(value, "given on the command line"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("case_state", "fact_unknown"),
        ("colour=red", "fact_unknown"),
        ("=red", "fact_unknown"),
        ("case_state=opne", "fact_value"),
        ("case_member=maybe", "fact_value"),
        ("taken_day=today", "fact_value"),
        ("taken_day=" + "9" * 30, "fact_value"),
        ("actor_roles=king", "fact_value"),
    ],
)
def test_a_typed_fact_that_does_not_fit_is_bad_use(text, code):
    with pytest.raises(BadUseError) as caught:
        given_fact(text)
    assert caught.value.code == code
    assert caught.value.next_step


def test_stored_facts_come_back_as_they_were():
    given = facts({"case_member": True, "actor_roles": frozenset({"auditor"}), "taken_day": 1, "case_state": None})
    stored = {name: {"value": sorted(f.value) if isinstance(f.value, frozenset) else f.value, "origin": f.origin}
              for name, f in given.items()}  # fmt: skip
    assert facts_from_json(stored) == given


@pytest.mark.parametrize(
    "stored", [{"colour": {"value": "red", "origin": "o"}}, {"case_member": {"value": 1, "origin": "o"}}]
)
def test_stored_facts_of_another_vocabulary_are_refused(stored):
    with pytest.raises(BadUseError):
        facts_from_json(stored)


@pytest.mark.parametrize("fact", ["org_place", "office_place", "place_taken", "source_place", "places_claimed"])
@pytest.mark.parametrize("written", ["Illinois", "us-il", "US_IL", "USA", "US-IL and more"])
def test_a_state_written_otherwise_is_no_place_rather_than_another_place(fact, written):
    with pytest.raises(BadUseError, match="ISO 3166"):
        given_fact(f"{fact}={written}")


def test_every_place_of_the_map_is_written_as_places_are():
    assert FACT_BY_NAME["places_claimed"].accepts(frozenset(load_place_map().names))


def test_every_fact_says_what_it_means_and_refuses_values_of_other_types():
    others = {FactKind.TEXT: 1, FactKind.NUMBER: True, FactKind.YES_NO: 1, FactKind.SET: "text"}
    for spec in FACTS:
        assert spec.meaning
        assert spec.unknown_means
        assert spec.accepts(None)
        assert not spec.accepts(others[spec.kind])
    assert len({spec.name for spec in FACTS}) == len(FACTS)

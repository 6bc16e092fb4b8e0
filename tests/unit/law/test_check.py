"""The question that anybody may ask: what would the law say?"""

from datetime import date

import pytest

from facewarden.law.actions import Action
from facewarden.law.check import ASSUMED, ASSUMED_ORIGIN, check
from facewarden.law.engine import LawEngine
from facewarden.law.given import given_fact
from facewarden.law.loading import builtin_folder, load_packs, select_packs
from facewarden.law.photo import PhotoEvidence, PhotoReader

from .test_servers import ILLINOIS, Map

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def ask():
    law = LawEngine(select_packs(load_packs([builtin_folder()])))
    reader = PhotoReader.load(Map(ILLINOIS))

    def asked(action, *given, as_of=TODAY, **evidence):
        photo = PhotoEvidence(**evidence) if evidence else None
        return check(law, reader, action, photo, dict(given_fact(text) for text in given), as_of)

    return asked


def test_a_photo_taken_in_missouri_may_be_collected_and_one_at_navy_pier_may_not(ask):
    assert ask(Action.COLLECT, latitude_deg=38.6270, longitude_deg=-90.1994).allowed
    decision = ask(Action.COLLECT, latitude_deg=41.8917, longitude_deg=-87.6043)
    assert decision.to_json()["facts"]["place_taken"]["value"] == "US-IL"
    assert not decision.allowed


def test_a_url_and_an_address_are_judged(ask):
    assert ask(Action.COLLECT, page_url="https://example.com/a").allowed
    assert not ask(Action.COLLECT, page_url="https://www.facebook.com/a").allowed
    assert not ask(Action.COLLECT, page_url="https://www.chicago.gov/a").allowed
    assert not ask(Action.COLLECT, server_ip="193.0.14.129").allowed
    assert not ask(Action.COLLECT, server_ip="10.0.0.1").allowed


def test_nothing_said_of_a_photo_is_an_empty_photo(ask):
    assert ask(Action.COLLECT).allowed
    assert "place_taken" in ask(Action.COLLECT).undetermined


def test_what_is_given_wins_over_what_is_assumed(ask):
    assert not ask(Action.COLLECT, "source_state=suspended").allowed
    assert ask(Action.COLLECT).facts["source_state"].origin == ASSUMED_ORIGIN


POLICE = ("org_sector=government", "org_level=local", "case_purpose=investigate_crime", "user_training=valid")


def test_a_search_needs_its_legal_facts_given(ask):
    assert not ask(Action.SEARCH).allowed
    assert not ask(Action.SEARCH, *POLICE).allowed, "the place of the agency is missing"
    assert ask(Action.SEARCH, *POLICE, "org_place=US-IN").allowed
    assert "consent.illinois_entity" in ask(Action.SEARCH, *POLICE, "org_place=US-IL").rules
    later = ask(Action.SEARCH, *POLICE, "org_place=US-IL", as_of=date(2027, 5, 12))
    assert later.rules == ("filing.illinois_entity",), "the order has ended, the adopted filing has not"


def test_an_account_is_judged(ask):
    assert ask(Action.ACCOUNT, *POLICE, "org_place=US-IN").allowed
    shop = ask(Action.ACCOUNT, "org_sector=private", "org_place=US-IN", "org_exemption=none")
    assert {"consent.private_account", "filing.government_accounts"} <= set(shop.rules)


def test_a_release_with_a_photo_carries_the_photos_facts(ask):
    assert "place_taken" in ask(Action.RELEASE, latitude_deg=1.0, longitude_deg=1.0).facts
    assert "place_taken" not in ask(Action.RELEASE).facts


def test_no_legal_fact_is_ever_assumed():
    legal = {"org_sector", "org_level", "org_place", "office_place", "case_purpose", "user_training", "org_exemption",
             "offence_class", "release_basis", "place_taken", "places_claimed", "host_permission"}  # fmt: skip
    assert all(not legal & facts.keys() for facts in ASSUMED.values())

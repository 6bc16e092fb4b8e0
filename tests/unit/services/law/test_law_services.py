"""Questions to the law, packs chosen, past decisions explained, what a pack would touch, and what is applied."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from facewarden.bootstrap.law import LAW_FOLDER, law_shelf
from facewarden.domain.accounts import Role
from facewarden.domain.audit import AuditEvent
from facewarden.domain.orders import Hold, HoldKind
from facewarden.errors import BadPhotoError, BadUseError, UnavailableError
from facewarden.law.actions import Action
from facewarden.law.engine import LawEngine
from facewarden.services.law.explaining import Explaining, Explanation
from facewarden.services.law.facts import actor_facts, organisation_facts
from facewarden.services.law.impact import ImpactStudy
from facewarden.services.law.lawcheck import LawCheck, Question, given_facts, read_day, read_degrees
from facewarden.services.law.lawshelf import LawShelf
from facewarden.services.refusal import RefusedError
from tests.unit.law.builders import lawful
from tests.unit.services.law_builders import (
    DEFAULT,
    NAVY_PIER,
    NOON,
    READER,
    SHELF,
    ST_LOUIS,
    Decoder,
    House,
    a_source,
    actor,
    organisation,
    photo_file,
)

TODAY = date(2026, 11, 22)


class NoPhoto:
    def decode(self, files):
        return [BadPhotoError("not_an_image", "The file is not an image.") for _ in files]


def ask(law=DEFAULT, day=TODAY, **fields):
    return LawCheck(law, READER, Decoder()).ask(Question(**({"action": Action.COLLECT} | fields)), day)


# -- questions ------------------------------------------------------------------------------------------------


def test_a_photo_from_illinois_is_refused_by_both_papers():
    decision = ask(photo=photo_file("a", NAVY_PIER).content)
    assert set(decision.rules) == {"filing.taken_in_illinois", "consent.illinois_photo"}
    assert decision.facts["place_taken"].origin == "EXIF GPS"


def test_what_is_assumed_says_so_and_nothing_about_places_is_assumed():
    facts = ask().facts
    assert facts["source_permission"].origin.startswith("assumed")
    assert not facts["place_taken"].determined


def test_a_given_fact_wins_over_what_was_read():
    given = given_facts(["server_state=placed", "server_place=US-IL"], "given")
    assert "filing.server_in_illinois" in ask(photo=photo_file("a", ST_LOUIS).content, facts=given).rules


def test_a_crawled_photo_without_robots_and_server_is_refused():
    given = given_facts(["collection_manner=targeted"], "given")
    rules = ask(url="https://example.org/a.jpg", facts=given).rules
    assert {"photos.robots", "photos.server_readable"} <= set(rules)


def test_a_search_is_asked_without_any_fact_about_a_photo():
    given = given_facts(["org_sector=government", "org_level=federal", "org_place=US-IL"], "given")
    decision = ask(action=Action.SEARCH, facts=given)
    assert "filing.federal_office" in decision.rules
    assert "consent.illinois_entity" not in decision.rules
    assert "place_taken" not in decision.facts


def test_a_file_that_is_no_photo_is_an_error_and_never_an_answer():
    with pytest.raises(BadPhotoError):
        LawCheck(DEFAULT, READER, NoPhoto()).ask(Question(Action.COLLECT, b"x"), TODAY)


def test_a_photo_off_the_globe_is_refused():
    assert "photos.position_readable" in ask(latitude_deg=91.0, longitude_deg=0.0).rules
    assert "photos.position_readable" in ask(latitude_deg=10.0).rules


@pytest.mark.parametrize("text", ["", "tomorrow", "2027-02-30", "2027-05-11T12:00:00", "2027-05-11T12:00:00+99:00"])
def test_a_day_that_is_none_is_refused(text):
    with pytest.raises(BadUseError):
        read_day(text)


def test_a_day_and_an_instant_are_read():
    assert read_day("2027-05-11") == date(2027, 5, 11)
    assert read_day("2027-05-11T23:59:59-05:00") == datetime(2027, 5, 12, 4, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("text", ["north", "nan", ""])
def test_degrees_that_are_no_number_are_refused(text):
    with pytest.raises(BadUseError):
        read_degrees(text, "latitude")


def test_a_fact_given_twice_is_refused():
    with pytest.raises(BadUseError) as raised:
        given_facts(["org_place=US-IL", "org_place=US-WA"], "given")
    assert raised.value.code == "fact_twice"


# -- packs ----------------------------------------------------------------------------------------------------


def test_a_new_installation_adopts_the_two_clearview_papers_and_the_letters_as_house_rules():
    chosen = {pack.pack_id: pack.binds.value for pack in SHELF.choose(())}
    assert chosen == dict.fromkeys(
        (
            "facewarden-base",
            "facewarden-photos",
            "clearview-filing-2020",
            "clearview-consent-order-2022",
            "cease-and-desists-2020",
        ),
        "adopted as house rule",
    )


def test_a_pack_brings_what_it_requires_and_keeps_the_reason_it_binds():
    packs = {pack.pack_id: pack.binds.value for pack in SHELF.adopted({"maryland-cp-2-501": "this operator"})}
    assert packs["maryland-cp-2-501"] == "this operator"
    assert "facewarden-base" in packs


def test_an_unknown_pack_is_refused_by_name():
    with pytest.raises(BadUseError) as raised:
        SHELF.choose(["no-such-pack"])
    assert "no-such-pack" in raised.value.what
    with pytest.raises(UnavailableError):
        SHELF.adopted({"no-such-pack": "this operator"})
    with pytest.raises(UnavailableError):
        SHELF.adopted({"facewarden-base": "by nobody"})


def test_a_pack_in_a_folder_of_ones_own_is_taken_with_what_it_requires(tmp_path):
    shipped = SHELF.one("italy-garante-2022").folder
    for name in ("pack.toml", "rules.cedar"):
        text = (shipped / name).read_text("utf-8").replace("italy", "elsewhere").replace('"IT"', '"VA"')
        (tmp_path / name).write_text(text, "utf-8")
    ids = {pack.pack_id for pack in SHELF.choose([str(tmp_path)])}
    assert {"elsewhere-garante-2022", "facewarden-base"} <= ids


def test_the_installations_own_packs_are_on_the_shelf_beside_those_that_ship(tmp_path):
    own_pack(tmp_path / "law" / "ours")
    shelf = LawShelf(lambda: [tmp_path / "law"])
    chosen = shelf.adopted({"ours-garante-2022": "this operator", "facewarden-base": "adopted as house rule"})
    assert {pack.pack_id for pack in chosen} >= {"ours-garante-2022", "facewarden-base"}


def own_pack(folder):
    shipped = SHELF.one("italy-garante-2022").folder
    folder.mkdir(parents=True)
    for name in ("pack.toml", "rules.cedar"):
        (folder / name).write_text((shipped / name).read_text("utf-8").replace("italy", "ours"), "utf-8")


def test_an_own_pack_is_on_the_shelf_of_a_running_installation_once_it_lies_there(tmp_path):
    shelf = law_shelf(tmp_path)
    before = shelf.packs
    assert shelf.packs is before
    own_pack(tmp_path / LAW_FOLDER / "ours")
    assert {pack.pack_id for pack in shelf.packs} - {pack.pack_id for pack in before} == {"ours-garante-2022"}


# -- explanations ---------------------------------------------------------------------------------------------


def explaining(house, moment=NOON):
    house.clock.moment = moment
    return Explaining(house.law, house.log, house.memory, house.gate, house.clock)


def decided(house, event):
    return next(index for index, entry in enumerate(house.log.written) if entry.event == event)


ILLINOIS = {"org_place": "US-IL", "org_level": "local", "acts_for_employer": True, "org_exemption": "none"}


def explained(then, now):
    """One search by a body in Illinois, decided by the consent order on both days."""
    engine = LawEngine(SHELF.adopted({"clearview-consent-order-2022": "adopted as house rule"}))
    facts = lawful(Action.SEARCH, **ILLINOIS)
    return Explanation(engine.decide(Action.SEARCH, facts, then), engine.decide(Action.SEARCH, facts, now))


def test_a_past_refusal_that_no_longer_holds_says_which_rule_went():
    found = explained(date(2026, 11, 22), date(2027, 5, 12))
    assert found.changed
    assert (found.gone, found.new) == (("consent.illinois_entity",), ())
    assert found.to_json()["then"]["decision"] == "refuse"
    assert found.to_json()["now"]["decision"] == "allow"


def test_a_past_allow_that_would_be_refused_now_says_by_which_rule():
    found = explained(date(2022, 5, 10), date(2022, 5, 11))
    assert (found.gone, found.new) == ((), ("consent.illinois_entity",))
    assert not explained(date(2026, 1, 1), date(2026, 1, 2)).changed


def test_a_past_decision_is_shown_beside_what_todays_rules_say():
    house = House()
    facts = {**actor_facts(actor(Role.OPERATOR), NOON), **organisation_facts(organisation("US-IL"))}
    given = given_facts(["account_change=add_user", "target_org_same=no", "target_is_actor=no"], "given")
    with pytest.raises(RefusedError) as raised:
        house.gate.enter(
            Action.ACCOUNT, facts | given, AuditEvent.USER_DECIDED, actor=None, subject="usr_0123456789abcdef01234567"
        )
    past = explaining(house, NOON + timedelta(days=200)).explain(actor(Role.AUDITOR), raised.value.audit_index)
    assert set(past.explanation.then.rules) == {"consent.illinois_account", "filing.illinois_account"}
    assert past.explanation.gone == ("consent.illinois_account",)
    assert past.explanation.now.rules == ("filing.illinois_account",)


def test_of_a_refused_photo_only_ground_and_versions_are_told():
    house = House()
    house.run(photo_file("a", NAVY_PIER))
    past = explaining(house).explain(actor(Role.AUDITOR), decided(house, "collect:photo:decide"))
    assert past.explanation is None
    assert past.to_json()["grounds"] == ["consent.illinois_photo", "filing.taken_in_illinois"]


def test_reading_an_explanation_is_decided_and_logged_first():
    house = House()
    house.run(photo_file("a", ST_LOUIS))
    before = house.log.size()
    with pytest.raises(RefusedError):
        explaining(house).explain(actor(Role.INVESTIGATOR), 0)
    assert house.log.size() == before + 1


def test_an_outcome_is_no_decision():
    house = House()
    house.run(photo_file("a", ST_LOUIS))
    with pytest.raises(BadUseError) as raised:
        explaining(house).explain(actor(Role.AUDITOR), decided(house, "collect:ingest:finish"))
    assert raised.value.code == "nothing_decided"


# -- impact ---------------------------------------------------------------------------------------------------


class People:
    def __init__(self, *bodies):
        self.bodies = bodies

    def organisations(self):
        return self.bodies

    def users(self):
        return [replace(actor(body=body).user) for body in self.bodies]


class Sources:
    def __init__(self, *sources):
        self.sources = sources

    def all(self):
        return self.sources


class OneHold:
    """One hold, over whatever is asked about."""

    hold = Hold("hld_1", HoldKind.PRESERVE, "docket 1", "asked for", None, NOON, 0)

    def all(self, *, standing=True):
        return [self.hold]

    def of_photos(self, photo_ids):
        return {photo_id: [self.hold] for photo_id in photo_ids}


def study(house, photos, *places):
    bodies = [replace(organisation(place), organisation_id=f"org_{n:024x}") for n, place in enumerate(places)]
    sources = Sources(a_source(), a_source(country="IT"))
    people = People(*bodies)
    return ImpactStudy(
        house.law, READER, people, sources, house.memory, OneHold(), lambda: photos, house.gate, house.clock
    )


def test_what_a_pack_would_touch_is_counted_and_what_cannot_be_told_is_told_apart():
    house = House(LawEngine(SHELF.choose(["facewarden-photos"])))
    house.run(photo_file("a", NAVY_PIER), photo_file("b", ST_LOUIS), photo_file("c"))
    pack = SHELF.one("clearview-filing-2020")
    found = study(house, 4, "US-IL", "US-WA", None).count(actor(Role.OPERATOR), pack, SHELF.choose(()))
    assert (found.accounts.all, found.accounts.touched, found.accounts.undetermined) == (3, 1, 1)
    assert (found.photos.all, found.photos.touched) == (4, 1)
    assert found.photos.undetermined == 3
    assert (found.holds.all, found.holds.touched, found.holds.undetermined) == (1, 1, 0)
    assert not found.adopted
    assert {item.duty_id for item in found.duties} >= {"filing.end_illinois"}


def test_a_source_in_the_packs_country_is_touched():
    house = House()
    whole = SHELF.choose(["facewarden-photos", "italy-garante-2022"])
    found = study(house, 0).count(actor(Role.OPERATOR), SHELF.one("italy-garante-2022"), whole)
    assert (found.sources.all, found.sources.touched) == (2, 1)


def test_a_pack_of_duties_alone_touches_what_its_places_reach():
    house = House(LawEngine(SHELF.choose(["facewarden-photos"])))
    house.run(photo_file("a", NAVY_PIER), photo_file("b"))
    pack = replace(SHELF.one("uk-ico-2022"), duties=tuple(illinois(SHELF.one("uk-ico-2022").duties)))
    found = study(house, 2).count(actor(Role.OPERATOR), pack, SHELF.packs)
    assert (found.photos.touched, found.photos.undetermined) == (1, 1)
    assert (found.holds.touched, found.holds.undetermined) == (1, 0)


def illinois(duties):
    return [replace(duty, places=frozenset({"US-IL"})) for duty in duties]


def test_counting_changes_nothing_and_is_logged():
    house = House()
    house.run(photo_file("a", ST_LOUIS))
    kept, written = dict(house.memory.kept), house.log.size()
    study(house, 1, "US-IL").count(actor(Role.OPERATOR), SHELF.one("gdpr"), SHELF.packs)
    assert house.memory.kept == kept
    assert house.log.size() == written + 1

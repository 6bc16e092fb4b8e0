"""Each photo is decided by what its file, address and source say, before any face in it is looked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from facewarden.domain.hosts import host_of
from facewarden.domain.photos import (
    BookingRecord,
    DecodedPhoto,
    Fetched,
    Manner,
    OfferedFile,
    PhotoFormat,
    PhotoMetadata,
)
from facewarden.domain.provenance import Standing
from facewarden.errors import Error
from facewarden.law.actions import Action
from facewarden.law.decision import Decision, Verdict
from facewarden.law.engine import LawEngine
from facewarden.law.photo import PhotoReader
from facewarden.law.servers import MappedPlace
from facewarden.services.collecting.addressgate import AddressGate
from facewarden.services.collecting.photolaw import PhotoLaw
from facewarden.services.law.remembering import decision_of
from facewarden.services.refusal import RefusedError
from tests.unit.services.law_builders import DEFAULT, NAVY_PIER, NOON, SHELF, ST_LOUIS, House, a_source, photo_file

ITALY = LawEngine(SHELF.choose(["facewarden-photos", "italy-garante-2022"]))


def test_a_photo_taken_in_illinois_is_refused_before_any_face_is_looked_for():
    house = House()
    report = house.run(photo_file("a", NAVY_PIER))
    assert (house.engine.looked_at, house.engine.templates_made) == (0, 0)
    assert (report.admitted, dict(report.refused)) == (0, {"consent.illinois_photo": 1})
    assert dict(report.grounds) == {"consent.illinois_photo": 1, "filing.taken_in_illinois": 1}


def test_the_same_photo_taken_in_missouri_is_admitted():
    house = House()
    report = house.run(photo_file("a", ST_LOUIS))
    assert (house.engine.looked_at, report.admitted, report.refused.total()) == (1, 1, 0)


def test_a_refused_photo_leaves_ground_pack_versions_keyed_hash_and_nothing_else():
    house = House()
    house.run(photo_file("a", NAVY_PIER))
    (refusal,) = house.gallery.refusals
    assert refusal.ground == "consent.illinois_photo"
    assert all(f"{pack.pack_id}={pack.version}" in refusal.pack_version for pack in DEFAULT.packs)
    assert not house.gallery.photos
    assert all(item.action != "collect" for item in house.memory.kept.values())
    entry = next(entry for entry in house.log.written if entry.event == "collect:photo:decide")
    assert refusal.content_hash.hex() not in str(entry)  # it would outlive an erasure there
    assert entry.grounds == ("consent.illinois_photo", "filing.taken_in_illinois")


def test_a_second_address_of_a_known_photo_is_decided_and_recorded_without_looking_for_faces():
    house = House()
    house.gallery.standing = Standing.ELSEWHERE
    report = house.run(photo_file("a", ST_LOUIS, "https://pictures.example.org/copy.jpg"))
    assert (report.admitted, report.duplicates, report.refused.total()) == (0, 1, 0)
    assert (house.engine.looked_at, house.engine.templates_made) == (0, 0)
    (place,) = house.gallery.photos
    assert (place.place_only, place.faces) == (True, ())
    assert place.arrival.url == "https://pictures.example.org/copy.jpg"
    assert house.log.written[place.photo.decision_index].verdict == "allow"


def test_a_second_address_that_the_law_refuses_is_not_recorded():
    house = House()
    house.gallery.standing = Standing.ELSEWHERE
    report = house.run(photo_file("a", ST_LOUIS, "https://pictures.example.org/chicago/copy.jpg"))
    assert dict(report.refused) == {"filing.url_words": 1}
    assert not house.gallery.photos


def test_the_same_place_again_is_known_and_costs_no_decoding():
    house = House()
    house.gallery.standing = Standing.BROUGHT
    report = house.run(photo_file("a", ST_LOUIS))
    assert (report.duplicates, house.gallery.photos, house.log.written[-1].event) == (1, [], "collect:ingest:finish")


def test_a_file_whose_first_address_is_refused_still_comes_from_its_second():
    photo = photo_file("a", ST_LOUIS, "https://pictures.example.org/chicago/p.jpg")
    report = House().run(photo, replace(photo, url="https://pictures.example.org/p.jpg"))
    assert (report.admitted, dict(report.refused), report.duplicates) == (1, {"filing.url_words": 1}, 0)


def test_a_photo_that_says_nothing_of_a_place_passes_and_is_counted():
    report = House().run(photo_file("a"), photo_file("b"), photo_file("c", ST_LOUIS))
    assert report.admitted == 3
    assert report.undetermined["place_taken"] == 2


def test_a_photo_that_a_rule_sets_aside_is_not_enrolled_and_is_counted_under_its_ground():
    house = House(ITALY)
    report = house.run(photo_file("a"))
    assert (report.admitted, dict(report.refused)) == (0, {"italy.photo": 1})
    assert house.engine.looked_at == 0
    entry = next(entry for entry in house.log.written if entry.event == "collect:photo:decide")
    assert entry.verdict == "quarantine"


def test_a_source_in_a_barred_country_is_refused_before_any_file_is_read():
    house = House(ITALY)
    with pytest.raises(RefusedError) as raised:
        house.run(photo_file("a"), source=a_source(country="IT"))
    assert raised.value.decision.rules == ("italy.photo",)
    assert not house.gallery.refusals


@pytest.mark.parametrize(
    ("url", "ground"),
    [
        ("https://www.facebook.com/p.jpg", "letters.facebook"),
        ("https://pictures.example.org/chicago/p.jpg", "filing.url_words"),
        ("https://user:secret@example.org/p.jpg", "photos.address_readable"),
    ],
)
def test_an_address_refuses_on_its_own_ground(url, ground):
    assert House().run(photo_file("a", ST_LOUIS, url)).refused == {ground: 1}


class Lifted:
    """Every bar lifted by its owner's recorded permission."""

    def bar_of(self, host):
        return None


def test_a_barred_host_is_lifted_only_by_its_owners_permission_and_for_the_source_that_it_belongs_to():
    photo = photo_file("a", ST_LOUIS, "https://www.facebook.com/p.jpg")
    owned = a_source(hosts=("facebook.com",))
    assert House(bars=Lifted()).run(photo, source=owned).admitted == 1
    assert set(House().run(photo, source=owned).grounds) == {"base.host_barred", "letters.facebook"}
    for other in (("com",), ("notfacebook.com",)):
        assert set(House(bars=Lifted()).run(photo, source=a_source(hosts=other)).grounds) == {"letters.facebook"}
    with pytest.raises(RefusedError):
        House(bars=Lifted()).run(photo, source=a_source(hosts=("facebook.com",), permission_hash=None))


@pytest.mark.parametrize(
    ("moment", "grounds"),
    [
        (datetime(2027, 5, 12, 4, 59, 59, tzinfo=UTC), {"consent.illinois_photo", "filing.taken_in_illinois"}),
        (datetime(2027, 5, 12, 5, 0, 0, tzinfo=UTC), {"filing.taken_in_illinois"}),
    ],
)
def test_the_five_years_end_with_the_last_second_of_their_last_day_in_illinois(moment, grounds):
    assert set(House(moment=moment).run(photo_file("a", NAVY_PIER)).grounds) == grounds


def test_a_decision_is_not_reused_once_the_day_has_turned():
    house = House(moment=datetime(2027, 5, 12, 4, 59, 59, 999_999, tzinfo=UTC))
    first = house.run(photo_file("a", NAVY_PIER))
    house.clock.moment = datetime(2027, 5, 12, 5, 0, 0, tzinfo=UTC)
    second = house.run(photo_file("b", NAVY_PIER))
    assert (set(first.grounds) - set(second.grounds)) == {"consent.illinois_photo"}


def test_the_same_facts_are_decided_once_and_keep_their_own_origins():
    house = House()
    facts = [house.photolaw.facts(a_source(), file, photo) for file, photo in _looked(house, "a", "b")]
    asked = []
    decide = house.gate.decide
    house.gate.decide = lambda action, given: asked.append(action) or decide(action, given)
    decisions = [house.photolaw.decide("collect", given) for given in facts]
    assert len(asked) == 1
    assert [decision.facts for decision in decisions] == facts


def test_the_facts_of_an_admitted_photo_can_be_read_back_as_they_were():
    house = House()
    house.run(photo_file("a", ST_LOUIS, "https://example.org/a.jpg"))
    (kept,) = list(house.memory.of_action("collect"))
    (photo,) = house.gallery.photos
    assert (kept.subject, kept.of_photo, kept.audit_index) == (photo.photo.photo_id, True, photo.photo.decision_index)
    decision = decision_of(kept, house.law)
    assert decision.verdict is Verdict.ALLOW
    assert decision.facts["place_taken"].value == "US-MO"
    assert decision.facts["url_domains"].value == frozenset({"example.org", "org"})
    assert decision.as_of == NOON.isoformat()


def test_the_day_in_the_agencys_own_records_is_the_day_the_photo_was_taken():
    house = House()
    file = replace(photo_file("a"), record=BookingRecord("4711", date(2021, 3, 1)))
    (photo,) = house.decoder.decode([file.content])
    assert house.photolaw.facts(a_source(), file, photo)["taken_day"].value == 20210301


def _looked(house, *names):
    files = [photo_file(name, ST_LOUIS) for name in names]
    return [(file, photo) for file in files for photo in house.decoder.decode([file.content])]


# -- what was fetched from the web -----------------------------------------------------------------------------------


def fetched(name: str = "a", url: str = "https://example.org/a.jpg", **fields) -> OfferedFile:
    given = {"server_ip": "93.184.216.34", "robots_allowed": True, "robots_tags": frozenset(), "purpose_named": True}
    return replace(photo_file(name, None, url), fetched=Fetched(Manner.TARGETED, **(given | fields)))


class OneMap:
    """Every public address is in that place."""

    def __init__(self, country: str, region: str | None = None) -> None:
        self.place = MappedPlace(country, region)

    def find(self, address):
        return self.place


def photolaw(place: MappedPlace | None = None) -> PhotoLaw:
    found = place or MappedPlace("US", "WA")
    return PhotoLaw(House().gate, PhotoReader.load(OneMap(found.country, found.region)), House().clock)


def refusal(file: OfferedFile, place: MappedPlace | None = None) -> Decision | Error | None:
    """What the address gate says of a file that comes from a host of its source's own."""
    source = a_source(hosts=(host_of(file.url),))
    return AddressGate(photolaw(place), House().clock, lambda: DEFAULT.packs).refusal(source, file)


def test_what_was_fetched_politely_for_a_purpose_passes():
    assert refusal(fetched()) is None


@pytest.mark.parametrize(
    ("file", "rule"),
    [
        (fetched(robots_allowed=False), "photos.robots"),
        (fetched(robots_tags=frozenset({"noimageindex"})), "photos.robots_tags"),
        (fetched(purpose_named=False), "photos.purpose_named"),
        (fetched(server_ip="10.0.0.1"), "photos.server_readable"),
        (fetched(url="https://www.chicago.gov/a.jpg"), "filing.url_words"),
        (fetched(url="https://comune.roma.it/a.jpg"), "photos.eu_subject"),
        (replace(fetched(), fetched=Fetched(Manner.UNTARGETED, "93.184.216.34", None, True)), "photos.targeted"),
        (fetched(url="https://twitter.com/a.jpg"), "letters.twitter"),
    ],
)
def test_what_address_server_and_robots_settle_is_refused_before_a_byte_is_decoded(file, rule):
    decision = refusal(file)
    assert decision is not None
    assert not decision.allowed
    assert rule in decision.rules
    assert all(not ground.undetermined for ground in decision.grounds)


def test_a_server_in_illinois_settles_it_too():
    decision = refusal(fetched(), MappedPlace("US", "IL"))
    assert decision is not None
    assert decision.rules == ("filing.server_in_illinois",)


def test_what_only_the_file_can_tell_is_left_to_the_file():
    house = House()
    unread = replace(fetched(), fetched=replace(fetched().fetched, robots_allowed=None))
    assert house.addresses.refusal(a_source(), photo_file("a", NAVY_PIER)) is None
    assert refusal(unread) is None  # decided whole, and refused then
    decision = house.photolaw.decide(
        Action.COLLECT,
        photolaw().facts(a_source(), unread, DecodedPhoto(None, PhotoFormat.JPEG, PhotoMetadata())),
    )
    assert "photos.robots" in decision.rules


def test_a_european_site_passes_about_a_named_person_under_a_case():
    file = fetched(url="https://comune.roma.it/a.jpg", subject_named=True, case_named=True)
    assert refusal(file) is None


def test_where_a_source_is_not_known_to_be_american_it_counts_as_european():
    facts = photolaw().facts(a_source(country=None), fetched(), None)
    assert not facts["eu_facing"].determined
    assert "photos.eu_subject" in House().photolaw.decide(Action.COLLECT, facts).rules


def test_settled_early_is_settled_for_good_whatever_the_file_says():
    file = fetched(url="https://www.chicago.gov/a.jpg")
    early = refusal(file)
    for tags in ({}, NAVY_PIER, ST_LOUIS):
        photo = DecodedPhoto(None, PhotoFormat.JPEG, PhotoMetadata(tags=tags))
        whole = photolaw().decide(Action.COLLECT, photolaw().facts(a_source(), file, photo))
        assert set(early.rules) <= set(whole.rules)

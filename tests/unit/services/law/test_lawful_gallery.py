"""Photos that were lawful when they came in and are barred today are shown to nobody."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest

from facewarden.errors import BadUseError
from facewarden.law.engine import LawEngine
from facewarden.services.law.lawful_gallery import LawfulGallery, StandingLaw
from tests.unit.services.law_builders import NAVY_PIER, SHELF, ST_LOUIS, Clock, House, photo_file

FREE = LawEngine(SHELF.choose(["facewarden-photos"]))
FILING = LawEngine(SHELF.choose(["facewarden-photos", "clearview-filing-2020"]))
ITALY = LawEngine(SHELF.choose(["facewarden-photos", "italy-garante-2022"]))


def admitted(*files):
    """The memory of what was admitted by the house rules alone, and the photos' ids by name."""
    house = House(FREE)
    house.run(*files)
    return house.memory, {new.photo.file_name: new.photo.photo_id for new in house.gallery.photos}


def barred(law, *files):
    memory, ids = admitted(*files)
    found = StandingLaw(law, memory, Clock()).barred(ids.values())
    return {name for name, photo_id in ids.items() if photo_id in found}


def test_a_photo_that_a_pack_adopted_since_bars_is_hidden_and_no_other():
    files = (photo_file("pier", NAVY_PIER), photo_file("arch", ST_LOUIS), photo_file("nowhere"))
    assert barred(FREE, *files) == set()
    assert barred(FILING, *files) == {"pier"}


def test_what_a_rule_asks_to_set_aside_is_hidden_too():
    assert barred(ITALY, photo_file("nowhere")) == {"nowhere"}


def test_it_is_shown_again_from_the_day_after_the_order_ended():
    order = LawEngine(SHELF.choose(["facewarden-photos", "clearview-consent-order-2022"]))
    memory, ids = admitted(photo_file("pier", NAVY_PIER))
    clock = Clock()
    standing = StandingLaw(order, memory, clock)
    assert standing.barred(ids.values()) == set(ids.values())
    clock.moment = clock.moment.replace(year=2027, month=5, day=12)
    assert standing.barred(ids.values()) == set()


def test_a_fact_that_nobody_asked_for_when_the_photo_came_hides_nothing():
    memory, ids = admitted(photo_file("old"))
    for index, item in memory.kept.items():
        document = json.loads(item.document)
        document["facts"].pop("robots_tags", None)
        memory.kept[index] = replace(item, document=json.dumps(document).encode())
    assert StandingLaw(FREE, memory, Clock()).barred(ids.values()) == set()


def test_facts_that_do_not_fit_the_vocabulary_hide_and_photos_without_facts_do_not():
    memory, ids = admitted(photo_file("old"))
    for index, item in memory.kept.items():
        memory.kept[index] = replace(item, document=item.document.replace(b'"robots"', b'"robotx"'))
    standing = StandingLaw(FREE, memory, Clock())
    assert standing.barred(ids.values()) == set(ids.values())
    assert standing.barred(["ph_unheard_of"]) == set()


def test_a_photo_with_another_lawful_way_in_is_shown():
    memory, ids = admitted(photo_file("pier", NAVY_PIER), photo_file("arch", ST_LOUIS))
    for index, item in list(memory.kept.items()):
        if item.subject == ids["arch"]:
            memory.kept[index + 500] = replace(item, audit_index=index + 500, subject=ids["pier"])
    assert StandingLaw(FILING, memory, Clock()).barred([ids["pier"]]) == set()


@dataclass
class Shown:
    photo: object


class Gallery:
    def __init__(self, *photo_ids):
        self.photo_ids = photo_ids

    def showable(self, face_numbers):
        return {
            number: Shown(SimpleNamespace(photo_id=photo_id))
            for number, photo_id in zip(face_numbers, self.photo_ids, strict=False)
        }

    def photo_content(self, photo_id):
        return b"pixels"


def test_neither_face_nor_file_of_a_barred_photo_leaves_the_gallery():
    memory, ids = admitted(photo_file("pier", NAVY_PIER), photo_file("arch", ST_LOUIS))
    gallery = LawfulGallery(Gallery(ids["pier"], ids["arch"]), StandingLaw(FILING, memory, Clock()))
    assert list(gallery.showable([1, 2])) == [2]
    assert gallery.photo_content(ids["arch"]) == b"pixels"
    with pytest.raises(BadUseError) as raised:
        gallery.photo_content(ids["pier"])
    assert raised.value.code == "photo_barred"

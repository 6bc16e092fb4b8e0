"""Bodies of other countries, by a pack that names theirs; and the lists that a case's offence is chosen from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from facewarden.law.foreign import permitting_pack
from facewarden.law.loading import builtin_folder, load_packs
from facewarden.law.offences import list_named, offences_of, read_lists
from facewarden.law.schema import OFFENCE_CLASSES

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PACK = replace(
    load_packs([builtin_folder()])[0],
    pack_id="treaty",
    permits_foreign=frozenset({"UA"}),
    effective=date(2026, 1, 1),
    expires=date(2026, 12, 31),
)


@pytest.mark.parametrize(("place", "expected"), [("UA", "treaty"), ("UA-30", "treaty"), ("RU", None), (None, None)])
def test_a_country_is_permitted_by_its_name_alone(place, expected):
    assert permitting_pack([PACK], place, NOON) == expected


def test_it_is_permitted_from_the_first_day_of_the_pack_to_its_last():
    def at(*moment):
        return permitting_pack([PACK], "UA", datetime(*moment, tzinfo=PACK.timezone))

    assert at(2025, 12, 31, 23, 59, 59) is None
    assert at(2026, 1, 1) == at(2026, 12, 31, 23, 59, 59) == "treaty"
    assert at(2027, 1, 1) is None
    assert permitting_pack([replace(PACK, expires=None)], "UA", NOON.replace(year=2099)) == "treaty"
    assert permitting_pack([], "UA", NOON) is None


def test_an_organisation_has_its_states_list_else_its_countrys_else_the_general_one():
    maryland = offences_of("US-MD")
    assert maryland.list_id != offences_of(None).list_id
    assert offences_of("ZZ-1") == offences_of(None) == offences_of("ZZ")
    assert list_named(maryland.list_id) == maryland
    assert list_named("none") is None
    first = maryland.offences[0]
    assert maryland.find(first.code) == first
    assert maryland.find("none") is None


def test_every_class_that_a_list_names_is_one_of_the_laws():
    known = {None, *OFFENCE_CLASSES}
    assert {offence.offence_class for place in ("US-MD", None) for offence in offences_of(place).offences} <= known


def test_a_list_with_a_class_that_the_law_does_not_know_is_refused():
    text = """
[[list]]
id = "x"
title = "x"
source = "x"
verified = false
places = ["*"]
offences = [["1", "Jaywalking", "mischief"]]
"""
    with pytest.raises(ValueError, match="mischief"):
        read_lists(text)
    assert read_lists(text.replace("mischief", ""))["*"].offences[0].offence_class is None

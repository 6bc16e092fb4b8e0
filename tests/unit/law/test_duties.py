"""Duties are data; a deletion against a hold is shown, never settled."""

from datetime import date

import pytest

from facewarden.law.duties import Reach, Verb, find_conflicts, read_duty
from facewarden.law.loading import builtin_folder, load_packs
from facewarden.law.orders import duties_in_force, list_orders

from .builders import PERMIT, rule, write_pack

FIELDS = {"id": "d", "verb": "delete", "reach": ["photos"], "text": "t", "citation": "c", "verified": True}


def test_a_duty_is_read_with_its_clock_and_places():
    duty = read_duty({**FIELDS, "places": ["US-IL"], "within_days": 45, "every_days": 45, "due": date(2027, 1, 1)})
    assert duty.verb is Verb.DELETE
    assert duty.reach == {Reach.PHOTOS}
    assert (duty.places, duty.within_days, duty.every_days, duty.due) == ({"US-IL"}, 45, 45, date(2027, 1, 1))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"verb": "forget"}, "forget"),
        ({"reach": ["ghosts"]}, "ghosts"),
        ({"reach": []}, "'reach'"),
        ({"text": ""}, "'text'"),
        ({"within_days": 0}, "above zero"),
        ({"within_days": "45"}, "not a int"),
        ({"due": "2027-01-01"}, "not a date"),
        ({"colour": "red"}, "unknown field"),
        ({"verified": None}, "'verified'"),
    ],
)
def test_a_malformed_duty_is_refused_by_name(change, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        read_duty({**FIELDS, **change})
    assert "duty d" in str(caught.value)


def test_a_duty_that_lacks_a_field_is_refused():
    for name in FIELDS:
        with pytest.raises(ValueError, match="lacks the field"):
            read_duty({key: value for key, value in FIELDS.items() if key != name})


def duty(**changes):
    return read_duty({**FIELDS, **changes})


@pytest.mark.parametrize(
    ("delete", "hold", "clash"),
    [
        ({}, {}, True),
        ({"places": ["US-IL"]}, {}, True),
        ({}, {"places": ["US-IL"]}, True),
        ({"places": ["US-IL", "IT"]}, {"places": ["IT"]}, True),
        ({"places": ["US-IL"]}, {"places": ["IT"]}, False),
        ({"reach": ["templates"]}, {"reach": ["photos"]}, False),
        ({"reach": ["templates", "photos"]}, {"reach": ["photos"]}, True),
    ],
)
def test_a_deletion_and_a_hold_of_the_same_things_are_a_conflict(delete, hold, clash):
    found = find_conflicts([("a", duty(**delete)), ("b", duty(verb="hold", **hold)), ("c", duty(verb="filter"))])
    assert [(item.delete_pack, item.hold_pack) for item in found] == ([("a", "b")] if clash else [])


def test_the_shipped_packs_show_their_conflicts():
    packs = load_packs([builtin_folder()])
    pairs = {(c.delete.duty_id, c.hold.duty_id) for c in list_orders(packs, date(2026, 11, 22)).conflicts}
    assert ("bipa.a_destroy", "filing.preserve") in pairs
    assert ("italy.delete", "filing.preserve") not in pairs


def test_orders_say_what_is_in_force_and_what_starts_or_ends_within_180_days():
    packs = load_packs([builtin_folder()])
    today = list_orders(packs, date(2026, 11, 22))
    ending = {term.term_id: term.expires for term in today.ending}
    assert ending["consent.illinois_entity"] == date(2027, 5, 11)
    assert "clearview-consent-order-2022" not in ending, "the order itself has no end"
    assert "clearview-consent-order-2022" in {term.term_id for term in today.in_force}
    assert "filing.url_words" in {term.term_id for term in today.unverified}
    day_before = list_orders(packs, date(2026, 11, 11))
    assert "consent.illinois_entity" not in {term.term_id for term in day_before.ending}
    assert "consent.illinois_entity" in {t.term_id for t in list_orders(packs, date(2026, 11, 12)).ending}
    after = list_orders(packs, date(2027, 5, 12))
    assert "consent.illinois_entity" not in {term.term_id for term in (*after.in_force, *after.ending)}
    starting = {term.term_id for term in list_orders(packs, date(2026, 7, 1)).starting}
    assert "california.drop_poll" in starting


def test_orders_are_plain_data():
    document = list_orders(load_packs([builtin_folder()]), date(2026, 11, 22)).to_json()
    assert document["as_of"] == "2026-11-22"
    assert {"kind", "id", "pack", "binds", "effective", "expires", "verified"} <= document["in_force"][0].keys()
    assert {"delete": "bipa-15: bipa.a_destroy", "hold": "clearview-filing-2020: filing.preserve"} in document[
        "conflicts"
    ]


def test_duties_hold_on_their_own_days_or_their_packs(tmp_path):
    duties = (
        '[{id = "now", verb = "filter", reach = ["photos"], text = "t", citation = "c", verified = true},'
        ' {id = "later", verb = "filter", reach = ["photos"], text = "t", citation = "c", verified = true,'
        " effective = 2024-01-01, expires = 2024-12-31}]"
    )
    packs = load_packs([write_pack(tmp_path / "p", PERMIT, rule("t.r", "when { true }"), duties=duties)])

    def names(day):
        return [item.duty_id for _, item in duties_in_force(packs, day)]

    assert names(date(2022, 5, 10)) == []
    assert names(date(2022, 5, 11)) == ["now"]
    assert names(date(2024, 12, 31)) == ["now", "later"]
    assert names(date(2025, 1, 1)) == ["now"]

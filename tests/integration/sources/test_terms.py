"""How long photos stay: the first of purpose met, three years, the source's end and the agency's own day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.photo_sources import latest_end
from facewarden.domain.cases import CaseState
from facewarden.domain.sources import SourceState
from facewarden.errors import BadUseError
from facewarden.services.collecting.expunging import read_references
from facewarden.services.refusal import RefusedError

YEARS_3 = timedelta(days=1095)


def _round(desk, moment):
    return desk.installation.source_desk.retention.run(moment)


def test_nothing_is_destroyed_before_its_day_and_everything_due_on_it(desk) -> None:
    now = desk.installation.clock.now()
    press = desk.source("Press", ends_on=now.date() + timedelta(days=10))
    county = desk.source("County")
    ends, stays = desk.photo(press), desk.photo(county)
    booked = desk.photo(county, reference="R-1", expunge_on=now.date() + timedelta(days=3))
    desk.bring(ends, stays, booked)
    term = desk.installation.source_desk.retention.term
    assert term(ends.photo.photo_id).due_on == now.date() + timedelta(days=11)
    assert term(booked.photo.photo_id).due_on == now.date() + timedelta(days=3)
    assert term(stays.photo.photo_id).due_on == now.date() + YEARS_3
    assert term(stays.photo.photo_id).clock.pack_id == "facewarden-base"

    assert _round(desk, now + timedelta(days=2))["photos"] == 0
    assert _round(desk, now + timedelta(days=3)) == {"sources": 0, "withdrawn": 1, "kept": 0, "photos": 1}
    assert _round(desk, now + timedelta(days=10))["photos"] == 0
    assert _round(desk, now + timedelta(days=11)) == {"sources": 1, "withdrawn": 1, "kept": 0, "photos": 1}
    assert desk.installation.sources.named("Press").state is SourceState.ENDED
    assert desk.photos() == 1
    assert _round(desk, now + YEARS_3 - timedelta(days=1))["photos"] == 0
    assert _round(desk, now + YEARS_3)["photos"] == 1
    assert desk.photos() == 0
    assert _round(desk, now + YEARS_3) == {"sources": 0, "withdrawn": 0, "kept": 0, "photos": 0}


def test_a_photo_that_another_source_permits_longer_stays_until_that_ends_too(desk) -> None:
    now = desk.installation.clock.now()
    press, county = desk.source("Press", ends_on=now.date()), desk.source("County")
    photo = desk.photo(press, "https://press.example/1")
    desk.bring(photo)
    desk.bring(desk.photo(county, "https://county.example/1", content_hash=photo.photo.content_hash))
    term = desk.installation.source_desk.retention.term(photo.photo.photo_id)
    assert term.due_on == now.date() + YEARS_3
    done = _round(desk, now + timedelta(days=1))
    assert (done["kept"], done["photos"]) == (1, 0)
    assert desk.photos() == 1
    (arrival,) = desk.installation.records.photo_sources.origins(photo.photo.photo_id).arrivals
    assert arrival.source_id == county.source_id


def test_what_was_collected_for_a_case_goes_when_the_case_is_closed(desk) -> None:
    county = desk.source("County")
    photo = desk.photo(county, case_id="ca_0123456789abcdef01234567")
    desk.bring(photo)
    now = desk.installation.clock.now()
    assert _round(desk, now)["photos"] == 0
    with desk.installation.database.writing() as connection:
        row = {
            "case_id": "ca_0123456789abcdef01234567",
            "organisation_id": desk.operator.organisation.organisation_id,
            "number": "1",
            "purpose": "find_missing_person",
            "offence": "",
            "state": CaseState.CLOSED.value,
            "opened_by": desk.operator.user.user_id,
            "opened_at_us": 0,
        }
        connection.execute(sa.insert(tables.cases), row)
    assert _round(desk, now)["photos"] == 1
    assert desk.photos() == 0


def test_a_hold_is_respected_and_the_photo_goes_when_it_ends(desk) -> None:
    now = desk.installation.clock.now()
    county = desk.source("County")
    photo = desk.photo(county)
    desk.bring(photo)
    desk.installation.records.withdrawals.hold([photo.photo.photo_id])
    assert _round(desk, now + YEARS_3)["photos"] == 0
    assert desk.installation.records.photo_sources.origins(photo.photo.photo_id) is not None
    assert _round(desk, now + YEARS_3)["photos"] == 0
    desk.installation.records.withdrawals.release([photo.photo.photo_id])
    desk.installation.taking_out.owed.run(now + YEARS_3)
    assert desk.installation.records.photo_sources.origins(photo.photo.photo_id) is None


def test_an_ended_sources_photos_go_with_the_next_round(desk) -> None:
    county = desk.source("County")
    desk.bring(desk.photo(county), desk.photo(county))
    desk.installation.sources.end(desk.officer, "County")
    assert desk.photos() == 2
    assert _round(desk, desk.installation.clock.now())["photos"] == 2
    assert desk.photos() == 0


def test_the_daily_rounds_have_retention_among_them(desk) -> None:
    county = desk.source("County")
    desk.bring(desk.photo(county))
    desk.installation.sources.end(desk.officer, "County")
    done = desk.shell.json("daily", "--only", "retention")
    assert "retention" in str(done)
    assert desk.photos() == 0


def test_expunged_people_are_gone_and_their_records_do_not_come_back(desk) -> None:
    county, state = desk.source("County"), desk.source("State")
    gone = [desk.photo(county, reference="R-1"), desk.photo(county, reference="R-1")]
    shared = desk.photo(county, reference="R-2")
    stays = desk.photo(county, reference="R-3")
    elsewhere = desk.photo(state, reference="R-1")
    desk.bring(*gone, shared, stays, elsewhere)
    desk.bring(desk.photo(state, content_hash=shared.photo.content_hash))
    listed = '\ufeffPerson,Why\r\nR-1,acquitted\r\n\r\n"R-2",sealed\r\nR-9,unknown\r\n'.encode()
    with pytest.raises(RefusedError):
        desk.installation.source_desk.expunging.follow(_nobody(desk), county, listed)
    done = desk.installation.source_desk.expunging.follow(desk.officer, county, listed)
    assert (done.people, done.photos, done.withdrawn.kept) == (3, 2, 1)
    assert desk.photos() == 3
    records = desk.installation.records.photo_sources
    assert records.expunged(county.source_id, ["R-1", "R-2", "R-3", "R-9"]) == {"R-1", "R-2", "R-9"}
    assert records.expunged(state.source_id, ["R-1"]) == set()
    again = desk.installation.source_desk.expunging.follow(desk.officer, county, listed)
    assert again.photos == 0


def _nobody(desk):
    return replace(desk.officer, user=replace(desk.officer.user, roles=frozenset()))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column"),
        (b"name\nR-1\n", "no column"),
        (b"person\n", "names nobody"),
        (b"person,why\n,because\n", "Line 2 names nobody"),
        (b"person\n\xff\xfe\n", "UTF-8"),
        (b'person\n"R-1', "Line 2"),
        (b"person\n" + b"x" * 300, "too long"),
        (b"person\nR\0-1\n", "no text"),
        (b"person,expunge_on\nR-1,soon\n", "no day"),
    ],
)
def test_a_list_that_cannot_be_read_changes_nothing(content, words) -> None:
    with pytest.raises(BadUseError) as bad:
        read_references(content, date(2026, 11, 22))
    assert words in bad.value.why
    assert bad.value.next_step


def test_in_a_list_with_days_only_those_count_whose_day_has_come() -> None:
    listed = b"photo,person,expunge_on\na.jpg,R-1,2026-11-22\nb.jpg,R-2,\nc.jpg,R-3,2026-11-23\nd.jpg,R-1,2020-01-01\n"
    assert read_references(listed, date(2026, 11, 22)) == ["R-1"]
    assert read_references(b"person,expunge_on\nR-3,2026-11-23\n", date(2026, 11, 22)) == []


def test_the_day_of_a_photo_is_the_last_of_its_sources_and_the_first_of_each() -> None:
    day_us = 86_400_000_000
    assert latest_end([], 10) is None
    assert latest_end([(1, 0, None, None)], None) is None
    assert latest_end([(1, 0, None, None)], 10) == date(1970, 1, 11)
    assert latest_end([(1, 0, None, "1970-01-05")], 10) == date(1970, 1, 6)
    assert latest_end([(1, 0, "1970-01-03", "1970-01-05")], 10) == date(1970, 1, 3)
    assert latest_end([(1, 0, "1970-01-03", None), (2, 5 * day_us, None, None)], 10) == date(1970, 1, 16)
    assert latest_end([(1, 0, "1970-01-03", None), (2, 0, None, None)], None) is None
    assert latest_end([(1, 0, "1970-01-03", None), (1, 5 * day_us, None, None)], 10) == date(1970, 1, 3)
    assert latest_end([(1, 0, None, None), (1, 5 * day_us, None, None)], 10) == date(1970, 1, 11)


def test_a_second_place_at_the_same_source_lengthens_no_term_and_undoes_no_expungement(desk) -> None:
    now = desk.installation.clock.now()
    county, state = desk.source("County"), desk.source("State")
    due = desk.photo(county, reference="R-1", expunge_on=now.date() + timedelta(days=3))
    listed = desk.photo(county, reference="R-2")
    both = desk.photo(county, reference="R-3", expunge_on=now.date() + timedelta(days=3))
    desk.bring(due, listed, both)
    for photo in (due, listed, both):  # the same files once more, by name alone
        again = desk.photo(county, content_hash=photo.photo.content_hash)
        desk.bring(replace(again, photo=replace(again.photo, file_name="copy of it.jpg"), place_only=True))
    desk.bring(desk.photo(state, content_hash=both.photo.content_hash))
    records = desk.installation.records.photo_sources
    assert [len(records.origins(photo.photo.photo_id).arrivals) for photo in (due, listed, both)] == [2, 2, 3]
    term = desk.installation.source_desk.retention.term
    assert term(due.photo.photo_id).due_on == now.date() + timedelta(days=3)
    assert term(both.photo.photo_id).due_on == now.date() + YEARS_3

    done = desk.installation.source_desk.expunging.follow(desk.officer, county, b"person\nR-2\n")
    assert (done.photos, done.withdrawn.arrivals) == (1, 2)
    assert _round(desk, now + timedelta(days=3)) == {"sources": 0, "withdrawn": 1, "kept": 1, "photos": 1}
    (left,) = records.origins(both.photo.photo_id).arrivals
    assert left.source_id == state.source_id

"""A letter of a site's owner is followed: what only that owner permitted is gone, what others permit stays."""

import os
from dataclasses import replace

import pytest

from facewarden.domain.gallery import NewPhoto
from facewarden.domain.hosts import BarReason
from facewarden.domain.photos import PhotoState
from facewarden.domain.provenance import ReviewState, TakedownState
from facewarden.domain.sources import SourceState
from facewarden.errors import BadUseError, UnavailableError
from facewarden.services.collecting.takedown_letter import reply_letter
from tests.integration.sources.conftest import LETTER

MANY = int(os.environ.get("FACEWARDEN_TAKEDOWN_PHOTOS", "240"))
"""A gallery of 20,000 is tried with the variable set; the arithmetic is the same."""


def _again(photo: NewPhoto, other) -> NewPhoto:
    """The same file, from another source or from another address."""
    return replace(other, photo=replace(other.photo, content_hash=photo.photo.content_hash))


def test_what_remains_is_exactly_what_other_permissions_cover(desk) -> None:
    press = desk.source("Press", "press.example.net")
    county = desk.source("County", "county.example")
    each = MANY // 4
    only_press = [desk.photo(press, f"https://img.press.example.net/{n}") for n in range(each)]
    both = [desk.photo(press, f"https://press.example.net/b{n}") for n in range(each)]
    only_county = [desk.photo(county, f"https://county.example/{n}") for n in range(each)]
    by_hand = [desk.photo(press) for _ in range(each)]
    everything = [*only_press, *both, *only_county, *by_hand]
    for start in range(0, len(everything), 500):
        desk.bring(*everything[start : start + 500])
    desk.bring(*[_again(photo, desk.photo(county, f"https://county.example/b{n}")) for n, photo in enumerate(both)])
    assert desk.photos() == 4 * each

    dry, done = desk.take_down("press.example.net")

    gone, kept = [*only_press, *by_hand], [*both, *only_county]
    assert (dry.plan.photos, dry.plan.faces, dry.plan.kept) == (len(gone), len(gone), len(both))
    assert (done.state, done.counts["photos"], done.counts["kept"]) == (TakedownState.DONE, len(gone), len(both))
    assert desk.photos() == len(kept)
    keys = desk.installation.vault
    assert keys.get_many([photo.photo.photo_id for photo in gone]) == {}
    assert len(keys.get_many([photo.photo.photo_id for photo in kept])) == len(kept)
    origins = desk.installation.records.photo_sources.origins(both[0].photo.photo_id)
    assert [arrival.url for arrival in origins.arrivals] == ["https://county.example/b0"]
    assert desk.installation.sources.named("Press").state is SourceState.ENDED
    assert desk.installation.sources.counts()[county.source_id] == (len(kept), 0)
    # A second collection of the same files, even by a source that is active, admits none of the removed.
    suppression = desk.installation.taking_out.suppression
    assert suppression.barred([photo.photo.content_hash for photo in everything]) == {
        photo.photo.content_hash for photo in gone
    }
    with pytest.raises(UnavailableError) as stopped:
        desk.bring(desk.photo(press))
    assert stopped.value.code == "source_stopped"
    assert desk.bring(desk.photo(county, "https://img.press.example.net/1")) == ()
    assert desk.photos() == len(kept)


def test_a_host_that_shares_its_source_with_others_takes_only_its_own_photos_along(desk) -> None:
    group = desk.source("Group", "a.example.net", "b.example.net")
    here = desk.photo(group, "https://a.example.net/1")
    there = desk.photo(group, "https://b.example.net/1")
    everywhere = desk.photo(group, "https://a.example.net/2")
    by_hand = desk.photo(group)
    desk.bring(here, there, everywhere, by_hand)
    dry, done = desk.take_down("a.example.net")
    assert [source.name for source in dry.partly] == ["Group"]
    assert (done.counts["photos"], done.counts["without_address"]) == (2, 1)
    assert desk.installation.sources.named("Group").state is SourceState.ACTIVE
    assert desk.photos() == 2
    assert desk.bring(desk.photo(group, "https://a.example.net/3")) == ()
    assert len(desk.bring(desk.photo(group, "https://b.example.net/3"))) == 1


def test_mirrors_and_other_names_of_the_site_are_barred_too(desk) -> None:
    desk.installation.source_desk.bars.note_mirror(desk.operator, "a.example.net", "a-mirror.example.org")
    archive = desk.source("Archive", "archive.example")
    photos = [
        desk.photo(archive, f"https://{host}/1")
        for host in ("a.example.net", "x.a-mirror.example.org", "given.example.com", "archive.example")
    ]
    desk.bring(*photos)
    _, done = desk.take_down("a.example.net", "given.example.com")
    assert set(done.hosts) == {"a.example.net", "a-mirror.example.org", "given.example.com"}
    assert desk.photos() == 1
    barred = {bar.host for bar, _ in desk.installation.source_desk.bars.all() if bar.reason is BarReason.TAKEDOWN}
    assert barred == set(done.hosts)


def test_look_alikes_elsewhere_wait_for_an_officer(desk) -> None:
    press, county = desk.source("Press", "press.example.net"), desk.source("County", "county.example")
    original = desk.photo(press, "https://press.example.net/1")
    near = desk.photo(county, perceptual=bytes([original.perceptual[0] ^ 1, *original.perceptual[1:]]))
    other, third = desk.photo(county), desk.photo(county, perceptual=original.perceptual)
    desk.bring(original, other)
    desk.bring(near)
    desk.bring(third)
    origins = desk.installation.records.photo_sources.origins(original.photo.photo_id)
    assert [(copy.photo_id, copy.bits) for copy in origins.near_copies] == [
        (third.photo.photo_id, 0),
        (near.photo.photo_id, 1),
    ]
    dry, done = desk.take_down("press.example.net")
    assert dry.plan.look_alikes == done.counts["look_alikes"] == 2
    copies = desk.installation.source_desk.copies
    waiting = copies.waiting(desk.officer)
    assert [review.photo_id for review in waiting] == [third.photo.photo_id, near.photo.photo_id]
    copies.decide(desk.officer, done.takedown_id, third.photo.photo_id, erase=True)
    copies.decide(desk.officer, done.takedown_id, near.photo.photo_id, erase=False)
    assert copies.waiting(desk.officer) == []
    states = {r.photo_id: r.state for r in desk.installation.records.takedowns.reviews(only_open=False)}
    assert states == {third.photo.photo_id: ReviewState.ERASED, near.photo.photo_id: ReviewState.KEPT}
    assert desk.photos() == 2
    with pytest.raises(BadUseError) as twice:
        copies.decide(desk.officer, done.takedown_id, near.photo.photo_id, erase=True)
    assert twice.value.code == "review_unknown"


def test_a_photo_on_hold_is_shown_to_nobody_and_erased_when_its_hold_ends(desk) -> None:
    press = desk.source("Press", "press.example.net")
    held, free = desk.photo(press), desk.photo(press)
    desk.bring(held, free)
    desk.installation.records.withdrawals.hold([held.photo.photo_id])
    dry, done = desk.take_down("Press")
    assert (dry.plan.photos, dry.plan.held, done.counts["held"]) == (1, 1, 1)
    assert desk.photos() == 0
    origins = desk.installation.records.photo_sources.origins(held.photo.photo_id)
    assert origins.state is PhotoState.HELD
    desk.installation.records.withdrawals.release([held.photo.photo_id])
    assert desk.photos() == 0
    assert "legal hold" in reply_letter(done, "test", "key")


def test_nothing_is_done_but_what_the_dry_run_looked_at(desk) -> None:
    desk.source("Press", "press.example.net")
    takedowns = desk.installation.source_desk.takedowns
    dry = takedowns.dry_run(desk.officer, "press.example.net", LETTER)
    for letter, mirrors, code in (
        (b"Another.", (), dry.code),
        (LETTER, ("b.example",), dry.code),
        (LETTER, (), "0" * 8),
    ):
        with pytest.raises(BadUseError) as changed:
            takedowns.carry_out(desk.officer, "press.example.net", letter, mirrors, code)
        assert changed.value.code == "takedown_changed"
    assert takedowns.all(desk.officer) == []
    assert desk.installation.sources.named("Press").state is SourceState.ACTIVE


def test_the_reply_has_the_counts_and_where_to_check_them(desk) -> None:
    press = desk.source("Press", "press.example.net")
    desk.bring(desk.photo(press, "https://press.example.net/1"))
    _, done = desk.take_down("press.example.net")
    letter = reply_letter(done, desk.installation.name, str(desk.installation.log.verifier_key))
    for words in (
        "press.example.net",
        done.letter_hash,
        "erased: 1 photos with 1 faces",
        f"entry {done.outcome_index}",
    ):
        assert words in letter
    assert max(map(len, letter.splitlines())) <= 90
    entry = desk.installation.log.entry(done.outcome_index)
    assert entry.subject == done.takedown_id
    assert entry.details["photos"] == 1


def test_no_name_address_or_reference_lies_in_the_clear(desk) -> None:
    press = desk.source("Press")
    desk.bring(desk.photo(press, "https://somebody-s-own.example/very-personal", reference="REF-4711-JOHN"))
    desk.installation.database.forget()
    content = b"".join(path.read_bytes() for path in desk.installation.data_dir.glob("records.db*"))
    for words in (b"somebody-s-own", b"very-personal", b"IMG 0001", b"REF-4711"):
        assert words not in content
    assert b"Press" in content  # the harness finds what is there in the clear

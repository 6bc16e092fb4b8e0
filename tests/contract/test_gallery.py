"""What sources, the gallery and the index's feed promise, whatever keeps them."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from facewarden.domain.gallery import Joined, Stored
from facewarden.domain.ids import FaceNumber, PhotoId, SourceId
from facewarden.domain.photos import PhotoState
from facewarden.domain.provenance import Origin, Standing
from facewarden.errors import BadUseError, DamagedError
from facewarden.matching.fingerprint import EMPTY_FINGERPRINT, fingerprint
from facewarden.testing.gallery import NOON


def test_a_source_comes_back_equal_and_case_does_not_count(house) -> None:
    source = house.source("County records")
    other = replace(house.make.source("Archive"), country=None, hosts=(), permission_hash="ab" * 32)
    house.sources.add(other, b"%PDF a permission")
    assert house.sources.find("COUNTY records") == source
    assert house.sources.find("nowhere") is None
    assert list(house.sources.all()) == [other, source]
    with pytest.raises(BadUseError) as refused:
        house.sources.add(house.make.source("county Records"), b"another")
    assert refused.value.code == "source_name_taken"


def test_counts_are_of_active_photos_and_of_refusals(house) -> None:
    source, empty = house.source(), house.source("Empty")
    held = house.make.photo(source, state=PhotoState.HELD)
    refusals = [house.make.refusal(source), house.make.refusal(source)]
    house.gallery.add([*house.make.photos(source, 3), held], refusals, None)
    assert house.sources.counts() == {source.source_id: (3, 2), empty.source_id: (0, 0)}


def test_a_file_refused_again_counts_once(house) -> None:
    source = house.source()
    refusal = house.make.refusal(source, "no_face")
    house.gallery.add([], [refusal], None)
    house.gallery.add([], [replace(refusal, ground="border", refused_at=NOON + timedelta(days=1))], None)
    assert house.sources.counts()[source.source_id] == (0, 1)


def _numbers(house) -> list[int]:
    return [change.face_number for change in house.feed.changes(0, 10_000) if change.template is not None]


def test_a_photo_comes_back_with_its_faces_and_its_file(house) -> None:
    source = house.source()
    new = house.make.photo(source, faces=2)
    house.gallery.add([new], [], None)
    numbers = _numbers(house)
    shown = house.gallery.showable(numbers)
    assert [shown[number].face for number in numbers] == [face.face for face in new.faces]
    assert all(face.photo == new.photo and face.source_name == source.name for face in shown.values())
    assert house.gallery.photo_content(new.photo.photo_id) == new.content


@pytest.mark.parametrize("captured_at", [None, datetime(2020, 5, 6, 7, 8, 9), NOON])  # noqa: DTZ001 (a camera's)
def test_a_capture_time_comes_back_as_the_camera_wrote_it(house, captured_at) -> None:
    source = house.source()
    new = house.make.photo(source)
    new = replace(new, photo=replace(new.photo, captured_at=captured_at, url=None))
    house.gallery.add([new], [], None)
    (shown,) = house.gallery.showable(_numbers(house)).values()
    assert shown.photo == new.photo


def test_templates_come_back_bit_for_bit_beside_their_numbers(house) -> None:
    source = house.source()
    photos = house.make.photos(source, 40, faces=3)
    house.gallery.add(photos, [], None)
    numbers = _numbers(house)
    wanted = [*numbers[5:90], 10**9, *numbers[:5]]
    found, templates = house.gallery.templates(wanted)
    assert found.dtype == np.int64
    assert templates.dtype == np.float32
    assert sorted(found.tolist()) == sorted(numbers[:90])
    stored = np.array([face.template for new in photos for face in new.faces])
    position = {number: at for at, number in enumerate(numbers)}
    assert np.array_equal(templates, stored[[position[number] for number in found.tolist()]])


def test_no_faces_asked_for_is_no_templates(house) -> None:
    numbers, templates = house.gallery.templates([])
    assert (numbers.shape, templates.shape) == ((0,), (0, 0))
    assert house.gallery.showable([]) == {}


def _here(new):
    return new.photo.content_hash, new.arrival.origin


def test_known_tells_admitted_and_held_files_of_that_source(house) -> None:
    source, other = house.source(), house.source("Other")
    active, held = house.make.photo(source), house.make.photo(source, state=PhotoState.HELD)
    house.gallery.add([active, held], [], None)
    asked = [_here(active), _here(held), (b"x" * 32, Origin("x.jpg"))]
    assert house.gallery.known(source.source_id, asked) == [Standing.BROUGHT, Standing.BROUGHT, Standing.NEW]
    assert house.gallery.known(other.source_id, asked) == [Standing.NEW] * 3
    assert house.gallery.known(source.source_id, []) == []


def test_a_further_place_of_a_known_photo_is_told_from_the_same_place(house) -> None:
    source = house.source()
    new = house.make.photo(source)
    house.gallery.add([new], [], None)
    content_hash, here = _here(new)
    elsewhere = [replace(here, url="https://b.example/other.jpg"), replace(here, person_reference="R-7")]
    told = house.gallery.known(source.source_id, [(content_hash, where) for where in [here, *elsewhere]])
    assert told == [Standing.BROUGHT, Standing.ELSEWHERE, Standing.ELSEWHERE]


def test_the_same_file_twice_is_stored_once(house) -> None:
    source, other = house.source(), house.source("Other")
    new = house.make.photo(source)
    again = replace(new, photo=replace(new.photo, photo_id=PhotoId("ph_again")))
    elsewhere = house.make.photo(other)
    elsewhere = replace(elsewhere, photo=replace(elsewhere.photo, content_hash=new.photo.content_hash))
    assert house.gallery.add([new, again], [], None).joined == ()
    assert house.gallery.add([again], [], None).joined == ()
    assert house.feed.summary().photos == 1
    came = house.gallery.add([elsewhere], [], None)
    assert house.feed.summary().photos == 1
    assert came.joined == (Joined(elsewhere.photo.photo_id, new.photo.photo_id),)
    assert house.gallery.known(other.source_id, [_here(elsewhere)]) == [Standing.BROUGHT]
    assert house.sources.counts() == {source.source_id: (1, 0), other.source_id: (1, 0)}
    for photo_id in ("ph_again", elsewhere.photo.photo_id):
        with pytest.raises(BadUseError):
            house.gallery.photo_content(PhotoId(photo_id))


def test_another_place_of_a_photo_joins_it_once_and_alone_stores_nothing(house) -> None:
    source = house.source()
    new = house.make.photo(source)
    moved = replace(new.photo, photo_id=PhotoId("ph_moved"), url="https://b.example/other.jpg")
    place = replace(new, photo=moved, faces=(), place_only=True)
    assert house.gallery.add([place], [], None) == Stored(left_out=(moved.photo_id,))
    house.gallery.add([new], [], None)
    assert house.gallery.add([place, place], [], None).joined == (Joined(moved.photo_id, new.photo.photo_id),)
    assert house.gallery.add([place], [], None) == Stored()
    assert house.feed.summary().photos == 1
    assert house.sources.counts() == {source.source_id: (1, 0)}


def test_two_sources_that_bring_a_file_at_once_share_one_photo(house) -> None:
    source, other = house.source(), house.source("Other")
    new, elsewhere = house.make.photo(source), house.make.photo(other)
    elsewhere = replace(elsewhere, photo=replace(elsewhere.photo, content_hash=new.photo.content_hash))
    came = house.gallery.add([new, elsewhere], [], None)
    assert came.stored == (new.photo.photo_id,)
    assert came.joined == (Joined(elsewhere.photo.photo_id, new.photo.photo_id),)
    assert house.feed.summary().photos == 1
    assert house.keys.get_many([elsewhere.photo.photo_id]) == {}


def test_a_photo_id_is_used_once_and_the_first_photo_stays_whole(house) -> None:
    source = house.source()
    first = house.make.photo(source)
    house.gallery.add([first], [], None)
    second = house.make.photo(source)
    second = replace(second, photo=replace(second.photo, photo_id=first.photo.photo_id))
    with pytest.raises(BadUseError):
        house.gallery.add([house.make.photo(source), second], [house.make.refusal(source)], None)
    assert house.gallery.photo_content(first.photo.photo_id) == first.content
    assert house.gallery.templates(_numbers(house))[0].size == 1
    assert house.sources.counts()[source.source_id] == (1, 0)


def test_an_unknown_source_is_refused_and_leaves_nothing(house) -> None:
    stray = house.make.photo(house.make.source())
    with pytest.raises(BadUseError) as refused:
        house.gallery.add([stray], [], None)
    assert refused.value.code == "source_unknown"
    with pytest.raises(BadUseError):
        house.gallery.known(SourceId("so_none"), [(b"x", Origin("x.jpg"))])
    with pytest.raises(DamagedError):
        house.blobs.get(stray.photo.photo_id)


def test_a_held_photo_is_never_shown(house) -> None:
    source = house.source()
    held = house.make.photo(source, state=PhotoState.HELD)
    house.gallery.add([held], [], None)
    assert house.feed.summary().faces == 0
    assert house.feed.changes(0, 10) == []
    assert house.gallery.showable([FaceNumber(1)]) == {}
    assert house.gallery.templates([FaceNumber(1)])[0].size == 0
    with pytest.raises(BadUseError) as refused:
        house.gallery.photo_content(held.photo.photo_id)
    assert refused.value.code == "photo_unknown"


def test_the_summary_follows_what_came(house) -> None:
    assert house.feed.summary().fingerprint == EMPTY_FINGERPRINT
    source = house.source()
    house.gallery.add([house.make.photo(source, faces=2), house.make.photo(source, faces=0)], [], None)
    numbers = _numbers(house)
    summary = house.feed.summary()
    assert (summary.photos, summary.faces, summary.sequence) == (2, 2, 2)
    assert summary.fingerprint == fingerprint(numbers)


def test_changes_are_read_in_pages_without_a_gap(house) -> None:
    source = house.source()
    house.gallery.add(house.make.photos(source, 7), [], None)
    seen, last = [], 0
    while page := house.feed.changes(last, 3):
        assert len(page) <= 3
        seen += page
        last = page[-1].sequence
    assert [change.sequence for change in seen] == list(range(1, 8))
    assert len({change.face_number for change in seen}) == 7


def test_face_numbers_ascend_and_are_never_used_again(house) -> None:
    source = house.source()
    first = house.make.photo(source)
    house.gallery.add([first], [], None)
    (one,) = _numbers(house)
    house.withdrawals.erase([first.photo.photo_id])
    house.gallery.add([house.make.photo(source)], [], None)
    (two,) = _numbers(house)
    assert two > one > 0


def test_holding_and_releasing_a_photo_is_told_to_the_index(house) -> None:
    source = house.source()
    kept, held = house.make.photo(source), house.make.photo(source, faces=2)
    house.gallery.add([kept, held], [], None)
    before = house.feed.summary()
    kept_number, *_ = _numbers(house)
    gone = house.withdrawals.hold([held.photo.photo_id])
    assert house.gallery.showable(_numbers(house)).keys() == set(_numbers(house))
    assert [(change.face_number, change.template) for change in house.feed.changes(3, 10)] == [
        (number, None) for number in gone
    ]
    told = house.feed.changes(0, 10)
    assert [change.template is None for change in told] == [False, True, True, True, True]
    after = house.feed.summary()
    assert (after.photos, after.faces) == (1, 1)
    assert after.fingerprint == fingerprint([kept_number])
    assert house.gallery.templates(gone)[0].size == 0
    assert house.withdrawals.hold([held.photo.photo_id]) == []
    assert house.withdrawals.release([held.photo.photo_id, kept.photo.photo_id]) == gone
    assert house.feed.summary().fingerprint == before.fingerprint
    assert sorted(house.gallery.templates(gone)[0].tolist()) == gone


def test_an_erased_photo_is_gone_from_everywhere(house) -> None:
    source = house.source()
    kept, erased = house.make.photo(source), house.make.photo(source, faces=2)
    house.gallery.add([kept, erased], [], None)
    numbers = list(house.withdrawals.erase([erased.photo.photo_id]))
    assert len(numbers) == 2
    assert house.gallery.showable(numbers) == {}
    assert house.gallery.templates(numbers)[0].size == 0
    assert house.keys.get_many(numbers) == {}
    assert house.keys.get_many([erased.photo.photo_id]) == {}
    assert house.gallery.known(source.source_id, [_here(erased)]) == [Standing.NEW]
    with pytest.raises(BadUseError):
        house.gallery.photo_content(erased.photo.photo_id)
    with pytest.raises(DamagedError):
        house.blobs.get(erased.photo.photo_id)
    changes = house.feed.changes(0, 10)
    assert [change.face_number for change in changes if change.template is None] == [*numbers, *numbers]
    assert house.feed.summary().fingerprint == fingerprint(_numbers(house))
    assert house.gallery.photo_content(kept.photo.photo_id) == kept.content
    assert house.withdrawals.erase([erased.photo.photo_id]) == []


def test_a_lost_key_is_damage_and_no_erasure(house) -> None:
    source = house.source()
    house.gallery.add(house.make.photos(source, 2), [], None)
    lost, kept = _numbers(house)
    house.keys.destroy([lost])
    with pytest.raises(DamagedError) as damaged:
        house.gallery.templates([lost, kept])
    assert damaged.value.code == "template_key_missing"


def test_a_photo_whose_key_is_lost_is_damage_and_no_erasure(house) -> None:
    new = house.make.photo(house.source())
    house.gallery.add([new], [], None)
    house.keys.destroy([new.photo.photo_id])
    with pytest.raises(DamagedError) as damaged:
        house.gallery.photo_content(new.photo.photo_id)
    assert damaged.value.code == "blob_missing"


def test_only_orphans_old_enough_are_swept(house) -> None:
    source = house.source()
    new = house.make.photo(source)
    house.gallery.add([new], [], None)
    house.sources.add(house.make.source("With a permission"), b"document")
    house.keys.create_many([10**6])
    house.keys.create_many(["ph_lost"])
    house.blobs.put_many({"ph_stray": b"content"})
    assert house.orphans.sweep(3600.0).files == 0
    assert len(house.keys.get_many([10**6])) == 1
    house.clock.advance(timedelta(days=3650))
    swept = house.orphans.sweep(3600.0)
    assert (swept.template_keys, swept.file_keys, swept.files) == (1, 1, 1)
    assert house.keys.get_many([10**6]) == {}
    assert house.gallery.photo_content(new.photo.photo_id) == new.content
    assert house.gallery.templates(_numbers(house))[0].size == 1

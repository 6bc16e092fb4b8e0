"""Erased means the bytes are gone: looked for in every file of the data folder, and found there before."""

from pathlib import Path

import numpy as np
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facewarden.adapters.keys.wrapping import place_of_kek


def _holds(folder: Path, wanted: bytes) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and wanted in path.read_bytes())


def _wrapped(house, number: int) -> bytes:
    with house.vault._store.reading() as connection:
        return connection.execute("SELECT wrapped FROM numbered_keys WHERE number = ?", (number,)).fetchone()[0]


def _sealed(house, number: int) -> bytes:
    with house.database.reading() as connection:
        query = sa.text("SELECT sealed FROM templates WHERE face_number = :number")
        return connection.execute(query, {"number": number}).scalar_one()


def _gallery(house, count: int):
    source = house.make.source()
    house.sources.add(source, None)
    photos = house.make.photos(source, count)
    house.gallery.add(photos, [], None)
    numbers = [change.face_number for change in house.feed.changes(0, 10_000)]
    return photos, numbers


def test_nothing_is_ever_on_the_disk_in_the_clear(house) -> None:
    photos, numbers = _gallery(house, 5)
    keys = house.vault.get_many(numbers) | house.vault.get_many([new.photo.photo_id for new in photos])
    secrets = [new.content for new in photos] + [new.faces[0].template.tobytes() for new in photos]
    secrets += [*keys.values(), bytes(range(32))]
    assert len(secrets) == 21
    for secret in secrets:
        assert _holds(house.folder, secret[:16]) == []


def test_an_erased_photos_bytes_are_in_no_file(house) -> None:
    photos, numbers = _gallery(house, 200)
    erased, number = photos[77], numbers[77]
    blob = next(house.folder.rglob(erased.photo.photo_id)).read_bytes()
    traces = {
        "template": _sealed(house, number),
        "key": _wrapped(house, number),
        "hash": erased.photo.content_hash,
        "photo id": erased.photo.photo_id.encode(),
        "pixels": blob[-64:],
    }
    for name, trace in traces.items():
        assert _holds(house.folder, trace), f"the control found no {name}"
    house.withdrawals.erase([erased.photo.photo_id])
    house.vault.rotate()
    for name, trace in traces.items():
        assert _holds(house.folder, trace) == [], name
    assert not list(house.folder.rglob(erased.photo.photo_id + "*"))
    found, _ = house.gallery.templates(numbers)
    assert found.size == 199
    assert np.array_equal(np.sort(found), np.array(sorted(set(numbers) - {number})))
    assert house.gallery.photo_content(photos[78].photo.photo_id) == photos[78].content


def test_what_a_page_split_left_behind_goes_with_a_rebuild(house) -> None:
    photos, numbers = _gallery(house, 400)
    gone = photos[::3]
    traces = [_sealed(house, number) for number in numbers[::3]]
    house.withdrawals.erase([new.photo.photo_id for new in gone])
    house.database.forget(rebuild=True)
    for trace in traces:
        assert _holds(house.folder, trace[20:40]) == []
    for new in gone:
        assert _holds(house.folder, new.photo.content_hash) == []
    assert house.feed.summary().faces == 400 - len(gone)


def test_an_old_copy_of_a_destroyed_key_opens_until_rotation_and_never_after(house) -> None:
    _, numbers = _gallery(house, 3)
    number = numbers[1]
    old_copy, master = _wrapped(house, number), AESGCM(bytes(range(32)))
    with house.vault._store.reading() as connection:
        kek_id, block, old_kek = connection.execute(
            "SELECT kek_id, block, wrapped FROM keks WHERE scope = 'number'"
        ).fetchone()
    place = number.to_bytes(8, "big") + kek_id.to_bytes(8, "big")
    expected = house.vault.get_many([number])[number]
    house.vault.destroy([number])
    kek = AESGCM(master.decrypt(old_kek[:12], old_kek[12:], place_of_kek(kek_id, "number", block)))
    assert kek.decrypt(old_copy[:12], old_copy[12:], place) == expected  # the control: why rotation is needed
    assert house.vault.rotate() == 2
    assert _holds(house.folder, old_kek) == []
    with house.vault._store.reading() as connection:
        # Of numbers alone: the block of names is drawn, and now and then it is this one.
        of_numbers = "SELECT kek_id, block, wrapped FROM keks WHERE scope = 'number'"
        for new_id, new_block, wrapped in connection.execute(of_numbers):
            if new_block == block:
                new_kek = AESGCM(master.decrypt(wrapped[:12], wrapped[12:], place_of_kek(new_id, "number", block)))
                try:
                    new_kek.decrypt(old_copy[:12], old_copy[12:], place)
                except InvalidTag:
                    continue
                raise AssertionError("the new key-encryption key opens an old copy")
    assert len(house.vault.get_many(numbers)) == 2

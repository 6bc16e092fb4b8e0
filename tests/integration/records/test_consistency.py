"""The records' own check finds each kind of disagreement, and nothing where there is none."""

import pytest
import sqlalchemy as sa

from facewarden.adapters.records_sql.consistency import SqlConsistency
from facewarden.domain.photos import PhotoState
from facewarden.testing.gallery import NOON


@pytest.fixture
def check(house):
    source = house.make.source()
    house.sources.add(source, None)
    photos = [*house.make.photos(source, 6, faces=2), house.make.photo(source, state=PhotoState.HELD)]
    house.gallery.add(photos, [], None)
    house.withdrawals.hold([photos[0].photo.photo_id])
    house.withdrawals.release([photos[0].photo.photo_id])
    house.withdrawals.hold([photos[1].photo.photo_id])
    house.withdrawals.erase([photos[2].photo.photo_id])
    house.clock.moment = NOON.replace(year=2100)
    return SqlConsistency(house.database, house.vault, house.blobs)


def test_a_sound_gallery_has_no_findings(check) -> None:
    assert check.findings() == []
    assert check.findings(thorough=True) == []


@pytest.mark.parametrize(
    ("harm", "finding"),
    [
        ("DELETE FROM templates WHERE face_number = 1", "lack a template"),
        ("UPDATE templates SET active = 0 WHERE face_number = 1", "hidden although"),
        ("UPDATE templates SET active = 1 WHERE face_number = 3", "shown although"),
        ("DELETE FROM changes WHERE sequence = 1", "otherwise in the sequence"),
        ("DELETE FROM changes WHERE face_number = 7", "never came"),
        ("UPDATE gallery_state SET photos = photos + 1", "account's photos"),
        ("UPDATE gallery_state SET faces = faces - 1", "account's faces"),
        ("UPDATE gallery_state SET sequence = sequence + 1", "account's sequence"),
        ("UPDATE gallery_state SET fingerprint = zeroblob(16)", "account's fingerprint"),
        ("INSERT INTO doomed (face_number) VALUES (1)", "still to be destroyed"),
    ],
)
def test_each_disagreement_in_the_records_is_found(house, check, harm, finding) -> None:
    with house.database.writing() as connection:
        assert connection.execute(sa.text(harm)).rowcount > 0
    found = check.findings()
    assert any(finding in sentence for sentence in found), found


@pytest.mark.parametrize(
    ("harm", "finding"), [("key", "has no key"), ("seal", "does not open"), ("file", "1 photos have no file")]
)
def test_lost_keys_seals_and_files_are_found_by_the_thorough_check(house, check, harm, finding) -> None:
    if harm == "key":
        house.vault.destroy([1])
    elif harm == "seal":
        with house.database.writing() as connection:
            connection.execute(sa.text("UPDATE templates SET sealed = zeroblob(92) WHERE face_number = 1"))
    else:
        next(path for path in (house.folder / "blobs").rglob("ph_*") if path.is_file()).unlink()
    assert check.findings() == []
    (found,) = check.findings(thorough=True)
    assert finding in found

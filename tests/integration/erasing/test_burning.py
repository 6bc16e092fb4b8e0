"""One face out of a photo that shows others: its pixels are burnt in a new file, the others stay and are found."""

from __future__ import annotations

import json

import numpy as np
import pytest

from facewarden.audit.receipt import verify_receipt
from facewarden.bootstrap.installation import Installation
from facewarden.domain.erasing import ErasureReason
from facewarden.domain.gallery import GalleryFace
from facewarden.domain.ids import FaceNumber
from facewarden.errors import BadUseError, Error
from facewarden.services.taking_out.burning import region
from tests.integration.erasing.conftest import Office, altered, beside

pytestmark = pytest.mark.slow
LEFT, RIGHT = 1, 2


@pytest.fixture
def couple(population) -> bytes:
    """Two people who do not exist, in one photo."""
    return beside(*(altered(population.photo(person, 0).content, "as it is") for person in (LEFT, RIGHT)))


def _shown(installation: Installation, after: int = 0) -> list[GalleryFace]:
    numbers = [FaceNumber(number) for number in range(after + 1, after + 200)]
    return sorted(installation.records.gallery.showable(numbers).values(), key=lambda face: face.face.box.left)


def _brought(office: Office, couple: bytes) -> tuple[Installation, GalleryFace, GalleryFace]:
    installation = office.open()
    known = max(face.face_number for face in _shown(installation))
    assert office.bring(installation, {"couple.jpg": couple}).faces == 2
    left, right = _shown(installation, known)
    assert left.photo.photo_id == right.photo.photo_id
    return installation, left, right


def _pixels(installation: Installation, photo_id: str) -> np.ndarray:
    content = installation.records.gallery.photo_content(photo_id)
    return installation.decoder.decode([content])[0].pixels


def test_one_face_is_burnt_and_the_other_stays(office: Office, couple: bytes) -> None:
    installation, left, right = _brought(office, couple)
    box = region(left.face.box)
    inside = np.s_[max(0, int(box.top)) : int(box.bottom), max(0, int(box.left)) : int(box.right)]
    before = _pixels(installation, left.photo.photo_id)
    assert before[inside].std() > 10, "the control: there is a face"
    erasure = installation.taking_out.erasing.erase(
        office.officer(installation), [], ErasureReason.TAKEDOWN, face_numbers=[left.face_number]
    )
    assert (erasure.photos, erasure.burnt, erasure.faces) == (0, 1, 1)
    assert installation.records.gallery.showable([left.face_number]) == {}
    stays = installation.records.gallery.showable([right.face_number])[right.face_number]
    assert stays.photo.photo_id != left.photo.photo_id
    after = _pixels(installation, stays.photo.photo_id)
    assert after[inside].std() < 4, "nothing but grey, but for what JPEG does"
    faces = installation.engine.detect([after])[0]
    assert [face.box.overlap(right.face.box) > 0.8 for face in faces] == [True]
    with pytest.raises(BadUseError):
        installation.records.gallery.photo_content(left.photo.photo_id)
    assert installation.vault.get_many([left.photo.photo_id]) == {}
    assert not list((installation.data_dir / "photos").rglob(left.photo.photo_id))
    receipt = installation.taking_out.receipts.make(erasure, tell_what=True)
    verify_receipt(json.loads(json.dumps(receipt)), str(installation.log.verifier_key))
    assert (receipt["erased"]["burnt"], len(receipt["erased"]["photo_hashes"])) == (1, 1)
    assert all(check.problem is None for check in installation.examine())


def test_the_decision_on_the_photo_can_still_be_explained_for_who_stays(office: Office, couple: bytes) -> None:
    installation, left, right = _brought(office, couple)
    before = installation.memory.about(left.photo.photo_id)
    assert before
    installation.taking_out.erasing.erase(
        office.officer(installation), [], ErasureReason.TAKEDOWN, face_numbers=[left.face_number]
    )
    stays = installation.records.gallery.showable([right.face_number])[right.face_number]
    assert [kept.document for kept in installation.memory.about(stays.photo.photo_id)] == [
        kept.document for kept in before
    ]
    assert installation.memory.about(left.photo.photo_id) == []


def test_the_photo_goes_whole_when_nobody_is_left_in_it(office: Office, couple: bytes) -> None:
    installation, left, right = _brought(office, couple)
    actor, erasing = office.officer(installation), installation.taking_out.erasing
    both = [left.face_number, right.face_number]
    erasure = erasing.erase(actor, [], ErasureReason.OFFICER, face_numbers=both)
    assert (erasure.photos, erasure.burnt, erasure.faces) == (1, 0, 2)
    with pytest.raises(BadUseError) as unknown:
        erasing.erase(actor, [], ErasureReason.OFFICER, face_numbers=both)
    assert unknown.value.code == "face_unknown"


def test_a_face_of_a_held_photo_is_owed_and_burnt_when_its_hold_ends(office: Office, couple: bytes) -> None:
    installation, left, right = _brought(office, couple)
    actor, erasing, withdrawals = (
        office.officer(installation),
        installation.taking_out.erasing,
        installation.records.withdrawals,
    )
    withdrawals.hold([left.photo.photo_id])
    waiting = erasing.erase(actor, [], ErasureReason.OFFICER, face_numbers=[left.face_number])
    assert (waiting.photos, waiting.burnt, waiting.held) == (0, 0, 1)
    assert withdrawals.release([left.photo.photo_id]) == [], "what is owed stays hidden"
    assert installation.taking_out.owed.run(installation.clock.now()) == {"photos": 0, "faces": 1}
    shown = installation.records.gallery.showable([left.face_number, right.face_number])
    assert list(shown) == [right.face_number]
    assert installation.taking_out.owed.run(installation.clock.now()) == {"photos": 0, "faces": 0}
    assert all(check.problem is None for check in installation.examine())


def test_a_photo_whose_file_is_damaged_goes_whole(office: Office, couple: bytes) -> None:
    installation, left, _ = _brought(office, couple)
    content = installation.records.gallery.photo_content(left.photo.photo_id)
    assert content

    class Lost:
        def decode(self, files):
            return [Error("damaged_image", "It cannot be decoded.") for _ in files]

    installation.taking_out.burning._decoder = Lost()
    erasure = installation.taking_out.erasing.erase(
        office.officer(installation), [], ErasureReason.OFFICER, face_numbers=[left.face_number]
    )
    assert (erasure.photos, erasure.burnt, erasure.faces) == (1, 0, 2)

"""What goes whole and what is burnt out: photos that show others stay, without the faces that must go.

Never keeps a file of a photo as it was, and never lets a photo stay in which nobody who is permitted is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from facewarden.domain.erasing import BurntPhoto, SeenPhoto
from facewarden.domain.faces import Box, DetectedFace
from facewarden.domain.ids import FaceNumber, PhotoId, random_id
from facewarden.domain.photos import DecodedPhoto, PhotoState
from facewarden.ports import Burner, PhotoDecoder, SeenPhotos

MARGIN = 0.35
"""Of a face's box on each side, burnt with it: ears, chin and most of the hair are known by too."""
COVERED = 0.5
"""A face of another person that is burnt over by so much of its box is no longer one to be shown: it goes too."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an erasure of faces comes to: photos that go whole, photos that stay burnt, faces of held photos."""

    photo_ids: tuple[PhotoId, ...]
    burns: tuple[BurntPhoto, ...]
    owed_faces: Mapping[PhotoId, tuple[FaceNumber, ...]]


class Burning:
    """Prepares erasures of faces. What it stores is unknown to every record until the erasure's transaction."""

    def __init__(self, photos: SeenPhotos, decoder: PhotoDecoder, burner: Burner) -> None:
        self._photos = photos
        self._decoder = decoder
        self._burner = burner

    def prepare(
        self, face_numbers: Sequence[FaceNumber], whole: Sequence[PhotoId] = (), *, despite_holds: bool = False
    ) -> Prepared:
        """What erasing these faces, and these photos whole, comes to. Unknown faces are left out.

        Held photos are not touched unless `despite_holds`: their faces are owed. A photo that cannot be decoded any
        more goes whole. Raises UnavailableError where a burnt file cannot be stored.
        """
        gone, photo_ids = frozenset(face_numbers), list(dict.fromkeys(whole))
        burns: list[BurntPhoto] = []
        owed: dict[PhotoId, tuple[FaceNumber, ...]] = {}
        for photo in self._photos.seen(face_numbers):
            if photo.photo_id in photo_ids:
                continue
            if photo.state is PhotoState.HELD and not despite_holds:
                owed[photo.photo_id] = tuple(number for number in photo.faces if number in gone)
            elif (burnt := self._burnt(photo, gone)) is not None:
                burns.append(burnt)
            else:
                photo_ids.append(photo.photo_id)
        return Prepared(tuple(photo_ids), tuple(burns), owed)

    def _burnt(self, photo: SeenPhoto, wanted: frozenset[FaceNumber]) -> BurntPhoto | None:
        """The photo without those faces, its new file stored; None if it must go whole."""
        gone = with_covered(photo.faces, wanted)
        if len(gone) == len(photo.faces):
            return None
        decoded = self._decoder.decode([self._photos.content(photo.photo_id)])[0]
        if not isinstance(decoded, DecodedPhoto):
            return None
        kept = {number: face.scaled(decoded.scale) for number, face in photo.faces.items() if number not in gone}
        regions = [region(photo.faces[number].scaled(decoded.scale).box) for number in gone]
        content = self._burner.burn(decoded.pixels, regions)
        burnt_id = PhotoId(random_id("ph"))
        self._photos.keep({burnt_id: content})
        return BurntPhoto(
            photo.photo_id, burnt_id, tuple(sorted(gone)), kept, decoded.width_px, decoded.height_px, len(content)
        )


def region(box: Box) -> Box:
    """What is burnt for a face: its box with a margin."""
    across, down = box.width_px * MARGIN, box.height_px * MARGIN
    return Box(box.left - across, box.top - down, box.right + across, box.bottom + down)


def with_covered(faces: Mapping[FaceNumber, DetectedFace], gone: frozenset[FaceNumber]) -> frozenset[FaceNumber]:
    """The faces that go: those of `gone` in the photo, and those that their burning would cover."""
    found = frozenset(number for number in faces if number in gone)
    regions = [region(faces[number].box) for number in found]
    return found | {
        number
        for number, face in faces.items()
        if number not in found and any(covered(face.box, burnt) > COVERED for burnt in regions)
    }


def covered(box: Box, by: Box) -> float:
    """The share of `box` that lies in `by`, 0 to 1; 1 for an empty box."""
    width_px = min(box.right, by.right) - max(box.left, by.left)
    height_px = min(box.bottom, by.bottom) - max(box.top, by.top)
    return max(width_px, 0.0) * max(height_px, 0.0) / box.area_px if box.area_px > 0.0 else 1.0

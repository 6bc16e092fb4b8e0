"""What a probe is while its face is picked, and what of it stays for the comparison afterwards.

Never lets a face that was not picked into what stays, beyond the part that its box shares with the picked one's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from facewarden.domain.faces import Box, DetectedFace
from facewarden.domain.gallery import StoredProbe
from facewarden.domain.photos import DecodedPhoto
from facewarden.errors import BadUseError

Crop = tuple[int, int, int, int]
"""(left, top, right, bottom) in pixels of the oriented original."""

PROBE_CROP_MARGIN = 0.6  # of the face's box on each side, as for candidates: hair, ears and chin belong to a comparison
PROBE_CROP_SIDE_PX = 1_024  # what a comparison on a large screen shows


@dataclass(frozen=True, slots=True)
class SeenProbe:
    """A probe with the faces seen in it, both in pixels of the decoded picture."""

    faces: tuple[DetectedFace, ...]
    photo: DecodedPhoto


@dataclass(frozen=True, slots=True)
class ProbePicture:
    """An uploaded probe as it is shown: its faces, and the size of the picture that their boxes lie on."""

    probe: StoredProbe
    width_px: int
    height_px: int


def lone_crop(face: DetectedFace, seen: SeenProbe) -> Crop:
    """The face with a margin, as (left, top, right, bottom) in pixels of the oriented original.

    The margin ends where another face's box begins. Of a face whose box overlaps the picked one's, that part stays.
    """
    box, photo = face.box, seen.photo
    margin_px = PROBE_CROP_MARGIN * max(box.width_px, box.height_px)
    for other in seen.faces:
        if other is not face:
            beside_px = max(other.box.left - box.right, box.left - other.box.right)
            above_px = max(other.box.top - box.bottom, box.top - other.box.bottom)
            margin_px = min(margin_px, max(0.0, beside_px, above_px))
    return (
        int(max(0.0, box.left - margin_px) / photo.scale),
        int(max(0.0, box.top - margin_px) / photo.scale),
        int(min(float(photo.width_px), box.right + margin_px) / photo.scale),
        int(min(float(photo.height_px), box.bottom + margin_px) / photo.scale),
    )


def placed_in(crop: Crop, face: DetectedFace, max_side_px: int) -> DetectedFace:
    """The face, given in pixels of the original, as it lies in that crop once reduced to `max_side_px`."""
    left, top, right, bottom = crop
    box = Box(face.box.left - left, face.box.top - top, face.box.right - left, face.box.bottom - top)
    reduced = min(1.0, max_side_px / max(right - left, bottom - top))
    return replace(face, box=box, landmarks=()).scaled(reduced)


def pick(faces: tuple[DetectedFace, ...], face_number: int | None) -> DetectedFace:
    """The face of that number, from 1; the only face for None. Raises BadUseError listing the boxes."""
    if face_number is None and len(faces) == 1:
        return faces[0]
    if face_number is not None and 1 <= face_number <= len(faces):
        return faces[face_number - 1]
    boxes = "; ".join(
        f"{number}: {face.box.width_px:.0f} x {face.box.height_px:.0f} px at ({face.box.left:.0f}, {face.box.top:.0f})"
        for number, face in enumerate(faces, start=1)
    )
    if face_number is None:
        raise BadUseError(
            "several_faces",
            f"{len(faces)} faces are in this photo: {boxes}.",
            next_step="Pick one with --face NUMBER.",
        )
    raise BadUseError(
        "no_such_face",
        f"There is no face {face_number} in this photo: {boxes}.",
        next_step="Give one of these numbers.",
    )

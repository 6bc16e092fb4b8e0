"""What a probe is while its face is picked, what may be done to it, and what stays of it for the comparison afterwards.

Never lets a face that was not picked into what stays, beyond the part that its box shares with the picked one's, and
never changes what a face looks like: a probe is turned, cropped, made lighter or darker, and nothing else.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.faces import Box, DetectedFace
from facewarden.domain.gallery import StoredProbe
from facewarden.domain.photos import DecodedPhoto, PhotoFormat
from facewarden.domain.searches import Edit, EditKind
from facewarden.errors import BadUseError

Crop = tuple[int, int, int, int]
"""(left, top, right, bottom) in pixels of the oriented original."""

PROBE_CROP_MARGIN = 0.6  # of the face's box on each side, as for candidates: hair, ears and chin belong to a comparison
PROBE_CROP_SIDE_PX = 1_024  # what a comparison on a large screen shows
TURNS_DEG = (90, 180, 270)
STOPS_MAX = 3.0  # three stops either way: beyond it a camera's 8 bits hold nothing more
CROP_SHARE_MIN = 0.02  # of the picture's width and height
EDITS_MAX = 20
DISPLAY_GAMMA = 2.2  # light is doubled in linear light, as a camera's exposure does it
SCREEN_SIZES = frozenset(
    {(1280, 720), (1366, 768), (1440, 900), (1536, 864), (1920, 1080), (1920, 1200), (2560, 1440), (3840, 2160)}
)
EDGE_TOLERANCE_PX = 1.0
MANY_FACES = 12  # more than a list on one screen


@dataclass(frozen=True, slots=True)
class SeenProbe:
    """A probe with the faces seen in it, both in pixels of the decoded picture."""

    faces: tuple[DetectedFace, ...]
    photo: DecodedPhoto


@dataclass(frozen=True, slots=True)
class ProbePicture:
    """An uploaded probe as it is shown: its faces, the size of the picture that their boxes lie on, and what somebody
    should know about it before searching, as sentences."""

    probe: StoredProbe
    width_px: int
    height_px: int
    notes: tuple[str, ...] = ()


def checked_edit(edit: Edit, done: Sequence[Edit]) -> Edit:
    """The edit as given; raises BadUseError for what is none of the three, or beyond its bounds."""
    values = edit.values
    good = {
        EditKind.ROTATE: len(values) == 1 and values[0] in TURNS_DEG,
        EditKind.EXPOSURE: len(values) == 1 and -STOPS_MAX <= values[0] <= STOPS_MAX and values[0] != 0,
        EditKind.CROP: len(values) == 4
        and all(0.0 <= value <= 1.0 for value in values)
        and values[2] - values[0] >= CROP_SHARE_MIN
        and values[3] - values[1] >= CROP_SHARE_MIN,
    }[edit.kind]
    if not good:
        raise BadUseError(
            "bad_edit",
            "That cannot be done to a probe.",
            "It is turned by 90, 180 or 270 degrees, cropped, or made up to three stops lighter or darker.",
            "Give one of these; a photo changed in any other way is no probe.",
        )
    if len(done) >= EDITS_MAX:
        raise BadUseError(
            "too_many_edits", f"A probe has at most {EDITS_MAX} edits.", next_step="Undo some, or use another photo."
        )
    return edit


def edited(pixels: NDArray[np.uint8], edits: Sequence[Edit]) -> NDArray[np.uint8]:
    """The picture after those edits, one after the other: uint8, (height, width, 3), RGB."""
    for edit in edits:
        if edit.kind is EditKind.ROTATE:
            pixels = np.rot90(pixels, k=-int(edit.values[0]) // 90)
        elif edit.kind is EditKind.CROP:
            height, width = pixels.shape[:2]
            left, top, right, bottom = edit.values
            pixels = pixels[
                int(top * height) : max(int(bottom * height), int(top * height) + 1),
                int(left * width) : max(int(right * width), int(left * width) + 1),
            ]
        else:
            lighter = (np.arange(256) / 255.0) * 2.0 ** (edit.values[0] / DISPLAY_GAMMA)
            pixels = (np.clip(lighter, 0.0, 1.0) * 255.0).round().astype(np.uint8)[pixels]
    return np.ascontiguousarray(pixels)


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """The picture as a PNG file without metadata (PNG, third edition: IHDR, IDAT, IEND; no filter).

    `pixels`: uint8, (height, width, 3), RGB.
    """
    height, width = pixels.shape[:2]
    rows = np.zeros((height, 1 + 3 * width), np.uint8)
    rows[:, 1:] = pixels.reshape(height, 3 * width)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


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
            next_step="Say which by its number: --face NUMBER on the command line, the field “face” in the API.",
        )
    raise BadUseError(
        "no_such_face",
        f"There is no face {face_number} in this photo: {boxes}.",
        next_step="Give one of these numbers.",
    )


def notes_on(seen: SeenProbe, sensitive: bool = False) -> tuple[str, ...]:
    """What somebody should know about this probe before searching it, each with what to do about it."""
    notes = []
    photo, faces = seen.photo, seen.faces
    touching = sorted(
        {
            number
            for number, face in enumerate(faces, start=1)
            for other in faces
            if other is not face and face.box.overlap(other.box) > 0.0
        }
    )
    if touching:
        notes.append(f"{_named(touching)} touching another: a part of it stays in the cut-out. Crop between them.")
    cut = [number for number, face in enumerate(faces, start=1) if _cut_off(face.box, photo)]
    if cut and not sensitive:
        notes.append(f"{_named(cut)} cut off by the edge: what is missing cannot be compared. Look for another frame.")
    tilted = [number for number, face in enumerate(faces, start=1) if "roll_deg" in face.quality.failing()]
    if tilted:
        notes.append(f"{_named(tilted)} lying on the side or upside down: turn the picture until the eyes are level.")
    if len(faces) > MANY_FACES:
        notes.append(f"{len(faces)} faces: crop the picture around the one that you mean to find it in the list.")
    if photo.format is PhotoFormat.PNG and (photo.width_px, photo.height_px) in SCREEN_SIZES:
        notes.append(
            "This has the size of a whole screen, as a screenshot of a player or a video call has: small, blurred and"
            " often mirrored. Use a frame of the recording itself."
        )
    return tuple(notes)


def _cut_off(box: Box, photo: DecodedPhoto) -> bool:
    return (
        box.left < EDGE_TOLERANCE_PX
        or box.top < EDGE_TOLERANCE_PX
        or box.right > photo.width_px - EDGE_TOLERANCE_PX
        or box.bottom > photo.height_px - EDGE_TOLERANCE_PX
    )


def _named(numbers: Sequence[int]) -> str:
    listed = ", ".join(str(number) for number in numbers[:6]) + (" and others" if len(numbers) > 6 else "")
    return f"Face {listed} is" if len(numbers) == 1 else f"Faces {listed} are"

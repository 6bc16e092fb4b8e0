"""The faces of a probe: of any seen upright, of a sensitive one alone, side by side.

Of a sensitive probe the faces are found in the coarsest picture that shows them, then cut out. Never asks for more of
it: what lies around the faces comes into this process at the size of that look alone, is never kept and never shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.faces import Box, DetectedFace
from facewarden.domain.photos import DecodedPhoto, PhotoMetadata
from facewarden.domain.searches import Edit, EditKind
from facewarden.errors import BadPhotoError
from facewarden.ports import FaceEngine, PhotoDecoder
from facewarden.services.casework.probes import (
    PROBE_CROP_SIDE_PX,
    TURNS_DEG,
    Crop,
    SeenProbe,
    edited,
    lone_crop,
)

LOOK_SIDES_PX = (960, 2_048)
"""Coarse first, below a quarter of a 12-megapixel photo's side: a face of 1/40 of it is seen. Finer only where that
shows none."""
SHEET_SIDE_PX = 2_048  # what is decoded of a photo at most: so the sheet comes back pixel by pixel
SAME_FACE = 0.3  # overlap of two boxes of one face, from a coarse look and a fine one; two faces overlap less
TURN_MARGIN = 0.8  # of a face's box on each side, and
TURN_SIDE_PX = 160  # small, for four looks: of 400 upright portraits none was turned, of 1,200 lying ones all but 13
TURN_SURER_BY = 0.02  # the detector's score; chance moved it by less
WHOLE_SURER_BY = 0.05  # of 16 doubtful pictures of upright faces none was surer when turned, those that lay by 0.08
SURE_SCORE, SURE_ROLL_DEG = 0.85, 10.0  # a fifth of upright portraits is beyond these, nine in ten of those that lie
FACES_MAX = 100  # the largest of a crowd; each has 204 px of the sheet then, enough for a face with its margin


def see_upright(
    photo: DecodedPhoto, engine: FaceEngine, *, in_doubt_only: bool = False
) -> tuple[SeenProbe, Edit | None]:
    """What is seen, and the turn without which nothing was, or the largest face lay on its side or upside down.

    A detector sees faces that lie, too, and says nothing of it; what is measured of them then means nothing. The four
    looks that tell are taken `in_doubt_only` where time counts. Raises BadPhotoError where no turn shows a face.
    """
    faces = engine.detect([photo.pixels])[0]
    if faces and in_doubt_only and not _doubtful(faces[0]):
        return SeenProbe(faces, photo), None
    turns = (_turn_of(faces, photo, engine),) if faces else TURNS_DEG
    found = [_turned(photo, degrees, engine) for degrees in turns if degrees]
    best = max(found, key=lambda seen: _surest(seen[0].faces), default=None)
    if best is not None and best[0].faces:
        return best
    if not faces:
        raise no_face(photo)
    return SeenProbe(faces, photo), None


def _turned(photo: DecodedPhoto, degrees: int, engine: FaceEngine) -> tuple[SeenProbe, Edit]:
    turn = Edit(EditKind.ROTATE, (float(degrees),))
    picture = replace(photo, pixels=edited(photo.pixels, (turn,)))
    return SeenProbe(engine.detect([picture.pixels])[0], picture), turn


def _doubtful(face: DetectedFace) -> bool:
    return face.score < SURE_SCORE or abs(face.quality.roll_deg) > SURE_ROLL_DEG


def _turn_of(faces: Sequence[DetectedFace], photo: DecodedPhoto, engine: FaceEngine) -> int:
    """By how many degrees the first of them stands upright: 0 unless another turn is surer by more than chance.

    Where the small looks cannot tell, which happens with round faces, and the whole picture was in doubt, the whole
    picture is asked once more in the turn that they lean to.
    """
    small = _surroundings(faces[0].box, photo.pixels)
    looks = [small, *(edited(small, (Edit(EditKind.ROTATE, (float(turn),)),)) for turn in TURNS_DEG)]
    scores = [_surest(seen) for seen in engine.detect(looks)]
    best = int(np.argmax(scores))
    turn = (0, *TURNS_DEG)[best]
    if turn == 0 or scores[best] > scores[0] + TURN_SURER_BY:
        return turn
    if faces[0].score < SURE_SCORE and _surest(_turned(photo, turn, engine)[0].faces) > _surest(faces) + WHOLE_SURER_BY:
        return turn
    return 0


def _surest(faces: Sequence[DetectedFace]) -> float:
    return max((face.score for face in faces), default=0.0)


def _surroundings(box: Box, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The face in the middle of a small square, black where the picture ends: uint8, (side, side, 3), RGB."""
    half_px = (0.5 + TURN_MARGIN) * max(box.width_px, box.height_px)
    step = max(1, round(2 * half_px / TURN_SIDE_PX))
    side_px = max(1, int(2 * half_px) // step) * step
    left, top = (int((low + high) / 2 - half_px) for low, high in ((box.left, box.right), (box.top, box.bottom)))
    part = pixels[max(0, top) : max(0, top + side_px), max(0, left) : max(0, left + side_px)]
    square = np.zeros((side_px, side_px, 3), np.uint8)
    square[max(0, -top) :, max(0, -left) :][: part.shape[0], : part.shape[1]] = part
    # Rows first: their sums run through memory in order, which takes a tenth of the time of both at once.
    rows = square.reshape(side_px // step, step, -1).sum(axis=1, dtype=np.uint32)
    blocks = rows.reshape(len(rows), len(rows), step, 3).sum(axis=2) // step**2
    return np.asarray(blocks, np.uint8)


@dataclass(frozen=True, slots=True)
class FacesAlone:
    """The faces of a photo side by side, and where each lies there: uint8, (height, width, 3), RGB, black between.

    `metadata` and `turn` are the photo's: the turn without which no face was seen.
    """

    sheet: NDArray[np.uint8]
    faces: tuple[DetectedFace, ...]
    metadata: PhotoMetadata
    turn: Edit | None


def faces_alone(content: bytes, decoder: PhotoDecoder, engine: FaceEngine) -> FacesAlone:
    """The faces of that file, each with a margin that ends where another begins; raises BadPhotoError for none."""
    coarse = decoder.glance(content, max_side_px=LOOK_SIDES_PX[0])
    try:
        seen, turn = see_upright(coarse, engine)
    except BadPhotoError:
        if coarse.scale == 1.0:
            raise
        coarse = decoder.glance(content, max_side_px=LOOK_SIDES_PX[1])
        seen, turn = see_upright(coarse, engine)
    faces = seen.faces[:FACES_MAX]
    crops = [lone_crop(face, seen) for face in faces]
    size_px = (round(seen.photo.width_px / seen.photo.scale), round(seen.photo.height_px / seen.photo.scale))
    boxes = [unturned(crop, int(turn.values[0]) if turn else 0, size_px) for crop in crops]
    side_px = min(PROBE_CROP_SIDE_PX, SHEET_SIDE_PX // _columns(len(boxes)))
    parts = [edited(part, (turn,) if turn else ()) for part in decoder.cut_out(content, boxes, max_side_px=side_px)]
    rough = [_placed(face, crop, part, seen.photo.scale) for face, crop, part in zip(faces, crops, parts, strict=True)]
    fine = [_nearest(face, found) for face, found in zip(rough, engine.detect(parts), strict=True)]
    return FacesAlone(*_sheet(parts, fine), coarse.metadata, turn)


def _placed(face: DetectedFace, crop: Crop, part: NDArray[np.uint8], scale: float) -> DetectedFace:
    """The face of the coarse picture as it lies in its part."""
    whole = face.scaled(1.0 / scale)
    moved = whole.moved(-crop[0], -crop[1])
    return moved.scaled(part.shape[1] / (crop[2] - crop[0]))


def _nearest(face: DetectedFace, found: Sequence[DetectedFace]) -> DetectedFace:
    """What the finer look at the part saw of that face; the face as it was where it saw nothing like it."""
    best = max(found, key=lambda other: other.box.overlap(face.box), default=face)
    return best if best.box.overlap(face.box) >= SAME_FACE else face


def unturned(crop: Crop, degrees: int, turned_px: tuple[int, int]) -> Crop:
    """Where that part of a picture, which was turned clockwise and is now of that width and height, lay before."""
    left, top, right, bottom = crop
    width, height = turned_px
    return {
        0: crop,
        90: (top, width - right, bottom, width - left),
        180: (width - right, height - bottom, width - left, height - top),
        270: (height - bottom, left, height - top, right),
    }[degrees]


def _columns(count: int) -> int:
    return math.isqrt(count - 1) + 1


def _sheet(
    parts: list[NDArray[np.uint8]], faces: list[DetectedFace]
) -> tuple[NDArray[np.uint8], tuple[DetectedFace, ...]]:
    """The parts in rows, each in a cell of its own, and the faces as they lie there."""
    columns, cell_px = _columns(len(parts)), max(max(part.shape[:2]) for part in parts)
    sheet = np.zeros((math.ceil(len(parts) / columns) * cell_px, columns * cell_px, 3), np.uint8)
    placed = []
    for number, (part, face) in enumerate(zip(parts, faces, strict=True)):
        top, left = (number // columns) * cell_px, (number % columns) * cell_px
        sheet[top : top + part.shape[0], left : left + part.shape[1]] = part
        placed.append(face.moved(left, top))
    return sheet, tuple(placed)


def no_face(photo: DecodedPhoto) -> BadPhotoError:
    """Nobody was found, and what to do about it."""
    return BadPhotoError(
        "no_face",
        f"No face was found in this photo of {photo.width_px} x {photo.height_px} pixels, however it is turned.",
        "The face may be turned away, covered, too dark, or smaller than the detector sees (some 20 pixels).",
        "Crop the photo around the face, take a larger original, or use another photo.",
    )

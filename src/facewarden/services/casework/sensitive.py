"""The faces of a probe: of any seen upright, of a sensitive one alone, side by side.

Of a sensitive probe the faces are found in the coarsest picture that shows them, then cut out. Never asks for more of
it: what lies around the faces never comes into this process at its full size, is never kept and never shown.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.photos import DecodedPhoto
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

LOOK_SIDES_PX = (640, 2_048)
"""Coarse first: at 640 px a face of 1/30 of the width is seen, and little else. Finer only where that shows none."""
SHEET_SIDE_PX = 2_048  # what is decoded of a photo at most: so the sheet comes back pixel by pixel
FACES_MAX = 100  # the largest of a crowd; each has 204 px of the sheet then, enough for a face with its margin


def see_upright(photo: DecodedPhoto, engine: FaceEngine) -> tuple[SeenProbe, Edit | None]:
    """What is seen, and the turn without which nothing was; raises BadPhotoError where no turn helps."""
    faces = engine.detect([photo.pixels])[0]
    if faces:
        return SeenProbe(faces, photo), None
    turns = [Edit(EditKind.ROTATE, (float(degrees),)) for degrees in TURNS_DEG]
    turned = [replace(photo, pixels=edited(photo.pixels, (turn,))) for turn in turns]
    found = [engine.detect([picture.pixels])[0] for picture in turned]
    best = max(range(len(turns)), key=lambda at: max((face.score for face in found[at]), default=0.0))
    if not found[best]:
        raise no_face(photo)
    return SeenProbe(found[best], turned[best]), turns[best]


def faces_alone(
    content: bytes, decoder: PhotoDecoder, engine: FaceEngine
) -> tuple[NDArray[np.uint8], DecodedPhoto, Edit | None]:
    """The sheet of faces, the coarse picture they were found in, and the turn without which none was.

    The sheet is uint8, (height, width, 3), RGB, black between the faces; each keeps a margin that ends where another
    face begins. Raises BadPhotoError where there is none.
    """
    coarse = decoder.glance(content, max_side_px=LOOK_SIDES_PX[0])
    try:
        seen, turn = see_upright(coarse, engine)
    except BadPhotoError:
        if coarse.scale == 1.0:
            raise
        coarse = decoder.glance(content, max_side_px=LOOK_SIDES_PX[1])
        seen, turn = see_upright(coarse, engine)
    return _sheet(_parts(content, decoder, seen, turn)), coarse, turn


def _parts(content: bytes, decoder: PhotoDecoder, seen: SeenProbe, turn: Edit | None) -> list[NDArray[np.uint8]]:
    size_px = (round(seen.photo.width_px / seen.photo.scale), round(seen.photo.height_px / seen.photo.scale))
    degrees = int(turn.values[0]) if turn else 0
    boxes = [unturned(lone_crop(face, seen), degrees, size_px) for face in seen.faces[:FACES_MAX]]
    side_px = min(PROBE_CROP_SIDE_PX, SHEET_SIDE_PX // _columns(len(boxes)))
    parts = decoder.cut_out(content, boxes, max_side_px=side_px)
    return [edited(part, (turn,)) for part in parts] if turn else parts


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


def _sheet(parts: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The parts in rows, each in a cell of its own."""
    columns, cell_px = _columns(len(parts)), max(max(part.shape[:2]) for part in parts)
    rows = math.ceil(len(parts) / columns)
    sheet = np.zeros((rows * cell_px, columns * cell_px, 3), np.uint8)
    for number, part in enumerate(parts):
        top, left = (number // columns) * cell_px, (number % columns) * cell_px
        sheet[top : top + part.shape[0], left : left + part.shape[1]] = part
    return sheet


def no_face(photo: DecodedPhoto) -> BadPhotoError:
    """Nobody was found, and what to do about it."""
    return BadPhotoError(
        "no_face",
        f"No face was found in this photo of {photo.width_px} x {photo.height_px} pixels, however it is turned.",
        "The face may be turned away, covered, too dark, or smaller than the detector sees (some 20 pixels).",
        "Crop the photo around the face, take a larger original, or use another photo.",
    )

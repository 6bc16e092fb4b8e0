"""Measures how good a face is for comparison: size, sharpness, turn, tilt and light.

It never decides: the floors stand in domain/faces.py.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.faces import Box, FaceQuality

# The face without its surroundings: the chip shows a quarter of the face's width on each side of it.
_FACE_START_PX, _FACE_END_PX = 25, 125
NOSE_BASE_DEPTH = 0.4
"""How far the base of the nose stands out before the outer corners of the eyes, as a share of their distance: some
36 of 90 mm in an adult head. It turns a sideways shift of the nose into an angle; good to some ten degrees."""
NOSE_TIP_DEPTH = 0.63
"""The same for the tip of the nose before the middles of the eyes: some 40 of 63 mm. On 375 portraits it gives the
turn that the base of the nose gives (slope; correlation 0.67, for both are rough)."""
# Grey levels at and beyond which nothing can be told apart any more. They lie at the very ends of the range, so that
# dark skin in plain light does not count as bad light.
_BLACK_GREY, _WHITE_GREY = 5, 250
# Detail is measured on squares of so many pixels: finer, the noise of rounding outweighs what a blur took away.
_SQUARE_PX = 4
# Below this deviation a face is one flat colour and has no detail to speak of.
_FLAT_GREY = 1.0


def measure(box: Box, turned_deg: tuple[float, float], chip: NDArray[np.uint8]) -> FaceQuality:
    """The quality of one face, from its box, its turn and tilt, and its aligned chip uint8 (150, 150, 3) RGB."""
    yaw_deg, roll_deg = turned_deg
    face = chip[_FACE_START_PX:_FACE_END_PX, _FACE_START_PX:_FACE_END_PX].astype(np.uint16)
    grey = (face[..., 0] + face[..., 1] + face[..., 2]) // 3
    return FaceQuality(
        size_px=min(box.width_px, box.height_px),
        sharpness=_sharpness(grey.astype(np.float32)),
        yaw_deg=yaw_deg,
        roll_deg=roll_deg,
        light=_light(grey),
    )


def pose(left: complex, right: complex, nose: complex, depth: float) -> tuple[float, float]:
    """Turn and tilt in degrees: the nose's shift along the line between both eyes, and that line's slope.

    Eyes and nose are x + iy in pixels, left and right as seen; `depth` is how far the nose stands out before that
    line, as a share of its length.
    """
    across = right - left
    if across == 0:
        return 90.0, 0.0
    shift = ((nose - (right + left) / 2) / across).real
    return math.degrees(math.atan(shift / depth)), math.degrees(math.atan2(across.imag, across.real))


def _sharpness(grey: NDArray[np.float32]) -> float:
    """Deviation of what a blur of four neighbours would take away, over the deviation of the face itself."""
    squares = len(grey) // _SQUARE_PX
    coarse = grey.reshape(squares, _SQUARE_PX, squares, _SQUARE_PX).mean(axis=(1, 3))
    contrast = float(coarse.std())
    if contrast < _FLAT_GREY:
        return 0.0
    neighbours = coarse[:-2, 1:-1] + coarse[2:, 1:-1] + coarse[1:-1, :-2] + coarse[1:-1, 2:]
    return float((coarse[1:-1, 1:-1] - neighbours / 4).std()) / contrast


def _light(grey: NDArray[np.uint16]) -> float:
    """Share of the face that is neither black nor burnt out."""
    return float(((grey > _BLACK_GREY) & (grey < _WHITE_GREY)).mean())

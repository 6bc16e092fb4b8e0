"""Cuts the aligned chip of a face out of a photo, pixel for pixel as dlib's get_face_chip does.

It never keeps a photo, and never decides whether a face is good enough.

The chip is the similarity transform (Umeyama, 1991) that brings five landmarks nearest to their usual places. A face
much larger than the chip is first halved by a binomial filter, as often as dlib halves it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CHIP_PX = 150
PADDING = 0.25
"""Share of the face's width that the chip shows on each side of it: what the embedder was trained with."""

# Usual places of the five landmarks in a face of width 1 (x, y): dlib's constants for its 5-point alignment.
_USUAL_PLACES = np.array(
    [
        (0.8595674595992, 0.2134981538014),
        (0.6460604764104, 0.2289674387677),
        (0.1205750620789, 0.2137274526848),
        (0.3340850613712, 0.2290642403242),
        (0.4901123135679, 0.6277975316475),
    ]
)
# What dlib's halving subtracts from a point (x, y); not the true half pixel, and kept for equality.
_HALVING_SHIFT = (1.25, 0.75)
_SMALLEST_HALVED_PX = 8
_BORDER_PX = 2.0
_BAND_ROWS = 32
"""Rows halved at once: their sums stay in the processor's cache, which is three times as fast as all at once."""

Chip = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a chip lies in a photo: centre and side in pixels, and its turn in radians."""

    centre_x: float
    centre_y: float
    side_px: float
    angle_rad: float


def place(landmarks: NDArray[np.int64], padding: float = PADDING) -> Placement:
    """The placement of the chip for landmarks (5, 2), in the order of LANDMARK_NAMES."""
    usual = (padding + _USUAL_PLACES) / (2.0 * padding + 1.0) * CHIP_PX
    places = usual[:, 0] + 1j * usual[:, 1]
    seen = landmarks[:, 0] + 1j * landmarks[:, 1].astype(np.float64)
    from_mean, to_mean = places.mean(), seen.mean()
    centred = places - from_mean
    turn = complex(((seen - to_mean) * centred.conj()).sum() / (np.abs(centred) ** 2).sum())
    half = CHIP_PX / 2
    centre = turn * (complex(half, half) - from_mean) + to_mean
    return Placement(float(centre.real), float(centre.imag), CHIP_PX * abs(turn), math.atan2(turn.imag, turn.real))


def cut(image: NDArray[np.uint8], placement: Placement) -> Chip:
    """The chip, uint8 (150, 150, 3) RGB; what lies outside of the photo is black.

    `image` is uint8 (H, W, 3) RGB. A placement of no size (all landmarks on one spot) gives a black chip.
    """
    # dlib's rectangles include their last pixel: from edge to edge it is one pixel less than the side.
    span_px = placement.side_px - 1.0
    if span_px <= 0.0:
        return np.zeros((CHIP_PX, CHIP_PX, 3), np.uint8)
    # 1. The part of the photo that matters, with the border that the filter eats.
    halvings = _halvings(span_px)
    cropped, left_px, top_px = _crop(image, placement, span_px, halvings)
    centre_x, centre_y = placement.centre_x - left_px, placement.centre_y - top_px
    # 2. Halve it while the halved face would still be larger than the chip.
    for _ in range(halvings):
        cropped = halve(cropped)
        centre_x, centre_y = centre_x / 2 - _HALVING_SHIFT[0], centre_y / 2 - _HALVING_SHIFT[1]
        span_px /= 2
    # 3. Turn, scale and read it between the pixels.
    return _sample(cropped, centre_x, centre_y, span_px, placement.angle_rad)


def cut_all(image: NDArray[np.uint8], placements: Sequence[Placement]) -> Chip:
    """One chip a placement, uint8 (N, 150, 150, 3)."""
    chips = np.zeros((len(placements), CHIP_PX, CHIP_PX, 3), np.uint8)
    for row, placement in enumerate(placements):
        chips[row] = cut(image, placement)
    return chips


def halve(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The photo at half its size, through the binomial filter 1 4 6 4 1; (0, 0, 3) when it is 8 pixels or less."""
    height, width = image.shape[:2]
    if min(height, width) <= _SMALLEST_HALVED_PX:
        return np.zeros((0, 0, 3), np.uint8)
    rows, columns = (height - 3) // 2, (width - 3) // 2
    halved = np.empty((rows, columns, 3), np.uint8)
    for row in range(0, rows, _BAND_ROWS):
        band = halved[row : row + _BAND_ROWS]
        band[:] = _halve_band(image[2 * row : 2 * (row + len(band)) + 3], len(band), columns)
    return halved


def _halve_band(image: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint16]:
    # uint16 holds every sum: 255 * 16 * 16 = 65,280.
    flat = image.astype(np.uint16).reshape(len(image), -1)
    down = _binomial([flat[start : start + 2 * rows - 1 : 2] for start in range(5)])
    length = (2 * columns - 1) * 3
    across = _binomial([down[:, 3 * start : 3 * start + length] for start in range(5)])
    across >>= 8
    return across.reshape(rows, -1, 3)[:, ::2]


def _binomial(taps: list[NDArray[np.uint16]]) -> NDArray[np.uint16]:
    """1 4 6 4 1 over five shifted views of one array."""
    total = taps[1] + taps[3]
    total *= 4
    total += taps[0]
    total += taps[4]
    total += taps[2] * np.uint16(6)
    return total


def _halvings(span_px: float) -> int:
    """How often a face is halved before the chip is read from it."""
    halvings = 0
    while (span_px / 2 + 1.0) > CHIP_PX:
        span_px /= 2
        halvings += 1
    return halvings


def _crop(
    image: NDArray[np.uint8], placement: Placement, span_px: float, halvings: int
) -> tuple[NDArray[np.uint8], int, int]:
    """The part of the photo under the turned chip, with a border for the filter, and the place of its corner."""
    cosine, sine = abs(math.cos(placement.angle_rad)), abs(math.sin(placement.angle_rad))
    border_px = _BORDER_PX
    for _ in range(halvings):
        border_px = border_px * 2 + 2
    reach_px = span_px / 2 * (cosine + sine) + border_px
    height, width = image.shape[:2]
    left = math.floor(max(placement.centre_x - reach_px, 0.0) + 0.5)
    top = math.floor(max(placement.centre_y - reach_px, 0.0) + 0.5)
    right = math.floor(min(placement.centre_x + reach_px, width - 1.0) + 0.5)
    bottom = math.floor(min(placement.centre_y + reach_px, height - 1.0) + 0.5)
    return image[top : max(bottom + 1, top), left : max(right + 1, left)], left, top


def _sample(image: NDArray[np.uint8], centre_x: float, centre_y: float, span_px: float, angle_rad: float) -> Chip:
    """The turned square around a centre, read bilinearly at the chip's pixels; black where a neighbour is missing."""
    height, width = image.shape[:2]
    if min(height, width) < 2:
        return np.zeros((CHIP_PX, CHIP_PX, 3), np.uint8)
    # The chip's first and last pixels lie on the square's corners.
    step = span_px / (CHIP_PX - 1)
    cosine, sine = math.cos(angle_rad) * step, math.sin(angle_rad) * step
    middle = (CHIP_PX - 1) / 2
    start_x = centre_x - middle * cosine + middle * sine
    start_y = centre_y - middle * sine - middle * cosine
    # Pillow maps the centres of pixels, dlib their corners: half a pixel there and back.
    shift_x = start_x - 0.5 * (cosine - sine) + 0.5
    shift_y = start_y - 0.5 * (sine + cosine) + 0.5
    sampled = Image.fromarray(image).transform(
        (CHIP_PX, CHIP_PX),
        Image.Transform.AFFINE,
        (cosine, -sine, shift_x, sine, cosine, shift_y),
        Image.Resampling.BILINEAR,
    )
    chip = np.array(sampled)
    reach_px = (abs(cosine) + abs(sine)) * middle
    if (
        centre_x - reach_px >= 0.0
        and centre_y - reach_px >= 0.0
        and centre_x + reach_px < width - 1
        and centre_y + reach_px < height - 1
    ):
        return chip
    return _blacken(chip, width, height, (start_x, cosine, -sine), (start_y, sine, cosine))


def _blacken(chip: Chip, width: int, height: int, x_terms: tuple[float, ...], y_terms: tuple[float, ...]) -> Chip:
    """The chip with every pixel black whose four neighbours are not all in the photo."""
    ticks = np.arange(CHIP_PX, dtype=np.float64)
    x = x_terms[0] + x_terms[1] * ticks[None, :] + x_terms[2] * ticks[:, None]
    y = y_terms[0] + y_terms[1] * ticks[None, :] + y_terms[2] * ticks[:, None]
    inside = (x >= 0.0) & (x < width - 1) & (y >= 0.0) & (y < height - 1)
    chip[~inside] = 0
    return chip

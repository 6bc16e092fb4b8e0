"""Cuts the 112-pixel chip that SFace, ArcFace and AdaFace embedders were trained with, from five landmarks.

It never looks for a face, never runs an embedder, and never keeps a photo.

The chip is the similarity transform (Umeyama, 1991) that brings the landmarks nearest to five places, which Deng et al.
published with ArcFace (CVPR 2019) and OpenCV's FaceRecognizerSF uses; read between the pixels, black outside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from facewarden.adapters.faces_onnx import quality
from facewarden.adapters.faces_onnx.sightings import Sightings
from facewarden.domain.faces import Box, FaceQuality

CHIP_PX = 112
VIEWS = 2
"""The chip and its mirror image."""
# Usual places (x, y) of the landmarks in the chip, in the order of the detector.
_USUAL_PLACES = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
)
# Quality is measured on the same part of the face as in dlib's chip of 150 pixels, whose usual places have the eyes
# 52.5 pixels apart and 47.1 below its upper edge: so the floors mean the same.
_MEASURED_PX = 150
_MEASURED_SCALE = 52.5 / 35.24
_MEASURED_PLACES = (_USUAL_PLACES - (55.91, 51.6)) * _MEASURED_SCALE + (75.0, 47.1)

Image = NDArray[np.uint8]
Points = NDArray[np.float64]


class ArcFaceAlignment:
    """Landmarks as the detector gives them, chips of 112 pixels."""

    chip_px = CHIP_PX
    most_views = VIEWS

    def landmarks(self, images: Sequence[Image], seen: Sequence[Sightings]) -> Points:
        """The detector's own landmarks."""
        return np.concatenate([np.empty((0, 5, 2)), *(faces.points for faces in seen if len(faces.scores))])

    def fill_views(self, chips: Image, image: Image, points: Points) -> None:
        """The chip, and mirrored."""
        chips[0] = cut(image, points)
        chips[1:] = chips[0, :, ::-1]

    def quality(self, box: Box, image: Image, points: Points) -> FaceQuality:
        """Of the part of the face that dlib's chip shows; turn and tilt by the eyes and the tip of the nose."""
        chip = cut(image, points, _MEASURED_PLACES, _MEASURED_PX)
        left, right, nose = (complex(*points[place]) for place in (0, 1, 2))
        return quality.measure(box, quality.pose(left, right, nose, quality.NOSE_TIP_DEPTH), chip)


def cut(image: Image, points: Points, places: Points = _USUAL_PLACES, side_px: int = CHIP_PX) -> Image:
    """The chip, uint8 (side_px, side_px, 3) RGB, of the face with landmarks (5, 2) in `image` uint8 (H, W, 3) RGB.

    Landmarks all on one spot give a black chip.
    """
    usual, seen = places[:, 0] + 1j * places[:, 1], points[:, 0] + 1j * points[:, 1]
    off_usual, off_seen = usual - usual.mean(), seen - seen.mean()
    fit = complex((off_usual * off_seen.conj()).sum())
    if fit == 0:
        return np.zeros((side_px, side_px, 3), np.uint8)
    # The transform brings the landmarks to their places; the chip is read by its inverse.
    turn = float((np.abs(off_seen) ** 2).sum()) / fit
    start = complex(seen.mean()) - turn * complex(usual.mean())
    # Pillow reads from an image of whole photos slowly and from a far larger face coarsely: crop first.
    ends = [start + turn * complex(x, y) for x in (-1, side_px) for y in (-1, side_px)]
    left, top = (max(math.floor(min(part)) - 1, 0) for part in ([e.real for e in ends], [e.imag for e in ends]))
    right, bottom = (math.ceil(max(part)) + 2 for part in ([e.real for e in ends], [e.imag for e in ends]))
    cropped = image[top : max(bottom, top), left : max(right, left)]
    if 0 in cropped.shape:
        return np.zeros((side_px, side_px, 3), np.uint8)
    start -= complex(left, top)
    # Pillow maps the centres of pixels.
    shift = start - 0.5 * turn * (1 + 1j) + complex(0.5, 0.5)
    terms = (turn.real, -turn.imag, shift.real, turn.imag, turn.real, shift.imag)
    affine, between = Picture.Transform.AFFINE, Picture.Resampling.BILINEAR
    return np.array(
        Picture.fromarray(np.ascontiguousarray(cropped)).transform((side_px, side_px), affine, terms, between)
    )

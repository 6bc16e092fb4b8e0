"""Looks for faces in a photo, at the size that the photo needs.

It never drops a face for being small or poor: what is seen is reported, and quality says what it is worth.

A face is seen surely when it is some 24 pixels high in the network's input. A portrait is therefore looked at small;
a photo without a large face again at full size; and one without any face once more, enlarged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facewarden.adapters.faces_onnx import centerface, yunet
from facewarden.adapters.faces_onnx.sightings import Sightings, nothing_seen

SURE_FACE_PX = 24
"""Height in the network's input from which 93 % of faces are seen (measured, docs/adr/0002-detector.md)."""
GLANCE_PX = 192
"""Longer side at the first look: 99.9 % of portraits show their face at it, and 99.7 % at 160."""
SECOND_GLANCE_PX = 320
"""Longer side at the second look, taken when the first saw nothing: it costs half of a full look at 512 pixels."""
PORTRAIT_SHARE = 0.2
"""A face this high, as a share of the photo's longer side, ends the search: at the first look, any companion of
five eighths of its height would have been seen too."""
SMALLEST_PX = 24
"""Height of the smallest face that a photo without a large face is searched for."""
SMALLEST_SEEN_PX = 12
"""Height of the smallest face that is looked for when nothing else is found, to say that it is too small."""
LONGEST_PX = 1536
"""Longer side of the largest input: one look at it costs some 60 times the first."""
SCORE_FLOOR = 0.35
"""Six tenths of a percent of pictures without a face have something as sure (measured on clothes and walls)."""
YUNET_SCORE_FLOOR = 0.6
YUNET_GLANCE_PX = 256
"""At it each of 170 portraits shows its face with a score of 0.6 or more; at 192 two do not."""
_MULTIPLE_PX = 32
"""Sides of the input are multiples of this, as either network halves five times."""
_WORTHWHILE = 1.25
"""A further look must be at least this much larger than the last, or it would see nothing new."""


class Network(Protocol):
    """What runs the model: takes a photo uint8 (1, H, W, 3), gives what the reader of its `Eye` reads."""

    def __call__(self, photo: NDArray[np.uint8], /) -> tuple[NDArray[np.float32], ...]: ...


@dataclass(frozen=True, slots=True)
class Eye:
    """How the output of a network is read, from which score a face counts, and how large the first look is."""

    read: Callable[[Sequence[NDArray[np.float32]], float], Sightings]
    score_floor: float
    glance_px: int


CENTERFACE = Eye(centerface.read_sightings, SCORE_FLOOR, GLANCE_PX)
YUNET = Eye(yunet.read_sightings, YUNET_SCORE_FLOOR, YUNET_GLANCE_PX)


@dataclass(frozen=True, slots=True)
class LookSizes:
    """What the search is asked for: the smallest face in pixels of the photo, and the largest input."""

    smallest_px: int = SMALLEST_PX
    longest_px: int = LONGEST_PX


class FaceDetector:
    """Runs the network at one size after the other until the photo is searched. Holds no state between photos."""

    def __init__(self, network: Network, sizes: LookSizes | None = None, eye: Eye = CENTERFACE) -> None:
        self._network = network
        self._eye = eye
        self._sizes = sizes or LookSizes()

    def detect(self, image: NDArray[np.uint8]) -> Sightings:
        """The faces of one photo, uint8 (H, W, 3) RGB, in its pixels; the surest first, none when none is seen."""
        photo = Image.fromarray(np.ascontiguousarray(image))
        longer_px = max(photo.size)
        enlarged_px = min(self._sizes.longest_px, longer_px * SURE_FACE_PX / SMALLEST_SEEN_PX)
        full_px = min(self._sizes.longest_px, longer_px * SURE_FACE_PX / self._sizes.smallest_px)
        seen, last_px = nothing_seen(), 0.0
        # 1. A glance is enough for a portrait; a second one finds nearly all that the first overlooked.
        for glance_px in (min(self._eye.glance_px, enlarged_px), min(SECOND_GLANCE_PX, full_px)):
            if not len(seen.scores) and glance_px >= last_px * _WORTHWHILE:
                seen, last_px = self._look(photo, glance_px / longer_px), glance_px
        if _largest_px(seen) >= PORTRAIT_SHARE * longer_px:
            return seen
        # 2. The whole photo, for the smallest face asked for.
        if full_px >= last_px * _WORTHWHILE:
            seen, last_px = seen.joined(self._look(photo, full_px / longer_px)), full_px
        # 3. Nothing yet: for faces too small to use, so that they can be shown as such.
        if not len(seen.scores) and enlarged_px >= last_px * _WORTHWHILE:
            seen = self._look(photo, enlarged_px / longer_px)
        return seen

    def _look(self, photo: Image.Image, scale: float) -> Sightings:
        width, height = (max(round(side * scale), 1) for side in photo.size)
        resized = photo.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
        padded = np.zeros((1, _up(height), _up(width), 3), np.uint8)
        padded[0, :height, :width] = np.asarray(resized)
        seen = self._eye.read(self._network(padded), self._eye.score_floor)
        return seen.scaled(photo.width / width, photo.height / height)


def _up(side_px: int) -> int:
    return -(-side_px // _MULTIPLE_PX) * _MULTIPLE_PX


def _largest_px(seen: Sightings) -> float:
    return float((seen.boxes[:, 3] - seen.boxes[:, 1]).max(initial=0.0))

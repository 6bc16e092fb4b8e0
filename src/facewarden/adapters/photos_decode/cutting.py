"""A coarse look at a photo, or parts of it and nothing else, for photos that nobody should see whole.

Runs in the child alone. Never sees the photo but for the rows that pass by (`passing`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image

from facewarden.adapters.photos_decode.passing import Passing
from facewarden.adapters.photos_decode.pixels import TURNS, rgb, stored_box
from facewarden.adapters.photos_decode.protocol import Box
from facewarden.adapters.photos_decode.strips import BICUBIC, Coarse, Parts


def glance(photo: Passing, orientation: int, max_side_px: int) -> tuple[Image.Image, float]:
    """(RGB image, scale): the upright photo, at most `max_side_px` long."""
    width, height = photo.size_px
    scale = min(1.0, max_side_px / max(width, height))
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    coarse = Coarse(photo.reduced((math.ceil(width * scale), math.ceil(height * scale))), target)
    photo.pass_to(coarse)
    return _finished(coarse.picture, photo, orientation), max(target) / max(width, height)


def cut_out(photo: Passing, orientation: int, boxes: Sequence[Box], max_side_px: int) -> list[Image.Image]:
    """Each box (px of the upright original) as an upright RGB image, at most `max_side_px` long."""
    width, height = photo.size_px
    stored = [stored_box(box, orientation, photo.size_px) for box in boxes]
    scales = [min(1.0, max_side_px / max(box[2] - box[0], box[3] - box[1])) for box in stored]
    decoded_px = photo.reduced((math.ceil(width * max(scales)), math.ceil(height * max(scales))))
    across, down = decoded_px[0] / width, decoded_px[1] / height
    parts = Parts([_whole_px(box, across, down, decoded_px) for box in stored])
    photo.pass_to(parts)
    return [
        _finished(_reduced(part, box, scale), photo, orientation)
        for part, box, scale in zip(parts.pictures, stored, scales, strict=True)
    ]


def _whole_px(box: Box, across: float, down: float, size_px: tuple[int, int]) -> Box:
    left, top = int(box[0] * across), int(box[1] * down)
    right, bottom = math.ceil(box[2] * across), math.ceil(box[3] * down)
    return (left, top, min(right, size_px[0]), min(bottom, size_px[1]))


def _reduced(part: Image.Image, box: Box, scale: float) -> Image.Image:
    target = (max(1, round((box[2] - box[0]) * scale)), max(1, round((box[3] - box[1]) * scale)))
    return part if target == part.size else part.resize(target, BICUBIC)


def _finished(picture: Image.Image, photo: Passing, orientation: int) -> Image.Image:
    if orientation in TURNS:
        picture = picture.transpose(TURNS[orientation])
    return rgb(picture, photo.image.info.get("icc_profile"))

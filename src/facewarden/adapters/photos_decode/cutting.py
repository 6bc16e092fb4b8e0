"""Parts of a photo and nothing else of it, for photos that nobody should see whole.

Runs in the child alone. Of a JPEG the rest is decoded row after row and blackened at once; PNG and WebP have no way
to be decoded in part, so that of them the rest is there until this child ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageFile

from facewarden.adapters.photos_decode.jpeg import PartJpeg
from facewarden.adapters.photos_decode.pixels import TURNS, load, resizable, rgb, stored_box
from facewarden.adapters.photos_decode.protocol import Box, UnusableError


def cut_out(image: ImageFile.ImageFile, orientation: int, boxes: Sequence[Box], max_side_px: int) -> list[Image.Image]:
    """Each box (px of the upright original) as an upright RGB image, at most `max_side_px` long."""
    size_px = image.size
    stored = [stored_box(box, orientation, size_px) for box in boxes]
    scales = [min(1.0, max_side_px / max(box[2] - box[0], box[3] - box[1])) for box in stored]
    image.draft(None, (math.ceil(size_px[0] * max(scales)), math.ceil(size_px[1] * max(scales))))
    across, down = image.width / size_px[0], image.height / size_px[1]
    decoded = [_whole_px(box, across, down, image.size) for box in stored]
    _load_parts(image, decoded)
    return [
        _part(image, part, orientation, box, scale) for part, box, scale in zip(decoded, stored, scales, strict=True)
    ]


def _whole_px(box: Box, across: float, down: float, size_px: tuple[int, int]) -> Box:
    left, top = int(box[0] * across), int(box[1] * down)
    right, bottom = math.ceil(box[2] * across), math.ceil(box[3] * down)
    return (left, top, min(right, size_px[0]), min(bottom, size_px[1]))


def _load_parts(image: ImageFile.ImageFile, parts: Sequence[Box]) -> None:
    if not isinstance(image, PartJpeg):
        load(image)
        return
    spared = image.keep(parts)
    try:
        load(image)
    except UnusableError as error:
        if not (spared and error.code == "damaged_image"):
            raise
    image.blacken()


def _part(image: Image.Image, part: Box, orientation: int, box: Box, scale: float) -> Image.Image:
    photo = resizable(image.crop(part))
    target = (max(1, round((box[2] - box[0]) * scale)), max(1, round((box[3] - box[1]) * scale)))
    if target != photo.size:
        photo = photo.resize(target, Image.Resampling.BICUBIC)
    if orientation in TURNS:
        photo = photo.transpose(TURNS[orientation])
    return rgb(photo, image.info.get("icc_profile"))

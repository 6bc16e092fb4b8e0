"""What is made of a photo while its rows pass by: a coarse picture of all of it, or some parts of it.

Runs in the child alone. Never keeps a row longer than the picture it makes needs it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from PIL import Image

from facewarden.adapters.photos_decode.protocol import Box

BICUBIC = Image.Resampling.BICUBIC
_BICUBIC_REACH = 2  # pixels of the smaller picture to either side


class Taker(Protocol):
    """Whoever is given a photo's rows, strip after strip from the top; those from `bottom` on are not asked for."""

    bottom: int

    def take(self, strip: Image.Image) -> None: ...


class Coarse:
    """`picture` is the photo reduced to that size, as reducing it whole would: RGB, RGBA, L, LA or CMYK."""

    def __init__(self, size_px: tuple[int, int], target_px: tuple[int, int]) -> None:
        self.bottom = size_px[1]
        self.picture = Image.new("L", target_px)
        self._ratio = size_px[1] / target_px[1]
        self._reach = math.ceil(_BICUBIC_REACH * max(1.0, self._ratio)) + 1
        self._held: Image.Image | None = None  # rows from `_top`, already narrow
        self._top = self._done = 0

    @property
    def held_px(self) -> tuple[int, int]:
        """Of the rows that are still needed."""
        return self._held.size if self._held else (0, 0)

    def take(self, strip: Image.Image) -> None:
        width, height = self.picture.size
        narrow = resizable(strip).resize((width, strip.height), BICUBIC)
        if self._held is None:
            self.picture = Image.new(narrow.mode, self.picture.size)
        held = self._held = narrow if self._held is None else _stacked(self._held, narrow)
        end = self._top + held.height
        ready = height if end >= self.bottom else max(self._done, int((end - self._reach) / self._ratio))
        if ready == self._done:
            return
        rows = (self._done * self._ratio - self._top, min(ready * self._ratio - self._top, held.height))
        self.picture.paste(
            held.resize((width, ready - self._done), BICUBIC, (0, rows[0], width, rows[1])), (0, self._done)
        )
        spent = max(0, int(rows[1]) - self._reach)
        self._held = held.crop((0, spent, width, held.height))
        self._top, self._done = self._top + spent, ready


class Parts:
    """`pictures` are those boxes of the photo, pixel by pixel, in order."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self.bottom = max(box[3] for box in boxes)
        self.pictures: list[Image.Image] = []
        self._boxes = boxes
        self._at = 0

    def take(self, strip: Image.Image) -> None:
        strip = resizable(strip)
        if not self.pictures:
            self.pictures = [Image.new(strip.mode, (box[2] - box[0], box[3] - box[1])) for box in self._boxes]
        end = self._at + strip.height
        for (left, top, right, bottom), picture in zip(self._boxes, self.pictures, strict=True):
            first, last = max(top, self._at), min(bottom, end)
            if first < last:
                picture.paste(strip.crop((left, first - self._at, right, last - self._at)), (0, first - top))
        self._at = end


def resizable(image: Image.Image) -> Image.Image:
    """The same picture in a mode whose pixels can be averaged."""
    if image.mode.startswith("I"):  # 16-bit grey: convert() would clip, the high byte is the picture
        little_endian = image.tobytes("raw", "I;16") if image.mode.startswith("I;16") else None
        if little_endian is None:
            return image.point(lambda value: value * (1 / 256)).convert("L")
        return Image.frombytes("L", image.size, little_endian[1::2])
    if "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.mode == "PA" else "RGB")
    return image


def _stacked(upper: Image.Image, lower: Image.Image) -> Image.Image:
    both = Image.new(upper.mode, (upper.width, upper.height + lower.height))
    both.paste(upper, (0, 0))
    both.paste(lower, (0, upper.height))
    return both

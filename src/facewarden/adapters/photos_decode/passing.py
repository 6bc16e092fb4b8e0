"""A photo that nobody should see whole, opened so that its rows pass by, whatever its format.

Runs in the child alone. Never decodes the whole where the format can be decoded in rows: an interlaced PNG and an
animated WebP cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import ImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from facewarden.adapters.photos_decode import png, webp
from facewarden.adapters.photos_decode.jpeg import PartJpeg
from facewarden.adapters.photos_decode.pixels import LOADING_FAULTS, fault, opened
from facewarden.adapters.photos_decode.strips import Taker


@dataclass(frozen=True, slots=True)
class Passing:
    """`image` tells what the file says of itself; `size_px` is the whole picture's, as stored."""

    image: ImageFile.ImageFile
    size_px: tuple[int, int]
    content: bytes

    def reduced(self, least_px: tuple[int, int]) -> tuple[int, int]:
        """The size in which rows will pass: a JPEG's may be 1/2 to 1/8, but no less than that."""
        if not isinstance(self.image, PartJpeg):
            return self.size_px
        self.image.draft(None, least_px)
        return self.image.size

    def pass_to(self, taker: Taker) -> None:
        """Gives the photo's rows to `taker`, once; raises `UnusableError`."""
        try:
            self._pass(taker)
        except LOADING_FAULTS as error:
            raise fault(error) from error

    def _pass(self, taker: Taker) -> None:
        image = self.image
        if isinstance(image, PartJpeg):
            image.pass_to(taker, len(self.content))
        elif isinstance(image, PngImageFile) and not image.info.get("interlace"):
            png.pass_rows(self.content, image, self.size_px, taker)
        elif isinstance(image, WebPImageFile) and webp.is_still(self.content) and webp.library():
            webp.pass_rows(self.content, image.mode, self.size_px, taker)
        else:
            image.load()
            taker.take(image)


@contextmanager
def passing(content: bytes, kind: str, limits: dict[str, int]) -> Iterator[Passing]:
    """The file opened and not decoded, its stated size within the limits; raises `UnusableError`."""
    with opened(content, kind, limits, decoded=False) as image:
        size_px = image.size
        if isinstance(image, PngImageFile) and not image.info.get("interlace"):
            try:
                image = png.described(content)
            except LOADING_FAULTS as error:
                raise fault(error) from error
        yield Passing(image, size_px, content)

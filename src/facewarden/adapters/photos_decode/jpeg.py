"""A JPEG of which only parts are kept while it is decoded: row after row, what lies outside them is blackened.

Runs in the child alone. Never decodes a row below the last part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from PIL.JpegImagePlugin import JpegImageFile

from facewarden.adapters.photos_decode.protocol import Box

PIECE_BYTES = 64 << 10  # some 100 rows of a 12-megapixel photo: what lies outside the parts at any moment


class PartJpeg(JpegImageFile):
    """A JPEG file, whole unless `keep` was called before it is loaded."""

    _kept: Sequence[Box] = ()

    def keep(self, parts: Sequence[Box]) -> bool:
        """Only these parts (in pixels as stored, of the reduced size) will be left; whether rows below them are spared.

        Where they are, loading ends in libjpeg's word that the file is not at its end.
        """
        width, height = self.size
        bottom = max(part[3] for part in parts)
        self._kept = parts
        self._size = (width, bottom)
        self.tile = [self.tile[0]._replace(extents=(0, 0, width, bottom))]
        self.decodermaxblock = PIECE_BYTES
        return bottom < height

    def load_read(self, read_bytes: int) -> bytes:
        """The next piece of the file, asked for once the rows of the last one are decoded."""
        self.blacken()
        return super().load_read(read_bytes)

    def blacken(self) -> None:
        """Overwrites whatever was decoded outside the kept parts."""
        black = (0,) * len(self.getbands())
        for box in outside(self._kept, self.size):
            self.im.paste(black if len(black) > 1 else 0, box)


def outside(parts: Sequence[Box], size_px: tuple[int, int]) -> Iterator[Box]:
    """The rectangles that together are a picture of that size without those parts; none where there are no parts."""
    width, height = size_px
    edges = sorted({0, height, *(part[1] for part in parts), *(part[3] for part in parts)})
    for top, bottom in pairwise(edges) if parts else ():
        at = 0
        for left, right in sorted((p[0], p[2]) for p in parts if p[1] < bottom and p[3] > top):
            if left > at:
                yield (at, top, left, bottom)
            at = max(at, right)
        if at < width:
            yield (at, top, width, bottom)

"""A JPEG whose rows pass by while it is decoded: what Pillow has written is taken and overwritten at once.

Runs in the child alone. Never decodes a row below the last that is asked for. Of a progressive file libjpeg has all
coefficients before the first row, and all rows come at once.
"""

from __future__ import annotations

from PIL.JpegImagePlugin import JpegImageFile

from facewarden.adapters.photos_decode.strips import Taker

STRIP_ROWS = 64  # what comes of a piece of the file, on average: what is there of the picture at any moment
_LEAST_PIECE_BYTES = 2 << 10


class PartJpeg(JpegImageFile):
    """A JPEG file, whole unless `pass_to` loads it."""

    _taker: Taker | None = None
    _at = 0

    def pass_to(self, taker: Taker, file_bytes: int) -> None:
        """Gives the rows, of the reduced size, to `taker`; raises what `load` raises.

        Where rows are spared, it ends in libjpeg's word that the file is not at its end.
        """
        width, height = self.size
        self._taker = taker
        self._size = (width, taker.bottom)
        self.tile = [self.tile[0]._replace(extents=(0, 0, width, taker.bottom))]
        self.decodermaxblock = max(_LEAST_PIECE_BYTES, file_bytes * STRIP_ROWS // height)
        try:
            self.load()
        except OSError as error:
            if taker.bottom == height or "truncated" in str(error):
                raise
        self._hand_over(taker.bottom)

    def load_read(self, read_bytes: int) -> bytes:
        """The next piece of the file, asked for once the rows of the last one are decoded."""
        seen = self.im.getbbox() if self._taker else None  # below what is decoded all is black; so is what was taken
        self._hand_over(seen[3] if seen else 0)
        return super().load_read(read_bytes)

    def _hand_over(self, end: int) -> None:
        """Gives the rows up to `end` that were not given yet, and overwrites them."""
        width = self.size[0]
        if self._taker is None or end <= self._at:
            return
        for top in range(self._at, end, STRIP_ROWS):
            self._taker.take(self._new(self.im.crop((0, top, width, min(end, top + STRIP_ROWS)))))
        bands = len(self.getbands())
        self.im.paste((0,) * bands if bands > 1 else 0, (0, self._at, width, end))
        self._at = end

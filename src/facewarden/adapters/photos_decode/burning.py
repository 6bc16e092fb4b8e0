"""Parts of decoded photos burnt out: flat grey where a face was, written as a fresh JPEG without metadata.

Never opens a file: pixels come in that the sandbox has decoded.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facewarden.domain.faces import Box

GREY = 127
QUALITY = 92  # one more encoding of what stays; their templates are of the file as it was collected


class JpegBurner:
    """The Burner port."""

    def burn(self, pixels: NDArray[np.uint8], regions: Sequence[Box]) -> bytes:
        """A JPEG of the pixels, uint8 (H, W, 3) RGB, without what lies in the regions, whose edges may lie outside.

        Each region is widened to whole blocks of 16 pixels, so that nothing of it is left in a block that JPEG shares.
        """
        burnt = pixels.copy()
        height_px, width_px = pixels.shape[:2]
        for region in regions:
            top, bottom = _blocks(region.top, region.bottom, height_px)
            left, right = _blocks(region.left, region.right, width_px)
            burnt[top:bottom, left:right] = GREY
        out = io.BytesIO()
        Image.fromarray(burnt).save(out, "JPEG", quality=QUALITY)
        return out.getvalue()


def _blocks(start: float, end: float, size_px: int) -> tuple[int, int]:
    block_px = 16  # the largest block of a JPEG with halved colours
    return max(0, int(start // block_px) * block_px), min(size_px, -int(-end // block_px) * block_px)

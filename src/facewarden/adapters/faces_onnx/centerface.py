"""Reads boxes of faces from the output of the CenterFace network.

It never runs the network and never chooses the size at which a photo is looked at.

CenterFace: Xu et al., CenterFace: Joint Face Detection and Alignment Using Face as Point, 2019 (arXiv:1911.03599). One
cell of its output stands for four pixels of its input: the heat of a face's centre, the log of the face's height and
width in cells, and where in the cell the centre lies.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from facewarden.adapters.faces_onnx.sightings import Sightings, nothing_seen, once_each

STRIDE_PX = 4

Array = NDArray[np.float32]


def read_sightings(outputs: Sequence[Array], floor: float) -> Sightings:
    """The faces with a score of at least `floor`, in pixels of the network's input, each once.

    `outputs` are heat, sizes and offsets: float32 (1, 1 or 2, rows, columns).
    """
    heat, sizes, offsets = outputs
    rows, columns = np.nonzero(heat[0, 0] >= floor)
    if not len(rows):
        return nothing_seen()
    scores = heat[0, 0, rows, columns].astype(np.float64)
    height, width = np.exp(sizes[0][:, rows, columns].astype(np.float64)) * STRIDE_PX
    shift = offsets[0][:, rows, columns].astype(np.float64) + 0.5
    centre_y, centre_x = (rows + shift[0]) * STRIDE_PX, (columns + shift[1]) * STRIDE_PX
    boxes = np.stack([centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2], axis=1)
    return once_each(boxes, scores)

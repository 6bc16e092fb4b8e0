"""Reads boxes and landmarks of faces from the output of the YuNet network.

It never runs the network and never chooses the size at which a photo is looked at.

YuNet: Wu, Peng and Yu, YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 20, 2023. It has
three grids, whose cells stand for 8, 16 and 32 pixels of its input. Each cell tells how sure it is of the class and
of an object (the score is the root of their product), where the centre lies from the cell's corner and how large the
face is (its log), both in cells, and where five landmarks lie from the corner, in cells.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from facewarden.adapters.faces_onnx.sightings import Sightings, nothing_seen, once_each

STRIDES_PX = (8, 16, 32)
LANDMARK_NAMES = (
    "eye at the left",
    "eye at the right",
    "tip of the nose",
    "corner of the mouth at the left",
    "corner of the mouth at the right",
)
"""In the order of the network, as seen in the photo: its "right eye" is the person's own."""

Array = NDArray[np.float32]


def read_sightings(outputs: Sequence[Array], floor: float) -> Sightings:
    """The faces with a score of at least `floor`, in pixels of the network's input, each once.

    `outputs` are the class, object, box and landmark grids of stride 8, then of 16, then of 32: float32 (1, rows,
    columns, 1 or 4 or 10).
    """
    boxes, scores, points = [], [], []
    for stride_px, start in zip(STRIDES_PX, range(0, 12, 4), strict=True):
        classes, objects, sizes, marks = (grid[0].astype(np.float64) for grid in outputs[start : start + 4])
        sure = np.sqrt(classes[..., 0].clip(0.0, 1.0) * objects[..., 0].clip(0.0, 1.0))
        rows, columns = np.nonzero(sure >= floor)
        corners = np.stack([columns, rows], axis=1)
        told = sizes[rows, columns]
        centres, halves = (corners + told[:, :2]) * stride_px, np.exp(told[:, 2:]) * (stride_px / 2)
        boxes.append(np.concatenate([centres - halves, centres + halves], axis=1))
        scores.append(sure[rows, columns])
        points.append((marks[rows, columns].reshape(-1, 5, 2) + corners[:, None]) * stride_px)
    if not sum(map(len, scores)):
        return nothing_seen()
    return once_each(np.concatenate(boxes), np.concatenate(scores), np.concatenate(points))

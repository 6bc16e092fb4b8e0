"""Finds the five landmarks of a face with dlib's regression trees, for many faces of one photo at once.

It never looks for a face: it refines a box that a detector gave.

Algorithm: Kazemi and Sullivan, One Millisecond Face Alignment with an Ensemble of Regression Trees, CVPR 2014;
numbers, order of sums and rounding as in dlib, so that the landmarks are equal given the same box.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facewarden.adapters.faces_onnx.dlib_file import DlibReader, damaged

LANDMARKS = 5
LANDMARK_NAMES = (
    "outer corner of the eye at the right",
    "inner corner of the eye at the right",
    "outer corner of the eye at the left",
    "inner corner of the eye at the left",
    "base of the nose",
)
_VERSION = 1
# Bounds on what a file may claim, far above the real model's numbers.
_MOST_CASCADES, _MOST_TREES, _MOST_SPLITS, _MOST_PIXELS = 100, 10_000, 255, 10_000

Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ShapeModel:
    """The trained trees. C cascades, T trees each, S splits and S + 1 leaves a tree, P pixels a cascade.

    mean_shape  float32 (5, 2): where the search starts, in units of the box
    anchors     int64 (C, P): the landmark that each pixel is placed beside
    offsets     float32 (C, P, 2): how far from it, in units of the box
    splits      int64 (C, 2, T, S): the two pixels that a split compares
    thresholds  float32 (C, T, S)
    leaves      float32 (C, T, S + 1, 10): what a leaf adds to the shape
    """

    mean_shape: Points
    anchors: NDArray[np.int64]
    offsets: Points
    splits: NDArray[np.int64]
    thresholds: NDArray[np.float32]
    leaves: NDArray[np.float32]

    def to_bytes(self) -> bytes:
        """The model as one uncompressed .npz file, without any Python object in it."""
        buffer = io.BytesIO()
        arrays = {name: getattr(self, name) for name in self.__slots__}
        np.savez(buffer, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The model out of to_bytes; DamagedError when something is missing or not an array."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                return cls(**{name: arrays[name] for name in cls.__slots__})
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise damaged("no landmark trees") from error


def read_shape_model(data: bytes) -> ShapeModel:
    """The model from the content of shape_predictor_5_face_landmarks.dat; DamagedError for anything else."""
    reader = DlibReader(data)
    if reader.integer() != _VERSION:
        raise damaged("an unknown version of landmark trees")
    mean_shape = np.array(reader.vector(2 * LANDMARKS), np.float32)
    if mean_shape.size != 2 * LANDMARKS:
        raise damaged("another number of landmarks than five")
    splits, thresholds, leaves = _read_forests(reader)
    anchors = [
        [reader.count(LANDMARKS - 1) for _ in range(reader.count(_MOST_PIXELS))]
        for _ in range(reader.count(_MOST_CASCADES))
    ]
    offsets = [
        [(reader.number(), reader.number()) for _ in range(reader.count(_MOST_PIXELS))]
        for _ in range(reader.count(_MOST_CASCADES))
    ]
    if not reader.at_end or not len(splits) == len(anchors) == len(offsets):
        raise damaged("landmark trees of another length")
    try:
        return ShapeModel(
            mean_shape=mean_shape.reshape(LANDMARKS, 2),
            anchors=np.array(anchors, np.int64),
            offsets=np.array(offsets, np.float32),
            splits=np.array(splits, np.int64).transpose(0, 3, 1, 2).copy(),
            thresholds=np.array(thresholds, np.float32),
            leaves=np.array(leaves, np.float32),
        )
    except ValueError as error:
        raise damaged("landmark trees of unequal sizes") from error


def _read_forests(reader: DlibReader) -> tuple[list[object], list[object], list[object]]:
    all_splits: list[object] = []
    all_thresholds: list[object] = []
    all_leaves: list[object] = []
    for _ in range(reader.count(_MOST_CASCADES)):
        splits, thresholds, leaves = [], [], []
        for _ in range(reader.count(_MOST_TREES)):
            rows = [
                (reader.count(_MOST_PIXELS), reader.count(_MOST_PIXELS), reader.number())
                for _ in range(reader.count(_MOST_SPLITS))
            ]
            splits.append([(first, second) for first, second, _ in rows])
            thresholds.append([threshold for _, _, threshold in rows])
            leaves.append([reader.vector(2 * LANDMARKS) for _ in range(reader.count(_MOST_SPLITS + 1))])
        all_splits.append(splits)
        all_thresholds.append(thresholds)
        all_leaves.append(leaves)
    return all_splits, all_thresholds, all_leaves


class LandmarkFinder:
    """Runs the trees. Holds no state between calls; safe to share between threads."""

    def __init__(self, model: ShapeModel) -> None:
        self._model = model
        self._trees, splits = model.thresholds.shape[1:]
        self._depth = (splits + 1).bit_length() - 1
        trees = np.arange(self._trees, dtype=np.intp)
        # Trees lie end to end, so that one flat index names a split or a leaf of any tree.
        self._split_starts = trees * splits
        self._leaf_starts = trees * (splits + 1) - splits
        self._first = [part[0].ravel().astype(np.intp) for part in model.splits]
        self._second = [part[1].ravel().astype(np.intp) for part in model.splits]
        self._thresholds = [part.ravel() for part in model.thresholds]
        self._leaves = [part.reshape(-1, 2 * LANDMARKS) for part in model.leaves]
        centred = model.mean_shape.astype(np.float64)
        centred -= centred.mean(axis=0)
        self._mean_conjugate = centred[:, 0] - 1j * centred[:, 1]
        self._mean_power = float((centred**2).sum())

    def find(self, image: NDArray[np.uint8], boxes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The landmarks, int64 (N, 5, 2) as (x, y) in whole pixels, in the order of LANDMARK_NAMES.

        `image` is uint8 (H, W, 3) RGB. `boxes` is int64 (N, 4): left, top, right, bottom, the last two inclusive
        as dlib has them; they may reach beyond the image. N = 0 gives an empty result.
        """
        if not len(boxes):
            return np.empty((0, LANDMARKS, 2), np.int64)
        model = self._model
        pixels = np.ascontiguousarray(image).reshape(-1)
        height, width = image.shape[:2]
        corner = boxes[:, None, :2].astype(np.float64)
        extent = (boxes[:, None, 2:] - boxes[:, None, :2]).astype(np.float64)
        shapes = np.repeat(model.mean_shape[None], len(boxes), axis=0)
        for cascade, anchors in enumerate(model.anchors):
            turned = _turned(model.offsets[cascade], self._turns(shapes))
            spots = (turned + shapes.take(anchors, axis=1)) * extent + corner
            values = _intensities(pixels, height, width, spots)
            shapes = self._moved(cascade, values, shapes)
        spots = shapes * extent + corner
        return np.floor(spots + 0.5).astype(np.int64)

    def _turns(self, shapes: Points) -> NDArray[np.complex128]:
        """Rotation and scale (N), as complex numbers, that bring the mean shape nearest to each shape."""
        points = shapes[..., 0] + 1j * shapes[..., 1].astype(np.float64)
        points = points - points.mean(axis=1, keepdims=True)
        turns: NDArray[np.complex128] = points @ self._mean_conjugate / self._mean_power
        return turns

    def _moved(self, cascade: int, values: NDArray[np.float32], shapes: Points) -> Points:
        """The shapes with the leaves of one cascade added, tree after tree: the order decides the last bit."""
        faces, pixels = values.shape
        flat = values.reshape(-1)
        first, second, thresholds = self._first[cascade], self._second[cascade], self._thresholds[cascade]
        start = (np.arange(faces, dtype=np.intp) * pixels)[:, None]
        node = np.zeros((faces, self._trees), np.intp)
        for _ in range(self._depth):
            at = node + self._split_starts
            difference = flat.take(first.take(at) + start) - flat.take(second.take(at) + start)
            node += node
            node += 2
            node -= difference > thresholds.take(at)
        node += self._leaf_starts
        terms = np.empty((faces, 1 + self._trees, 2 * LANDMARKS), np.float32)
        terms[:, 0] = shapes.reshape(faces, -1)
        self._leaves[cascade].take(node, axis=0, out=terms[:, 1:], mode="clip")
        moved: Points = terms.sum(axis=1, dtype=np.float32).reshape(shapes.shape)
        return moved


def _turned(offsets: Points, turns: NDArray[np.complex128]) -> Points:
    """Each offset (P, 2) turned and scaled for each face: float32 (N, P, 2)."""
    real, imaginary = turns.real.astype(np.float32)[:, None], turns.imag.astype(np.float32)[:, None]
    turned = np.empty((len(turns), *offsets.shape), np.float32)
    turned[..., 0] = real * offsets[:, 0] - imaginary * offsets[:, 1]
    turned[..., 1] = imaginary * offsets[:, 0] + real * offsets[:, 1]
    return turned


def _intensities(pixels: NDArray[np.uint8], height: int, width: int, spots: NDArray[np.float64]) -> NDArray[np.float32]:
    """The grey value (mean of the channels, rounded down) at each (x, y), rounded; 0 outside of the image."""
    whole = np.floor(spots + 0.5).astype(np.intp)
    x, y = whole[..., 0], whole[..., 1]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    at = (y * width + x) * 3
    everywhere = bool(inside.all())
    if not everywhere:
        at = np.where(inside, at, 0)
    grey = pixels.take(at).astype(np.uint16)
    grey += pixels.take(at + 1)
    grey += pixels.take(at + 2)
    grey //= 3
    values = grey.astype(np.float32)
    return values if everywhere else values * inside

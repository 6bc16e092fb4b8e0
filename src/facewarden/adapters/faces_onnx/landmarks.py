"""Finds the five landmarks of a face with dlib's regression trees, for many faces of one photo at once.

It never looks for a face: it refines a box that a detector gave.

Algorithm: Kazemi and Sullivan, One Millisecond Face Alignment with an Ensemble of Regression Trees, CVPR 2014;
numbers, order of sums and rounding as in dlib, so that the landmarks are equal given the same box.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

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

# Faces and bytes of photos handled together: beyond this the working set leaves the processor's caches.
_CHUNK_FACES, _CHUNK_BYTES = 16, 16 * 1024 * 1024

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
        np.reshape(reader.numbers(2 * reader.count(_MOST_PIXELS)), (-1, 2)) for _ in range(reader.count(_MOST_CASCADES))
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


@dataclass(frozen=True, slots=True)
class _Pixels:
    """The photos of a batch end to end, and for each face its box and where its photo lies.

    flat    uint8: all bytes of all photos
    boxes   int64 (N, 4)
    starts, widths, heights   int64 (N, 1): of the photo that the face is in
    """

    flat: NDArray[np.uint8]
    boxes: NDArray[np.int64]
    starts: NDArray[np.int64]
    widths: NDArray[np.int64]
    heights: NDArray[np.int64]

    @classmethod
    def of(cls, images: Sequence[NDArray[np.uint8]], boxes: Sequence[NDArray[np.int64]]) -> Self:
        """Photos with at least one face in all, and their boxes."""
        rows = [np.ascontiguousarray(image).reshape(-1) for image in images]
        counts = [len(part) for part in boxes]
        starts = np.cumsum([0] + [len(row) for row in rows[:-1]])

        def each(values: ArrayLike) -> NDArray[np.int64]:
            return np.repeat(np.asarray(values, np.int64), counts)[:, None]

        return cls(
            flat=rows[0] if len(rows) == 1 else np.concatenate(rows),
            boxes=np.concatenate(boxes),
            starts=each(starts),
            widths=each([image.shape[1] for image in images]),
            heights=each([image.shape[0] for image in images]),
        )

    def intensities(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        """The grey value (mean of the channels, rounded down) at each x, y (N, P); 0 outside of its photo."""
        columns, rows = _rounded(x), _rounded(y)
        at = rows * self.widths
        at += columns
        at *= 3
        at += self.starts
        inside = None
        if not (columns.min() >= 0 and rows.min() >= 0 and self._ends_inside(columns, rows)):
            inside = (columns >= 0) & (columns < self.widths) & (rows >= 0) & (rows < self.heights)
            at = np.where(inside, at, 0)
        grey = self.flat.take(at).astype(np.uint16)
        at += 1
        grey += self.flat.take(at)
        at += 1
        grey += self.flat.take(at)
        grey //= 3
        values = grey.astype(np.float32)
        return values if inside is None else values * inside

    def _ends_inside(self, columns: NDArray[np.intp], rows: NDArray[np.intp]) -> bool:
        furthest, lowest = columns.max(axis=1, keepdims=True), rows.max(axis=1, keepdims=True)
        return bool((furthest < self.widths).all() and (lowest < self.heights).all())


def _rounded(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """The nearest whole numbers, halves upwards. Changes its argument."""
    values += 0.5
    return np.floor(values, out=values).astype(np.intp)


def _chunks(images: Sequence[NDArray[np.uint8]], boxes: Sequence[NDArray[np.int64]]) -> Iterator[list[int]]:
    """Places of photos with faces, in order, so many together that neither faces nor bytes are too many."""
    chunk: list[int] = []
    faces = size_bytes = 0
    for place, (image, part) in enumerate(zip(images, boxes, strict=True)):
        if not len(part):
            continue
        if chunk and (faces + len(part) > _CHUNK_FACES or size_bytes + image.size > _CHUNK_BYTES):
            yield chunk
            chunk, faces, size_bytes = [], 0, 0
        chunk.append(place)
        faces, size_bytes = faces + len(part), size_bytes + image.size
    if chunk:
        yield chunk


class LandmarkFinder:
    """Runs the trees. Holds no state between calls; safe to share between threads."""

    def __init__(self, model: ShapeModel) -> None:
        self._model = model
        self._trees, splits = model.thresholds.shape[1:]
        self._depth = (splits + 1).bit_length() - 1
        trees = np.arange(self._trees, dtype=np.intp)
        # Trees lie end to end, so that one flat index names a split or a leaf of any tree.
        self._split_starts = (trees * splits)[:, None]
        self._leaf_starts = (trees * (splits + 1) - splits)[:, None]
        self._first = [part[0].ravel().astype(np.intp) for part in model.splits]
        self._second = [part[1].ravel().astype(np.intp) for part in model.splits]
        self._thresholds = [part.ravel() for part in model.thresholds]
        self._leaves = [part.reshape(-1, 2 * LANDMARKS) for part in model.leaves]
        # Places of an anchor's x and y in a shape of ten numbers.
        self._anchors = [(2 * part.astype(np.intp), 2 * part.astype(np.intp) + 1) for part in model.anchors]
        self._offsets = [(part[:, 0].copy(), part[:, 1].copy()) for part in model.offsets]
        centred = model.mean_shape.astype(np.float64)
        centred -= centred.mean(axis=0)
        self._mean_conjugate = centred[:, 0] - 1j * centred[:, 1]
        self._mean_power = float((centred**2).sum())

    def find(self, image: NDArray[np.uint8], boxes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The landmarks of the faces of one photo: find_all for a batch of one."""
        return self.find_all([image], [boxes])

    def find_all(self, images: Sequence[NDArray[np.uint8]], boxes: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
        """The landmarks, int64 (N, 5, 2) as (x, y) in whole pixels, in the order of LANDMARK_NAMES.

        `images` are uint8 (H, W, 3) RGB. `boxes` has for each an int64 (n, 4): left, top, right, bottom, the last two
        inclusive as dlib has them; they may reach beyond the image. N is the sum of all n, in their order. Each face
        gets exactly what it gets alone; many together take a third of the time.
        """
        found = [
            self._find(_Pixels.of([images[place] for place in chunk], [boxes[place] for place in chunk]))
            for chunk in _chunks(images, boxes)
        ]
        return np.concatenate(found) if found else np.empty((0, LANDMARKS, 2), np.int64)

    def _find(self, pixels: _Pixels) -> NDArray[np.int64]:
        # Coordinates are kept apart, as numpy is slow on a last axis of two.
        left, top, right, bottom = (pixels.boxes[:, edge, None].astype(np.float64) for edge in range(4))
        width, height = right - left, bottom - top
        shapes = np.repeat(self._model.mean_shape.reshape(1, -1), len(pixels.boxes), axis=0)
        for cascade, (at_x, at_y) in enumerate(self._anchors):
            offset_x, offset_y = self._offsets[cascade]
            cosine, sine = self._turns(shapes)
            # float32 until the box scales it to pixels, as in dlib.
            x = (cosine * offset_x - sine * offset_y + shapes.take(at_x, axis=1)) * width + left
            y = (sine * offset_x + cosine * offset_y + shapes.take(at_y, axis=1)) * height + top
            shapes = self._moved(cascade, pixels.intensities(x, y), shapes)
        landmarks = np.empty((len(shapes), LANDMARKS, 2), np.int64)
        landmarks[..., 0] = _rounded(shapes[:, 0::2] * width + left)
        landmarks[..., 1] = _rounded(shapes[:, 1::2] * height + top)
        return landmarks

    def _turns(self, shapes: Points) -> tuple[Points, Points]:
        """Scaled cosine and sine (N, 1) of the turn that brings the mean shape nearest to each shape (N, 10)."""
        points = shapes[:, 0::2] + 1j * shapes[:, 1::2].astype(np.float64)
        points = points - points.mean(axis=1, keepdims=True)
        turns = points @ self._mean_conjugate / self._mean_power
        return turns.real.astype(np.float32)[:, None], turns.imag.astype(np.float32)[:, None]

    def _moved(self, cascade: int, values: NDArray[np.float32], shapes: Points) -> Points:
        """The shapes with the leaves of one cascade added, tree after tree: the order decides the last bit."""
        faces, pixels = values.shape
        flat = values.reshape(-1)
        first, second, thresholds = self._first[cascade], self._second[cascade], self._thresholds[cascade]
        start = np.arange(faces, dtype=np.intp) * pixels
        node = np.zeros((self._trees, faces), np.intp)
        for _ in range(self._depth):
            at = node + self._split_starts
            difference = flat.take(first.take(at) + start)
            difference -= flat.take(second.take(at) + start)
            node += node
            node += 2
            node -= difference > thresholds.take(at)
        node += self._leaf_starts
        terms = np.empty((1 + self._trees, faces, 2 * LANDMARKS), np.float32)
        terms[0] = shapes
        self._leaves[cascade].take(node, axis=0, out=terms[1:], mode="clip")
        moved: Points = np.add.reduce(terms, axis=0)
        return moved

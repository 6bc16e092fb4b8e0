"""Turns triangles in pixel coordinates into the nearest triangle of every pixel; plain numpy.

It never shades: what a pixel looks like is decided elsewhere from the triangle and its barycentric weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int32]

# Triangles thinner than this many square pixels hold no pixel centre worth drawing, and divide by almost nothing.
_SMALLEST_AREA_PX = 1e-4
# A pixel centre on the edge of two triangles must belong to one at least, whatever 32 bits round to.
_ROUNDING = np.float32(1e-4)


@dataclass(frozen=True, slots=True)
class Hits:
    """Visible pixels: `pixels` (N,) flat indexes, `corners` (N, 3) vertex numbers, `weights` (N, 3), `faces` (N,),
    `nearness` (N,)."""

    pixels: Ints
    corners: Ints
    weights: Floats
    faces: Ints
    nearness: Floats

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Hits:
        """Those hits alone."""
        return Hits(
            self.pixels[chosen], self.corners[chosen], self.weights[chosen], self.faces[chosen], self.nearness[chosen]
        )

    def spread(self, values: Floats) -> Floats:
        """Values of the vertices (V,) or (V, C), interpolated at the hits: (N,) or (N, C)."""
        corners, weights = self.corners, self.weights
        if values.ndim == 1:
            one: Floats = np.einsum("nk,nk->n", values[corners], weights)
            return one
        many: Floats = values[corners[:, 0]] * weights[:, :1]
        many += values[corners[:, 1]] * weights[:, 1:2]
        many += values[corners[:, 2]] * weights[:, 2:]
        return many


def rasterise(
    points_px: Floats, nearness: Floats, faces: Ints, width_px: int, height_px: int, both_sides: Ints
) -> Hits:
    """The nearest hit of each covered pixel.

    `points_px` (V, 2) with y downward, `nearness` (V,) larger is nearer, `faces` (T, 3) counter-clockwise as seen from
    the front; faces whose number is in `both_sides` are drawn from behind too.
    """
    chosen = _front_faces(points_px, faces, both_sides)
    corners = faces[chosen]
    x, y = points_px[corners, 0], points_px[corners, 1]
    left = np.maximum(np.ceil(x.min(1) - 0.5), 0).astype(np.int32)
    right = np.minimum(np.floor(x.max(1) - 0.5), width_px - 1).astype(np.int32)
    top = np.maximum(np.ceil(y.min(1) - 0.5), 0).astype(np.int32)
    bottom = np.minimum(np.floor(y.max(1) - 0.5), height_px - 1).astype(np.int32)
    wide, high = right - left + 1, bottom - top + 1
    kept = np.flatnonzero((wide > 0) & (high > 0))
    corners, x, y, chosen = corners[kept], x[kept], y[kept], chosen[kept]
    wide, counts = wide[kept], (wide[kept] * high[kept]).astype(np.int64)
    # 1. every pixel centre in each triangle's bounding box
    owner = np.repeat(np.arange(len(kept), dtype=np.int32), counts)
    local = (np.arange(len(owner), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)).astype(np.int32)
    row = local // wide.take(owner)
    px, py = local - row * wide.take(owner) + left[kept].take(owner), row + top[kept].take(owner)
    # 2. which of them lie inside
    edges = _edges(x, y)
    cx = px.astype(np.float32) - (x[:, 2] - np.float32(0.5)).take(owner)
    cy = py.astype(np.float32) - (y[:, 2] - np.float32(0.5)).take(owner)
    first = edges[0].take(owner) * cx + edges[1].take(owner) * cy
    second = edges[2].take(owner) * cx + edges[3].take(owner) * cy
    third = 1 - first - second
    inside = np.flatnonzero(np.minimum(np.minimum(first, second), third) >= -_ROUNDING)
    owner = owner[inside]
    weights = np.stack([first[inside], second[inside], third[inside]], 1)
    pixels = (py[inside] * width_px + px[inside]).astype(np.int32)
    # 3. the nearest at each pixel
    depth = np.einsum("nk,nk->n", nearness[corners][owner], weights).astype(np.float32)
    final = _nearest(pixels, depth, width_px * height_px)
    owner = owner[final]
    return Hits(pixels[final], corners[owner], weights[final], chosen[owner].astype(np.int32), depth[final])


def _nearest(pixels: Ints, depth: Floats, size_px: int) -> Ints:
    """Which of the hits stay, one a pixel."""
    best = np.full(size_px, -np.inf, np.float32)
    np.maximum.at(best, pixels, depth)
    nearest = np.flatnonzero(depth >= best[pixels])
    # two triangles that share an edge may tie: the last stays
    keeper = np.full(size_px, -1, np.int32)
    keeper[pixels[nearest]] = nearest
    return keeper[keeper >= 0]


def _front_faces(points_px: Floats, faces: Ints, both_sides: Ints) -> Ints:
    a, b, c = points_px[faces[:, 0]], points_px[faces[:, 1]], points_px[faces[:, 2]]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    front = area < -_SMALLEST_AREA_PX
    if len(both_sides):
        front[both_sides] = np.abs(area[both_sides]) > _SMALLEST_AREA_PX
    return np.flatnonzero(front).astype(np.int32)


def _edges(x: Floats, y: Floats) -> Floats:
    """Slopes (4, T) of the first two barycentric weights over the picture, both 0 at the third corner."""
    x0, x1, x2 = x.T
    y0, y1, y2 = y.T
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    edges: Floats = (np.stack([y1 - y2, x2 - x1, y2 - y0, x0 - x2]) / area).astype(np.float32)
    return edges

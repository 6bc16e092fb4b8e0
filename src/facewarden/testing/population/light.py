"""Soft light: second-order spherical harmonics, with the head's own shadows precomputed on the average head.

It never traces rays while drawing: what each vertex sees of the sky is measured once and kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facewarden.testing.population import shape
from facewarden.testing.population.mesh import FORMAT, Material, Mesh
from facewarden.testing.population.package import Progress
from facewarden.testing.population.raster import Floats, Ints, rasterise

# Directions from which each vertex is looked at, and the side of the square picture in which that is decided.
_DIRECTIONS = 160
_SIDE_PX = 320
# How much nearer something must be to hide a vertex: more than the mesh's own unevenness, less than a nostril.
_SLACK_DM = 0.035


@dataclass(frozen=True, slots=True)
class Lamp:
    """A soft light from `direction` (towards it, in the camera's frame) with a linear RGB strength."""

    direction: tuple[float, float, float]
    colour: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Lighting:
    """Lamps over an even glow of the surroundings (linear RGB)."""

    lamps: tuple[Lamp, ...]
    glow: tuple[float, float, float]


def harmonics(directions: Floats) -> Floats:
    """The nine real harmonics (N, 9) of unit directions (N, 3)."""
    x, y, z = directions.T
    one = np.full_like(x, 0.282095)
    terms = [one, 0.488603 * y, 0.488603 * z, 0.488603 * x, 1.092548 * x * y, 1.092548 * y * z]
    terms += [0.315392 * (3 * z * z - 1), 1.092548 * x * z, 0.546274 * (x * x - y * y)]
    stacked: Floats = np.stack(terms, 1).astype(np.float32)
    return stacked


# A lamp as a window rather than a point: its bands fall off.
_SOFTNESS = np.array([1, 0.97, 0.97, 0.97, 0.85, 0.85, 0.85, 0.85, 0.85], np.float32)
# Lambert's cosine in harmonics, over pi.
_COSINE = np.array([1, 2 / 3, 2 / 3, 2 / 3, 0.25, 0.25, 0.25, 0.25, 0.25], np.float32)


def radiance(lighting: Lighting, turn: Floats) -> Floats:
    """The light as harmonics (9, 3) in a frame that `turn` (3, 3) takes to the camera's."""
    total = np.zeros((9, 3), np.float32)
    for lamp in lighting.lamps:
        direction = np.array(lamp.direction, np.float32) @ turn
        total += np.outer(harmonics(_unit(direction)[None])[0] * _SOFTNESS, np.array(lamp.colour, np.float32)) * np.pi
    total[0] += np.array(lighting.glow, np.float32) / 0.282095
    return total


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return unit


def lit(normals: Floats, light: Floats) -> Floats:
    """Light (N, 3) that falls on surfaces with these normals, without shadows; 1 is white paper in full light."""
    fallen: Floats = np.maximum((harmonics(normals) * _COSINE) @ light, 0.0)
    return fallen


def shadows(transfer: Floats, light: Floats) -> Floats:
    """The share (V,) of that light that reaches each vertex past the rest of the head; `transfer` (V, 18)."""
    grey = light.mean(1)
    seen, all_of_it = transfer[:, :9] @ grey, transfer[:, 9:] @ grey
    share: Floats = np.clip(seen / np.maximum(all_of_it, 0.02), 0.12, 1.0)
    return share


def transfer(mesh: Mesh, data_dir: Path, progress: Progress) -> Floats:
    """For each vertex the light it gets with and without the head's own shadows, as harmonics (V, 18); kept on disk."""
    kept = data_dir / f"light-{FORMAT}.npy"
    if kept.is_file():
        loaded: Floats = np.load(kept)
        return loaded
    positions = shape.lowered_arms(mesh, shape.shaped(mesh, shape.average_build(), 40))
    result = _measured(mesh, positions, progress)
    unfinished = kept.with_suffix(".tmp.npy")
    np.save(unfinished, result)
    unfinished.replace(kept)
    return result


def _measured(mesh: Mesh, positions: Floats, progress: Progress) -> Floats:
    normal = shape.normals(positions, mesh.faces)
    # sockets and mouth are closed by what lies in them; only skin throws shadows
    casting = mesh.faces[(mesh.material[mesh.faces] != Material.MOUTH).all(1)]
    result = np.zeros((len(positions), 18), np.float32)
    for number, direction in enumerate(_even_directions(_DIRECTIONS)):
        if number % 20 == 0:
            progress("Measuring shadows", number / _DIRECTIONS)
        cosine = np.maximum(normal @ direction, 0)
        basis = harmonics(direction[None])[0] * (4 / _DIRECTIONS)
        visible = _visible(positions, casting, direction)
        result[:, :9] += np.outer(cosine * visible, basis)
        result[:, 9:] += np.outer(cosine, basis)
    return _smoothed(mesh, result)


def _even_directions(count: int) -> Floats:
    at = np.arange(count) + 0.5
    height, angle = 1 - 2 * at / count, np.pi * (1 + 5**0.5) * at
    ring = np.sqrt(1 - height**2)
    directions: Floats = np.stack([ring * np.cos(angle), height, ring * np.sin(angle)], 1).astype(np.float32)
    return directions


def _visible(positions: Floats, faces: Ints, direction: Floats) -> Floats:
    side = _unit(np.cross(np.array([0.03, 1, 0.02], np.float32), direction))
    up = np.cross(direction, side)
    flat = np.stack([positions @ side, -(positions @ up)], 1)
    low = flat.min(0)
    scale = (_SIDE_PX - 4) / (flat.max(0) - low).max()
    points = ((flat - low) * scale + 2).astype(np.float32)
    near = (positions @ direction).astype(np.float32)
    hits = rasterise(points, near, faces, _SIDE_PX, _SIDE_PX, np.arange(len(faces), dtype=np.int32))
    depth = np.full(_SIDE_PX * _SIDE_PX, -np.inf, np.float32)
    depth[hits.pixels] = hits.spread(near)
    at = np.clip(points.astype(np.int32), 0, _SIDE_PX - 1)
    hidden = depth[at[:, 1] * _SIDE_PX + at[:, 0]] - near
    visible: Floats = np.clip(1.5 - hidden / _SLACK_DM, 0, 1).astype(np.float32)
    return visible


def _smoothed(mesh: Mesh, values: Floats) -> Floats:
    """Two rounds of averaging along edges: shadows of so coarse a picture are uneven."""
    edges = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    count = np.bincount(edges[:, 0], minlength=len(values)) + 1
    for _ in range(2):
        total = values.copy()
        for column in range(values.shape[1]):
            total[:, column] += np.bincount(edges[:, 0], values[edges[:, 1], column], len(values))
        values = (total / count[:, None]).astype(np.float32)
    return values

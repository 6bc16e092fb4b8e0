"""What a drawn person wears: clothes on the shoulders, a collar, glasses.

It never decides what somebody wears: it shapes and colours what it is told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facewarden.testing.population.looks import Colour, Garment, Glasses, linear
from facewarden.testing.population.mesh import Mesh
from facewarden.testing.population.raster import Floats, Ints


@dataclass(frozen=True, slots=True)
class Outfit:
    """A garment with its colour, and the colour under it or on it (shirt, tie, stripe)."""

    garment: Garment
    colour: Colour
    second: Colour
    tie: Colour | None
    stripes: float


@dataclass(frozen=True, slots=True)
class Tube:
    """A surface of its own: `positions` (N, 3), `faces`, `bones` (N, 4), and one linear colour."""

    positions: Floats
    faces: Ints
    bones: Floats
    colour: Floats


def below_neckline(canonical: Floats, garment: Garment) -> Floats:
    """Decimetres (N,) that points of the average body lie below the garment's edge; negative on bare skin."""
    x, y, z = np.abs(canonical[:, 0]), canonical[:, 1], canonical[:, 2]
    edge = 5.36 + 0.42 * (0.62 - z) + 0.75 * x**1.3
    if garment is Garment.TURTLENECK:
        edge = 6.02 + 0.16 * (0.4 - z) + 0.2 * x
    elif garment is Garment.VNECK:
        edge = edge - np.clip(0.75 - 1.25 * x, 0, 1) * (z > 0)
    elif garment in (Garment.SHIRT, Garment.JACKET):
        open_dm = 0.40 if garment is Garment.JACKET else 0.14
        edge = edge + 0.12 - np.clip(open_dm - 1.1 * x, 0, 1) * (z > 0)
    below: Floats = (edge - y).astype(np.float32)
    return below


def dressed(positions: Floats, normals: Floats, canonical: Floats, garment: Garment) -> Floats:
    """Positions with the body under the garment let out by the cloth's thickness."""
    below = below_neckline(canonical, garment)
    thick = {Garment.JACKET: 0.11, Garment.TURTLENECK: 0.07}.get(garment, 0.055)
    moved: Floats = positions + normals * (np.clip(below / 0.1 + 0.3, 0, 1) * thick)[:, None]
    return moved


def cloth(canonical: Floats, outfit: Outfit, noise: Floats) -> tuple[Floats, Floats]:
    """Linear colours (N, 3) and cover (N,) of the garment at points of the average body; `noise` (N,) unit spread."""
    below = below_neckline(canonical, outfit.garment)
    cover = np.clip(below / 0.02 + 0.5, 0, 1)
    x, y = np.abs(canonical[:, 0]), canonical[:, 1]
    colour = np.empty((len(canonical), 3), np.float32)
    colour[:] = linear(outfit.colour)
    if outfit.garment is Garment.JACKET:
        shirt = (x < 0.05 + 0.40 * np.clip(y - 4.15, 0, 2)) & (canonical[:, 2] > 0)
        lapel = x < 0.40 + 0.36 * np.clip(y - 4.3, 0, 2)
        colour[lapel] *= 1.22
        colour[shirt] = linear(outfit.second)
        if outfit.tie is not None:
            colour[(x < 0.07 + 0.035 * np.clip(5.4 - y, 0, 2)) & (y < 5.36) & (canonical[:, 2] > 0)] = linear(
                outfit.tie
            )
        edge = np.abs(x - (0.05 + 0.40 * np.clip(y - 4.15, 0, 2)))
        colour *= (1 - 0.45 * np.exp(-((edge / 0.035) ** 2)))[:, None]
    elif outfit.garment is Garment.SHIRT:
        colour *= (1 - 0.18 * np.exp(-((below / 0.16) ** 2)))[:, None]
        colour *= (1 - 0.25 * np.exp(-((x / 0.012) ** 2)) - 0.12 * np.exp(-(((x - 0.09) / 0.012) ** 2)))[:, None]
    else:
        colour *= (1 - 0.3 * np.exp(-(((below - 0.085) / 0.014) ** 2)))[:, None]
    if outfit.stripes:
        colour[np.sin(y * outfit.stripes) > 0.55] = linear(outfit.second)
    colour *= (1 + 0.07 * noise)[:, None]
    return colour, cover.astype(np.float32)


def collar(mesh: Mesh, positions: Floats, canonical: Floats, outfit: Outfit) -> Tube | None:
    """A shirt's collar around a neck of this shape, or None for garments without one."""
    if outfit.garment not in (Garment.SHIRT, Garment.JACKET):
        return None
    ring = (np.abs(canonical[:, 1] - 5.75) < 0.25) & (np.abs(canonical[:, 0]) < 0.8) & (mesh.material == 0)
    widths = np.abs(positions[ring, 0]).max() / np.abs(canonical[ring, 0]).max()
    middle = positions[ring].mean(0) - canonical[ring].mean(0)
    angle = np.linspace(np.radians(5), np.radians(355), 49)
    forward = np.cos(angle)
    rows = []
    # inside foot, top, fold, outer foot: out from the neck, and up
    for out, up in ((0.0, -0.05), (0.02, 0.20), (0.055, 0.22), (0.15, 0.02 - 0.0)):
        point = np.clip((forward - 0.55) / 0.45, 0, 1) ** 2
        height = 5.78 - 0.36 * forward + up - (0.20 * point if up < 0.1 else 0.06 * point)
        across = (0.60 + out) * np.sin(angle) + np.sign(np.sin(angle)) * (0.10 * point if out > 0.1 else 0.0)
        depth = 0.13 + (0.62 + out + 0.06 * point) * forward
        rows.append(np.stack([across * widths, height, depth], 1) + middle)
    points = np.stack(rows, 1).reshape(-1, 3).astype(np.float32)
    shirt = outfit.second if outfit.garment is Garment.JACKET else outfit.colour
    bones = np.tile(np.array((0.25, 0.1, 0, 0), np.float32), (len(points), 1))
    return Tube(points, _strip(len(angle), 4), bones, linear(shirt))


def glasses(mesh: Mesh, positions: Floats, frame: Glasses) -> Tube:
    """The frame in front of the eyes of a head of this shape."""
    left = positions[mesh.joints["joint-l-eye"]].mean(0)
    right = positions[mesh.joints["joint-r-eye"]].mean(0)
    middle = (left + right) / 2
    apart = max(float(left[0] - right[0]) / 2, frame.half_width_dm + 0.03)
    near_eyes = (np.abs(positions[:, 1] - middle[1]) < 0.22) & (mesh.material == 0)
    near = near_eyes & (np.abs(positions[:, 0]) < 0.5)
    front = float(positions[near & (np.abs(positions[:, 0]) > 0.10), 2].max()) + 0.03
    base = mesh.positions  # of which the head before the ears, at the eyes' height
    temples = near_eyes & (np.abs(base[:, 0]) < 0.68) & (base[:, 2] > 0.45) & (base[:, 2] < 0.9)
    reach = float(np.abs(positions[temples, 0]).max()) + 0.02
    parts = []
    angle = np.linspace(0, 2 * np.pi, 41)
    power = 2 / frame.squareness
    for side in (-1, 1):
        x = side * apart + frame.half_width_dm * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power
        y = middle[1] - 0.03 + frame.half_height_dm * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power
        parts.append(np.stack([x, y, front - 0.22 * np.abs(x) ** 2], 1))
    bridge = np.linspace(-1, 1, 9)
    gap = apart - frame.half_width_dm
    parts.append(np.stack([bridge * gap, middle[1] + 0.03 - 0.02 * bridge**2, front + 0.02 - 0.02 * bridge**2], 1))
    for side in (-1, 1):
        edge = apart + frame.half_width_dm
        run = np.linspace(0, 1, 9)
        x = side * (edge + (reach - edge) * np.minimum(run * 1.6, 1))
        parts.append(np.stack([x, np.full(9, middle[1] + 0.03), front - 0.22 * edge**2 - run * 0.85], 1))
    tubes = [_tube(np.asarray(part, np.float32), frame.thickness_dm) for part in parts]
    points = np.concatenate([points for points, _ in tubes])
    offsets = np.cumsum([0] + [len(points) for points, _ in tubes[:-1]])
    faces = np.concatenate([faces + offset for (_, faces), offset in zip(tubes, offsets, strict=True)]).astype(np.int32)
    bones = np.tile(np.array((0, 0, 0, 1), np.float32), (len(points), 1))
    return Tube(points, faces, bones, linear(frame.colour))


def _tube(line: Floats, radius: float) -> tuple[Floats, Ints]:
    run = np.gradient(line, axis=0)
    run /= np.maximum(np.linalg.norm(run, axis=1, keepdims=True), 1e-9)
    side = np.cross(run, np.array((0.1, 0.2, 1.0)))
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    up = np.cross(side, run)
    angle = np.linspace(0, 2 * np.pi, 6)
    around = np.cos(angle)[None, :, None] * side[:, None] + np.sin(angle)[None, :, None] * up[:, None]
    points = (line[:, None] + radius * around).reshape(-1, 3).astype(np.float32)
    return points, _strip(len(line), 6)


def _strip(columns: int, rows: int) -> Ints:
    c, r = np.meshgrid(np.arange(columns - 1), np.arange(rows - 1), indexing="ij")
    a = (c * rows + r).ravel()
    faces: Ints = np.concatenate(
        [np.stack([a, a + 1, a + rows], 1), np.stack([a + 1, a + rows + 1, a + rows], 1)]
    ).astype(np.int32)
    return faces

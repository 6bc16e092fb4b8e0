"""Hair as surfaces over the scalp: a cap that follows the skull, a curtain that hangs, and a knot.

It never draws: it gives vertices with the attributes that shading needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facewarden.testing.population import shape
from facewarden.testing.population.looks import Hair, Looks
from facewarden.testing.population.mesh import FORMAT, Mesh
from facewarden.testing.population.raster import Floats, Ints

CENTRE_DM = np.array((0.0, 7.55, 0.42), np.float32)  # of the skull on the average head
_AZIMUTHS, _POLARS = 72, 40
_LOWEST_POLAR_DEG = 140.0
# The hairline: degrees from the crown, at degrees around the head from the front.
_LINE_AT = (0, 18, 32, 44, 53, 60, 66, 73, 84, 98, 112, 128, 150, 180)
_LINE = (51, 51, 53, 60, 76, 98, 104, 94, 88, 92, 104, 118, 127, 130)


@dataclass(frozen=True, slots=True)
class Strands:
    """Surfaces of hair, N vertices: `positions` (N, 3); `faces`; `root` (N, 3) unit direction of the root from the
    skull's centre; `along` (N,) distance from the parting; `field` (N,) degrees inside the hairline; `tangents`
    (N, 3); `shade` (N,) how open to light; `bones` (N, 4) of the neck."""

    positions: Floats
    faces: Ints
    root: Floats
    along: Floats
    field: Floats
    tangents: Floats
    shade: Floats
    bones: Floats


@dataclass(frozen=True, slots=True)
class Scalp:
    """Where rays from the skull's centre leave the head: `directions` (A*P, 3), mesh `corners` and `weights`."""

    directions: Floats
    corners: Ints
    weights: Floats

    def on(self, positions: Floats) -> Floats:
        """Those points (A*P, 3) on a head of this shape."""
        points: Floats = np.einsum("nkc,nk->nc", positions[self.corners], self.weights)
        return points


def scalp(mesh: Mesh, data_dir: Path) -> Scalp:
    """The scalp's grid, kept on disk."""
    kept = data_dir / f"scalp-{FORMAT}.npz"
    directions = _grid_directions()
    if not kept.is_file():
        positions = shape.shaped(mesh, shape.average_build(), 40)
        corners, weights = _cast(positions, mesh.faces[shape.on_the_skin(mesh)], directions)
        unfinished = kept.with_suffix(".tmp.npz")
        np.savez(unfinished, corners=corners, weights=weights)
        unfinished.replace(kept)
    with np.load(kept) as file:
        return Scalp(directions, file["corners"], file["weights"])


def _grid_directions() -> Floats:
    azimuth = np.linspace(-np.pi, np.pi, _AZIMUTHS + 1)
    polar = np.radians(np.linspace(0, _LOWEST_POLAR_DEG, _POLARS))
    a, p = np.meshgrid(azimuth, polar, indexing="ij")
    return _directions(a.ravel(), p.ravel())


def _directions(azimuth: Floats, polar: Floats) -> Floats:
    made: Floats = np.stack(
        [np.sin(azimuth) * np.sin(polar), np.cos(polar), np.cos(azimuth) * np.sin(polar)], -1
    ).astype(np.float32)
    return made


def _cast(positions: Floats, faces: Ints, directions: Floats) -> tuple[Ints, Floats]:
    """The first skin triangle that each ray from the skull's centre meets beyond the inside of the head."""
    a = positions[faces[:, 0]] - CENTRE_DM
    e1, e2 = positions[faces[:, 1]] - positions[faces[:, 0]], positions[faces[:, 2]] - positions[faces[:, 0]]
    corners = np.zeros((len(directions), 3), np.int32)
    weights = np.zeros((len(directions), 3), np.float32)
    for number, d in enumerate(directions):
        p = np.cross(d, e2)
        det = np.einsum("nc,nc->n", e1, p)
        safe = np.where(np.abs(det) < 1e-9, 1e-9, det)
        u = -np.einsum("nc,nc->n", a, p) / safe
        q = np.cross(-a, e1)
        v = (q @ d) / safe
        far = np.einsum("nc,nc->n", e2, q) / safe
        hit = (u >= -1e-4) & (v >= -1e-4) & (u + v <= 1 + 1e-4) & (far > 0.45) & (det < 0)
        best = int(np.argmin(np.where(hit, far, np.inf)))
        corners[number] = faces[best]
        weights[number] = (1 - u[best] - v[best], u[best], v[best]) if hit[best] else (1, 0, 0)
    return corners, weights


def hairline(looks: Looks, directions: Floats) -> Floats:
    """Degrees (N,) that each direction lies inside the hairline; negative on the face."""
    azimuth = np.degrees(np.arctan2(directions[:, 0], directions[:, 2]))
    polar = np.degrees(np.arccos(np.clip(directions[:, 1], -1, 1)))
    line = np.array(_LINE, float)
    front = np.interp(_LINE_AT, (0, 50, 70), (1, 1, 0))
    line = line + looks.hairline_deg * front
    if looks.hair in (Hair.LONG, Hair.BOB):  # it lies over the ears
        line = np.maximum(line, np.interp(_LINE_AT, (0, 46, 60, 72, 180), (0, 0, 92, 122, 135)))
    if looks.fringe or looks.hair is Hair.FRINGE:
        line = np.maximum(line, np.interp(_LINE_AT, (0, 30, 50, 60), (70, 71, 78, 90)))
    temples = np.interp(_LINE_AT, (0, 14, 30, 42, 56), (0.25, 0.4, 1, 0.8, 0))
    line = line - looks.receding * 17 * temples
    inside = np.interp(np.abs(azimuth), _LINE_AT, line) - polar
    if looks.hair is Hair.BALD:
        inside = np.minimum(inside, polar - np.interp(np.abs(azimuth), (0, 60, 100, 180), (120, 84, 72, 74)))
    field: Floats = inside.astype(np.float32)
    return field


_TOPS = {
    Hair.BALD: (0.012, 0.02),
    Hair.BUZZED: (0.025, 0.02),
    Hair.SHORT: (0.14, 0.05),
    Hair.SWEPT: (0.22, 0.06),
    Hair.FRINGE: (0.14, 0.08),
    Hair.CURLY: (0.26, 0.14),
    Hair.AFRO: (0.42, 0.34),
    Hair.BUN: (0.06, 0.045),
    Hair.BOB: (0.20, 0.22),
    Hair.LONG: (0.18, 0.20),
}


def grown(mesh: Mesh, over: Scalp, positions: Floats, looks: Looks, rng: np.random.Generator) -> list[Strands]:
    """The layers of hair on a head of this shape, the cap last; `rng` must be the person's own, so that it is the
    same in each photo. Empty for a shaven head."""
    d = over.directions
    field = hairline(looks, d)
    if field.max() <= 0:
        return []
    polar = np.degrees(np.arccos(np.clip(d[:, 1], -1, 1)))
    top, side = _TOPS[looks.hair]
    high = _smooth(polar, 88, 42)
    thick = (side + (top - side) * high) * looks.hair_volume
    lift = 0.05 * looks.parting * d[:, 0] * high if looks.hair in (Hair.SWEPT, Hair.SHORT) else 0.0
    uneven = _waves(rng, d, 9.0 if looks.hair in (Hair.CURLY, Hair.AFRO) else 4.0)
    strength = 0.28 if looks.hair in (Hair.CURLY, Hair.AFRO) else 0.16
    rise = _smooth(field, -1.0, 24.0 if top > 0.1 else 8.0)  # degrees over which hair gets full from its line
    depth = (thick * (1 + strength * uneven) + lift) * rise
    points = over.on(positions) + d * (np.maximum(depth, 0.0) + 0.008)[:, None]
    part = parting(looks)
    cap = Strands(
        positions=points.astype(np.float32),
        faces=_grid_faces(_AZIMUTHS + 1, _POLARS),
        root=d,
        along=np.arccos(np.clip(d @ part, -1, 1)).astype(np.float32),
        field=field,
        tangents=_unit(d * (d @ part)[:, None] - part),
        shade=(0.62 + 0.38 * _smooth(field, 0, 22)).astype(np.float32),
        bones=np.tile(np.array((0, 0, 0, 1), np.float32), (len(d), 1)),
    )
    cap = _without(cap, field < -14)
    if looks.hair in (Hair.LONG, Hair.BOB):
        return [_curtain(points, _chin_height(mesh, positions), looks, rng), cap]
    if looks.hair is Hair.BUN:
        return [_knot(positions, looks), cap]
    return [cap]


def parting(looks: Looks) -> Floats:
    """The direction that strands run away from."""
    if looks.hair in (Hair.SWEPT, Hair.SHORT):
        return _unit(np.array((0.55 * looks.parting, 0.9, 0.25), np.float32))
    if looks.hair is Hair.BUN:
        return _unit(np.array((0.0, 0.45, -1.0), np.float32))
    if looks.hair in (Hair.LONG, Hair.BOB):
        return _unit(np.array((0.35 * looks.parting, 0.9, 0.55), np.float32))
    return _unit(np.array((0.1 * looks.parting, 1.0, -0.25), np.float32))


def _chin_height(mesh: Mesh, positions: Floats) -> float:
    base = mesh.positions
    front = (np.abs(base[:, 0]) < 0.2) & (base[:, 1] > 6.0) & (base[:, 1] < 6.5) & (base[:, 2] > 0.9)
    return float(np.median(positions[front, 1]))


def _curtain(cap: Floats, chin_dm: float, looks: Looks, rng: np.random.Generator) -> Strands:
    """Hair that hangs from the sides and the back, open before the face."""
    grid = cap.reshape(_AZIMUTHS + 1, _POLARS, 3)
    opening = np.radians(50 + 8 * rng.random())
    columns = 64
    azimuth = np.linspace(opening, 2 * np.pi - opening, columns)
    at = (np.where(azimuth > np.pi, azimuth - 2 * np.pi, azimuth) + np.pi) / (2 * np.pi) * _AZIMUTHS
    low = np.clip(at.astype(int), 0, _AZIMUTHS - 1)
    share = (at - low)[:, None, None]
    meridians = grid[low] * (1 - share) + grid[low + 1] * share
    step = _LOWEST_POLAR_DEG / (_POLARS - 1)
    first, last = round(40 / step), round(86 / step)
    on_head = meridians[:, first : last + 1]
    end = chin_dm + (0.0 - 1.3 * looks.hair_length if looks.hair is Hair.LONG else 0.25 - 0.35 * looks.hair_length)
    rows = 30
    k = np.linspace(0, 1, rows + 1)[1:][None, :]
    ragged = 0.05 * rng.standard_normal((columns, 1))
    y = on_head[:, -1, 1][:, None] * (1 - k) + (end + ragged) * k
    flat = on_head[:, -1][:, [0, 2]] - CENTRE_DM[[0, 2]]
    body = looks.hair_volume
    # a little fuller at the jaw, then in to the neck; long hair goes before the shoulders at the sides
    full = 1 + 0.14 * body * np.sin(np.pi * np.clip(k * 1.1, 0, 1)) - (0.16 if looks.hair is Hair.BOB else 0.05) * k**2
    wave = (
        looks.hair_wave * 0.07 * np.sin(k * (6 + 10 * looks.hair_length) + rng.uniform(0, 6.28) + 3 * azimuth[:, None])
    )
    spread = full + wave * k
    x, z = flat[:, :1] * spread, flat[:, 1:] * spread
    # towards the shoulders the front half comes before them and the rest goes behind
    before = np.clip(np.cos(azimuth) * 1.6 + 0.7, -0.25, 1)[:, None]
    below = np.clip(chin_dm + 0.15 - y, 0, None)
    z = z + below * 0.62 * before
    x = x * (1 + 0.06 * below)
    hanging = np.stack([x + CENTRE_DM[0], y, z + CENTRE_DM[2]], -1)
    lifted = on_head + _directions(azimuth, np.full(columns, np.pi / 2))[:, None] * 0.012
    points = np.concatenate([lifted, hanging], 1).astype(np.float32)
    return _curtain_strands(points, azimuth, chin_dm)


def _curtain_strands(points: Floats, azimuth: Floats, chin_dm: float) -> Strands:
    columns, rows = points.shape[:2]
    root = _directions(azimuth, np.full(columns, 0.7 * np.pi / 2))
    run = np.diff(points, axis=1, append=points[:, -1:] * 2 - points[:, -2:-1])
    length = np.cumsum(np.linalg.norm(run, axis=2), 1)
    edge = np.degrees(np.minimum(azimuth - azimuth[0], azimuth[-1] - azimuth))[:, None] * np.ones((1, rows))
    ends = (length[:, -1:] - length) / 0.16 * 5
    head = np.clip((points[..., 1] - chin_dm + 0.75), 0, 1)[..., None]
    bones = head * np.array((0.0, 0, 0, 1)) + (1 - head) * np.array((0.3, 0.15, 0, 0))
    return Strands(
        positions=points.reshape(-1, 3),
        faces=_grid_faces(columns, rows),
        root=np.repeat(root, rows, 0),
        along=(0.7 + length).astype(np.float32).ravel(),
        field=np.minimum(edge * 2.5 + 2, ends).astype(np.float32).ravel(),
        tangents=_unit(run.reshape(-1, 3)),
        shade=np.full(columns * rows, 0.95, np.float32),
        bones=bones.reshape(-1, 4).astype(np.float32),
    )


def _knot(positions: Floats, looks: Looks) -> Strands:
    azimuth, polar = np.meshgrid(np.linspace(-np.pi, np.pi, 25), np.linspace(0.02, np.pi - 0.02, 13), indexing="ij")
    d = _directions(azimuth.ravel(), polar.ravel())
    crown = float(positions[:, 1].max())
    high = looks.hair_length > 0.5
    centre = np.array((0.0, crown + 0.12 if high else crown - 0.55, 0.05 if high else -0.75), np.float32)
    radius = 0.30 + 0.1 * looks.hair_volume
    return Strands(
        positions=centre + d * np.array((radius, radius * 0.8, radius), np.float32),
        faces=_grid_faces(25, 13),
        root=d,
        along=(polar.ravel() * 2).astype(np.float32),
        field=np.full(len(d), 30, np.float32),
        tangents=_unit(np.cross(d, np.array((0.0, 1, 0.3), np.float32))),
        shade=np.full(len(d), 0.9, np.float32),
        bones=np.tile(np.array((0, 0, 0, 1), np.float32), (len(d), 1)),
    )


def _grid_faces(columns: int, rows: int) -> Ints:
    c, r = np.meshgrid(np.arange(columns - 1), np.arange(rows - 1), indexing="ij")
    a = (c * rows + r).ravel()
    b, right, far = a + 1, a + rows, a + rows + 1
    faces: Ints = np.concatenate([np.stack([a, b, right], 1), np.stack([b, far, right], 1)]).astype(np.int32)
    return faces


def _without(strands: Strands, hidden: NDArray[np.bool_]) -> Strands:
    faces = strands.faces[~hidden[strands.faces].all(1)]
    return Strands(
        strands.positions, faces, strands.root, strands.along, strands.field, strands.tangents, strands.shade,
        strands.bones,
    )  # fmt: skip


def _waves(rng: np.random.Generator, directions: Floats, pitch: float) -> Floats:
    """Smooth unevenness (N,) over directions, within about -1 to 1."""
    axes = rng.standard_normal((6, 3))
    phases = rng.uniform(0, 2 * np.pi, 6)
    total: Floats = np.sin(directions @ axes.T * pitch + phases).sum(1).astype(np.float32) / 2.5
    return total


def _smooth(value: Floats, start: float, end: float) -> Floats:
    share = np.clip((value - start) / (end - start), 0, 1)
    eased: Floats = (share * share * (3 - 2 * share)).astype(np.float32)
    return eased


def _unit(vectors: Floats) -> Floats:
    unit: Floats = (vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)).astype(np.float32)
    return unit

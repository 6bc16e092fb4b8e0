"""The shape of a drawn person's head: macro and detail targets mixed at random, the expression, the pose.

It never takes a measurement of a real person: every share comes from a seeded generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facewarden.testing.population.mesh import Material, Mesh
from facewarden.testing.population.raster import Floats, Ints

ANCESTRIES = ("african", "asian", "caucasian")
# The package's "young" is 25 years old, its "old" 90.
_YOUNG_YEARS, _OLD_YEARS = 25.0, 90.0
_OPPOSITES = (
    ("decr", "incr"),
    ("down", "up"),
    ("in", "out"),
    ("backward", "forward"),
    ("concave", "convex"),
    ("compress", "uncompress"),
)
_OUTLINES = (
    ("oval", 0.8),
    ("round", 0.6),
    ("square", 0.3),
    ("rectangular", 0.3),
    ("triangular", 0.3),
    ("invertedtriangular", 0.5),
    ("diamond", 0.5),
)
# How far a detail's share may go from 0 either way, by the beginning of its name; shares near the ends are likelier
# than near 0, which sets people apart without anything more extreme. 1 is the modeller's own extreme. Chosen by eye
# (more looks grotesque) and by what the embedder sees: the length and width of the nose and where eyes, mouth and brows
# lie move it most (docs/design/population.md).
_REACHES: tuple[tuple[str, float], ...] = (
    ("head-trans", 0.0),
    ("head-age", 0.0),
    ("head-fat", 0.7),
    ("head-angle", 0.2),
    ("head-scale-vert", 0.25),
    ("head-scale-horiz", 0.5),
    ("head-scale", 0.3),
    ("head-back", 0.25),
    ("forehead-scale-vert", 0.35),
    ("forehead", 0.5),
    ("neck-double", 0.3),
    ("neck-trans", 0.0),
    ("neck", 0.2),
    ("measure", 0.0),
    ("nose-compression", 0.5),
    ("nose-trans", 0.6),
    ("nose-hump", 0.6),
    ("nose-volume", 0.7),
    ("nose-scale-depth", 0.6),
    ("nose", 0.85),
    ("mouth-dimples", 0.3),
    ("mouth-trans", 0.75),
    ("mouth-angles", 0.45),
    ("mouth", 0.75),
    ("chin-jaw-drop", 0.5),
    ("chin-cleft", 0.5),
    ("chin-width", 0.5),
    ("chin-bones", 0.5),
    ("chin", 0.85),
    ("eyebrows-trans", 0.9),
    ("eyebrows", 0.5),
    ("eye-bag", 0.4),
    ("eye-eyefold", 0.7),
    ("eye-push", 0.5),
    ("eye-trans", 0.95),
    ("eye-scale", 0.7),
    ("eye", 0.75),
    ("cheek", 0.85),
    ("ear", 0.6),
)
_LARGEST_ASYMMETRY = 0.22
# What the macro targets leave too alike: in the middle of what is seen in women and in men.
_WOMANLY = (
    ("chin-width-decr", 0.35),
    ("chin-bones-decr", 0.4),
    ("chin-jaw-drop-decr", 0.3),
    ("head-oval", 0.4),
    ("eyebrows-trans-backward", 0.5),
    ("eyebrows-trans-up", 0.35),
    ("l-eye-scale-incr", 0.3),
    ("r-eye-scale-incr", 0.3),
    ("mouth-upperlip-volume-incr", 0.35),
    ("mouth-lowerlip-volume-incr", 0.35),
    ("nose-scale-vert-decr", 0.25),
    ("nose-volume-decr", 0.3),
    ("neck-scale-horiz-decr", 0.5),
)
_MANLY = (
    ("chin-width-incr", 0.25),
    ("chin-bones-incr", 0.3),
    ("eyebrows-trans-forward", 0.3),
    ("neck-scale-horiz-incr", 0.3),
)


@dataclass(frozen=True, slots=True)
class Build:
    """What decides a head's shape besides age: shares of targets by name, and the macro values, each 0 to 1."""

    male: float
    ancestry: tuple[float, float, float]
    weight: float
    muscle: float
    details: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Pose:
    """How a head is held, in degrees: yaw (to its left), pitch (up), roll; and the shares of expression targets."""

    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    expression: tuple[tuple[str, float], ...]


def detail_pairs(mesh: Mesh) -> list[tuple[str, str, float]]:
    """Every detail that can be lessened or strengthened: the two targets' names (both sides as "?-") and its reach."""
    pairs = []
    for name in mesh.targets:
        for less, more in _OPPOSITES:
            stem = name.removesuffix(less)
            if stem == name or not stem.endswith("-") or f"{stem}{more}" not in mesh.targets or name.startswith("r-"):
                continue
            bare = stem.removeprefix("l-")
            side = "?-" if stem.startswith("l-") else ""
            reach = next((share for start, share in _REACHES if bare.startswith(start)), 0.0)
            if reach:
                pairs.append((side + bare + less, side + bare + more, reach))
    return pairs


def random_build(mesh: Mesh, rng: np.random.Generator, *, woman: bool) -> Build:
    """A build drawn at random; women and men share every detail's distribution."""
    ancestry = rng.dirichlet((0.35, 0.35, 0.35))
    details: list[tuple[str, float]] = []
    for less, more, reach in detail_pairs(mesh):
        share = float(reach * np.sin(rng.uniform(-np.pi / 2, np.pi / 2)))
        lean = float(rng.normal(0, 0.06)) if "?" in less else 0.0
        for side, side_share in (("l", share + lean), ("r", share - lean)):
            if "?" in less or side == "l":
                name = (more if side_share > 0 else less).replace("?", side)
                details.append((name, abs(side_share)))
    for number in rng.choice(len(_OUTLINES), 2, replace=False):
        outline, most = _OUTLINES[number]
        details.append((f"head-{outline}", float(rng.uniform(0, most))))
    uneven = [name for name in mesh.targets if name.startswith("asym-")]
    for name in rng.choice(uneven, 8, replace=False):
        details.append((str(name), float(rng.uniform(0, _LARGEST_ASYMMETRY))))
    male = float(rng.uniform(0, 0.12))
    details += [("eyebrows-trans-up", 0.2), ("l-eye-scale-incr", 0.2), ("r-eye-scale-incr", 0.2)]
    for name, share in _WOMANLY if woman else _MANLY:
        details.append((name, share * float(rng.uniform(0.3, 1))))
    return Build(
        male=male if woman else 1 - male,
        ancestry=(float(ancestry[0]), float(ancestry[1]), float(ancestry[2])),
        weight=float(np.clip(rng.normal(0.5, 0.2), 0.05, 0.95)),
        muscle=float(np.clip(rng.normal(0.5, 0.2), 0.1, 0.9)),
        details=tuple(details),
    )


def average_build() -> Build:
    """The build that masks and coordinates of the face are defined on: between all macro targets, no detail."""
    return Build(0.5, (1 / 3, 1 / 3, 1 / 3), 0.5, 0.5, ())


def shaped(mesh: Mesh, build: Build, age_years: float) -> Floats:
    """Positions (V, 3) of the mesh in this build at this age, unposed, without expression."""
    positions = mesh.positions.copy()
    old = float(np.clip((age_years - _YOUNG_YEARS) / (_OLD_YEARS - _YOUNG_YEARS), 0, 1))
    ages = {"young": 1 - old, "old": old}
    sexes = {"female": 1 - build.male, "male": build.male}
    muscles, weights = _thirds(build.muscle, "muscle"), _thirds(build.weight, "weight")
    for sex, sex_share in sexes.items():
        for age, age_share in ages.items():
            for ancestry, share in zip(ANCESTRIES, build.ancestry, strict=True):
                mesh.shift(positions, f"{ancestry}-{sex}-{age}", share * sex_share * age_share)
            for muscle, muscle_share in muscles.items():
                for weight, weight_share in weights.items():
                    total = sex_share * age_share * muscle_share * weight_share
                    if total > 0:
                        mesh.shift(positions, f"universal-{sex}-{age}-{muscle}-{weight}", total)
    for name, share in build.details:
        mesh.shift(positions, name, share)
    # lines and slackness of age beyond the macro target
    mesh.shift(positions, "head-age-incr" if old > 0.1 else "head-age-decr", abs(old - 0.1) * 0.9)
    return positions


def _thirds(value: float, of: str) -> dict[str, float]:
    low, high = max(0.0, 1 - 2 * value), max(0.0, 2 * value - 1)
    return {f"min{of}": low, f"average{of}": 1 - low - high, f"max{of}": high}


def expressed(mesh: Mesh, positions: Floats, pose: Pose) -> Floats:
    """Those positions with the pose's expression, unposed."""
    moved = positions.copy()
    for name, share in pose.expression:
        mesh.shift(moved, name, share)
    return moved


def rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> Floats:
    """The matrix (3, 3) that turns a head facing +z, y up: roll, then pitch, then yaw."""
    yaw, pitch, roll = np.radians((yaw_deg, -pitch_deg, roll_deg))
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    turned: Floats = (about_y @ about_x @ about_z).astype(np.float32)
    return turned


def lowered_arms(mesh: Mesh, positions: Floats) -> Floats:
    """Positions with the arms hanging: the base mesh holds them out."""
    moved = positions.copy()
    for side, joint in enumerate(("joint-l-shoulder", "joint-r-shoulder")):
        pivot = positions[mesh.joints[joint]].mean(0)
        turn = rotation(0, 0, -32 if side == 0 else 32)
        share = mesh.arms[:, side : side + 1]
        moved += share * ((positions - pivot) @ turn.T + pivot - positions)
    # upright in a chair, not the base mesh's broad stance
    body = np.clip((5.9 - mesh.positions[:, 1]) / 0.8, 0, 1) * (1 - mesh.neck[:, 3])
    moved[:, 0] *= 1 - 0.13 * body
    return moved


def posed(mesh: Mesh, positions: Floats, pose: Pose, bones: Floats | None = None) -> tuple[Floats, Floats]:
    """Positions (any number, 3) with the neck bent to the pose, and the head's whole rotation (3, 3).

    `bones` (N, 4) are the neck's weights of those positions; without it they are the mesh's own.
    """
    bones = mesh.neck if bones is None else bones
    low = mesh.positions[mesh.joints["joint-neck"]].mean(0)
    high = mesh.positions[mesh.joints["joint-head"]].mean(0)
    share = np.array([0.2, 0.2, 0.2, 0.4])
    result = positions * (1 - bones.sum(1, keepdims=True))
    matrix, origin = np.eye(3), np.zeros(3)
    for bone in range(4):
        pivot = low + (high - low) * (bone / 3)
        turn = rotation(pose.yaw_deg * share[bone], pose.pitch_deg * share[bone], pose.roll_deg * share[bone])
        origin = matrix @ (pivot - turn @ pivot) + origin
        matrix = matrix @ turn
        result = result + bones[:, bone : bone + 1] * (positions @ matrix.T + origin)
    return result.astype(np.float32), matrix.astype(np.float32)


def normals(positions: Floats, faces: Ints) -> Floats:
    """Unit normals (V, 3) of the vertices, each the sum of its faces' by area."""
    a, b, c = positions[faces[:, 0]], positions[faces[:, 1]], positions[faces[:, 2]]
    flat = np.cross(b - a, c - a)
    total = np.zeros((len(positions), 3))
    for corner in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(faces[:, corner], flat[:, axis], len(positions))
    unit: Floats = (total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)).astype(np.float32)
    return unit


def on_the_skin(mesh: Mesh) -> Ints:
    """Numbers of the faces whose corners are all skin."""
    kinds = mesh.material[mesh.faces]
    return np.flatnonzero((kinds == Material.SKIN).all(1)).astype(np.int32)

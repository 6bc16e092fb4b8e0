"""Draws one photo of a made-up head: places it before a camera, lights it, and colours every pixel.

It never decides who is drawn: build, looks, pose and scene come from the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facewarden.testing.population import atlas, hair, light, mesh, shape, wear
from facewarden.testing.population.hair import Strands
from facewarden.testing.population.light import Lighting
from facewarden.testing.population.looks import Beard, Colour, Hair, Looks, linear
from facewarden.testing.population.mesh import Material
from facewarden.testing.population.package import Progress
from facewarden.testing.population.raster import Floats, Hits, Ints, rasterise

_NONE: Ints = np.zeros(0, np.int32)
_EYE_RADIUS_DM = 0.145
_IRIS_DM = 0.062
_WALL_PX = 72
_SHADES = 4096


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the head appears: its centre and the height from chin to crown, as shares of the picture; and how far the
    camera stands, in decimetres."""

    centre_x: float
    centre_y: float
    head_height: float
    distance_dm: float


@dataclass(frozen=True, slots=True)
class Sitter:
    """Somebody before the camera; `gaze` is where the eyes look, in eye radii, `seed` the person's own."""

    build: shape.Build
    looks: Looks
    age_years: float
    seed: int
    pose: shape.Pose
    camera: Camera
    outfit: wear.Outfit
    gaze: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scene:
    """What all sitters of one photo share; `seed` seeds the cloth's grain and the wall's unevenness."""

    lighting: Lighting
    backdrop: tuple[Colour, Colour]
    seed: int


@dataclass(slots=True)
class Canvas:
    """Linear RGB (P, 3) and nearness (P,) of a square picture with `side_px` pixels on a side."""

    side_px: int
    colour: Floats
    nearness: Floats

    def lay(self, hits: Hits, colour: Floats, cover: Floats | None = None) -> None:
        """Puts what is nearer over what is there; `cover` (N,) is 1 where nothing shines through."""
        ahead = hits.nearness > self.nearness[hits.pixels]
        at = hits.pixels[ahead]
        if cover is None:
            self.colour[at] = colour[ahead]
            self.nearness[at] = hits.nearness[ahead]
        else:
            share = cover[ahead][:, None]
            self.colour[at] = self.colour[at] * (1 - share) + colour[ahead] * share
            solid = share[:, 0] > 0.5
            self.nearness[at[solid]] = hits.nearness[ahead][solid]


class Studio:
    """The mesh and everything precomputed on it. Threads may share it."""

    def __init__(self, data_dir: Path, progress: Progress) -> None:
        self.mesh = mesh.load(data_dir, progress)
        self.transfer = light.transfer(self.mesh, data_dir, progress)
        self.scalp = hair.scalp(self.mesh, data_dir)
        self.face = atlas.face(self.mesh)
        self.canonical = shape.shaped(self.mesh, shape.average_build(), 25)
        self.texels = self.face.at
        body = self.mesh.faces[(self.mesh.material[self.mesh.faces] == Material.SKIN).all(1)]
        rest = self.mesh.faces[(self.mesh.material[self.mesh.faces] != Material.SKIN).any(1)]
        self.faces = np.concatenate([body, rest])

    def draw(self, sitters: Sequence[Sitter], scene: Scene, side_px: int) -> Floats:
        """Linear RGB (side_px, side_px, 3), before the camera's own effects."""
        rng = np.random.default_rng(scene.seed)
        canvas = Canvas(
            side_px, _backdrop(scene.backdrop, side_px, rng), np.full(side_px * side_px, -np.inf, np.float32)
        )
        for sitter in sitters:
            self._draw_one(_Frame(self, sitter, scene, canvas, rng), sitter)
        return canvas.colour.reshape(side_px, side_px, 3)

    def _draw_one(self, frame: _Frame, sitter: Sitter) -> None:
        looks = sitter.looks
        neutral = shape.shaped(self.mesh, sitter.build, sitter.age_years)
        frame.aim(neutral)
        skin = atlas.painted(self.face, looks, sitter.age_years, np.random.default_rng([sitter.seed, 1]))
        body = shape.lowered_arms(self.mesh, shape.expressed(self.mesh, neutral, sitter.pose))
        frame.draw_body(body, skin, looks)
        collar = wear.collar(self.mesh, body, self.canonical, sitter.outfit)
        if collar is not None:
            frame.draw_tube(collar, gloss=0.0)
        for strands in hair.grown(self.mesh, self.scalp, neutral, looks, np.random.default_rng([sitter.seed, 0])):
            frame.draw_hair(strands, looks)
        if looks.glasses is not None:
            frame.draw_tube(wear.glasses(self.mesh, neutral, looks.glasses), gloss=0.5)


class _Frame:
    """One sitter being drawn."""

    def __init__(self, studio: Studio, sitter: Sitter, scene: Scene, canvas: Canvas, rng: np.random.Generator) -> None:
        self._studio = studio
        self._sitter = sitter
        self._scene = scene
        self._rng = rng
        self.canvas = canvas
        self._eyes, self._head_dm = np.zeros(3, np.float32), 2.25
        _, self._turn = shape.posed(studio.mesh, studio.mesh.positions[:1], sitter.pose, np.zeros((1, 4), np.float32))
        self._light = light.radiance(scene.lighting, np.eye(3, dtype=np.float32))
        self._head_light = light.radiance(scene.lighting, self._turn)

    def aim(self, neutral: Floats) -> None:
        """Puts the point between the eyes, as posed, where the camera wants it, and the head at its size."""
        joints = self._studio.mesh.joints
        eyes = (neutral[joints["joint-l-eye"]].mean(0) + neutral[joints["joint-r-eye"]].mean(0)) / 2
        bones = np.array(((0, 0, 0, 1),), np.float32)
        self._eyes = shape.posed(self._studio.mesh, eyes[None], self._sitter.pose, bones)[0][0]
        head = np.abs(self._studio.canonical[:, 0]) < 0.2
        chin = head & (self._studio.canonical[:, 1] > 6.25) & (self._studio.canonical[:, 2] > 0.9)
        self._head_dm = float(neutral[:, 1].max() - neutral[chin, 1].min())

    def _project(self, positions: Floats) -> tuple[Floats, Floats]:
        camera, side = self._sitter.camera, self.canvas.side_px
        depth = camera.distance_dm - (positions[:, 2] - self._eyes[2])
        scale = camera.head_height * side / self._head_dm * camera.distance_dm / depth
        x = camera.centre_x * side + (positions[:, 0] - self._eyes[0]) * scale
        y = camera.centre_y * side - (positions[:, 1] - self._eyes[1]) * scale
        return np.stack([x, y], 1).astype(np.float32), -depth.astype(np.float32)

    def _cast(self, positions: Floats, faces: Ints, both_sides: Ints = _NONE) -> Hits:
        points, near = self._project(positions)
        return rasterise(points, near, faces, self.canvas.side_px, self.canvas.side_px, both_sides)

    # the body

    def draw_body(self, body: Floats, skin: Floats, looks: Looks) -> None:
        studio, sitter = self._studio, self._sitter
        bare, _ = shape.posed(studio.mesh, body, sitter.pose)
        normal = shape.normals(bare, studio.faces)
        positions = wear.dressed(bare, normal, studio.canonical, sitter.outfit.garment)
        if looks.beard in (Beard.FULL, Beard.GOATEE):
            positions = positions + normal * self._beard_depth(looks)[:, None]
        normal = shape.normals(positions, studio.faces)
        fallen = self._fallen(normal, studio.transfer)
        sheen = self._sheen(positions, normal) * fallen.mean(1)
        hits = self._cast(positions, studio.faces)
        kinds = studio.mesh.material[hits.corners].max(1)
        self._lay_skin(hits.only(kinds == Material.SKIN), skin, fallen, sheen, looks)
        self._lay_eyes(hits.only(kinds == Material.EYE), fallen, looks)
        self._lay_flat(hits.only(kinds == Material.TEETH), fallen, (0.86, 0.82, 0.75), 0.75)
        self._lay_flat(hits.only(kinds == Material.MOUTH), fallen, (0.42, 0.2, 0.19), 0.6)

    def _beard_depth(self, looks: Looks) -> Floats:
        canonical = self._studio.canonical
        front = (self._studio.mesh.material == Material.SKIN) & (canonical[:, 2] > 0.4)
        grown = atlas.beard_mask(canonical[:, 0], canonical[:, 1], looks) * front
        grown *= np.clip((6.95 - canonical[:, 1]) / 0.35, 0, 1)  # full at the chin, close at the ears
        depth: Floats = grown * (0.05 if looks.beard is Beard.FULL else 0.03) * looks.beard_density
        return depth

    def _fallen(self, normal: Floats, transfer: Floats) -> Floats:
        """Light on the vertices (V, 3), with soft shadows that are redder at their edges, as skin's are."""
        open_share = light.shadows(transfer, self._head_light)[:, None]
        plain = light.lit(normal, self._light)
        fallen: Floats = plain * np.power(open_share, np.array((0.85, 1.0, 1.06), np.float32))
        return fallen

    def _sheen(self, positions: Floats, normal: Floats) -> Floats:
        view = np.array((0, 7.4, self._sitter.camera.distance_dm), np.float32) - positions
        view /= np.linalg.norm(view, axis=1, keepdims=True)
        total = np.zeros(len(positions), np.float32)
        for lamp in self._scene.lighting.lamps:
            direction = np.array(lamp.direction, np.float32)
            half = view + direction / np.linalg.norm(direction)
            half /= np.linalg.norm(half, axis=1, keepdims=True)
            cosine = np.clip((normal * half).sum(1), 0, 1)
            total += (0.055 * cosine**14 + 0.06 * cosine**50) * float(np.mean(lamp.colour))
        return total

    def _lay_skin(self, hits: Hits, skin: Floats, fallen: Floats, sheen: Floats, looks: Looks) -> None:
        studio = self._studio
        values = hits.spread(np.concatenate([studio.texels, fallen, sheen[:, None], studio.canonical], 1))
        colour = _sampled(skin, values[:, 0], values[:, 1])
        plain = np.clip((6.30 - values[:, 7]) / 0.2, 0, 1)[:, None]
        colour = colour * (1 - plain) + linear(looks.skin) * plain
        neck = values[:, 7] < 6.35
        if looks.hair in (Hair.LONG, Hair.BOB):
            colour[neck] *= 0.85
        gloss = values[:, 5:6] * (1 + 0.25 * self._rng.standard_normal((len(colour), 1), np.float32))
        low = np.flatnonzero(values[:, 7] < 6.3)
        cloth, cover = wear.cloth(
            values[low, 6:9], self._sitter.outfit, self._rng.standard_normal(len(low), np.float32)
        )
        colour[low] = colour[low] * (1 - cover[:, None]) + cloth * cover[:, None]
        gloss[low] *= 1 - cover[:, None]
        self.canvas.lay(hits, colour * values[:, 2:5] + gloss)

    def _lay_flat(self, hits: Hits, fallen: Floats, colour: tuple[float, float, float], share: float) -> None:
        self.canvas.lay(hits, linear(colour) * hits.spread(fallen) * share)

    def _lay_eyes(self, hits: Hits, fallen: Floats, looks: Looks) -> None:
        studio = self._studio
        values = hits.spread(np.concatenate([studio.canonical, fallen], 1))
        side = np.sign(values[:, 0])
        centre = studio.canonical[studio.mesh.joints["joint-l-eye"]].mean(0)
        x = values[:, 0] - side * centre[0] - self._sitter.gaze[0] * _EYE_RADIUS_DM
        y = values[:, 1] - centre[1] - self._sitter.gaze[1] * _EYE_RADIUS_DM
        radius = np.hypot(x, y) / _IRIS_DM
        angle = np.arctan2(y, x)
        spokes = np.random.default_rng(1).standard_normal(64).astype(np.float32)
        streak = spokes[(angle * (32 / np.pi)).astype(int) % 64]
        white = linear((0.90, 0.87, 0.85)) * np.ones((len(x), 1), np.float32)
        red = np.clip((np.abs(x) / 0.13) ** 3, 0, 1)[:, None]
        white = white * (1 - red * np.array((0.05, 0.25, 0.25), np.float32))
        iris = linear(looks.iris) * (1.15 + 0.25 * streak + 0.5 * np.exp(-(((radius - 0.5) / 0.2) ** 2)))[:, None]
        iris *= (1 - 0.75 * _ease(radius, 0.78, 1.02))[:, None]
        iris *= (1 - 0.96 * _ease(radius, 0.46, 0.36))[:, None]
        share = _ease(radius, 1.08, 0.96)[:, None]
        lit = values[:, 3:6] * (1 - 0.45 * _ease(y, 0.012, 0.05))[:, None] * 0.95
        colour = (white * (1 - share) + iris * share) * lit
        for lamp in self._scene.lighting.lamps[:1]:
            at = np.array(lamp.direction) * 0.045
            spot = np.exp(-(((x - at[0]) / 0.013) ** 2) - ((y - abs(at[1]) * 0.8) / 0.013) ** 2)
            colour += 0.85 * spot[:, None]
        self.canvas.lay(hits, colour)

    # what is on it

    def draw_tube(self, tube: wear.Tube, gloss: float) -> None:
        positions, _ = shape.posed(self._studio.mesh, tube.positions, self._sitter.pose, tube.bones)
        normal = shape.normals(positions, tube.faces)
        away = normal[:, 2:3] < 0
        fallen = light.lit(np.where(away, -normal, normal), self._light) * 0.9
        shine = gloss * self._sheen(positions, normal)[:, None]
        hits = self._cast(positions, tube.faces, np.arange(len(tube.faces), dtype=np.int32))
        self.canvas.lay(hits, hits.spread(tube.colour * fallen + shine))

    def draw_hair(self, strands: Strands, looks: Looks) -> None:
        positions, _ = shape.posed(self._studio.mesh, strands.positions, self._sitter.pose, strands.bones)
        tangents = strands.tangents @ self._turn.T
        normal = shape.normals(positions, strands.faces)
        hits = self._cast(positions, strands.faces, np.arange(len(strands.faces), dtype=np.int32))
        packed = np.concatenate(
            [strands.root, strands.along[:, None], strands.field[:, None], tangents, normal, strands.shade[:, None]], 1
        )
        values = hits.spread(packed)
        noise = np.random.default_rng([self._sitter.seed, 2]).standard_normal((2, 512, 64)).astype(np.float32)
        colour, cover = self._hair_colour(values, looks, noise)
        self.canvas.lay(hits, colour, cover)

    def _hair_colour(self, values: Floats, looks: Looks, noise: Floats) -> tuple[Floats, Floats]:
        root, along, field = values[:, :3], values[:, 3], values[:, 4]
        tangent, normal, shade = values[:, 5:8], values[:, 8:11], values[:, 11]
        normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
        inner = normal[:, 2] < 0
        normal = np.where(inner[:, None], -normal, normal)
        coarse, fine = self._strand_noise(root, along, looks, noise)
        curly = looks.hair in (Hair.CURLY, Hair.AFRO)
        base = linear(looks.hair_colour)
        grey = np.clip(looks.grey * 1.25 - 0.15 + 0.10 * fine + 0.14 * coarse, 0, 1)[:, None] * (looks.grey > 0)
        colour = base * (1 - grey) + linear((0.70, 0.69, 0.67)) * grey
        colour = colour * np.exp(0.26 * coarse + (0.34 if curly else 0.24) * fine)[:, None]
        fallen = light.lit(normal, self._light) * (shade * np.where(inner, 0.35, 1.0))[:, None]
        glint = np.zeros(len(root), np.float32)
        for lamp in self._scene.lighting.lamps:
            half = np.array(lamp.direction, np.float32) / np.linalg.norm(lamp.direction) + np.array(
                (0, 0, 1), np.float32
            )
            half /= np.linalg.norm(half)
            cosine = tangent @ half + 0.10 * coarse + 0.06 * fine
            sine = np.sqrt(np.clip(1 - cosine**2, 0, 1))
            glint += (0.5 * sine**60 + 0.35 * sine**14) * float(np.mean(lamp.colour))
        strength = (0.05 if curly else 0.13) * (~inner) * shade
        tint = 0.35 + 0.65 * np.sqrt(colour)
        colour = colour * fallen * 1.1 + tint * (glint * strength * fallen.mean(1))[:, None]
        edge = np.clip(np.abs(normal[:, 2]) / 0.22 - 0.1, 0, 1)
        ragged = 1.3 * fine + 0.7 * coarse
        cover = np.clip((field + ragged - 0.3) / 2.0, 0, 1) * edge
        if looks.hair in (Hair.BUZZED, Hair.BALD):
            cover *= 0.75
        return colour.astype(np.float32), cover.astype(np.float32)

    def _strand_noise(self, root: Floats, along: Floats, looks: Looks, noise: Floats) -> tuple[Floats, Floats]:
        part = hair.parting(looks)
        side = np.cross(part, np.array((0.0, 0.1, 1.0), np.float32))
        side /= np.linalg.norm(side)
        front = np.cross(side, part)
        around = np.arctan2(root @ side, root @ front) / (2 * np.pi) + 1
        if looks.hair in (Hair.CURLY, Hair.AFRO):
            around = around + 0.004 * np.sin(along * 60)
            coarse = noise[0][(around * 90).astype(int) % 512, (along * 26).astype(int) % 64]
            fine = noise[1][(around * 330).astype(int) % 512, (along * 80).astype(int) % 64]
        else:
            around = around + 0.01 * looks.hair_wave * np.sin(along * 7)
            strand = (around * 512).astype(int) % 512
            start = noise[1][strand, 0] * 3  # each strand changes shade at heights of its own
            coarse = _between(noise[0], (around * 150).astype(int) % 512, along * 1.6 + start)
            fine = _between(noise[1], strand, along * 3 + start)
        return coarse, fine


def _between(noise: Floats, row: NDArray[np.int_], along: Floats) -> Floats:
    """Noise of those rows, blended between its columns."""
    first = np.floor(along).astype(int)
    share = along - first
    blended: Floats = noise[row, first % 64] * (1 - share) + noise[row, (first + 1) % 64] * share
    return blended


def _sampled(skin: Floats, column: Floats, row: Floats) -> Floats:
    """Colours (N, 3) between texels."""
    c = np.clip(column - 0.5, 0, atlas.WIDTH - 1.001)
    r = np.clip(row - 0.5, 0, atlas.HEIGHT - 1.001)
    left, top = c.astype(np.int32), r.astype(np.int32)
    across, down = (c - left)[:, None], (r - top)[:, None]
    flat = skin.reshape(-1, 3)
    at = top * atlas.WIDTH + left
    upper = flat[at] * (1 - across) + flat[at + 1] * across
    lower = flat[at + atlas.WIDTH] * (1 - across) + flat[at + atlas.WIDTH + 1] * across
    colour: Floats = upper * (1 - down) + lower * down
    return colour


def _ease(value: Floats, start: float, end: float) -> Floats:
    share = np.clip((value - start) / (end - start), 0, 1)
    eased: Floats = share * share * (3 - 2 * share)
    return eased


def _backdrop(colours: tuple[Colour, Colour], side_px: int, rng: np.random.Generator) -> Floats:
    """A plain wall, lighter in the middle, with slow unevenness: linear RGB (P, 3)."""
    cells = Image.fromarray(rng.standard_normal((5, 5)).astype(np.float32))
    uneven = np.asarray(cells.resize((_WALL_PX, _WALL_PX), Image.Resampling.BICUBIC), np.float32)
    y, x = np.mgrid[0:_WALL_PX, 0:_WALL_PX].astype(np.float32) / _WALL_PX
    share = np.clip(y + 0.12 * uneven, 0, 1)[..., None]
    glow = np.exp(-(((x - 0.5) / 0.7) ** 2) - ((y - 0.45) / 0.7) ** 2)[..., None]
    wall = (linear(colours[0]) * (1 - share) + linear(colours[1]) * share) * (0.72 + 0.34 * glow)
    planes = [Image.fromarray(np.ascontiguousarray(wall[..., plane], np.float32)) for plane in range(3)]
    whole = [np.asarray(plane.resize((side_px, side_px), Image.Resampling.BILINEAR)) for plane in planes]
    flat: Floats = np.stack(whole, -1).reshape(-1, 3)
    return flat


def developed(linear_rgb: Floats, exposure: float, contrast: float) -> NDArray[np.uint8]:
    """sRGB bytes of linear light, bright parts rolled off as film does."""
    # the curve as a table over the root of the light, which spaces dark shades finely
    value = (np.arange(_SHADES) / (_SHADES - 1) * 1.5) ** 2 * exposure
    value = np.where(value > 0.7, 0.7 + 0.3 * np.tanh((value - 0.7) / 0.3), value)
    shown = np.power(np.clip(value, 0, 1), 1 / 2.2)
    shown = shown + contrast * (shown - 0.5) * (1 - np.abs(2 * shown - 1))
    table = (np.clip(shown, 0, 1) * 255 + 0.5).astype(np.uint8)
    at = np.sqrt(np.maximum(linear_rgb, 0)) * ((_SHADES - 1) / 1.5)
    pixels: NDArray[np.uint8] = table[np.minimum(at, _SHADES - 1).astype(np.int16)]
    return pixels

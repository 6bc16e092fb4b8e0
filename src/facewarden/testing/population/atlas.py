"""Skin painted on an unrolled average face: tone, blush, lips, brows, beard, lashes, moles, lines of age.

It never sees a camera or a light: what it gives is colour alone, in coordinates that every drawn face shares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from facewarden.testing.population import hair, shape
from facewarden.testing.population.looks import Beard, Hair, Looks, linear
from facewarden.testing.population.mesh import Mesh
from facewarden.testing.population.raster import Floats, rasterise

# Columns are radians around the axis through the head, rows decimetres from the top.
WIDTH, HEIGHT = 512, 400
_WIDEST_RAD = 1.75
_TOP_DM, _BOTTOM_DM = 8.5, 6.0
_AXIS_DM = 0.3
_FINE = 2  # strokes are drawn this much larger, then shrunk
_EYE_DM = (0.289, 7.355)


@dataclass(frozen=True, slots=True)
class Face:
    """Where each texel (HEIGHT, WIDTH) lies on the average face: `x`, `y` in decimetres, `inside_hair_dirs` (…, 3)
    unit directions from the skull's centre; `at` (V, 2) column and row of every vertex of the mesh."""

    x: Floats
    y: Floats
    directions: Floats
    at: Floats


def face(mesh: Mesh) -> Face:
    """The average face unrolled."""
    positions = shape.shaped(mesh, shape.average_build(), 25)
    at = np.stack(
        [
            (np.arctan2(positions[:, 0], positions[:, 2] - _AXIS_DM) / _WIDEST_RAD + 1) / 2 * WIDTH,
            (_TOP_DM - positions[:, 1]) / (_TOP_DM - _BOTTOM_DM) * HEIGHT,
        ],
        1,
    ).astype(np.float32)
    outward = np.hypot(positions[:, 0], positions[:, 2] - _AXIS_DM).astype(np.float32)
    faces = mesh.faces[shape.on_the_skin(mesh)]
    low = positions[faces][:, :, 2].max(1) > -0.3  # not across the seam at the back
    hits = rasterise(at, outward, faces[low], WIDTH, HEIGHT, np.zeros(0, np.int32))
    places = np.zeros((HEIGHT * WIDTH, 3), np.float32)
    places[:] = (9, 0, 0)
    places[hits.pixels] = hits.spread(positions)
    away = places - hair.CENTRE_DM
    away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6)
    grid = (HEIGHT, WIDTH)
    return Face(places[:, 0].reshape(grid), places[:, 1].reshape(grid), away.reshape(*grid, 3), at)


def painted(face: Face, looks: Looks, age_years: float, rng: np.random.Generator) -> Floats:
    """Linear RGB (HEIGHT, WIDTH, 3) of the skin; `rng` must be the person's own."""
    skin = np.empty((HEIGHT, WIDTH, 3), np.float32)
    skin[:] = linear(looks.skin)
    _mottle(skin, face, looks, rng)
    _lips(skin, face, looks, rng)
    _spots(skin, face, looks, age_years, rng)
    _eye_surrounds(skin, face, looks, age_years)
    _lines(skin, face, looks.lines, rng)
    _growth(skin, face, looks, rng)
    return skin


def _mottle(skin: Floats, face: Face, looks: Looks, rng: np.random.Generator) -> None:
    broad = _noise(rng, 26) * 0.05 * looks.mottling + _noise(rng, 70) * 0.045 * looks.mottling
    pores = _noise(rng, 300) * (0.035 + 0.03 * looks.lines)
    skin *= (1 + broad + pores)[..., None]
    x, y = np.abs(face.x), face.y
    red = 0.8 * _spot(x - 0.36, y - 7.02, 0.17, 0.15) + 0.6 * _spot(x, y - 7.02, 0.13, 0.12)
    red += 0.35 * _spot(x, y - 6.4, 0.2, 0.1) + 0.7 * (x > 0.66)
    red *= looks.redness + 0.35 * looks.make_up
    skin *= 1 - red[..., None] * np.array((0.02, 0.2, 0.18), np.float32)
    yellow = _spot(x, y - 7.75, 0.5, 0.2) * 0.06
    skin *= 1 - yellow[..., None] * np.array((-0.4, 0.2, 1.0), np.float32)


def _lips(skin: Floats, face: Face, looks: Looks, rng: np.random.Generator) -> None:
    upper = [(-0.225, 6.685), (-0.15, 6.738), (-0.05, 6.785), (0, 6.772), (0.05, 6.785), (0.15, 6.738), (0.225, 6.685)]
    lower = [(0.17, 6.618), (0.08, 6.575), (0, 6.566), (-0.08, 6.575), (-0.17, 6.618)]
    mask = _polygon(face, upper + lower, blur=1.6)
    colour = linear(looks.lips) * (0.9 + 0.1 * _noise(rng, 200)[..., None] + 0.05)
    share = (mask * (0.72 + 0.25 * looks.make_up))[..., None]
    skin[:] = skin * (1 - share) + colour * share
    parting = np.exp(-(((face.y - 6.692) / 0.014) ** 2)) * (np.abs(face.x) < 0.225)
    skin *= 1 - 0.45 * parting[..., None]


def _spots(skin: Floats, face: Face, looks: Looks, age_years: float, rng: np.random.Generator) -> None:
    brown = np.array((0.35, 0.55, 0.7), np.float32)
    for x, y, radius in looks.moles:
        skin *= 1 - 0.75 * _spot(face.x - x, face.y - y, radius, radius)[..., None] * brown * 1.2
    if looks.freckles:
        over = np.exp(-(((face.y - 7.12) / 0.28) ** 2)) * (np.abs(face.x) < 0.6)
        dots = np.clip(_noise(rng, 170) - 0.9, 0, 1) * over * looks.freckles
        skin *= 1 - 0.8 * dots[..., None] * brown
    if age_years > 50:
        stains = np.clip(_noise(rng, 60) - 1.3, 0, 1) * min((age_years - 50) / 25, 1)
        skin *= 1 - 0.5 * stains[..., None] * brown


def _eye_surrounds(skin: Floats, face: Face, looks: Looks, age_years: float) -> None:
    x, y = np.abs(face.x) - _EYE_DM[0], face.y - _EYE_DM[1]
    under = _spot(x + 0.02, y + 0.09, 0.13, 0.05) * (0.1 + 0.2 * np.clip((age_years - 25) / 50, 0, 1))
    skin *= 1 - under[..., None] * np.array((0.7, 1.0, 0.8), np.float32)
    lid = _spot(x, y - 0.05, 0.15, 0.05)
    skin *= 1 - lid[..., None] * np.array((0.1, 0.2, 0.2), np.float32)
    if looks.make_up:
        shadow = linear((0.35, 0.25, 0.3))
        share = (lid * 0.45 * looks.make_up)[..., None]
        skin[:] = skin * (1 - share) + shadow * share
    # lashes: a dark line along the upper lid, a fainter one below
    across = np.clip(1 - (x / 0.122) ** 2, 0, 1)
    rim = 7.336 + 0.048 * across**0.7 - _EYE_DM[1]
    within = np.abs(x) < 0.128
    upper = np.exp(-(((y - rim - 0.004) / 0.013) ** 2)) * within
    low = 7.336 - 0.03 * across**0.7 - _EYE_DM[1]
    lower = np.exp(-(((y - low + 0.004) / 0.010) ** 2)) * within
    dark = np.clip(upper * (0.75 + 0.25 * looks.make_up) + lower * (0.25 + 0.35 * looks.make_up), 0, 0.97)
    skin *= 1 - dark[..., None]
    crease = np.exp(-(((y - rim - 0.042 * across) / 0.009) ** 2)) * within
    skin *= 1 - 0.22 * crease[..., None]


def _lines(skin: Floats, face: Face, share: float, rng: np.random.Generator) -> None:
    """Lines of age: each a dark groove with a light edge below."""
    strokes: list[tuple[list[tuple[float, float]], float, float]] = []
    t = np.linspace(-1, 1, 13)
    for row in range(4):
        level = 7.72 + 0.075 * row + rng.normal(0, 0.01)
        bend = rng.normal(0, 0.012, 13)
        reach = rng.uniform(0.28, 0.42)
        strokes.append((list(zip(t * reach, level + 0.02 * (1 - t**2) + bend, strict=True)), 1.1, 0.7 * (row < 3)))
    for side in (-1, 1):
        fold = [(0.155, 6.98), (0.21, 6.91), (0.25, 6.82), (0.275, 6.72), (0.28, 6.64)]
        strokes.append(([(side * x, y) for x, y in fold], 1.9, 1.0))
        strokes.append(([(side * 0.215, 6.66), (side * 0.235, 6.58), (side * 0.225, 6.5)], 1.4, 0.7))
        strokes.append(([(side * 0.035, 7.47), (side * 0.04, 7.53), (side * 0.03, 7.6)], 1.2, 0.8))
        for ray in (-0.05, 0.0, 0.045, 0.08):
            start = (side * 0.45, 7.34 + ray * 0.6 + rng.normal(0, 0.006))
            end = (side * (0.53 + rng.uniform(0, 0.05)), 7.33 + ray * 1.7)
            strokes.append(([start, end], 0.9, 0.75))
        bag = [(side * (0.19 + 0.055 * k), 7.24 - 0.035 * np.sin(np.pi * (k + 0.6) / 5)) for k in range(5)]
        strokes.append((bag, 1.3, 0.8))
    depth = np.zeros((HEIGHT, WIDTH), np.float32)
    for points, width, strength in strokes:
        depth = np.maximum(depth, _stroke(face, points, width) * strength)
    depth *= 0.10 + 0.75 * share
    light = np.roll(depth, 3, 0)
    skin *= 1 - 0.38 * depth[..., None] * np.array((0.85, 1.0, 1.05), np.float32) + 0.10 * light[..., None]


_BROW = np.array([(0.115, 7.488), (0.2, 7.515), (0.3, 7.535), (0.4, 7.53), (0.475, 7.495)])


def _growth(skin: Floats, face: Face, looks: Looks, rng: np.random.Generator) -> None:
    """Hair drawn on the skin: brows, beard, and the shade of hair at its line."""
    colour = linear(looks.hair_colour) * (1 - looks.grey * 0.7) + linear((0.62, 0.61, 0.6)) * looks.grey * 0.7
    brows = _brow_strokes(face, looks, rng) * (0.6 + 0.38 * looks.brow_density)
    _blend(skin, colour * 0.6, brows)
    if looks.beard is not Beard.NONE:
        _blend(skin, colour * 0.7, beard_mask(face.x, face.y, looks) * _bristles(looks, rng))
    field = hair.hairline(looks, face.directions.reshape(-1, 3)).reshape(HEIGHT, WIDTH)
    field = np.where(face.x < 5, field, -90)
    cover = {Hair.BALD: 0.35, Hair.BUZZED: 0.8}.get(looks.hair, 0.7)
    rough = field + 3.0 * _noise(rng, 240) + 1.5 * _noise(rng, 90)
    _blend(skin, colour * 0.8, np.clip((rough + 0.5) / 6, 0, 1) * cover)
    if looks.hair not in (Hair.BALD, Hair.BUZZED):
        skin *= 1 - 0.22 * np.exp(-(((field + 2.0) / 5.0) ** 2))[..., None]


def _brow_strokes(face: Face, looks: Looks, rng: np.random.Generator) -> Floats:
    image = Image.new("L", (WIDTH * _FINE, HEIGHT * _FINE))
    draw = ImageDraw.Draw(image)
    width = 0.034 * looks.brow_thickness
    for side in (-1, 1):
        for _ in range(int(150 + 90 * looks.brow_density)):
            t = float(rng.beta(1.15, 1.0))
            x = float(np.interp(t, np.linspace(0, 1, 5), _BROW[:, 0]))
            y = float(np.interp(t, np.linspace(0, 1, 5), _BROW[:, 1])) + looks.brow_height
            y += looks.brow_arch * 0.035 * np.sin(np.pi * min(t * 1.15, 1)) ** 2 + looks.brow_slant * (t - 0.5) * 2
            offset = rng.uniform(-1, 1) * width * (1.1 - 0.75 * t)
            lean = np.radians(75 - 70 * min(t * 1.6, 1) - 16 * np.sign(offset) * min(t * 2, 1) + rng.normal(0, 8))
            reach = 0.05 + 0.02 * rng.random()
            start = (side * x, y + offset)
            end = (side * (x + reach * np.cos(lean)), y + offset + reach * np.sin(lean) * 0.7)
            draw.line(_to_texels([start, end]), fill=int(rng.uniform(110, 215)), width=1)
    return _shrunk(image, 0.7)


def beard_mask(x: Floats, y: Floats, looks: Looks) -> Floats:
    """How much of the beard grows at these points of the average face, 0 to 1."""
    x = np.abs(x)
    mouth = np.clip(1 - ((x / 0.20) ** 2 + ((y - 6.672) / 0.085) ** 2) ** 3, 0, 1)
    moustache = _step(0.29 - x, 0.05) * _step(y - 6.745, 0.03) * _step(6.9 - 0.3 * x - y, 0.04)
    chin = _step(0.27 - x, 0.07) * _step(6.62 - y, 0.05) * _step(y - 6.12, 0.08)
    corner = _step(0.31 - x, 0.05) * _step(x - 0.2, 0.04) * _step(6.82 - y, 0.05) * _step(y - 6.4, 0.06)
    top = 6.55 + 1.25 * np.clip(x - 0.27, 0, 1) ** 0.9 + 3.2 * np.clip(x - 0.52, 0, 1)
    jaw = _step(top - y, 0.09) * _step(y - 6.05 - 0.25 * x, 0.1) * _step(7.25 - y, 0.2)
    if looks.beard is Beard.MOUSTACHE:
        area = moustache
    elif looks.beard is Beard.GOATEE:
        area = np.maximum(np.maximum(moustache, chin), corner)
    else:
        area = np.maximum(np.maximum(np.maximum(moustache, chin), corner), jaw)
    grown: Floats = (area * (1 - mouth)).astype(np.float32)
    return grown


def _bristles(looks: Looks, rng: np.random.Generator) -> Floats:
    fine, broad = _noise(rng, 330), _noise(rng, 60)
    if looks.beard is Beard.STUBBLE:
        bristles: Floats = np.clip(0.32 * looks.beard_density * (1 + 0.9 * fine + 0.3 * broad), 0, 0.75)
        return bristles
    hairs = _noise(rng, 260, 90)
    thick: Floats = np.clip(0.72 + 0.16 * looks.beard_density + 0.22 * hairs + 0.08 * broad, 0, 0.97)
    return thick


def _blend(skin: Floats, colour: Floats, share: Floats) -> None:
    skin[:] = skin * (1 - share[..., None]) + colour * share[..., None]


def _noise(rng: np.random.Generator, columns: int, rows: int | None = None) -> Floats:
    """Smooth noise (HEIGHT, WIDTH) of about unit spread with so many cells across."""
    rows = rows or max(2, columns * HEIGHT // WIDTH)
    cells = Image.fromarray(rng.standard_normal((rows, columns), np.float32))
    spread: Floats = np.asarray(cells.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR), np.float32)
    return spread


def _spot(x: Floats, y: Floats, width: float, height: float) -> Floats:
    spot: Floats = np.exp(-((x / width) ** 2) - (y / height) ** 2)
    return spot


def _step(value: Floats, width: float) -> Floats:
    share = np.clip(value / width + 0.5, 0, 1)
    eased: Floats = share * share * (3 - 2 * share)
    return eased


_DEPTHS = ((0.0, 1.4), (0.2, 1.36), (0.3, 1.3), (0.42, 1.22), (0.55, 1.05), (0.66, 0.8))


def _to_texels(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Fine texels of points x, y on the front of the average face, whose depth is taken from its profile."""
    texels = []
    for x, y in points:
        z = float(np.interp(abs(x), [at for at, _ in _DEPTHS], [depth for _, depth in _DEPTHS]))
        column = (np.arctan2(x, z - _AXIS_DM) / _WIDEST_RAD + 1) / 2 * WIDTH
        row = (_TOP_DM - y) / (_TOP_DM - _BOTTOM_DM) * HEIGHT
        texels.append((float(column) * _FINE, float(row) * _FINE))
    return texels


def _polygon(face: Face, points: list[tuple[float, float]], blur: float) -> Floats:
    image = Image.new("L", (WIDTH * _FINE, HEIGHT * _FINE))
    ImageDraw.Draw(image).polygon(_to_texels(points), fill=255)
    return _shrunk(image, blur)


def _stroke(face: Face, points: list[tuple[float, float]], width_texels: float) -> Floats:
    image = Image.new("L", (WIDTH * _FINE, HEIGHT * _FINE))
    ImageDraw.Draw(image).line(_to_texels(points), fill=255, width=max(1, round(width_texels * _FINE)), joint="curve")
    stroke: Floats = np.minimum(_shrunk(image, width_texels * 0.9) * 1.6, 1)
    return stroke


def _shrunk(image: Image.Image, blur: float) -> Floats:
    small = image.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    softened = small.filter(ImageFilter.GaussianBlur(blur)) if blur else small
    shrunk: Floats = np.asarray(softened, np.float32) / 255
    return shrunk

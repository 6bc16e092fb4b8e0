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
_GRAINS = (26, 60, 70, 90, 170, 200, 240, 300)
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Patch:
    """A share 0 to 1 of some rows and columns of the atlas; nothing elsewhere."""

    rows: slice
    columns: slice
    share: Floats

    def tint(self, skin: Floats, less: tuple[float, float, float], strength: float = 1.0) -> None:
        """Takes `less` (RGB shares) times the patch's share away from the skin, in place."""
        here = skin[self.rows, self.columns]
        here *= 1 - (self.share * np.float32(strength))[..., None] * np.array(less, np.float32)

    def cover(self, skin: Floats, colour: Floats, strength: float | Floats = 1.0) -> None:
        """Lays a colour over the skin, in place."""
        here = skin[self.rows, self.columns]
        share = (self.share * np.float32(1) * strength)[..., None]
        here += (colour - here) * share


@dataclass(frozen=True, slots=True)
class Face:
    """Where each texel (HEIGHT, WIDTH) lies on the average face: `x`, `y` in decimetres, `directions` (…, 3) from the
    skull's centre; `at` (V, 2) column and row of every vertex of the mesh; `patches` what is the same on every face;
    `grains` smooth noise of about unit spread, by cells across."""

    x: Floats
    y: Floats
    directions: Floats
    at: Floats
    patches: dict[str, Patch]
    grains: dict[int, Floats]

    def grain(self, rng: np.random.Generator, cells: int) -> Floats:
        """That noise, shifted at random."""
        shifted: Floats = np.roll(self.grains[cells], rng.integers(0, 400, 2).tolist(), (0, 1))
        return shifted


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
    x, y = places[:, 0].reshape(grid), places[:, 1].reshape(grid)
    rng = np.random.default_rng(0)
    grains = {cells: _noise(rng, cells) for cells in _GRAINS}
    return Face(x, y, away.reshape(*grid, 3), at, _patches(x, y), grains)


def painted(face: Face, looks: Looks, age_years: float, rng: np.random.Generator) -> Floats:
    """Linear RGB (HEIGHT, WIDTH, 3) of the skin; `rng` must be the person's own."""
    broad = face.grain(rng, 26) * 0.05 * looks.mottling + face.grain(rng, 70) * 0.045 * looks.mottling
    pores = face.grain(rng, 300) * (0.03 + 0.03 * looks.lines)
    skin: Floats = ((1 + broad + pores)[..., None] * linear(looks.skin)).astype(np.float32)
    patches = face.patches
    patches["red"].tint(skin, (0.02, 0.2, 0.18), looks.redness + 0.35 * looks.make_up)
    patches["forehead"].tint(skin, (-0.02, 0.01, 0.06))
    _spots(skin, face, looks, age_years, rng)
    _lips(skin, face, looks, rng)
    _eye_surrounds(skin, patches, looks, age_years)
    _lines(skin, looks.lines, rng)
    _growth(skin, face, looks, rng)
    return skin


def _patches(x: Floats, y: Floats) -> dict[str, Patch]:
    aside = np.abs(x)
    red = 0.8 * _spot(aside - 0.36, y - 7.02, 0.17, 0.15) + 0.6 * _spot(aside, y - 7.02, 0.13, 0.12)
    red += 0.35 * _spot(aside, y - 6.4, 0.2, 0.1) + 0.7 * ((aside > 0.66) & (aside < 2))
    across, up = aside - _EYE_DM[0], y - _EYE_DM[1]
    arch = np.clip(1 - (across / 0.122) ** 2, 0, 1) ** 0.7
    within = np.abs(across) < 0.128
    rim, low = 0.048 * arch - 0.019, -0.03 * arch - 0.019
    upper = [(-0.225, 6.685), (-0.15, 6.738), (-0.05, 6.785), (0, 6.772), (0.05, 6.785), (0.15, 6.738), (0.225, 6.685)]
    lower = [(0.17, 6.618), (0.08, 6.575), (0, 6.566), (-0.08, 6.575), (-0.17, 6.618)]
    return {
        "red": _trimmed(red),
        "forehead": _trimmed(_spot(aside, y - 7.75, 0.5, 0.2)),
        "lips": _polygon(upper + lower, 1.6),
        "parting": _trimmed(np.exp(-(((y - 6.692) / 0.014) ** 2)) * (aside < 0.225)),
        "under the eyes": _trimmed(_spot(across + 0.02, up + 0.09, 0.13, 0.05)),
        "lids": _trimmed(_spot(across, up - 0.05, 0.15, 0.05)),
        "upper lashes": _trimmed(np.exp(-(((up - rim - 0.004) / 0.013) ** 2)) * within),
        "lower lashes": _trimmed(np.exp(-(((up - low + 0.004) / 0.010) ** 2)) * within),
        "crease": _trimmed(np.exp(-(((up - rim - 0.042 * arch) / 0.009) ** 2)) * within),
        "freckled": _trimmed(np.exp(-(((y - 7.12) / 0.28) ** 2)) * (aside < 0.6)),
    }


def _lips(skin: Floats, face: Face, looks: Looks, rng: np.random.Generator) -> None:
    lips = face.patches["lips"]
    grain = face.grain(rng, 200)[lips.rows, lips.columns, None]
    lips.cover(skin, linear(looks.lips) * (0.95 + 0.08 * grain), 0.72 + 0.25 * looks.make_up)
    face.patches["parting"].tint(skin, (0.45, 0.45, 0.45))


def _spots(skin: Floats, face: Face, looks: Looks, age_years: float, rng: np.random.Generator) -> None:
    brown = (0.35, 0.55, 0.7)
    for x, y, radius in looks.moles:
        column, row = _texel((x, y))
        reach = 6
        rows = slice(max(int(row) - reach, 0), int(row) + reach)
        columns = slice(max(int(column) - reach, 0), int(column) + reach)
        spot = _spot(face.x[rows, columns] - x, face.y[rows, columns] - y, radius, radius)
        Patch(rows, columns, spot).tint(skin, brown, 0.95)
    if looks.freckles:
        over = face.patches["freckled"]
        dots = np.clip(face.grain(rng, 170)[over.rows, over.columns] - 0.9, 0, 1) * over.share * looks.freckles
        Patch(over.rows, over.columns, dots).tint(skin, brown, 0.8)
    if age_years > 50:
        stains = np.clip(face.grain(rng, 60) - 1.3, 0, 1)
        Patch(slice(None), slice(None), stains).tint(skin, brown, 0.5 * min((age_years - 50) / 25, 1))


def _eye_surrounds(skin: Floats, patches: dict[str, Patch], looks: Looks, age_years: float) -> None:
    tired = float(np.clip((age_years - 25) / 50, 0, 1))
    patches["under the eyes"].tint(skin, (0.7, 1.0, 0.8), 0.1 + 0.2 * tired)
    patches["lids"].tint(skin, (0.1, 0.2, 0.2))
    if looks.make_up:
        patches["lids"].cover(skin, linear((0.35, 0.25, 0.3)), 0.45 * looks.make_up)
    dark = (1.0, 1.0, 1.0)
    patches["upper lashes"].tint(skin, dark, 0.75 + 0.22 * looks.make_up)
    patches["lower lashes"].tint(skin, dark, 0.25 + 0.35 * looks.make_up)
    patches["crease"].tint(skin, (0.2, 0.22, 0.22))


def _lines(skin: Floats, share: float, rng: np.random.Generator) -> None:
    """Lines of age: each a dark groove with a light edge below."""
    sheet = _Sheet((-0.66, 8.1), (0.66, 6.4))
    across = np.linspace(-1, 1, 13)
    for row in range(3):
        level = 7.72 + 0.075 * row + rng.normal(0, 0.01) + 0.02 * (1 - across**2) + rng.normal(0, 0.01, 13)
        reach = rng.uniform(0.28, 0.42)
        sheet.line(list(zip((across * reach).tolist(), level.tolist(), strict=True)), 1, 0.65)
    for side in (-1, 1):
        fold = ((0.155, 6.98), (0.21, 6.91), (0.25, 6.82), (0.275, 6.72), (0.28, 6.64))
        sheet.line([(side * x, y) for x, y in fold], 2, 1.0)
        sheet.line([(side * 0.215, 6.66), (side * 0.235, 6.58), (side * 0.225, 6.5)], 1.5, 0.7)
        sheet.line([(side * 0.035, 7.47), (side * 0.04, 7.53), (side * 0.03, 7.6)], 1, 0.8)
        for ray in (-0.05, 0.0, 0.045, 0.08):
            start = (side * 0.45, 7.34 + ray * 0.6 + float(rng.normal(0, 0.006)))
            sheet.line([start, (side * (0.53 + float(rng.uniform(0, 0.05))), 7.33 + ray * 1.7)], 1, 0.7)
        sheet.line([(side * (0.19 + 0.055 * k), 7.24 - 0.035 * np.sin(0.63 * (k + 0.6))) for k in range(5)], 1.5, 0.7)
    grooves = sheet.done(1.4, 1.8)
    strength = 0.10 + 0.75 * share
    grooves.tint(skin, (0.32, 0.38, 0.40), strength)
    Patch(grooves.rows, grooves.columns, np.roll(grooves.share, 3, 0)).tint(skin, (-0.1, -0.1, -0.1), strength)


_BROW = np.array([(0.115, 7.488), (0.2, 7.515), (0.3, 7.535), (0.4, 7.53), (0.475, 7.495)])


def _growth(skin: Floats, face: Face, looks: Looks, rng: np.random.Generator) -> None:
    """Hair drawn on the skin: brows, beard, and the shade of hair at its line."""
    colour = linear(looks.hair_colour) * (1 - looks.grey * 0.7) + linear((0.62, 0.61, 0.6)) * looks.grey * 0.7
    _brows(looks, rng).cover(skin, colour * 0.6, 0.6 + 0.38 * looks.brow_density)
    if looks.beard is not Beard.NONE:
        area = _trimmed(beard_mask(face.x, face.y, looks))
        bristles = _bristles(face, looks, rng)[area.rows, area.columns]
        area.cover(skin, colour * 0.7, bristles)
    field = hair.hairline(looks, face.directions.reshape(-1, 3)).reshape(HEIGHT, WIDTH)
    field = np.where(face.x < 5, field, -90).astype(np.float32)
    cover = {Hair.BALD: 0.35, Hair.BUZZED: 0.8}.get(looks.hair, 0.7)
    rough = field + 3.0 * face.grain(rng, 240) + 1.5 * face.grain(rng, 90)
    _trimmed(np.clip((rough + 0.5) / 6, 0, 1)).cover(skin, colour * 0.8, cover)
    if looks.hair not in (Hair.BALD, Hair.BUZZED):
        _trimmed(np.exp(-(((field + 2.0) / 5.0) ** 2))).tint(skin, (0.22, 0.22, 0.22))


def _brows(looks: Looks, rng: np.random.Generator) -> Patch:
    sheet = _Sheet((-0.62, 7.78), (0.62, 7.36))
    width = 0.034 * looks.brow_thickness
    count = int(150 + 90 * looks.brow_density)
    knots = np.linspace(0, 1, 5)
    for side in (-1, 1):
        t = rng.beta(1.15, 1.0, count)
        x = np.interp(t, knots, _BROW[:, 0])
        y = np.interp(t, knots, _BROW[:, 1]) + looks.brow_height
        y += looks.brow_arch * 0.035 * np.sin(np.pi * np.minimum(t * 1.15, 1)) ** 2 + looks.brow_slant * (t - 0.5) * 2
        offset = rng.uniform(-1, 1, count)
        y += offset * width * (1.1 - 0.75 * t)
        tilt = 75 - 70 * np.minimum(t * 1.6, 1) - 16 * np.sign(offset) * np.minimum(t * 2, 1)
        lean = np.radians(tilt + rng.normal(0, 8, count))
        reach = 0.05 + 0.02 * rng.random(count)
        ends = (side * (x + reach * np.cos(lean)), y + reach * np.sin(lean) * 0.7)
        sheet.hairs((side * x, y), ends, rng.uniform(0.43, 0.85, count))
    return sheet.done(0.7, 1.0)


def beard_mask(x: Floats, y: Floats, looks: Looks) -> Floats:
    """How much of the beard grows at these points of the average face, 0 to 1."""
    x = np.abs(x)
    mouth = np.clip(1 - ((x / 0.20) ** 2 + ((y - 6.672) / 0.085) ** 2) ** 3, 0, 1)
    moustache = _step(0.29 - x, 0.05) * _step(y - 6.745, 0.03) * _step(6.9 - 0.3 * x - y, 0.04)
    chin = _step(0.27 - x, 0.07) * _step(6.62 - y, 0.05) * _step(y - 6.12, 0.08)
    corner = _step(0.31 - x, 0.05) * _step(x - 0.2, 0.04) * _step(6.82 - y, 0.05) * _step(y - 6.4, 0.06)
    top = 6.55 + 1.25 * np.clip(x - 0.27, 0, 1) ** 0.9 + 3.2 * np.clip(x - 0.52, 0, 1)
    jaw = _step(0.65 - x, 0.05) * _step(top - y, 0.09) * _step(y - 6.05 - 0.25 * x, 0.1) * _step(7.02 - y, 0.3)
    if looks.beard is Beard.MOUSTACHE:
        area = moustache
    elif looks.beard is Beard.GOATEE:
        area = np.maximum(np.maximum(moustache, chin), corner)
    else:
        area = np.maximum(np.maximum(np.maximum(moustache, chin), corner), jaw)
    grown: Floats = (area * (1 - mouth)).astype(np.float32)
    return grown


def _bristles(face: Face, looks: Looks, rng: np.random.Generator) -> Floats:
    fine, broad = face.grain(rng, 300), face.grain(rng, 60)
    if looks.beard is Beard.STUBBLE:
        bristles: Floats = np.clip(0.30 * looks.beard_density * (1 + 0.6 * fine + 0.12 * broad), 0, 0.75)
        return bristles
    thick: Floats = np.clip(0.74 + 0.16 * looks.beard_density + 0.11 * fine + 0.05 * broad, 0, 0.97)
    return thick


def _noise(rng: np.random.Generator, columns: int) -> Floats:
    """Smooth noise (HEIGHT, WIDTH) of about unit spread with so many cells across."""
    cells = Image.fromarray(rng.standard_normal((max(2, columns * HEIGHT // WIDTH), columns), np.float32))
    spread: Floats = np.asarray(cells.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR), np.float32)
    return spread


def _trimmed(share: Floats) -> Patch:
    """The patch of the rows and columns where the share is worth painting."""
    seen = share > 0.004
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    if not len(rows):
        return Patch(slice(0, 0), slice(0, 0), np.zeros((0, 0), np.float32))
    down, along = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    return Patch(down, along, share[down, along].astype(np.float32))


def _spot(x: Floats, y: Floats, width: float, height: float) -> Floats:
    spot: Floats = np.exp(-((x / width) ** 2) - (y / height) ** 2)
    return spot


def _step(value: Floats, width: float) -> Floats:
    share = np.clip(value / width + 0.5, 0, 1)
    eased: Floats = share * share * (3 - 2 * share)
    return eased


# The profile of the average face, forehead to chin taken together: x, then z.
_PROFILE_X = (0.0, 0.2, 0.3, 0.42, 0.55, 0.66)
_PROFILE_Z = (1.4, 1.36, 1.3, 1.22, 1.05, 0.8)


def _texels(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Columns and rows of points on the front of the average face, whose depth is taken from its profile."""
    z = np.interp(np.abs(x), _PROFILE_X, _PROFILE_Z)
    columns: Floats = (np.arctan2(x, z - _AXIS_DM) / _WIDEST_RAD + 1) / 2 * WIDTH
    rows: Floats = (_TOP_DM - y) / (_TOP_DM - _BOTTOM_DM) * HEIGHT
    return columns, rows


def _texel(point: Point) -> Point:
    columns, rows = _texels(np.array([point[0]]), np.array([point[1]]))
    return float(columns[0]), float(rows[0])


class _Sheet:
    """A part of the atlas to draw strokes on, from one corner of the face (x, y) to the other."""

    def __init__(self, top_left: Point, bottom_right: Point) -> None:
        left, top = _texel(top_left)
        right, bottom = _texel(bottom_right)
        self._left, self._top, self._right, self._bottom = int(left), int(top), int(right), int(bottom)
        size = ((self._right - self._left) * _FINE, (self._bottom - self._top) * _FINE)
        self._image = Image.new("L", size)
        self._draw = ImageDraw.Draw(self._image)

    def _at(self, points: list[Point]) -> list[Point]:
        columns, rows = _texels(np.array([x for x, _ in points]), np.array([y for _, y in points]))
        across, down = (columns - self._left) * _FINE, (rows - self._top) * _FINE
        return list(zip(across.tolist(), down.tolist(), strict=True))

    def line(self, points: list[Point], width_texels: float, strength: float) -> None:
        self._draw.line(self._at(points), fill=int(strength * 255), width=round(width_texels * _FINE), joint="curve")

    def polygon(self, points: list[Point]) -> None:
        self._draw.polygon(self._at(points), fill=255)

    def hairs(self, starts: tuple[Floats, Floats], ends: tuple[Floats, Floats], strengths: Floats) -> None:
        """One fine line for each start and end."""
        one, other = _texels(*starts), _texels(*ends)
        table = np.stack([one[0] - self._left, one[1] - self._top, other[0] - self._left, other[1] - self._top], 1)
        for line, strength in zip((table * _FINE).tolist(), (strengths * 255).astype(int).tolist(), strict=True):
            self._draw.line(line, fill=strength)

    def done(self, blur: float, gain: float) -> Patch:
        small = self._image.resize((self._right - self._left, self._bottom - self._top), Image.Resampling.BOX)
        soft = np.asarray(small.filter(ImageFilter.GaussianBlur(blur)), np.float32)
        share = np.minimum(soft * (gain / 255), 1)
        return Patch(slice(self._top, self._bottom), slice(self._left, self._right), share)


def _polygon(points: list[Point], blur: float) -> Patch:
    sheet = _Sheet((-0.3, 6.9), (0.3, 6.45))
    sheet.polygon(points)
    return sheet.done(blur, 1.0)

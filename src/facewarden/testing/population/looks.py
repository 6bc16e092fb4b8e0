"""What a drawn person looks like apart from shape: skin, hair, brows, beard, eyes, glasses, clothes.

It never copies a real person's looks: every trait comes from a seeded generator.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from facewarden.testing.population.raster import Floats
from facewarden.testing.population.shape import Build

Colour = tuple[float, float, float]
"""sRGB, each 0 to 1."""


class Hair(StrEnum):
    """How the hair is cut."""

    BALD = "bald"
    BUZZED = "buzzed"
    SHORT = "short"
    SWEPT = "swept"
    FRINGE = "fringe"
    CURLY = "curly"
    AFRO = "afro"
    BUN = "bun"
    BOB = "bob"
    LONG = "long"


class Beard(StrEnum):
    """What grows on the face."""

    NONE = "none"
    STUBBLE = "stubble"
    MOUSTACHE = "moustache"
    GOATEE = "goatee"
    FULL = "full"


class Garment(StrEnum):
    """What is worn on the shoulders."""

    TEE = "tee"
    VNECK = "v-neck"
    SHIRT = "shirt"
    JACKET = "jacket"
    TURTLENECK = "turtleneck"


@dataclass(frozen=True, slots=True)
class Glasses:
    """A frame: half sizes in decimetres, how square it is (2 round, 6 square), its thickness and colour."""

    half_width_dm: float
    half_height_dm: float
    squareness: float
    thickness_dm: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Looks:
    """Traits that stay with a person through all photos; shares are 0 to 1."""

    skin: Colour
    mottling: float
    redness: float
    freckles: float
    moles: tuple[tuple[float, float, float], ...]  # x, y in decimetres on the average face, radius
    lips: Colour
    iris: Colour
    hair: Hair
    hair_colour: Colour
    grey: float
    hair_volume: float
    hair_length: float
    hair_wave: float
    hairline_deg: float
    fringe: bool
    receding: float
    parting: float
    brow_thickness: float
    brow_height: float
    brow_arch: float
    brow_density: float
    brow_slant: float
    beard: Beard
    beard_density: float
    make_up: float
    glasses: Glasses | None
    lines: float


_TONES = np.array(
    [
        (240, 204, 184),
        (230, 188, 162),
        (214, 167, 136),
        (190, 138, 104),
        (152, 104, 76),
        (116, 76, 56),
        (84, 55, 43),
    ],
    np.float32,
)
_HAIR_COLOURS: tuple[Colour, ...] = (
    (0.09, 0.07, 0.065),
    (0.16, 0.11, 0.085),
    (0.26, 0.17, 0.11),
    (0.38, 0.25, 0.15),
    (0.50, 0.27, 0.14),
    (0.66, 0.50, 0.31),
    (0.80, 0.68, 0.47),
)
_IRIS_COLOURS: tuple[Colour, ...] = (
    (0.20, 0.12, 0.07),
    (0.32, 0.19, 0.10),
    (0.44, 0.34, 0.17),
    (0.36, 0.44, 0.30),
    (0.36, 0.50, 0.60),
    (0.46, 0.52, 0.56),
)
_FRAMES: tuple[Colour, ...] = ((0.06, 0.06, 0.07), (0.25, 0.14, 0.09), (0.45, 0.40, 0.34), (0.12, 0.15, 0.28))
GARMENT_COLOURS: tuple[Colour, ...] = (
    (0.14, 0.17, 0.25),
    (0.25, 0.26, 0.28),
    (0.86, 0.87, 0.89),
    (0.46, 0.16, 0.18),
    (0.20, 0.34, 0.32),
    (0.34, 0.45, 0.60),
    (0.72, 0.62, 0.50),
    (0.10, 0.10, 0.11),
    (0.55, 0.36, 0.42),
    (0.40, 0.44, 0.30),
)


def random_looks(rng: np.random.Generator, build: Build, birth_age_years: float, *, woman: bool) -> Looks:
    """Looks drawn at random for somebody of that build who is `birth_age_years` old in the newest photo."""
    age = birth_age_years
    african, asian, caucasian = build.ancestry
    tone = float(np.clip(0.05 + 0.8 * african + 0.3 * asian + 0.08 * caucasian + rng.normal(0, 0.12), 0, 1))
    dark = float(np.clip(african + asian + rng.normal(0, 0.12), 0, 1))
    grey = float(np.clip((age - rng.uniform(42, 72)) / 22, 0, 1))
    return Looks(
        skin=_skin(rng, tone),
        mottling=float(rng.uniform(0.3, 1)),
        redness=float(rng.uniform(0.2, 1)) * (1 - 0.6 * tone),
        freckles=float(rng.uniform(0.4, 1)) if rng.random() < 0.22 * (1 - tone) + 0.03 else 0.0,
        moles=tuple(_mole(rng) for _ in range(rng.integers(0, 5))),
        lips=_lips(rng, tone, woman=woman),
        iris=_IRIS_COLOURS[int(min(rng.exponential(0.8 + 3.6 * (1 - dark)), len(_IRIS_COLOURS) - 1))],
        hair=_style(rng, african, age, woman=woman),
        hair_colour=_HAIR_COLOURS[int(min(rng.exponential(0.5 + 3.4 * (1 - dark) ** 2), len(_HAIR_COLOURS) - 1))],
        grey=grey,
        hair_volume=float(rng.uniform(0.6, 1.4)),
        hair_length=float(rng.uniform(0, 1)),
        hair_wave=float(rng.beta(1.2, 2.0)),
        hairline_deg=float(rng.normal(0, 3.0)),
        fringe=bool(rng.random() < (0.3 if woman else 0.12)),
        receding=float(np.clip(rng.normal((age - 30) / 45, 0.35), 0, 1)) if not woman else 0.0,
        parting=float(rng.uniform(-1, 1)),
        brow_thickness=float(rng.uniform(0.45, 0.9) if woman else rng.uniform(0.8, 1.5)),
        brow_height=float(rng.normal(0, 0.022)),
        brow_arch=float(rng.uniform(0.2, 1) if woman else rng.uniform(-0.1, 0.7)),
        brow_density=float(rng.uniform(0.5, 1.0)),
        brow_slant=float(rng.normal(-0.010, 0.016)),
        beard=Beard.NONE if woman else Beard(rng.choice(list(Beard), p=(0.42, 0.24, 0.08, 0.1, 0.16))),
        beard_density=float(rng.uniform(0.55, 1)),
        make_up=float(rng.uniform(0.2, 1)) if woman and rng.random() < 0.75 else 0.0,
        glasses=_glasses(rng) if rng.random() < 0.12 + 0.14 * (age > 45) else None,
        lines=float(np.clip((age - 30) / 45, 0, 1)) * float(rng.uniform(0.6, 1.2)),
    )


def _skin(rng: np.random.Generator, tone: float) -> Colour:
    at = tone * (len(_TONES) - 1)
    low = int(min(at, len(_TONES) - 2))
    colour = _TONES[low] + (_TONES[low + 1] - _TONES[low]) * (at - low)
    warm = rng.normal(0, 0.025)
    red, green, blue = colour / 255 * np.array((1 + warm * 0.4, 1 + rng.normal(0, 0.012), 1 - warm))
    return float(red), float(green), float(blue)


def _lips(rng: np.random.Generator, tone: float, *, woman: bool) -> Colour:
    pale, deep = np.array((0.76, 0.44, 0.42)), np.array((0.36, 0.19, 0.18))
    colour = pale + (deep - pale) * tone + rng.normal(0, 0.02, 3)
    if woman and rng.random() < 0.4:  # lipstick
        colour = 0.5 * colour + 0.5 * np.array(
            ((0.70, 0.14, 0.18), (0.66, 0.25, 0.32), (0.5, 0.14, 0.2))[rng.integers(3)]
        )
    return float(colour[0]), float(colour[1]), float(colour[2])


def _mole(rng: np.random.Generator) -> tuple[float, float, float]:
    return float(rng.uniform(-0.55, 0.55)), float(rng.uniform(6.35, 7.95)), float(rng.uniform(0.007, 0.016))


def _style(rng: np.random.Generator, african: float, age: float, *, woman: bool) -> Hair:
    if woman:
        styles = [Hair.LONG, Hair.BOB, Hair.BUN, Hair.FRINGE, Hair.CURLY, Hair.SHORT, Hair.SWEPT]
        odds = np.array([0.40, 0.26, 0.14, 0.05, 0.07, 0.03, 0.05])
    else:
        styles = [Hair.SHORT, Hair.SWEPT, Hair.BUZZED, Hair.FRINGE, Hair.CURLY, Hair.BALD, Hair.BOB]
        odds = np.array([0.36, 0.24, 0.14, 0.08, 0.1, 0.03 + 0.0035 * (age - 20), 0.02])
    if rng.random() < african * 0.6:
        styles = [Hair.AFRO, Hair.BUZZED, Hair.CURLY, Hair.BUN, Hair.LONG, Hair.BOB]
        odds = np.array([0.25, 0.04, 0.2, 0.15, 0.2, 0.16] if woman else [0.25, 0.4, 0.3, 0.03, 0.02, 0.0])
    return styles[int(rng.choice(len(styles), p=odds / odds.sum()))]


def _glasses(rng: np.random.Generator) -> Glasses:
    return Glasses(
        half_width_dm=float(rng.uniform(0.21, 0.25)),
        half_height_dm=float(rng.uniform(0.14, 0.2)),
        squareness=float(rng.uniform(2.2, 5)),
        thickness_dm=float(rng.uniform(0.008, 0.02)),
        colour=_FRAMES[int(rng.integers(len(_FRAMES)))],
    )


def linear(colour: Colour | Floats) -> Floats:
    """Linear light of an sRGB colour."""
    light: Floats = np.power(np.asarray(colour, np.float32), 2.2)
    return light

"""How a photo came about: when, where, with which camera, in what light and clothes; and what the camera adds.

It never knows who is in the photo beyond the year of birth: nobody is drawn under 20.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from facewarden.testing.population import picture, shape, wear
from facewarden.testing.population.exif import Place
from facewarden.testing.population.light import Lamp, Lighting
from facewarden.testing.population.looks import GARMENT_COLOURS, Colour, Garment
from facewarden.testing.population.raster import Floats


@dataclass(frozen=True, slots=True)
class Source:
    """Where photos are said to come from; the host is one reserved for examples."""

    name: str
    host: str


SOURCES = (
    Source("County gallery of volunteers", "volunteers.example.org"),
    Source("Press archive", "press.example.net"),
)
PLACES = (
    Place("Seattle", "US-WA", 47.6062, -122.3321),
    Place("Olympia", "US-WA", 47.0379, -122.9007),
    Place("Springfield", "US-IL", 39.7990, -89.6440),
    Place("Chicago", "US-IL", 41.8781, -87.6298),
    Place("Austin", "US-TX", 30.2672, -97.7431),
    Place("Burlington", "US-VT", 44.4759, -73.2121),
    Place("Sacramento", "US-CA", 38.5816, -121.4944),
    Place("Richmond", "US-VA", 37.5407, -77.4360),
    Place("Toronto", "CA-ON", 43.6532, -79.3832),
    Place("Lyon", "FR", 45.7640, 4.8357),
)
_CAMERAS = ("Halvorsen H2", "Halvorsen H5 Pro", "Orrery Pocket", "Orrery Pocket 3", "Tamsin T-90")
_WALLS: tuple[tuple[Colour, Colour], ...] = (
    ((0.70, 0.74, 0.78), (0.50, 0.55, 0.60)),
    ((0.86, 0.85, 0.82), (0.70, 0.68, 0.64)),
    ((0.44, 0.50, 0.46), (0.30, 0.35, 0.33)),
    ((0.36, 0.40, 0.48), (0.22, 0.25, 0.31)),
    ((0.78, 0.70, 0.60), (0.60, 0.52, 0.44)),
    ((0.56, 0.62, 0.70), (0.76, 0.76, 0.72)),
    ((0.93, 0.93, 0.94), (0.84, 0.85, 0.87)),
)
_SYLLABLES = [
    "ba",
    "bel",
    "cor",
    "da",
    "den",
    "el",
    "fen",
    "ga",
    "hal",
    "il",
    "jo",
    "ka",
    "lin",
    "mar",
    "nor",
    "ol",
    "pel",
    "ra",
    "sel",
    "tor",
    "ul",
    "ve",
    "wyn",
    "ya",
    "zel",
]
_OLDEST_PHOTO_YEARS = 9.0


@dataclass(frozen=True, slots=True)
class Circumstances:
    """One photo's facts and the camera's settings; `wear_share` 0 to 1 is how faded an old file looks."""

    taken_at: datetime
    camera: str | None
    place: Place | None
    orientation: int
    quality: int
    narrow: bool
    lighting: Lighting
    backdrop: tuple[Colour, Colour]
    camera_place: picture.Camera
    exposure: float
    contrast: float
    white_balance: tuple[float, float, float]
    grain: float
    wear_share: float
    grain_seed: int


def drawn(rng: np.random.Generator, newest: datetime, born: int) -> Circumstances:
    """Circumstances drawn at random, at most nine years before `newest` and when the person was 20 or older."""
    oldest = float(np.clip(newest.year - born - 20, 0, _OLDEST_PHOTO_YEARS))
    years = float(oldest * rng.beta(1.0, 1.6))
    seconds = int(years * 365.25 * 86400 + rng.integers(0, 86400 * 30))
    warm = rng.normal(0, 0.03)
    return Circumstances(
        taken_at=newest - timedelta(seconds=seconds),
        camera=_CAMERAS[int(rng.integers(len(_CAMERAS)))] if rng.random() < 0.85 else None,
        place=PLACES[int(rng.integers(len(PLACES)))] if rng.random() < 0.4 else None,
        orientation=int(rng.choice((1, 6, 8, 3), p=(0.76, 0.14, 0.06, 0.04))),
        quality=int(rng.integers(82, 94)),
        narrow=bool(rng.random() < 0.4),
        lighting=_lighting(rng),
        backdrop=_WALLS[int(rng.integers(len(_WALLS)))],
        camera_place=picture.Camera(
            centre_x=0.5 + float(rng.normal(0, 0.018)),
            centre_y=0.47 + float(rng.normal(0, 0.015)),
            head_height=float(rng.uniform(0.50, 0.66)),
            distance_dm=float(rng.uniform(11, 18)),
        ),
        exposure=float(rng.uniform(0.88, 1.12)),
        contrast=float(rng.uniform(0.04, 0.22)),
        white_balance=(1 + float(warm), 1.0, 1 - float(warm)),
        grain=float(rng.uniform(0.6, 2.6)),
        wear_share=years / _OLDEST_PHOTO_YEARS,
        grain_seed=int(rng.integers(2**31)),
    )


def _lighting(rng: np.random.Generator) -> Lighting:
    side = float(rng.choice((-1, 1)) * rng.uniform(0.15, 0.75))
    key = float(rng.uniform(0.55, 0.85))
    warm = float(rng.normal(0.02, 0.02))
    fill = float(rng.uniform(0.12, 0.28))
    glow = float(rng.uniform(0.22, 0.36))
    return Lighting(
        lamps=(
            Lamp((side, float(rng.uniform(0.35, 0.75)), 0.85), (key * (1 + warm), key, key * (1 - warm))),
            Lamp((-side * 1.4, 0.15, 0.6), (fill, fill, fill * 1.05)),
        ),
        glow=(glow, glow, glow * 1.03),
    )


def pose(rng: np.random.Generator) -> shape.Pose:
    """A head held nearly straight, with a slight expression."""
    smile = float(np.clip(rng.normal(0.35, 0.25), 0, 0.9))
    lean = float(rng.normal(0, 0.04))
    shares = {
        "mouthSmileLeft": smile + lean,
        "mouthSmileRight": smile - lean,
        "cheekSquintLeft": 0.4 * smile,
        "cheekSquintRight": 0.4 * smile,
        "eyeSquintLeft": 0.12 * smile,
        "eyeSquintRight": 0.12 * smile,
        "browInnerUp": max(0.0, float(rng.normal(0, 0.12))),
        "jawOpen": max(0.0, float(rng.normal(-0.04, 0.05))),
    }
    return shape.Pose(
        yaw_deg=float(np.clip(rng.normal(0, 11), -24, 24)),
        pitch_deg=float(np.clip(rng.normal(0, 3.5), -8, 8)),
        roll_deg=float(np.clip(rng.normal(0, 2.5), -7, 7)),
        expression=tuple((f"unit-{name}", share) for name, share in shares.items() if share > 0),
    )


def outfit(rng: np.random.Generator, *, woman: bool) -> wear.Outfit:
    """Clothes drawn at random."""
    odds = (0.28, 0.3, 0.14, 0.16, 0.12) if woman else (0.34, 0.06, 0.26, 0.28, 0.06)
    garment = list(Garment)[int(rng.choice(5, p=odds))]
    first, second, third = rng.choice(len(GARMENT_COLOURS), 3, replace=False)
    shirt: Colour = (0.86, 0.87, 0.89) if rng.random() < 0.6 else (0.62, 0.70, 0.80)
    dark = [colour for colour in GARMENT_COLOURS if sum(colour) < 1.0]
    colour = dark[int(rng.integers(len(dark)))] if garment is Garment.JACKET else GARMENT_COLOURS[int(first)]
    striped = garment is Garment.TEE and rng.random() < 0.2
    return wear.Outfit(
        garment=garment,
        colour=colour,
        second=shirt if garment is Garment.JACKET else GARMENT_COLOURS[int(second)],
        tie=GARMENT_COLOURS[int(third)] if garment is Garment.JACKET and not woman and rng.random() < 0.7 else None,
        stripes=float(rng.uniform(14, 30)) if striped else 0.0,
    )


def developed(light: Floats, facts: Circumstances, size_px: int) -> NDArray[np.uint8]:
    """What the camera makes of linear light (S, S, 3): uint8 sRGB (size_px, size_px, 3)."""
    pixels = picture.developed(light * np.array(facts.white_balance, np.float32), facts.exposure, facts.contrast)
    image = Image.fromarray(pixels).resize((size_px, size_px), Image.Resampling.HAMMING)
    if facts.wear_share > 0.5:
        image = image.filter(ImageFilter.GaussianBlur((facts.wear_share - 0.4) * size_px / 640))
    small = np.asarray(image, np.float32)
    noise = np.random.default_rng(facts.grain_seed).standard_normal((size_px, size_px, 1), np.float32)
    small = small + noise * facts.grain
    faded = small * (1 - 0.10 * facts.wear_share) + np.array((22, 18, 14), np.float32) * facts.wear_share * 0.5
    result: NDArray[np.uint8] = np.clip(faded + 0.5, 0, 255).astype(np.uint8)
    return result


def stored_size(content: bytes, orientation: int) -> tuple[int, int]:
    """Width and height of the picture held upright, in pixels."""
    with Image.open(io.BytesIO(content)) as image:
        width, height = image.size
    return (height, width) if orientation in (6, 8) else (width, height)


def invented_name(rng: np.random.Generator) -> str:
    """A first and a last name put together from syllables."""
    words = ["".join(rng.choice(_SYLLABLES, int(count))).capitalize() for count in (2, rng.integers(2, 4))]
    return " ".join(words)

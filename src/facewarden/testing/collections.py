"""Photos in any number whose fate is known beforehand: generated faces, each file with facts written into it fresh.

Never asks the law what it would say: what is expected follows from what was written.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from PIL import ExifTags, Image, ImageOps, TiffImagePlugin

HOST = "photos.county.example"
ADMITTED, DUPLICATE = "admitted", "duplicate"
_ILLINOIS = ((41.8917, -87.6043), (38.6245, -90.1509), (37.0053, -89.1765), (40.1106, -88.2073))
_ELSEWHERE = ((38.6270, -90.1994), (47.6062, -122.3321), (42.3601, -71.0589), (36.9648, -89.0892), (61.2176, -149.8997))
_IMPOSSIBLE = ((141.0, -87.6), (41.0, -287.6), (95.5, 200.0))
_SHARES = {
    "plain": 30,
    "elsewhere": 25,
    "illinois": 15,
    "impossible": 5,
    "no_picture": 3,
    "no_face": 2,
    "again": 5,
    "words": 6,
    "foreign": 4,
    "tagged": 5,
}
"""Of a hundred photos, how many of each kind."""
WEB_ONLY = frozenset({"words", "foreign", "tagged"})
_FIRST_MOMENT = datetime(2012, 1, 1)  # noqa: DTZ001 - a camera's own time, as cameras write it


@dataclass(frozen=True, slots=True)
class KnownPhoto:
    """A file with its address, and under which name it must be counted. `url` None: it comes without one."""

    name: str
    content: bytes
    url: str | None
    robots_tag: str | None
    expected: str


class KnownPhotos:
    """The same photos for the same count and seed. `faces` are pictures of one face each that pass every quality."""

    def __init__(self, faces: Sequence[bytes], count: int, seed: int = 11, *, web: bool = False) -> None:
        self._faces = faces
        self._count = count
        self._seed = seed
        self._web = web

    def __iter__(self) -> Iterator[KnownPhoto]:
        rng = np.random.default_rng(self._seed)
        kinds = [kind for kind, share in _SHARES.items() for _ in range(share) if self._web or kind not in WEB_ONLY]
        admitted: list[bytes] = []
        for number in range(self._count):
            kind = kinds[int(rng.integers(len(kinds)))]
            if kind == "again" and not admitted:
                kind = "plain"
            photo = self._photo(number, kind, admitted, rng)
            if photo.expected == ADMITTED and len(admitted) < len(self._faces):
                admitted.append(photo.content)
            yield photo

    def _photo(self, number: int, kind: str, admitted: Sequence[bytes], rng: np.random.Generator) -> KnownPhoto:
        host, path, tag, expected = HOST, "people", None, ADMITTED
        place: tuple[float, float] | None = None
        content = b""
        match kind:
            case "elsewhere":
                place = _ELSEWHERE[number % len(_ELSEWHERE)]
            case "illinois":
                place, expected = _ILLINOIS[number % len(_ILLINOIS)], "consent.illinois_photo"
            case "impossible":
                place, expected = _IMPOSSIBLE[number % len(_IMPOSSIBLE)], "photos.position_readable"
            case "no_picture":
                content, expected = b"text number %d" % number, "not_an_image"
            case "no_face":
                content, expected = _empty_room(number), "no_face"
            case "again":
                content, expected = admitted[int(rng.integers(len(admitted)))], DUPLICATE
            case "words":
                path, expected = "chicago", "filing.url_words"
            case "foreign":
                host, expected = "elsewhere.example", "host_not_of_source"
            case "tagged":
                tag, expected = "noindex, noai", "photos.robots_tags"
        if not content:
            content = _dated(self._face(number), number, place)
        url = f"https://{host}/{path}/{number:06}.jpg" if self._web else None
        return KnownPhoto(f"{number:06}-{kind}.jpg", content, url, tag, expected)

    def _face(self, number: int) -> bytes:
        """A picture of its own: a face, mirrored or not, a little lighter or darker, a few pixels cut off."""
        face, variant = number % len(self._faces), number // len(self._faces)
        with Image.open(io.BytesIO(self._faces[face])) as opened:
            image = opened.convert("RGB")
        if variant % 2:
            image = ImageOps.mirror(image)
        cut = variant // 2 % 6
        image = image.crop((cut, cut // 2, image.width - cut // 2, image.height - cut))
        light = 0.94 + 0.02 * (variant // 12 % 7)
        image = image.point(lambda value: min(255, round(value * light)))
        file = io.BytesIO()
        image.save(file, "JPEG", quality=90)
        return file.getvalue()


def _dated(jpeg: bytes, number: int, place: tuple[float, float] | None) -> bytes:
    """The file with a moment of its own and, where one is given, coordinates written as a camera does."""
    exif = Image.Exif()
    exif[ExifTags.Base.DateTime] = (_FIRST_MOMENT + timedelta(minutes=number)).strftime("%Y:%m:%d %H:%M:%S")
    if place is not None:
        latitude, longitude = place
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {
                ExifTags.GPS.GPSLatitudeRef: "N" if latitude >= 0 else "S",
                ExifTags.GPS.GPSLatitude: _degrees(abs(latitude)),
                ExifTags.GPS.GPSLongitudeRef: "E" if longitude >= 0 else "W",
                ExifTags.GPS.GPSLongitude: _degrees(abs(longitude)),
            }
        )
    block = exif.tobytes()
    return jpeg[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + jpeg[2:]


def _degrees(value: float) -> tuple[TiffImagePlugin.IFDRational, ...]:
    whole = int(value)
    minutes = int((value - whole) * 60)
    hundredths = round(((value - whole) * 60 - minutes) * 6_000)
    rational = TiffImagePlugin.IFDRational
    return rational(whole, 1), rational(minutes, 1), rational(hundredths, 100)


def _empty_room(number: int) -> bytes:
    """A picture of nobody: shades of one colour, another for each number."""
    ramp = np.linspace(40 + number % 60, 180, 240).astype(np.uint8)
    pixels = np.stack([np.tile(ramp, (200, 1)) // (1 + channel) for channel in range(3)], axis=2)
    pixels[0, 0] = (number % 256, number // 256 % 256, number // 65_536 % 256)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()

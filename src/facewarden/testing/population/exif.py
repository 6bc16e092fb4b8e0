"""The facts that a camera writes into a file, and the file itself.

It never writes a real person's, camera maker's or place's details: makers are invented, places are town centres.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin

# What undoes each orientation that a camera may write: quarter turns against the clock to store the picture with.
_STORED_QUARTER_TURNS = {1: 0, 3: 2, 6: 1, 8: 3}


@dataclass(frozen=True, slots=True)
class Place:
    """A town: ISO 3166-2 or 3166-1 code, degrees north and east."""

    name: str
    code: str
    latitude: float
    longitude: float


def written(
    pixels: NDArray[np.uint8],
    taken_at: datetime,
    camera: str | None,
    place: Place | None,
    orientation: int,
    quality: int,
) -> bytes:
    """The JPEG file of upright pixels uint8 (H, W, 3), stored turned as `orientation` (1, 3, 6 or 8) says."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stamp = taken_at.strftime("%Y:%m:%d %H:%M:%S")
    exif[ExifTags.Base.DateTime] = stamp
    details: dict[int, object] = {ExifTags.Base.DateTimeOriginal: stamp, ExifTags.Base.OffsetTimeOriginal: "+00:00"}
    if camera is not None:
        maker, _, model = camera.partition(" ")
        exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = maker, model
    exif.get_ifd(ExifTags.IFD.Exif).update(details)
    if place is not None:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {
                ExifTags.GPS.GPSLatitudeRef: "N" if place.latitude >= 0 else "S",
                ExifTags.GPS.GPSLatitude: _sexagesimal(abs(place.latitude)),
                ExifTags.GPS.GPSLongitudeRef: "E" if place.longitude >= 0 else "W",
                ExifTags.GPS.GPSLongitude: _sexagesimal(abs(place.longitude)),
            }
        )
    stored = np.rot90(pixels, _STORED_QUARTER_TURNS[orientation])
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(stored)).save(file, "JPEG", quality=quality, exif=exif)
    return file.getvalue()


def _sexagesimal(degrees: float) -> tuple[TiffImagePlugin.IFDRational, ...]:
    whole = int(degrees)
    minutes = int((degrees - whole) * 60)
    hundredths = round(((degrees - whole) * 60 - minutes) * 6000)
    rational = TiffImagePlugin.IFDRational
    return rational(whole, 1), rational(minutes, 1), rational(hundredths, 100)

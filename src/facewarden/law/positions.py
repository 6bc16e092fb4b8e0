"""Coordinates as files write them: EXIF's rationals, XMP's degrees and minutes, signed decimals.

It never repairs a value: what is zero, divided by zero, out of range (as swapped ones often are) or without its
hemisphere is unreadable, and unreadable is not the same as absent.

Sources: Exif 3.0 (CIPA DC-008) section 4.6.6; XMP specification part 2, GPSCoordinate.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MAX_TEXT_CHARS = 200
"""Longer coordinates are not coordinates."""
_NULL_ISLAND_DEG = 0.01
"""Cameras without a fix write 0, 0; no land lies within a kilometre of it."""

_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)(?:\s*/\s*(-?\d+(?:\.\d+)?))?")
_XMP = re.compile(r"(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?\s*([NSEW])", re.IGNORECASE)
_DATUMS = frozenset({"", "WGS84", "NAD83", "ETRS89"})  # within two metres of each other; others shift by up to 1.5 km
_HEMISPHERES = {"N": (True, 1), "S": (True, -1), "E": (False, 1), "W": (False, -1)}


class PositionState(StrEnum):
    """Whether a file carries coordinates, and whether they can be believed."""

    NONE = "none"
    READ = "read"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Position:
    """WGS 84 degrees where `state` is READ, else None and why."""

    state: PositionState
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    why: str = ""


def read_exif_position(tags: Mapping[str, str]) -> Position:
    """The position in EXIF's GPS tags.

    `tags` maps tag names (the part after the last colon counts) to text: GPSLatitude and GPSLongitude as one to three
    numbers or fractions, GPSLatitudeRef N or S, GPSLongitudeRef E or W.
    """
    plain = {name.rsplit(":", 1)[-1].lower(): text for name, text in tags.items() if name.startswith("exif:")}
    parts = [plain.get(name, "") for name in ("gpslatitude", "gpslatituderef", "gpslongitude", "gpslongituderef")]
    if not any(parts):
        return Position(PositionState.NONE)
    try:
        if plain.get("gpsstatus", "").strip().upper() == "V":
            raise ValueError("the receiver had no fix")
        if re.sub(r"[\s_-]", "", plain.get("gpsmapdatum", "")).upper() not in _DATUMS:
            raise ValueError("the map datum is another than WGS 84")
        latitude = _exif_degrees(parts[0], parts[1], "NS", 90)
        longitude = _exif_degrees(parts[2], parts[3], "EW", 180)
        return _believed(latitude, longitude)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        return Position(PositionState.UNREADABLE, why=str(error))


def read_xmp_position(tags: Mapping[str, str]) -> Position:
    """The position in XMP's exif:GPSLatitude and exif:GPSLongitude ("41,53.5N"), under names that start "xmp:"."""
    plain = {name.rsplit(":", 1)[-1].lower(): text for name, text in tags.items() if name.startswith("xmp:")}
    latitude, longitude = plain.get("gpslatitude", ""), plain.get("gpslongitude", "")
    if not latitude and not longitude:
        return Position(PositionState.NONE)
    try:
        return _believed(_xmp_degrees(latitude, is_latitude=True), _xmp_degrees(longitude, is_latitude=False))
    except ValueError as error:
        return Position(PositionState.UNREADABLE, why=str(error))


def given_position(latitude_deg: float, longitude_deg: float) -> Position:
    """The position of two numbers given by a person or another program."""
    try:
        return _believed(latitude_deg, longitude_deg)
    except ValueError as error:
        return Position(PositionState.UNREADABLE, why=str(error))


def _believed(latitude: float, longitude: float) -> Position:
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        raise ValueError("a coordinate is not a number")
    if abs(latitude) > 90:
        swapped = " (latitude and longitude may be swapped)" if abs(longitude) <= 90 else ""
        raise ValueError(f"the latitude is out of range{swapped}")
    if abs(longitude) > 180:
        raise ValueError("the longitude is out of range")
    if abs(latitude) < _NULL_ISLAND_DEG and abs(longitude) < _NULL_ISLAND_DEG:
        raise ValueError("both coordinates are zero")
    return Position(PositionState.READ, latitude, longitude)


def _exif_degrees(text: str, reference: str, hemispheres: str, limit: int) -> float:
    letter = reference.strip().strip("\0").upper()[:1]
    if not letter or letter not in hemispheres:
        raise ValueError("the hemisphere is missing or is none")
    values = _numbers(text)
    degrees, minutes, seconds = (*values, 0.0, 0.0)[:3]
    if min(values) < 0:
        raise ValueError("a part of a coordinate is negative")
    if minutes >= 60 or seconds >= 60:
        raise ValueError("minutes or seconds are 60 or more")
    if degrees > limit:
        raise ValueError("degrees are out of range")
    return _HEMISPHERES[letter][1] * (degrees + minutes / 60 + seconds / 3600)


def _numbers(text: str) -> list[float]:
    if len(text) > MAX_TEXT_CHARS:
        raise ValueError("a coordinate is too long")
    if re.search(r"nan|inf", text, re.IGNORECASE):
        raise ValueError("a coordinate is not a number")
    values = []
    for match in _NUMBER.finditer(text):
        numerator, denominator = float(match[1]), float(match[2] or 1)
        if denominator == 0:
            raise ValueError("a coordinate is divided by zero")
        values.append(numerator / denominator)
    if not 1 <= len(values) <= 3:
        raise ValueError("a coordinate has no number, or more than three")
    return values


def _xmp_degrees(text: str, *, is_latitude: bool) -> float:
    found = _XMP.fullmatch(text.strip()[:MAX_TEXT_CHARS])
    if not found:
        raise ValueError("a coordinate is not written as degrees, minutes and hemisphere")
    for_latitude, sign = _HEMISPHERES[found[4].upper()]
    if for_latitude is not is_latitude:
        raise ValueError("latitude and longitude are swapped")
    minutes, seconds = float(found[2]), float(found[3] or 0)
    if minutes >= 60 or seconds >= 60:
        raise ValueError("minutes or seconds are 60 or more")
    return sign * (int(found[1]) + minutes / 60 + seconds / 3600)

"""What a file says of itself: when and where it was taken, and the text tags the law's facts are made of.

Runs in the child. Never guesses: what is malformed, contradictory or out of range is left out and its raw text
kept. Never keeps the names of the people in a photo or of its author.

Source: Exif 3.0 (CIPA DC-008), sections 4.6.5 and 4.6.6; names as there.
"""

from __future__ import annotations

import codecs
import math
import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal

from PIL import ExifTags, Image, TiffImagePlugin

from facewarden.adapters.photos_decode.iptc import iptc_tags
from facewarden.adapters.photos_decode.protocol import MAX_TAGS, MAX_VALUE_CHARS
from facewarden.adapters.photos_decode.xmp import xmp_packets, xmp_tags

Tags = dict[str, str]
Segments = Sequence[tuple[str, bytes]]

_FAULTS = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, struct.error, AttributeError)
_IMAGE_TAGS = ("ImageDescription", "Make", "Model", "Software", "DateTime", "Copyright")
_WINDOWS_TAGS = ("XPTitle", "XPComment", "XPKeywords", "XPSubject")  # UTF-16, written by Windows
_EXIF_TAGS = ("DateTimeOriginal", "OffsetTimeOriginal", "SubsecTimeOriginal", "OffsetTime", "UserComment")
_GPS_TAGS = (
    *("GPSLatitudeRef", "GPSLatitude", "GPSLongitudeRef", "GPSLongitude", "GPSStatus", "GPSMapDatum"),
    *("GPSDateStamp", "GPSTimeStamp", "GPSHPositioningError", "GPSAreaInformation"),
)
_PNG_TAGS = ("Title", "Description", "Comment", "Copyright", "Software", "Creation Time", "Source", "Location")
_EXIF_HEADER = b"Exif\0\0"
ENCODINGS = ("utf-16-le", "utf-16-be")
"""What texts are decoded by that Python has no name of its own for: looked up before the walls are up."""
_UNREADABLE = "unreadable"  # no number: whoever reads it as a coordinate finds none
_WGS_84 = {"", "WGS84"}  # another datum shifts a place by up to 1.5 km
_TIME = re.compile(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d", re.ASCII)
_OFFSET = re.compile(r"[+-](0\d|1[0-4]):[0-5]\d", re.ASCII)


def orientation(image: Image.Image) -> int:
    """1 to 8 as EXIF counts (else XMP's tiff:Orientation); 1 when absent or senseless."""
    value = _read(image.getexif, {}).get(ExifTags.Base.Orientation, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def said(image: Image.Image) -> dict[str, Any]:
    """A JSON object: "taken_at", "latitude_deg", "longitude_deg" where known, and "tags" (text to text)."""
    segments: Segments = getattr(image, "applist", [])  # of a JPEG: every one, where Pillow reads one of a kind
    tags: Tags = {}
    places: list[dict[str, float]] = []
    blocks = [(_read(image.getexif, Image.Exif()), image.info.get("exif", b"")), *_further_exif(segments)]
    for exif, content in blocks:
        said_here, place = _exif_said(exif, content)
        tags = said_here | tags
        places += [place] if "exif:GPSLatitude" in said_here else []
    if len(places) > 1 and any(place != places[0] for place in places):
        tags["exif:GPSLatitude"] = _UNREADABLE  # two positions: the law must not take either
    tags |= iptc_tags(image.info.get("photoshop"))
    tags |= xmp_tags(xmp_packets(image.info.get("xmp"), segments))
    tags |= _plain_tags(image.info, segments)
    cut = {name: text[:MAX_VALUE_CHARS] for name, text in list(tags.items())[:MAX_TAGS]}
    agreed = places[0] if places and tags["exif:GPSLatitude"] != _UNREADABLE else {}
    return {"tags": cut} | _taken_at(tags) | agreed


def _further_exif(segments: Segments) -> Iterator[tuple[Image.Exif, bytes]]:
    """What further EXIF segments say; the first is the one that Pillow reads."""
    for _, content in [each for each in segments if each[0] == "APP1" and each[1].startswith(_EXIF_HEADER)][1:]:
        exif = Image.Exif()
        _read(partial(exif.load, content), None)
        yield exif, content


def _exif_said(exif: Image.Exif, content: bytes) -> tuple[Tags, dict[str, float]]:
    """The tags of one block of EXIF, and its place. A position that is announced and not there is unreadable."""
    announced = _read(lambda: exif.get(ExifTags.IFD.GPSInfo), None)
    general: dict[int, Any] = _read(lambda: exif.get_ifd(ExifTags.IFD.Exif), {})
    position: dict[int, Any] = _read(lambda: exif.get_ifd(ExifTags.IFD.GPSInfo), {})
    tags: Tags = {}
    for names, numbers, values in (
        (_GPS_TAGS, ExifTags.GPS, position),
        (_EXIF_TAGS, ExifTags.Base, general),
        (_IMAGE_TAGS, ExifTags.Base, exif),
        (_WINDOWS_TAGS, ExifTags.Base, exif),
    ):
        tags |= _exif_tags(names, numbers, values)
    if announced is not None and not position and not _is_empty(announced, content):
        tags["exif:GPSLatitude"] = _UNREADABLE
    return tags, _place(position)


def _is_empty(pointer: object, content: bytes) -> bool:
    """Whether a directory without entries lies there: some cameras write one for GPS and nothing into it."""
    tiff = content.removeprefix(_EXIF_HEADER)
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"
    at = pointer if isinstance(pointer, int) else len(tiff)
    return 0 < at <= len(tiff) - 2 and int.from_bytes(tiff[at : at + 2], order) == 0


def _read(reader: Callable[[], Any], otherwise: Any) -> Any:
    """What `reader` gives, or `otherwise` where the file's metadata is malformed: the photo itself may be good."""
    try:
        return reader()
    except _FAULTS:
        return otherwise


def _exif_tags(names: tuple[str, ...], numbers: Any, values: Mapping[int, Any]) -> Tags:
    found = {}
    for name in names:
        value = _read(partial(values.get, numbers[name]), None)
        text = "" if value is None else _text(value, wide=name in _WINDOWS_TAGS)
        if text:
            found[f"exif:{name}"] = text
    return found


def _text(value: Any, wide: bool = False) -> str:
    """Any EXIF value as readable text; rationals as "41/1 52/1 3055/100"."""
    if isinstance(value, str):
        text = str(_read(lambda: value.encode("latin-1").decode("utf-8"), value))  # ASCII by rule, UTF-8 in fact
        return text.replace("\0", "").strip()  # UTF-16 where it should not be leaves the letters of English
    if isinstance(value, bytes):
        if wide:
            return value.decode("utf-16-le", "replace").strip("\0 ")
        if value[:8] == b"UNICODE\0":
            return _wide(value[8:])
        plain = value[8:] if value[:8] in (b"ASCII\0\0\0", b"\0" * 8) else value
        return plain.decode("utf-8", "replace").replace("\0", "").strip()
    if isinstance(value, tuple):
        return " ".join(_text(part) for part in value[:8])
    if isinstance(value, TiffImagePlugin.IFDRational):
        return f"{value.numerator}/{value.denominator}"
    return str(value) if isinstance(value, int | float) else ""


def _wide(text: bytes) -> str:
    """UTF-16 as its mark says; without one, in the order that leaves more of it ASCII."""
    if text[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return text.decode("utf-16", "replace").strip("\0 ")
    big = text[0::2].count(0) > text[1::2].count(0)
    return text.decode("utf-16-be" if big else "utf-16-le", "replace").strip("\0 ")


def _plain_tags(info: Mapping[Any, Any], segments: Segments) -> Tags:
    """PNG text chunks of known names, in any case, and a JPEG's comments."""
    given = {str(name).casefold(): text for name, text in info.items() if isinstance(text, str)}
    found = {f"png:{name}": str(given[name.casefold()]) for name in _PNG_TAGS if name.casefold() in given}
    comments = [content for name, content in segments if name == "COM"]
    texts = [comment[:MAX_VALUE_CHARS].decode("utf-8", "replace").replace("\0", "") for comment in comments]
    found["jpeg:Comment"] = "; ".join(texts).strip()
    return {name: text for name, text in found.items() if text}


def _taken_at(tags: Tags) -> dict[str, str]:
    """The time of the shutter as ISO 8601, with its offset where the file gives a valid one."""
    written = tags.get("exif:DateTimeOriginal", "")
    if not _TIME.fullmatch(written):
        return {}
    taken_at = _read(lambda: datetime.fromisoformat(written.replace(":", "-", 2)), None)
    if taken_at is None:
        return {}
    offset = tags.get("exif:OffsetTimeOriginal", "")
    return {"taken_at": taken_at.isoformat() + (offset if _OFFSET.fullmatch(offset) else "")}


def _place(position: Mapping[int, Any]) -> dict[str, float]:
    """WGS 84 degrees, or nothing: half a position, a void one, another datum or (0, 0) is no position."""
    datum = re.sub(r"[\s_-]", "", _text(position.get(ExifTags.GPS.GPSMapDatum, ""))).upper()
    void = _text(position.get(ExifTags.GPS.GPSStatus, "")).upper() == "V"
    latitude = _degrees(position, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "NS", 90.0)
    longitude = _degrees(position, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "EW", 180.0)
    if latitude is None or longitude is None or void or datum not in _WGS_84:
        return {}
    if latitude == 0.0 and longitude == 0.0:  # what a receiver without a fix writes
        return {}
    return {"latitude_deg": latitude, "longitude_deg": longitude}


def _degrees(position: Mapping[int, Any], value: int, reference: int, letters: str, most: float) -> float | None:
    letter = _text(position.get(reference, "")).upper()
    parts = position.get(value, ())
    parts = parts if isinstance(parts, tuple) else (parts,)  # Pillow unwraps a single number
    if len(letter) != 1 or letter not in letters or not 1 <= len(parts) <= 3:
        return None
    numbers = [_number(part) for part in parts]
    if any(number is None or number < 0 for number in numbers):
        return None
    degrees, minutes, seconds = [*[number or 0.0 for number in numbers], 0.0, 0.0][:3]
    total = degrees + minutes / 60 + seconds / 3600
    if minutes >= 60 or seconds >= 60 or total > most:
        return None
    return -total if letter == letters[1] and total else total


def _number(part: Any) -> float | None:
    if isinstance(part, TiffImagePlugin.IFDRational):
        return float(part) if part.denominator else None
    return float(part) if isinstance(part, int) or (isinstance(part, float) and math.isfinite(part)) else None

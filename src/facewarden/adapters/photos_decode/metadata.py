"""What a file says of itself: when and where it was taken, and the text tags the law's facts are made of.

Runs in the child. Never guesses: what is malformed, contradictory or out of range is None, its raw text kept.
"""

from __future__ import annotations

import struct
from typing import Any

from PIL import ExifTags, Image

MAX_VALUE_CHARS = 1_000
_EXIF_FAULTS = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, struct.error, ZeroDivisionError)


def orientation(image: Image.Image) -> int:
    """1 to 8 as EXIF counts; 1 when absent or senseless."""
    value = _exif(image).get(ExifTags.Base.Orientation, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def said(image: Image.Image) -> dict[str, Any]:
    """A flat JSON object: "taken_at", "latitude_deg", "longitude_deg" where known, and "tags"."""
    return {"tags": {}}


def _exif(image: Image.Image) -> dict[int, Any]:
    try:
        return dict(image.getexif())
    except _EXIF_FAULTS:
        return {}

"""Photos: what one is before, while and after it is decoded.

Never holds a file path beyond the name a person gave, and never a decoded pixel longer than its caller does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.ids import PhotoId, SourceId
from facewarden.errors import Error


class PhotoFormat(StrEnum):
    """The formats that are decoded; everything else is refused by name."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"

    @property
    def media_type(self) -> str:
        return f"image/{self.value}"


@dataclass(frozen=True, slots=True)
class PhotoMetadata:
    """What the file says of itself. None means that it does not say, never that it is false.

    `taken_at` is the EXIF time as written (naive when the file gives no offset). `latitude_deg` and
    `longitude_deg` are WGS 84. `tags` holds the readable text tags (EXIF, XMP, IPTC names to strings) that
    the law's facts are made of; values are cut at 1,000 characters.
    """

    taken_at: datetime | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DecodedPhoto:
    """One photo as pixels, its orientation applied once.

    `pixels`: uint8, (height, width, 3), RGB. `scale` is decoded size over the oriented original's size (1.0
    unless it was reduced to the decode limit).
    """

    pixels: NDArray[np.uint8]
    format: PhotoFormat
    metadata: PhotoMetadata
    scale: float = 1.0

    @property
    def width_px(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height_px(self) -> int:
        return int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """A file that a source offers: its name for people, its bytes or why they could not be read, its web address."""

    name: str
    content: bytes | Error
    url: str | None = None


class PhotoState(StrEnum):
    """What a photo in the records may be used for. Only `ACTIVE` is ever shown."""

    ACTIVE = "active"
    HELD = "held"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo of the gallery as the records know it; `decision_index` is its entry in the audit log."""

    photo_id: PhotoId
    source_id: SourceId
    content_hash: bytes  # HMAC-SHA256 of the file under the installation key, 32 bytes
    file_name: str
    url: str | None
    format: PhotoFormat
    width_px: int
    height_px: int
    size_bytes: int
    captured_at: datetime | None
    collected_at: datetime
    state: PhotoState
    decision_index: int

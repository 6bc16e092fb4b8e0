"""Photos: what one is before, while and after it is decoded.

Never holds a file path beyond the name a person gave, and never a decoded pixel longer than its caller does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
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


class Manner(StrEnum):
    """How a photo came: handed over by its source, fetched for a named target, or fetched for no target."""

    GIVEN = "given"
    TARGETED = "targeted"
    UNTARGETED = "untargeted"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What whoever fetched a file over the web, or read it from a web archive, knows of that.

    `server_ip` is the address that was connected to, None if an archive does not say. `robots_allowed` is what
    robots.txt says to this collector (RFC 9309), None if it could not be read. `robots_tags` are the directives of
    X-Robots-Tag and the page's robots meta, as they stand, None if nobody looked. The last three say whether the
    collection named its purpose, the person or group that it is about, and a case.
    """

    manner: Manner
    server_ip: str | None = None
    page_url: str | None = None
    robots_allowed: bool | None = None
    robots_tags: frozenset[str] | None = None
    purpose_named: bool = False
    subject_named: bool = False
    case_named: bool = False
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BookingRecord:
    """What an agency's own records say of a photo. `person_reference` is theirs, and personal.

    `expunge_on` is the day by which the photo must be gone.
    """

    person_reference: str
    taken_on: date | None = None
    expunge_on: date | None = None


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """A file that a source offers: its name for people, its bytes or why they could not be read, its web address.

    `fetched` None: the source handed it over, nothing was fetched from the web. `record` is what a list of an agency's
    own records says of it.
    """

    name: str
    content: bytes | Error
    url: str | None = None
    fetched: Fetched | None = None
    record: BookingRecord | None = None


class PhotoState(StrEnum):
    """What a photo in the records may be used for. Only `ACTIVE` is ever shown.

    `WITHDRAWN`: no source permits it any more, and it is about to be erased.
    """

    ACTIVE = "active"
    HELD = "held"
    WITHDRAWN = "withdrawn"
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

"""The words parent and child exchange: fixed-size heads over two pipes, files and pixels in one shared area.

No pickle and no code crosses. The parent believes nothing a child says until it was checked against the limits.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from enum import IntEnum

REQUEST = struct.Struct("<BIIB4iH")  # act, file bytes in the area, longest side px, crop given, crop box px, parts
PART = struct.Struct("<4i")  # one part to cut out, px; the parts lie in the area behind the file
MAX_PARTS = 256  # more faces than any group photo at the size that is looked at
REPLY = struct.Struct("<BBIIIdI")  # status, format, width px, height px, bytes in the area, scale, JSON bytes
MAX_TAGS = 64
MAX_VALUE_CHARS = 2_500  # IPTC's longest caption has 2,000
MAX_JSON_BYTES = 1 << 20  # all tags at their longest, escaped


class Act(IntEnum):
    DECODE = 1
    RENDER = 2
    SELF_TEST = 3
    CUT = 4
    GLANCE = 5


class Status(IntEnum):
    READY = 0
    DONE = 1
    UNUSABLE = 2
    CRASHED = 3


FORMATS = ("jpeg", "png", "webp")  # their place is their number in a reply

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Request:
    """What the parent asks: `crop` is (left, top, right, bottom) px of the oriented original, None for all; so many
    `parts`, boxes like it, lie behind the file in the area."""

    act: Act
    file_bytes: int = 0
    max_side_px: int = 0
    crop: Box | None = None
    parts: int = 0

    def pack(self) -> bytes:
        box = self.crop or (0, 0, 0, 0)
        return REQUEST.pack(self.act, self.file_bytes, self.max_side_px, self.crop is not None, *box, self.parts)

    @classmethod
    def unpack(cls, head: bytes) -> Request:
        act, file_bytes, max_side_px, has_crop, left, top, right, bottom, parts = REQUEST.unpack(head)
        return cls(Act(act), file_bytes, max_side_px, (left, top, right, bottom) if has_crop else None, parts)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the child answers. `said` is a flat JSON object; `area_bytes` bytes of the area are the result."""

    status: Status
    said: bytes = b"{}"
    format_number: int = 0
    width_px: int = 0
    height_px: int = 0
    area_bytes: int = 0
    scale: float = 1.0

    def pack(self) -> bytes:
        return (
            REPLY.pack(
                self.status,
                self.format_number,
                self.width_px,
                self.height_px,
                self.area_bytes,
                self.scale,
                len(self.said),
            )
            + self.said
        )


class UnusableError(Exception):
    """Inside the child: the photo cannot be used. `code` is one of `failures.CODES`, `details` fill its text."""

    def __init__(self, code: str, **details: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


def read_exactly(descriptor: int, count: int) -> bytes | None:
    """`count` bytes of a blocking pipe, or None when it ended first."""
    parts = []
    while count:
        part = os.read(descriptor, count)
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def write_all(descriptor: int, content: bytes) -> None:
    """Writes everything to a blocking pipe."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]

"""The segments of a JPEG file, walked without decoding: files made to take long are told from photos by them.

Runs in the child alone. Never reads what a segment holds, and never judges a file that libjpeg reads in one go.
"""

from __future__ import annotations

import re

from facewarden.adapters.photos_decode.protocol import UnusableError

SCANS_MAX = 100  # a progressive photo has some ten; with twenty thousand, 2 MB took seven seconds
FILL_MAX_BYTES = 64 << 10  # Pillow looks at each byte between two segments: 30 MB of them took more than ten seconds
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_COMPONENTS_AT = 9  # of a frame's header, its marker included; a scan's has them at 4
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = 0xC2


def judge_segments(content: bytes) -> None:
    """Nothing; UnusableError `damaged_image` for more scans, or more between two segments, than a photo has."""
    at, scans, many, components = 2, 0, False, 0
    while (found := _MARKER.search(content, at)) is not None:
        kind, start = found[0][1], found.start()
        if not scans and start - at > FILL_MAX_BYTES:
            raise UnusableError("damaged_image")
        if kind == _END_OF_IMAGE:
            return
        if kind in _FRAMES:
            components = content[start + _COMPONENTS_AT] if start + _COMPONENTS_AT < len(content) else 0
            many = many or kind == _PROGRESSIVE
        if kind == _START_OF_SCAN:
            scans += 1
            # What is baseline and has all of the picture in its first scan is read in one go: nothing comes after it.
            if not many and scans == 1 and content[start + 4 : start + 5] == bytes([components]):
                return
            if scans > SCANS_MAX:
                raise UnusableError("damaged_image")
        at = start + 2 + int.from_bytes(content[start + 2 : start + 4], "big")

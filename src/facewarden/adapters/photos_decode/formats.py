"""What a file is, by its first bytes, and how large a WebP says it is.

Never trusts a file name or a declared media type, and never searches: a format counts only at byte 0.
"""

from __future__ import annotations

import struct

from facewarden.adapters.photos_decode.protocol import UnusableError

# Formats a person may well send: named, so that the message can say what to convert.
_OTHER_IMAGES = (
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"BM", "BMP"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"8BPS", "Photoshop"),
    (b"\0\0\1\0", "ICO"),
    (b"%!PS", "PostScript"),
    (b"%PDF-", "PDF"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"IIU\0", "camera raw"),
    (b"IIRO", "camera raw"),
    (b"FUJIFILMCCD-RAW", "camera raw"),
)
_BRANDS = {  # ISO base media files: the major brand at bytes 8 to 12
    b"heic": "HEIC",
    b"heix": "HEIC",
    b"heim": "HEIC",
    b"heis": "HEIC",
    b"hevc": "HEIC",
    b"hevx": "HEIC",
    b"mif1": "HEIC",
    b"msf1": "HEIC",
    b"avif": "AVIF",
    b"avis": "AVIF",
    b"crx ": "camera raw",
}
_TEXT_LOOK = 1024  # bytes of a text file searched for its first tag


def sniff_format(content: bytes) -> str:
    """ "jpeg", "png" or "webp"; raises `UnusableError` naming what else the file is."""
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp"
    other = _other_image(content)
    if other:
        raise UnusableError("unsupported_format", seen=other)
    raise UnusableError("not_an_image")


def _other_image(content: bytes) -> str | None:
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], "video")
    for magic, name in _OTHER_IMAGES:
        if content.startswith(magic):
            return name
    start = content[:_TEXT_LOOK].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")) and b"<svg" in start:
        return "SVG"
    return None


def webp_size_px(content: bytes) -> tuple[int, int]:
    """(width, height) of the canvas as the header states it; libwebp allocates it before it decodes."""
    kind, head = content[12:16], content[20:30]
    try:
        if kind == b"VP8X":
            return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
        if kind == b"VP8 " and head[3:6] == b"\x9d\x01\x2a":
            width, height = struct.unpack_from("<HH", head, 6)
            return width & 0x3FFF, height & 0x3FFF
        if kind == b"VP8L" and head[:1] == b"\x2f":
            (bits,) = struct.unpack_from("<I", head, 1)
            return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    except struct.error as error:
        raise UnusableError("truncated") from error
    raise UnusableError("truncated" if len(content) < 30 else "damaged_image")

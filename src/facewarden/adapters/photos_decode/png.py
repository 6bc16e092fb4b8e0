"""A PNG row after row: inflated and unfiltered strip by strip, so that its picture is never there as a whole.

Runs in the child alone. Never for an interlaced file, whose rows come in seven passes.

Source: PNG (third edition), sections 5, 7.2 and 9. A row is filtered against the one above it, so each strip is
unfiltered together with the last row of the strip before.
"""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Iterator
from itertools import chain

from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from facewarden.adapters.photos_decode.protocol import UnusableError
from facewarden.adapters.photos_decode.strips import Taker

STRIP_BYTES = 256 << 10  # 14 rows of a 24-megapixel photo
_PIECE_BYTES = 64 << 10
_SIGNATURE_BYTES = 8
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_MODES = ("L", "LA", "RGB", "RGBA")  # of 1 to 4 bytes a pixel; Pillow unfilters by that distance
_LEFT_OUT = (b"IHDR", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT")


def described(content: bytes) -> PngImageFile:
    """A picture of one pixel with the palette, the profile and all that the file says of itself, before or behind."""
    depth_and_colour = content[24:26]
    kept = [content[start - 8 : end + 4] for kind, start, end in _chunks(content) if kind not in _LEFT_OUT]
    ones = (1).to_bytes(4, "big")
    small = [
        _chunk(b"IHDR", ones + ones + depth_and_colour + bytes(3)),
        *kept,
        _chunk(b"IDAT", zlib.compress(bytes(9))),
    ]
    return PngImageFile(io.BytesIO(content[:_SIGNATURE_BYTES] + b"".join(small) + _chunk(b"IEND", b"")), "")


def pass_rows(content: bytes, small: PngImageFile, size_px: tuple[int, int], taker: Taker) -> None:
    """Gives the file's rows to `taker`, in the mode of the `described` file; of 16 bits the high byte."""
    width, depth, colour = size_px[0], content[24], content[25]
    bits = _SAMPLES[colour] * depth
    line_bytes = 1 + math.ceil(width * bits / 8)
    if depth == 16:  # filters work on each byte of a sample alone: the low bytes can go before
        bits //= 2
    mode = _MODES[bits // 8 - 1] if depth == 16 else small.mode
    raw_mode = f"{mode};{depth}" if depth < 8 and mode != "1" else mode
    above = bytes(math.ceil(width * bits / 8))
    for lines in _lines(content, line_bytes, min(size_px[1], taker.bottom)):
        if depth == 16:
            rows = range(0, len(lines), line_bytes)
            lines = b"".join(lines[at : at + 1] + lines[at + 1 : at + line_bytes : 2] for at in rows)
        raw = _unfiltered(lines, above, max(1, bits // 8))
        above = raw[-len(above) :]
        strip = Image.frombytes(mode, (width, len(raw) // len(above)), raw, "raw", raw_mode)
        _dress(strip, small, depth)
        taker.take(strip)


def _dress(strip: Image.Image, small: PngImageFile, depth: int) -> None:
    """The palette, and which colour is transparent (of 16 bits: unknown, by the high byte alone)."""
    if strip.mode == "P" and small.palette is not None:
        strip.putpalette(small.palette)
    if depth < 16 and "transparency" in small.info:
        strip.info["transparency"] = small.info["transparency"]


def _lines(content: bytes, line_bytes: int, count: int) -> Iterator[bytes]:
    """The first `count` rows as filtered, each behind its filter's number; STRIP_BYTES of them, or one, at a time."""
    inflate, held = zlib.decompressobj(), bytearray()
    for piece in chain(_data(content), (b"",)):  # nothing: what zlib still holds back
        while count:
            rows = min(count, max(1, STRIP_BYTES // line_bytes))
            held += inflate.decompress(piece, rows * line_bytes - len(held))
            piece = inflate.unconsumed_tail
            if len(held) < rows * line_bytes:
                break
            yield bytes(held)
            held.clear()
            count -= rows
    if count:
        raise UnusableError("truncated")


def _data(content: bytes) -> Iterator[bytes]:
    """The packed rows, in pieces: a chunk may be the whole of them, and what is left of a piece is copied each time."""
    for kind, start, end in _chunks(content):
        for at in range(start, end, _PIECE_BYTES) if kind == b"IDAT" else ():
            yield content[at : min(end, at + _PIECE_BYTES)]


def _unfiltered(lines: bytes, above: bytes, pixel_bytes: int) -> bytes:
    """The rows as they were before they were filtered; by Pillow, which takes them for a picture of whole bytes."""
    mode = _MODES[pixel_bytes - 1]
    size_px = (len(above) // pixel_bytes, len(lines) // (len(above) + 1) + 1)
    packed = zlib.compress(b"\0" + above + lines, 0)
    return Image.frombytes(mode, size_px, packed, "zip", mode, 0).tobytes()[len(above) :]


def _chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, first and last byte of the data of each chunk; the last may be cut off."""
    at = _SIGNATURE_BYTES
    while at + 8 <= len(content):
        end = at + 8 + int.from_bytes(content[at : at + 4], "big")
        yield content[at + 4 : at + 8], at + 8, min(end, len(content))
        at = end + 4


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

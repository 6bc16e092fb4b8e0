"""A WebP row after row, by libwebp's own incremental decoder: what it has written is taken and given back at once.

Runs in the child alone. Never for an animation, which that decoder does not take. Of a file packed without loss
libwebp itself holds the whole until its end.

Source: webp/decode.h of libwebp 1.6, "Incremental decoding". The functions are those of the library that Pillow's
own module is linked to, so that there is one libwebp to keep up to date.
"""

from __future__ import annotations

import ctypes
import mmap
from functools import cache

from PIL import Image, _webp

from facewarden.adapters.photos_decode.protocol import UnusableError
from facewarden.adapters.photos_decode.strips import Taker

ROWS_A_PIECE = 16  # on average: a row of blocks
_LEAST_PIECE_BYTES = 512
_ANIMATED = 0x02
_RGB, _RGBA = 0, 1  # WEBP_CSP_MODE
_DONE, _NO_MEMORY, _WANTS_MORE = 0, 1, 5  # VP8StatusCode


def is_still(content: bytes) -> bool:
    """Whether the file does not say that it is an animation, even one of a single frame."""
    return not (content[12:16] == b"VP8X" and content[20] & _ANIMATED)


@cache
def library() -> ctypes.CDLL | None:
    """libwebp as Pillow loaded it; None where it hides its functions, which wheels do not."""
    found = ctypes.CDLL(_webp.__file__)
    try:
        found.WebPINewRGB.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        found.WebPINewRGB.restype = ctypes.c_void_p
        found.WebPIUpdate.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t)
        found.WebPIDecGetRGB.argtypes = (ctypes.c_void_p, *[ctypes.POINTER(ctypes.c_int)] * 4)
        found.WebPIDecGetRGB.restype = ctypes.c_void_p
        found.WebPIDelete.argtypes = (ctypes.c_void_p,)
        found.WebPIDelete.restype = None
    except AttributeError:
        return None
    return found


def pass_rows(content: bytes, mode: str, size_px: tuple[int, int], taker: Taker) -> None:
    """Gives the rows of a still file to `taker`, as RGB or RGBA."""
    libwebp = library()
    stride = len(mode) * size_px[0]
    canvas = canvas_of(stride * size_px[1])
    start = ctypes.c_char.from_buffer(canvas)
    kind = _RGBA if mode == "RGBA" else _RGB
    decoder = libwebp and libwebp.WebPINewRGB(kind, ctypes.addressof(start), stride * size_px[1], stride)
    if libwebp is None or not decoder:
        raise UnusableError("decode_memory")
    last, done = ctypes.c_int(0), 0
    piece_bytes = max(_LEAST_PIECE_BYTES, len(content) * ROWS_A_PIECE // size_px[1])
    status = _WANTS_MORE
    try:
        for end in range(piece_bytes, len(content) + piece_bytes, piece_bytes):
            status = libwebp.WebPIUpdate(decoder, content, min(end, len(content)))
            if status not in (_DONE, _WANTS_MORE):
                raise UnusableError("decode_memory" if status == _NO_MEMORY else "damaged_image")
            libwebp.WebPIDecGetRGB(decoder, ctypes.byref(last), None, None, None)
            done = hand_over(canvas, mode, stride, (done, last.value), taker)
            if status == _DONE or done >= taker.bottom:
                return
        raise UnusableError("truncated")
    finally:
        libwebp.WebPIDelete(decoder)
        del start
        canvas.close()


def canvas_of(size_bytes: int) -> mmap.mmap:
    """Memory of this process alone: pages that nobody wrote take none, and those given back are gone."""
    return mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def hand_over(canvas: mmap.mmap, mode: str, stride: int, rows: tuple[int, int], taker: Taker) -> int:
    """Gives those rows away and their pages back to the system; up to which row that is done."""
    top, bottom = rows
    if top < bottom:
        size_px = (stride // len(mode), bottom - top)
        taker.take(Image.frombytes(mode, size_px, canvas[top * stride : bottom * stride]))
        first, last = (row * stride // mmap.PAGESIZE * mmap.PAGESIZE for row in rows)
        if first < last:
            canvas.madvise(mmap.MADV_DONTNEED, first, last - first)
    return bottom

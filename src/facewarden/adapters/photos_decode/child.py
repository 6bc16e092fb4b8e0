"""The child's loop: one request after another, each photo opened, judged and given back as pixels.

Imports, walls itself in, then reads. Never imports numpy, domain or errors; never opens a file after `lock_in`.
Anything it does not expect ends it: the parent starts another.
"""

from __future__ import annotations

import codecs
import json
import mmap
import os
import signal
import sys
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from PIL import Image, ImageFile

from facewarden.adapters.photos_decode import cutting, jail, metadata, pixels
from facewarden.adapters.photos_decode.formats import sniff_format
from facewarden.adapters.photos_decode.passing import passing
from facewarden.adapters.photos_decode.protocol import (
    FORMATS,
    PART,
    REQUEST,
    Act,
    Reply,
    Request,
    Status,
    UnusableError,
    read_exactly,
    write_all,
)

_REQUESTS, _REPLIES = 0, 1  # the child's standard input and output
_ORPHAN_S = 2.0  # longer than the parent waits: strikes only when the parent is gone


def main(arguments: list[str]) -> None:
    """Serves until the request pipe ends. `arguments`: one JSON object of limits, the area's descriptor among them."""
    limits = json.loads(arguments[0])
    sys.excepthook = _report_crash
    area = mmap.mmap(limits["area_fd"], limits["area_bytes"])
    os.close(limits["area_fd"])
    ImageFile.MAXBLOCK = pixels.CODEC_BLOCK_BYTES
    warm_up(limits)
    missing = jail.lock_in(limits["memory_bytes"], limits["cpu_s"]) if limits["walls"] else "walls are off"
    write_all(_REPLIES, _said(Status.READY, missing=missing).pack())
    while head := read_exactly(_REQUESTS, REQUEST.size):
        signal.setitimer(signal.ITIMER_REAL, limits["timeout_s"] + _ORPHAN_S)
        write_all(_REPLIES, _answer(Request.unpack(head), area, limits).pack())
        signal.setitimer(signal.ITIMER_REAL, 0)


def warm_up(limits: dict[str, int]) -> None:
    """Runs each path once, so that nothing is left to import or open once the walls are up."""
    for encoding in metadata.ENCODINGS:
        codecs.lookup(encoding)
    for content in pixels.samples():
        kind = sniff_format(content)
        with pixels.opened(content, kind, limits) as image:
            metadata.said(image)
            pixels.plain_jpeg(pixels.upright_rgb(image, metadata.orientation(image), 8, (1, 1, 15, 15))[0])
        for look in (cutting.glance, partial(cutting.cut_out, boxes=[(1, 1, 9, 9)])):
            with passing(content, kind, limits) as photo:
                look(photo, 6, max_side_px=4)


def _answer(request: Request, area: mmap.mmap, limits: dict[str, int]) -> Reply:
    try:
        if request.act is Act.SELF_TEST:
            return _said(Status.DONE, **jail.try_forbidden())
        content = area[: request.file_bytes]
        if request.act is Act.RENDER:
            return _render(content, request, area, limits)
        if request.act is Act.CUT:
            return _cut(content, request, area, limits)
        if request.act is Act.GLANCE:
            return _glance(content, request, area, limits)
        return _decode(content, request, area, limits)
    except UnusableError as error:
        return _said(Status.UNUSABLE, code=error.code, **error.details)
    except MemoryError:
        return _said(Status.UNUSABLE, code="decode_memory")


def _decode(content: bytes, request: Request, area: mmap.mmap, limits: dict[str, int]) -> Reply:
    kind = sniff_format(content)
    with pixels.opened(content, kind, limits) as image:
        orientation = metadata.orientation(image)
        photo, scale = pixels.upright_rgb(image, orientation, request.max_side_px, None)
        said = metadata.said(image)
    return _shown(photo, scale, said, kind, area)


def _glance(content: bytes, request: Request, area: mmap.mmap, limits: dict[str, int]) -> Reply:
    kind = sniff_format(content)
    with passing(content, kind, limits) as photo:
        picture, scale = cutting.glance(photo, metadata.orientation(photo.image), request.max_side_px)
        said = metadata.said(photo.image)
    return _shown(picture, scale, said, kind, area)


def _shown(photo: Image.Image, scale: float, said: dict[str, Any], kind: str, area: mmap.mmap) -> Reply:
    raw = photo.tobytes()
    area[: len(raw)] = raw
    return Reply(
        Status.DONE,
        json.dumps(said).encode("ascii"),
        FORMATS.index(kind),
        photo.width,
        photo.height,
        len(raw),
        scale,
    )


def _render(content: bytes, request: Request, area: mmap.mmap, limits: dict[str, int]) -> Reply:
    kind = sniff_format(content)
    with pixels.opened(content, kind, limits) as image:
        orientation = metadata.orientation(image)
        photo, _ = pixels.upright_rgb(image, orientation, request.max_side_px, request.crop)
    encoded = pixels.plain_jpeg(photo)
    area[: len(encoded)] = encoded
    return Reply(Status.DONE, b"{}", 0, photo.width, photo.height, len(encoded))


def _cut(content: bytes, request: Request, area: mmap.mmap, limits: dict[str, int]) -> Reply:
    at = request.file_bytes
    boxes = [PART.unpack_from(area, at + number * PART.size) for number in range(request.parts)]
    kind = sniff_format(content)
    with passing(content, kind, limits) as photo:
        parts = cutting.cut_out(photo, metadata.orientation(photo.image), boxes, request.max_side_px)
    raw = b"".join(part.tobytes() for part in parts)
    area[: len(raw)] = raw
    sizes = json.dumps({"sizes": " ".join(f"{part.width} {part.height}" for part in parts)})
    return Reply(Status.DONE, sizes.encode("ascii"), FORMATS.index(kind), area_bytes=len(raw))


def _said(status: Status, **words: str | int) -> Reply:
    return Reply(status, json.dumps(words).encode("ascii"))


def _report_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tells the parent the kind of an unexpected exception, never its text, which may quote the file."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    write_all(_REPLIES, _said(Status.CRASHED, how=f"{kind.__name__} at {place}").pack())

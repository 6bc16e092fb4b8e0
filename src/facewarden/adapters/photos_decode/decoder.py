"""`SandboxDecoder`: the PhotoDecoder port over a few walled-in child processes.

Never decodes in this process, and never lets one file decide what becomes of another.
"""

from __future__ import annotations

import math
import threading
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from queue import LifoQueue
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from facewarden.adapters.photos_decode.failures import bad_photo
from facewarden.adapters.photos_decode.limits import MIB, DecodeLimits
from facewarden.adapters.photos_decode.protocol import (
    FORMATS,
    MAX_PARTS,
    MAX_VALUE_CHARS,
    PART,
    Act,
    Box,
    Request,
    Status,
)
from facewarden.adapters.photos_decode.worker import Answer, LostError, Worker
from facewarden.domain.photos import DecodedPhoto, PhotoFormat, PhotoMetadata
from facewarden.errors import BadPhotoError, BadUseError, UnavailableError

_JPEG_START = b"\xff\xd8\xff"
_SENSELESS = "it gave an answer that makes no sense"


class SandboxDecoder:
    """JPEG, PNG and WebP to pixels, in `workers` child processes at once; safe to call from many threads.

    Children start at the first photo and end with `close()`. `unsafe_without_filter` accepts a kernel that refuses
    the system-call filter; otherwise every act raises `UnavailableError` there.
    """

    def __init__(
        self, limits: DecodeLimits | None = None, workers: int = 1, *, unsafe_without_filter: bool = False
    ) -> None:
        self._limits = limits or DecodeLimits()
        self._accept_unfiltered = unsafe_without_filter
        self._workers = tuple(Worker(self._limits) for _ in range(max(1, workers)))
        self._idle: LifoQueue[Worker] = LifoQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> SandboxDecoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def decode(self, files: Sequence[bytes]) -> list[DecodedPhoto | BadPhotoError]:
        """For each file its pixels, or why it cannot be used, in order. Raises `UnavailableError` only."""
        if len(files) < 2 or len(self._workers) < 2:
            return [self._decode_one(content) for content in files]
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(len(self._workers), "photos-decode")
        return list(self._threads.map(self._decode_one, files))

    def render(self, content: bytes, *, max_side_px: int, crop: Box | None) -> bytes:
        """A fresh JPEG without metadata: upright, cropped to (left, top, right, bottom) px of the oriented original
        (clamped to it), reduced to `max_side_px` (and the limits' own), never enlarged. Raises `BadPhotoError`, and
        `BadUseError` for a crop without area."""
        if max_side_px < 1 or (crop is not None and (crop[0] >= crop[2] or crop[1] >= crop[3])):
            raise _bad_crop()
        if crop is not None:
            left, top, right, bottom = (min(max(edge, 0), self._limits.file_side_px) for edge in crop)
            crop = (left, top, right, bottom)
        side_px = min(max_side_px, self._limits.max_side_px)
        answer = self._ask(Request(Act.RENDER, len(content), side_px, crop), content)
        if isinstance(answer, BadPhotoError):
            raise answer
        if not answer.content.startswith(_JPEG_START):
            raise bad_photo("decoder_crashed", {"how": _SENSELESS})
        return bytes(answer.content)

    def glance(self, content: bytes, *, max_side_px: int) -> DecodedPhoto:
        """The photo at no more than that size, from rows that are reduced as they pass; the child is ended.

        Raises `BadPhotoError`.
        """
        side_px = min(max_side_px, self._limits.max_side_px)
        answer = self._ask(Request(Act.GLANCE, len(content), side_px), content, forget=True)
        if isinstance(answer, BadPhotoError):
            raise answer
        photo = _decoded(answer, self._limits)
        if photo is None:
            raise bad_photo("decoder_crashed", {"how": _SENSELESS})
        return photo

    def cut_out(self, content: bytes, boxes: Sequence[Box], *, max_side_px: int) -> list[NDArray[np.uint8]]:
        """Only those boxes of the photo, as (left, top, right, bottom) px of the oriented original, in order.

        Each is uint8, (height, width, 3), RGB, reduced to `max_side_px`, never enlarged. Nothing else is kept while
        the file's rows pass by; the child that saw them is ended. Raises `BadPhotoError`, and `BadUseError` for a box
        without area, or more boxes than the shared area holds at that size.
        """
        fit = max_side_px >= 1 and len(boxes) * max_side_px**2 <= self._limits.max_side_px**2
        if not (fit and 0 < len(boxes) <= MAX_PARTS) or any(b[0] >= b[2] or b[1] >= b[3] for b in boxes):
            raise _bad_crop()
        clamped = [PART.pack(*(min(max(edge, 0), self._limits.file_side_px) for edge in box)) for box in boxes]
        request = Request(Act.CUT, len(content), max_side_px, None, len(boxes))
        answer = self._ask(request, content, b"".join(clamped), forget=True)
        if isinstance(answer, BadPhotoError):
            raise answer
        parts = _parts(answer, len(boxes), max_side_px)
        if parts is None:
            raise bad_photo("decoder_crashed", {"how": _SENSELESS})
        return parts

    def self_test(self) -> Mapping[str, str]:
        """What a child tried against its walls, for real: each act must be "refused"."""
        answer = self._ask(Request(Act.SELF_TEST), b"\0")
        if isinstance(answer, BadPhotoError):
            raise answer
        return {name: str(outcome) for name, outcome in answer.said.items()}

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The children that live now."""
        return tuple(worker.process_id for worker in self._workers if worker.process_id is not None)

    def close(self) -> None:
        """Ends the children once they are idle; a later call starts new ones."""
        with self._lock:
            if self._threads is not None:
                self._threads.shutdown()
                self._threads = None
            idle = [self._idle.get() for _ in range(len(self._workers))]
            for worker in idle:
                worker.stop()
                self._idle.put(worker)

    def _decode_one(self, content: bytes) -> DecodedPhoto | BadPhotoError:
        answer = self._ask(Request(Act.DECODE, len(content), self._limits.max_side_px), content)
        if isinstance(answer, BadPhotoError):
            return answer
        photo = _decoded(answer, self._limits)
        return photo or bad_photo("decoder_crashed", {"how": _SENSELESS})

    def _ask(
        self, request: Request, content: bytes, behind: bytes = b"", *, forget: bool = False
    ) -> Answer | BadPhotoError:
        """The child's answer on the file, with what lies behind it in the area; `forget` ends the child afterwards."""
        if not content:
            return bad_photo("empty_file", {})
        if len(content) > self._limits.file_bytes:
            sizes = {"size_mb": math.ceil(len(content) / MIB), "limit_mb": self._limits.file_bytes // MIB}
            return bad_photo("file_too_large", sizes)
        with self._borrowed() as worker:
            try:
                answer = self._survive(worker, request, content + behind)
            finally:
                if forget:  # its freed memory may hold what it decoded
                    worker.stop()
        if isinstance(answer, Answer) and answer.status is Status.UNUSABLE:
            return self._refusal(answer.said)
        return answer

    @contextmanager
    def _borrowed(self) -> Iterator[Worker]:
        worker = self._idle.get()
        try:
            worker.start()
            if worker.missing_wall and not self._accept_unfiltered:
                raise UnavailableError(
                    "decoder_without_filter",
                    "Photos cannot be decoded safely on this machine.",
                    f"The system-call filter does not hold: {worker.missing_wall}.",
                    "Allow seccomp filters (containers: the default seccomp profile), or accept the weaker walls "
                    "in the settings.",
                )
            yield worker
        finally:
            self._idle.put(worker)

    def _survive(self, worker: Worker, request: Request, content: bytes) -> Answer | BadPhotoError:
        """The answer; a crash is tried once more in a fresh child, lest it be an earlier photo's doing."""
        try:
            return worker.ask(request, content)
        except LostError as error:
            if error.code == "decode_timeout" or error.fresh:
                return self._lost(error)
        try:
            return worker.ask(request, content)
        except LostError as error:
            return self._lost(error)

    def _lost(self, error: LostError) -> BadPhotoError:
        return bad_photo(error.code, {"how": error.how, "limit_s": f"{self._limits.timeout_s:g}"})

    def _refusal(self, said: Mapping[str, object]) -> BadPhotoError:
        code = str(said.get("code"))
        if code == "bad_crop":
            raise _bad_crop()
        limits: dict[str, object] = {
            "limit_mp": self._limits.pixels // 1_000_000,
            "limit_px": self._limits.file_side_px,
            "limit_mb": self._limits.memory_bytes // MIB,
        }
        details = {name: str(value)[:40] for name, value in said.items()}
        return bad_photo(code, details | limits)


def _bad_crop() -> BadUseError:
    return BadUseError(
        "bad_crop",
        "The part of the photo asked for has no area.",
        "Its box lies outside the photo, or its sides are swapped.",
        "Give left, top, right, bottom in pixels of the upright photo.",
    )


def _decoded(answer: Answer, limits: DecodeLimits) -> DecodedPhoto | None:
    """The answer as a photo, or None where it contradicts itself or the limits: the child is not believed."""
    longest_px = max(answer.width_px, answer.height_px)
    fits = 0 < longest_px <= limits.max_side_px and min(answer.width_px, answer.height_px) > 0
    whole = answer.width_px * answer.height_px * 3 == len(answer.content)
    if not (fits and whole and 0.0 < answer.scale <= 1.0):
        return None
    pixels = np.frombuffer(answer.content, dtype=np.uint8).reshape(answer.height_px, answer.width_px, 3)
    return DecodedPhoto(pixels, PhotoFormat(FORMATS[answer.format_number]), _metadata(answer.said), answer.scale)


def _parts(answer: Answer, count: int, max_side_px: int) -> list[NDArray[np.uint8]] | None:
    """The cut-out parts, or None where the answer contradicts itself: the child is not believed."""
    words = str(answer.said.get("sizes", "")).split()
    numbers = [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) <= 5]
    sizes = list(zip(numbers[::2], numbers[1::2], strict=False))
    whole = sum(width * height * 3 for width, height in sizes) == len(answer.content)
    if len(numbers) != 2 * count or not whole or not all(0 < side <= max_side_px for side in numbers):
        return None
    parts, at = [], 0
    for width_px, height_px in sizes:
        end = at + width_px * height_px * 3
        parts.append(np.frombuffer(answer.content[at:end], np.uint8).reshape(height_px, width_px, 3))
        at = end
    return parts


def _metadata(said: Mapping[str, object]) -> PhotoMetadata:
    tags = said.get("tags")
    kept = {_plain(name): _plain(text) for name, text in tags.items()} if isinstance(tags, dict) else {}
    try:
        taken_at = datetime.fromisoformat(str(said["taken_at"])) if "taken_at" in said else None
    except ValueError:
        taken_at = None
    latitude, longitude = said.get("latitude_deg"), said.get("longitude_deg")
    if not (isinstance(latitude, float) and isinstance(longitude, float)):
        return PhotoMetadata(taken_at, None, None, kept)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return PhotoMetadata(taken_at, None, None, kept)
    return PhotoMetadata(taken_at, latitude, longitude, kept)


def _plain(text: object) -> str:
    """At most MAX_VALUE_CHARS without control characters or halves of a pair, which no store takes.

    What is invisible inside a word (a soft hyphen, a joiner) leaves no gap in it.
    """
    line = str(text)[:MAX_VALUE_CHARS]
    if line.isprintable():
        return line
    seen = (letter for letter in line if unicodedata.category(letter) != "Cf")
    return "".join(letter if letter.isprintable() else " " for letter in seen)

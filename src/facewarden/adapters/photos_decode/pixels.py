"""One file to upright RGB pixels through Pillow: opened by format, judged by its header, reduced, turned, coloured.

Runs in the child alone. Never guesses a format, never decodes before the stated size was judged.
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import ExifTags, Image, ImageCms, ImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from facewarden.adapters.photos_decode.formats import webp_size_px
from facewarden.adapters.photos_decode.jpeg import PartJpeg
from facewarden.adapters.photos_decode.protocol import Box, UnusableError
from facewarden.adapters.photos_decode.segments import judge_segments
from facewarden.adapters.photos_decode.strips import resizable

CODEC_BLOCK_BYTES = 1 << 20  # Pillow's 64 KiB steps cost more than a portrait's decoding
WEBP_BYTES_A_PIXEL = 16  # two canvases, the frame as bytes, and the image; 64 MP took 1,033 MB
RENDER_QUALITY = 90  # no visible loss on faces; half the bytes of 95
MAX_PROFILE_BYTES = 4 << 20  # a printer's CMYK profile is 0.5 to 2.5 MB
_WHITE = (255, 255, 255)
_READERS: dict[str, type[ImageFile.ImageFile]] = {
    "jpeg": PartJpeg,
    "png": PngImageFile,
    "webp": WebPImageFile,
}
_OPENING_FAULTS = (OSError, SyntaxError, ValueError, EOFError, struct.error, IndexError, KeyError, TypeError)
LOADING_FAULTS = (*_OPENING_FAULTS, zlib.error)
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@contextmanager
def opened(content: bytes, kind: str, limits: dict[str, int], *, decoded: bool = True) -> Iterator[ImageFile.ImageFile]:
    """The file opened, its stated size within the limits; raises `UnusableError`.

    A JPEG is not decoded yet, so that it can be decoded reduced. PNG and WebP are, unless not to be `decoded`: their
    metadata may come last.
    """
    if kind == "webp":
        _judge_webp(content, limits)
    elif kind == "jpeg":
        judge_segments(content)
    try:
        image = _READERS[kind](io.BytesIO(content), "")
    except _OPENING_FAULTS as error:
        raise fault(error) from error
    with image:
        _judge_size(image.size, limits)
        if isinstance(image, PartJpeg):
            _judge_progressive(image, limits["memory_bytes"])
        elif decoded:
            load(image)
        yield image


def _judge_webp(content: bytes, limits: dict[str, int]) -> None:
    """libwebp tells no cause when memory runs out, so what it will need is reckoned."""
    if int.from_bytes(content[4:8], "little") + 8 > len(content):
        raise UnusableError("truncated")
    width_px, height_px = webp_size_px(content)
    _judge_size((width_px, height_px), limits)
    if WEBP_BYTES_A_PIXEL * width_px * height_px > limits["memory_bytes"]:
        raise UnusableError("decode_memory")


def _judge_progressive(image: PartJpeg, memory_bytes: int) -> None:
    """libjpeg keeps all coefficients of a progressive file, and when memory runs out says only "broken"."""
    if "progressive" not in image.info:
        return
    shares = [across * down for _, across, down, _ in image.layer]
    coefficients = image.width * image.height * sum(shares) / max(1, *shares)
    if 2 * coefficients > memory_bytes:
        raise UnusableError("decode_memory")


def load(image: ImageFile.ImageFile) -> None:
    try:
        image.load()
    except LOADING_FAULTS as error:
        raise fault(error) from error


def _judge_size(size_px: tuple[int, int], limits: dict[str, int]) -> None:
    width_px, height_px = size_px
    if min(size_px) < 1:
        raise UnusableError("damaged_image")
    if width_px * height_px > limits["pixels"]:
        raise UnusableError("too_many_pixels", width_px=width_px, height_px=height_px)
    if max(size_px) > limits["file_side_px"]:
        raise UnusableError("side_too_long", width_px=width_px, height_px=height_px)


def fault(error: BaseException) -> UnusableError:
    """Pillow tells its reasons apart in words only."""
    words = str(error).lower()
    if "memory" in words:
        return UnusableError("decode_memory")
    if "truncated" in words or "unexpected end" in words or isinstance(error, EOFError):
        return UnusableError("truncated")
    return UnusableError("damaged_image")


def upright_rgb(
    image: ImageFile.ImageFile, orientation: int, max_side_px: int, crop: Box | None
) -> tuple[Image.Image, float]:
    """(RGB image, scale): turned upright, cropped to `crop` of the upright original, at most `max_side_px` long."""
    size_px = image.size
    box = stored_box(crop, orientation, size_px)
    long_px = max(box[2] - box[0], box[3] - box[1])
    scale = min(1.0, max_side_px / long_px)
    image.draft(None, (math.ceil(size_px[0] * scale), math.ceil(size_px[1] * scale)))
    load(image)
    photo: Image.Image = resizable(image)
    across, down = photo.width / size_px[0], photo.height / size_px[1]
    target = (max(1, round((box[2] - box[0]) * scale)), max(1, round((box[3] - box[1]) * scale)))
    decoded_box = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
    if target != photo.size or crop is not None:
        photo = photo.resize(target, Image.Resampling.BICUBIC, box=decoded_box)
    if orientation in TURNS:
        photo = photo.transpose(TURNS[orientation])
    return rgb(photo, image.info.get("icc_profile")), max(target) / long_px


def stored_box(crop: Box | None, orientation: int, size_px: tuple[int, int]) -> Box:
    """The crop in the pixels as the file stores them, clamped to the image."""
    width, height = size_px
    if crop is None:
        return (0, 0, width, height)
    corners = []
    for x, y in (crop[:2], crop[2:]):
        if orientation >= 5:
            x, y = y, x
        if orientation in (2, 3, 7, 8):
            x = width - x
        if orientation in (3, 4, 6, 7):
            y = height - y
        corners.append((min(max(x, 0), width), min(max(y, 0), height)))
    (x0, y0), (x1, y1) = corners
    left, top, right, bottom = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
    if left == right or top == bottom:
        raise UnusableError("bad_crop")
    return (left, top, right, bottom)


def rgb(photo: Image.Image, profile: bytes | None) -> Image.Image:
    """Plain sRGB; what is transparent becomes white."""
    if photo.mode in ("RGBA", "LA"):
        photo = photo.convert("RGBA")
        plain = Image.new("RGB", photo.size, _WHITE)
        plain.paste(photo, mask=photo.getchannel("A"))
        photo = plain
    if profile and not _is_srgb(profile) and len(profile) <= MAX_PROFILE_BYTES:
        return _through_profile(photo, profile)
    return photo if photo.mode == "RGB" else photo.convert("RGB")


def _is_srgb(profile: bytes) -> bool:
    return b"sRGB" in profile or b"s\0R\0G\0B" in profile  # its description, plain or UTF-16


def _through_profile(photo: Image.Image, profile: bytes) -> Image.Image:
    """The photo in sRGB by its own ICC profile; as it is when the profile does not fit it."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(photo, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        converted = None
    return converted or photo.convert("RGB")


def plain_jpeg(photo: Image.Image) -> bytes:
    """The pixels as a fresh JPEG file that says nothing else."""
    photo = photo.copy()  # an opened file's image would look for its path when it is saved
    photo.info = {}  # Pillow would carry a comment over
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=RENDER_QUALITY)
    return buffer.getvalue()


def samples() -> Iterator[bytes]:
    """Small files that between them use every codec, colour path and metadata block."""
    Image.preinit()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2020:01:02 03:04:05"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (1.0, 2.0, 3.0)
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    for mode, form in (("RGB", "JPEG"), ("CMYK", "JPEG"), ("P", "PNG"), ("I;16", "PNG"), ("RGBA", "WEBP")):
        buffer = io.BytesIO()
        Image.new(mode, (16, 16)).save(buffer, form, exif=exif, xmp=packet, icc_profile=profile)
        yield buffer.getvalue()

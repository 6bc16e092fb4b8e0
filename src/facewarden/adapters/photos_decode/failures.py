"""The sentences a person reads when a photo cannot be used: what happened and what to do next, by stable code.

Never names the file (the service does) and never quotes its bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

from facewarden.errors import BadPhotoError

_SEND_PHOTO = "Send the original photo as JPEG, PNG or WebP."
_TEXTS: dict[str, tuple[str, str, str]] = {
    "empty_file": ("The file is empty (0 bytes).", "", "Copy or download it again."),
    "file_too_large": (
        "The file is {size_mb} MB; the limit is {limit_mb} MB.",
        "",
        "Save it as JPEG at a lower quality or size and send it again.",
    ),
    "not_an_image": (
        "The file is not an image.",
        "Its first bytes are of no image format known here.",
        _SEND_PHOTO,
    ),
    "unsupported_format": (
        "The file is {seen}, which is not read here.",
        "Only JPEG, PNG and WebP are.",
        "Convert it to JPEG or PNG and send it again.",
    ),
    "truncated": ("The image is cut off.", "The file ends before its last pixel.", "Copy or download it again."),
    "damaged_image": (
        "The image is damaged.",
        "Its data does not decode.",
        "Copy or download it again, or open it in a photo program and save it anew as JPEG.",
    ),
    "too_many_pixels": (
        "The image is {width_px} x {height_px} pixels; the limit is {limit_mp} megapixels.",
        "It was refused from its header, before decoding.",
        "Reduce it and send it again.",
    ),
    "side_too_long": (
        "The image is {width_px} x {height_px} pixels; the longest side allowed is {limit_px}.",
        "It was refused from its header, before decoding.",
        "Cut it into parts, or reduce it, and send it again.",
    ),
    "decode_timeout": (
        "The image took longer than {limit_s} s to decode and was stopped.",
        "An honest photo of the allowed size does not.",
        "Open it in a photo program, save it anew as JPEG and send it again.",
    ),
    "decode_memory": (
        "The image needs more memory to decode than the {limit_mb} MB allowed.",
        "",
        "Reduce it, save it as a plain (not progressive) JPEG and send it again.",
    ),
    "decoder_crashed": (
        "The decoder stopped on this image ({how}).",
        "It runs in a process of its own; nothing else was touched.",
        "Treat the file with suspicion. Open it in a photo program, save it anew as JPEG and send that.",
    ),
}
CODES = frozenset(_TEXTS)
"""Every way in which a file cannot be used."""


def bad_photo(code: str, details: Mapping[str, object]) -> BadPhotoError:
    """The error of that code with its sentences filled in; an unknown code or missing detail counts as a crash."""
    try:
        what, why, next_step = _TEXTS[code]
        return BadPhotoError(code, what.format_map(details), why, next_step)
    except (KeyError, ValueError, IndexError, AttributeError):
        return bad_photo("decoder_crashed", {"how": "it gave an answer that makes no sense"})

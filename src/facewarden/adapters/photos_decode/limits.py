"""What a photo may cost: one frozen value of limits, each with its reason.

Never read from a file or the environment here: settings hand the value in.
"""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20

MAX_FILE_BYTES = 40 * MIB  # a 50-megapixel phone photo at best quality is some 25 MB
MAX_PIXELS = 64_000_000  # the 50-megapixel phones pass; at 4 bytes a pixel one copy is 256 MB
MAX_FILE_SIDE_PX = 32_768  # the longest phone panoramas are some 20,000 px wide
MAX_SIDE_PX = 2_048  # a face 1/40 of a group photo's width is still 51 px wide, above the quality floor
DECODE_TIMEOUT_S = 10.0  # the costliest honest photo (64 MP, progressive or WebP) took 3.6 s on a busy core
MEMORY_BYTES = 1_280 * MIB  # beside the interpreter: the costliest honest photo (64 MP WebP) took 1,033 MB
PHOTOS_PER_CHILD = 500  # bounds what one subverted child could touch; a start of 0.15 s adds 0.3 ms a photo
CHILD_CPU_S = 1_800  # a child's whole life, as a backstop should its parent be gone


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """The limits of one decoder.

    `file_bytes` bounds the file, `pixels` and `file_side_px` the size its header states, before anything is
    decoded. Photos whose longer side exceeds `max_side_px` are decoded at that reduced size. `timeout_s` is
    wall time for one photo; `memory_bytes` the address space one photo may take beside the idle child's.
    After `photos_per_child` photos the child is replaced.
    """

    file_bytes: int = MAX_FILE_BYTES
    pixels: int = MAX_PIXELS
    file_side_px: int = MAX_FILE_SIDE_PX
    max_side_px: int = MAX_SIDE_PX
    timeout_s: float = DECODE_TIMEOUT_S
    memory_bytes: int = MEMORY_BYTES
    photos_per_child: int = PHOTOS_PER_CHILD

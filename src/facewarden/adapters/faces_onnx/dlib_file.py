"""Reads the primitive values of a dlib .dat file: integers, floats, strings, matrices and tensors.

It never executes anything found in a file, and never trusts a length beyond the file's end.
"""

from __future__ import annotations

import math
import struct

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import DamagedError

_SIGN_BIT = 0x80
_LENGTH_MASK = 0x0F
_LONGEST_INT_BYTES = 8
_TENSOR_VERSION = 2
# Far beyond what a weight needs, and below what overflows; dlib's marks for infinity are far above it.
_LARGEST_EXPONENT = 900
_MANTISSA_END = 1 << 64


class DlibReader:
    """A cursor over the bytes of a dlib file. Every read that would pass the end raises DamagedError."""

    def __init__(self, data: bytes, offset: int = 0) -> None:
        self._data = data
        self.offset = offset

    @property
    def at_end(self) -> bool:
        """Whether every byte was read."""
        return self.offset == len(self._data)

    def integer(self) -> int:
        """The next integer: one byte of sign and length, then that many bytes, lowest first."""
        head = self._take(1)[0]
        length = head & _LENGTH_MASK
        if length > _LONGEST_INT_BYTES:
            raise damaged("an integer longer than eight bytes")
        value = int.from_bytes(self._take(length), "little")
        return -value if head & _SIGN_BIT else value

    def count(self, most: int) -> int:
        """The next integer as a number of items, 0 to `most`; anything else is damage."""
        value = self.integer()
        if not 0 <= value <= most:
            raise damaged(f"a count of {value} where at most {most} is possible")
        return value

    def number(self) -> float:
        """The next floating-point number, stored as a mantissa and an exponent of two."""
        return self.numbers(1)[0]

    def numbers(self, count: int) -> list[float]:
        """The next `count` floating-point numbers, in one tight loop: a model has more than a million."""
        data, at = self._data, self.offset
        values = []
        try:
            for _ in range(count):
                head = data[at]
                middle = at + 1 + (head & _LENGTH_MASK)
                mantissa = int.from_bytes(data[at + 1 : middle], "little")
                tail = data[middle]
                at = middle + 1 + (tail & _LENGTH_MASK)
                exponent = int.from_bytes(data[middle + 1 : at], "little")
                if exponent > _LARGEST_EXPONENT or mantissa >= _MANTISSA_END:
                    raise damaged("an infinite number")
                value = math.ldexp(mantissa, -exponent if tail & _SIGN_BIT else exponent)
                values.append(-value if head & _SIGN_BIT else value)
        except IndexError as error:
            raise damaged("an early end") from error
        if at > len(data):
            raise damaged("an early end")
        self.offset = at
        return values

    def vector(self, most: int) -> list[float]:
        """The next matrix, flattened by rows; `most` is the largest number of items allowed."""
        rows, columns = abs(self.integer()), abs(self.integer())
        if rows * columns > most:
            raise damaged(f"a matrix of {rows} x {columns}")
        return self.numbers(rows * columns)

    def tensor(self) -> NDArray[np.float32]:
        """The next tensor: float32 of four dimensions (samples, channels, rows, columns)."""
        if self.integer() != _TENSOR_VERSION:
            raise damaged("a tensor of an unknown version")
        shape = tuple(self.count(len(self._data)) for _ in range(4))
        size_bytes = 4 * shape[0] * shape[1] * shape[2] * shape[3]
        raw = self._take(size_bytes)
        return np.frombuffer(raw, dtype="<f4").reshape(shape).astype(np.float32)

    def _take(self, length: int) -> bytes:
        end = self.offset + length
        if end > len(self._data):
            raise damaged("an early end")
        taken = self._data[self.offset : end]
        self.offset = end
        return taken


def damaged(what: str) -> DamagedError:
    """The error for a model file that holds `what`."""
    return DamagedError(
        code="model_file_damaged",
        what=f"A model file holds {what}.",
        why="It is not the file that the pack was made from.",
        next_step="Delete the models folder and run: facewarden models build",
    )


def tagged(name: str) -> bytes:
    """The bytes by which a layer called `name` begins in a file."""
    return struct.pack("<BB", 1, len(name)) + name.encode("ascii")

"""What an index file says: a description in JSON, then the arrays as they lie in memory.

It never trusts a file: lengths, kinds and the fingerprint are checked although every byte was authenticated.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.adapters.index_faiss.coded import CodedGallery
from facewarden.adapters.index_faiss.plain import PlainGallery
from facewarden.adapters.index_faiss.sealed_file import SealedReader, write_sealed
from facewarden.errors import BadUseError, DamagedError, UnavailableError
from facewarden.matching.fingerprint import fingerprint

Gallery = PlainGallery | CodedGallery

LONGEST_DESCRIPTION_BYTES = 4096
PLAIN_KINDS = "iuf"  # NumPy's letters for integers and floating-point numbers; an object array would hold pointers
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A gallery, the records' sequence it reflects and the fingerprint of its face numbers."""

    gallery: Gallery
    dimension: int
    sequence: int
    fingerprint: bytes


def save_snapshot(path: Path, key: bytes, snapshot: Snapshot) -> None:
    """The file at `path` holds the snapshot and nothing older. UnavailableError if the disk refuses."""
    write_sealed(path, key, _parts(snapshot))


def load_snapshot(path: Path, key: bytes, dimension: int) -> Snapshot | None:
    """What the file holds, None if there is none. DamagedError if it does not verify or is of another dimension."""
    try:
        with path.open("rb") as file:
            reader = SealedReader(file, key)
            snapshot = _read(reader, dimension)
            reader.expect_end()
            return snapshot
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnavailableError("index_not_read", "The saved index could not be read.", f"{error.strerror}.") from error


def _parts(snapshot: Snapshot) -> Iterator[memoryview]:
    arrays = _arrays(snapshot.gallery)
    description = json.dumps(
        {
            "kind": "coded" if isinstance(snapshot.gallery, CodedGallery) else "plain",
            "dimension": snapshot.dimension,
            "sequence": snapshot.sequence,
            "fingerprint": snapshot.fingerprint.hex(),
            "arrays": [[array.dtype.str, list(array.shape)] for array in arrays],
        }
    ).encode()
    yield memoryview(_LENGTH.pack(len(description)) + description)
    for array in arrays:
        if array.size:
            yield _bytes_of(np.ascontiguousarray(array))


def _arrays(gallery: Gallery) -> list[NDArray[Any]]:
    if isinstance(gallery, PlainGallery):
        return [gallery.slots.numbers, gallery.templates]
    return [gallery.slots.numbers, gallery.mean, gallery.centroids, gallery.blocks]


def _read(reader: SealedReader, dimension: int) -> Snapshot:
    description = _description(reader)
    try:
        kind = description["kind"]
        sequence = int(description["sequence"])
        digest = bytes.fromhex(description["fingerprint"])
        found_dimension = int(description["dimension"])
        shapes = [(np.dtype(dtype), tuple(int(n) for n in shape)) for dtype, shape in description["arrays"]]
    except (KeyError, TypeError, ValueError) as error:
        raise _unusable("Its description is incomplete.") from error
    if any(dtype.kind not in PLAIN_KINDS for dtype, _ in shapes):
        raise _unusable("It holds something other than numbers.")
    if found_dimension != dimension:
        raise _unusable(f"It holds templates of {found_dimension} numbers, the face pack makes {dimension}.")
    arrays = [_filled(reader, dtype, shape) for dtype, shape in shapes]
    gallery = _restored(kind, arrays, dimension)
    if fingerprint(gallery.slots.numbers) != digest:
        raise _unusable("Its face numbers are not those it was saved with.")
    return Snapshot(gallery, dimension, sequence, digest)


def _description(reader: SealedReader) -> dict[str, Any]:
    prefix = bytearray(_LENGTH.size)
    reader.fill(memoryview(prefix))
    (length,) = _LENGTH.unpack(prefix)
    if length > LONGEST_DESCRIPTION_BYTES:
        raise _unusable("Its description is too long.")
    text = bytearray(length)
    reader.fill(memoryview(text))
    try:
        description = json.loads(text)
    except ValueError as error:
        raise _unusable("Its description is not JSON.") from error
    if not isinstance(description, dict):
        raise _unusable("Its description is not an object.")
    return description


def _filled(reader: SealedReader, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    array = np.empty(shape, dtype=dtype)
    if array.size:
        reader.fill(_bytes_of(array))
    return array


def _restored(kind: str, arrays: list[NDArray[Any]], dimension: int) -> Gallery:
    try:
        if kind == "plain":
            numbers, templates = arrays
            return PlainGallery.restored(numbers, templates.reshape(len(numbers), dimension))
        numbers, mean, centroids, blocks = arrays
        return CodedGallery.restored(mean.reshape(dimension), centroids, numbers, blocks)
    except (ValueError, BadUseError) as error:
        raise _unusable("Its arrays do not fit each other.") from error


def _bytes_of(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _unusable(why: str) -> DamagedError:
    return DamagedError("index_damaged", "The saved index cannot be used.", why, "Rebuild it from the records.")

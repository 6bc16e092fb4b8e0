"""One encrypted file, written whole or not at all, read whole or refused.

AES-256-GCM in chunks under a key of the file's own, after the STREAM construction (Hoang, Reyhanitabar, Rogaway,
Vizar 2015): each chunk's nonce is its number and whether it is the last, so that chunks cannot be swapped,
dropped or cut off. It never leaves plain bytes on the disk and never returns bytes that did not verify.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from facewarden.adapters.durable import sync
from facewarden.errors import DamagedError, UnavailableError

KEY_BYTES = 32
MAGIC = b"FWINDEX1"  # the last byte is the format's version
SALT_BYTES = 32
TAG_BYTES = 16
CHUNK_BYTES = 1 << 20
"""A mebibyte: the tag is a 65,536th of it, and reading needs no more memory than two."""
HEADER_BYTES = len(MAGIC) + SALT_BYTES
OWNER_ONLY = 0o600
KEY_PURPOSE = b"facewarden index file, format 1"


def write_sealed(path: Path, key: bytes, parts: Iterable[memoryview]) -> None:
    """`path` holds the parts, encrypted, and is on the disk; on any failure it is as it was.

    `key` has 32 bytes; each file draws its own from it. UnavailableError if the disk refuses.
    """
    unfinished = path.with_name(path.name + ".partial")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            header = MAGIC + secrets.token_bytes(SALT_BYTES)
            file.write(header)
            cipher = _cipher(key, header)
            for number, (chunk, last) in enumerate(_chunks(parts)):
                file.write(cipher.encrypt(_nonce(number, last), chunk, header))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        sync(path.parent)
    except OSError as error:
        with suppress(OSError):  # what could not be written can also refuse to go; it holds nothing readable
            unfinished.unlink(missing_ok=True)
        raise UnavailableError(
            "index_not_saved",
            f"The index could not be saved as {path.name}.",
            f"{error.strerror}.",
            "Free space or fix the folder's rights; the index itself goes on and can be rebuilt.",
        ) from error


class SealedReader:
    """The plain bytes of a sealed file, in order; each chunk is verified before any byte of it is given out."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._file = file
        self._left = os.fstat(file.fileno()).st_size - HEADER_BYTES
        self._header = file.read(HEADER_BYTES)
        if len(self._header) != HEADER_BYTES or not self._header.startswith(MAGIC):
            raise _damaged("It does not begin as an index file of this version does.")
        self._cipher = _cipher(key, self._header)
        self._number = 0
        self._plain = memoryview(b"")

    def fill(self, target: memoryview) -> None:
        """All of `target` (bytes, writable) is filled with what comes next. DamagedError if that is less."""
        done = 0
        while done < len(target):
            if not self._plain:
                self._plain = memoryview(self._next_chunk())
            taken = min(len(self._plain), len(target) - done)
            target[done : done + taken] = self._plain[:taken]
            self._plain = self._plain[taken:]
            done += taken

    def expect_end(self) -> None:
        """Nothing; DamagedError if the file holds more than was read."""
        if self._plain or self._left:
            raise _damaged("It holds more than its description says.")

    def _next_chunk(self) -> bytes:
        sealed = self._file.read(min(CHUNK_BYTES + TAG_BYTES, self._left))
        if len(sealed) <= TAG_BYTES:
            raise _damaged("It ends too early.")
        self._left -= len(sealed)
        try:
            chunk = self._cipher.decrypt(_nonce(self._number, self._left == 0), sealed, self._header)
        except InvalidTag as error:
            raise _damaged("Its bytes do not verify under this key: altered, cut short, or of another key.") from error
        self._number += 1
        return chunk


def _chunks(parts: Iterable[memoryview]) -> Iterator[tuple[bytes, bool]]:
    """The parts' bytes cut into chunks, each with whether it is the last. At least one byte must come."""
    waiting = bytearray()
    for part in parts:
        for start in range(0, len(part), CHUNK_BYTES):
            waiting += part[start : start + CHUNK_BYTES]
            if len(waiting) > CHUNK_BYTES:
                yield bytes(waiting[:CHUNK_BYTES]), False
                del waiting[:CHUNK_BYTES]
    yield bytes(waiting), True


def _cipher(key: bytes, header: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise UnavailableError("bad_index_key", f"The index key has {len(key)} bytes instead of {KEY_BYTES}.")
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt=header[len(MAGIC) :], info=KEY_PURPOSE).derive(key))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _damaged(why: str) -> DamagedError:
    return DamagedError("index_damaged", "The saved index cannot be used.", why, "Rebuild it from the records.")

"""The journal: the newest entries, each batch in one record that is on disk before anybody is told.

It never holds an entry that the log did not sign: every record carries the signature of the tree that it makes.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from facewarden.adapters.log_tiles.disk import damaged
from facewarden.audit.note import SIGNATURE_BYTES
from facewarden.audit.tiles import encode_bundle, split_bundle

MAGIC = b"facewarden audit journal 1\n"
_LENGTH = struct.Struct(">I")
_HEAD = struct.Struct(">IQI")  # bytes of entries, index of the first, how many
_DIGEST_BYTES = 32


def encode_header(checkpoint: bytes) -> bytes:
    """The start of a journal whose first entry comes after those of the signed `checkpoint`."""
    return MAGIC + _LENGTH.pack(len(checkpoint)) + checkpoint


def split_header(content: bytes) -> tuple[bytes, bytes]:
    """The header of a journal, and the checkpoint in it. Raises DamagedError `audit_log_damaged`."""
    start = len(MAGIC) + _LENGTH.size
    if content.startswith(MAGIC) and len(content) >= start:
        stop = start + _LENGTH.unpack_from(content, len(MAGIC))[0]
        if stop <= len(content):
            return content[:stop], content[start:stop]
    raise damaged("The journal of the audit log is damaged.", "It does not begin as it should.")


@dataclass(frozen=True, slots=True)
class Record:
    """One batch: `entries` from index `start` on, and the signature of the checkpoint after them."""

    start: int
    entries: tuple[bytes, ...]
    signature: bytes

    @property
    def stop(self) -> int:
        return self.start + len(self.entries)


def encode_record(start: int, entries: Sequence[bytes], signature: bytes) -> bytes:
    """The record's bytes, its own SHA-256 last."""
    bundle = encode_bundle(entries)
    content = _HEAD.pack(len(bundle), start, len(entries)) + bundle + signature
    return content + hashlib.sha256(content).digest()


def scan(content: bytes, at: int, size: int) -> tuple[list[Record], int]:
    """The whole records from byte `at` on, the first of which continues a log of `size` entries, and where they end.

    A record that a killed writer left unfinished can only be the last, and cut short: it is left out. Raises
    DamagedError `audit_log_damaged` for any other record that is not whole, or out of order.
    """
    records: list[Record] = []
    while at < len(content):
        end = _record_end(content, at)
        if end is None or end > len(content):
            break
        record = _decode_record(content[at:end])
        if record is None and end == len(content):
            break  # its length is right but its bytes never arrived: a power cut before it was acknowledged
        if record is None or record.start != size or not record.entries:
            raise damaged(
                "The journal of the audit log is damaged.", f"The record of entry {size} is not as it was written."
            )
        records.append(record)
        at, size = end, record.stop
    return records, at


def _record_end(content: bytes, at: int) -> int | None:
    if at + _HEAD.size > len(content):
        return None
    length = _HEAD.unpack_from(content, at)[0]
    return at + _HEAD.size + int(length) + SIGNATURE_BYTES + _DIGEST_BYTES


def _decode_record(content: bytes) -> Record | None:
    body, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != digest:
        return None
    length, start, count = _HEAD.unpack_from(body)
    entries, end = split_bundle(body[_HEAD.size : -SIGNATURE_BYTES])
    if len(entries) != count or end != length:
        return None
    return Record(start, tuple(entries), body[-SIGNATURE_BYTES:])

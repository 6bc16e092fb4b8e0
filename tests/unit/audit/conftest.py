"""A log of a few hundred entries in memory, laid out by code of its own: the oracle for layout and checker."""

import base64
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from facewarden.audit.entry import encode_entry
from facewarden.audit.note import VerifierKey
from facewarden.domain.audit import AuditEntry, AuditEvent

ORIGIN = "agency.example/facewarden"
SEED = bytes(range(32))


def make_entry(number):
    return AuditEntry(
        AuditEvent.PHOTO_COLLECT_DECIDED,
        datetime(2026, 11, 22, 8, tzinfo=UTC) + timedelta(seconds=number),
        actor="us_0a0a0a0a0a0a0a0a0a0a0a0a",
        subject=f"ph_{number:024x}",
        verdict="refuse" if number % 5 == 0 else "allow",
        grounds=("base.source_active",) if number % 5 == 0 else (),
        packs={"facewarden-base": "2026.11"},
        details={"source_id": "so_0b0b0b0b0b0b0b0b0b0b0b0b", "faces": number},
    )


def mth(hashes):
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    middle = 1
    while middle * 2 < len(hashes):
        middle *= 2
    return sha256(b"\x01" + mth(hashes[:middle]) + mth(hashes[middle:])).digest()


def sign(text, seed=SEED, origin=ORIGIN):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes_raw()
    key_id = sha256(origin.encode() + b"\n\x01" + public).digest()[:4]
    line = base64.b64encode(key_id + key.sign(text.encode())).decode()
    return f"{text}\n\u2014 {origin} {line}\n".encode()


def checkpoint_of(leaves, seed=SEED, origin=ORIGIN):
    text = f"{origin}\n{len(leaves)}\n{base64.b64encode(mth(leaves)).decode()}\n"
    return sign(text, seed, origin)


def number_path(number):
    parts = [f"{number % 1000:03d}"]
    while number := number // 1000:
        parts.insert(0, f"x{number % 1000:03d}")
    return "/".join(parts)


def lay_out(entries):
    """The files of a log with these entries (bytes): {path: content}, written straight from the C2SP text."""
    leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
    files = {"checkpoint": checkpoint_of(leaves)}
    for start in range(0, len(entries), 256):
        some = entries[start : start + 256]
        end = "" if len(some) == 256 else f".p/{len(some)}"
        bundle = b"".join(len(entry).to_bytes(2, "big") + entry for entry in some)
        files[f"tile/entries/{number_path(start // 256)}{end}"] = bundle
    level, row = 0, leaves
    while row:
        for start in range(0, len(row), 256):
            some = row[start : start + 256]
            end = "" if len(some) == 256 else f".p/{len(some)}"
            files[f"tile/{level}/{number_path(start // 256)}{end}"] = b"".join(some)
        row = [mth(row[at : at + 256]) for at in range(0, len(row) // 256 * 256, 256)]
        level += 1
    return files


class MemoryLog:
    """Not a dataclass: a failing test would print half a megabyte of it."""

    def __init__(self, entries, leaves, files, key):
        self.entries, self.leaves, self.files, self.key = entries, leaves, files, key

    def checkpoint(self, size):
        return checkpoint_of(self.leaves[:size])


@pytest.fixture(scope="session")
def make_log():
    """`make_log(600)`: a well-formed log with that many entries."""
    known = {}

    def make(size, change=lambda entries: entries):
        if size not in known:
            known[size] = [encode_entry(make_entry(number)) for number in range(size)]
        entries = change(list(known[size]))
        public = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
        leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
        return MemoryLog(entries, leaves, lay_out(entries), VerifierKey(ORIGIN, public))

    return make


@pytest.fixture(scope="session")
def sign_text():
    return sign


@pytest.fixture(scope="session")
def entry_of():
    return make_entry

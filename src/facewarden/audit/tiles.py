"""The layout of C2SP tlog-tiles: which file holds which hashes and entries of a log, and how entries are bundled.

It never touches a file; a partial tile or bundle is always a prefix of the wider one, which readers rely on.
Source: https://c2sp.org/tlog-tiles
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from facewarden.audit.merkle import HASH_SIZE_BYTES, complete_root
from facewarden.errors import BadUseError, DamagedError

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
ENTRIES_LEVEL = -1
"""The "level" under which this module files entry bundles; their path says `entries`."""
MAX_TILE_LEVEL = 7  # 256^8 leaves are more than a tree may have
MAX_ENTRY_BYTES = 0xFFFF  # an entry's length is a uint16
CHECKPOINT_PATH = "checkpoint"
_PATH = re.compile(r"tile/(entries|[0-7])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([0-9]{1,3}))?")


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """One tile or, at ENTRIES_LEVEL, one entry bundle; `width` (1 to 256) counts its hashes or entries."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def is_full(self) -> bool:
        return self.width == TILE_WIDTH

    @property
    def path(self) -> str:
        """Where it lies, such as `tile/0/x001/x234/067` or `tile/entries/000.p/17`."""
        level = "entries" if self.level == ENTRIES_LEVEL else str(self.level)
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        name = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
        return f"tile/{level}/{name}" + ("" if self.is_full else f".p/{self.width}")

    @property
    def full(self) -> Tile:
        """The same place, full."""
        return Tile(self.level, self.index)


def tile_widths(level: int, size: int) -> Tile | None:
    """The partial tile at the right edge of a level in a tree of `size` leaves, None where there is none."""
    count = size >> (TILE_HEIGHT * max(level, 0))
    return Tile(level, count >> TILE_HEIGHT, count % TILE_WIDTH) if count % TILE_WIDTH else None


def edge_tiles(size: int) -> list[Tile]:
    """Every partial tile and bundle of a tree of `size` leaves, entries first, then from the leaves up."""
    tiles = (tile_widths(level, size) for level in range(ENTRIES_LEVEL, MAX_TILE_LEVEL + 1))
    return [tile for tile in tiles if tile is not None]


def changed_tiles(old_size: int, new_size: int) -> Iterator[Tile]:
    """Every tile and bundle of the tree of `new_size` leaves that has content the tree of `old_size` lacks.

    As wide as the new tree fills it; by level (entries first), then by index.
    """
    for level in range(ENTRIES_LEVEL, MAX_TILE_LEVEL + 1):
        shift = TILE_HEIGHT * max(level, 0)
        old_count, new_count = old_size >> shift, new_size >> shift
        for index in range(old_count >> TILE_HEIGHT, -(-new_count // TILE_WIDTH)):
            width = min(TILE_WIDTH, new_count - index * TILE_WIDTH)
            if index * TILE_WIDTH + width > old_count:
                yield Tile(level, index, width)


def parse_tile_path(path: str) -> Tile:
    """The tile that a path names. Raises BadUseError `audit_path_invalid` for any other text."""
    found = _PATH.fullmatch(path)
    if found is not None:
        level, digits, width = found.groups()
        tile = Tile(
            ENTRIES_LEVEL if level == "entries" else int(level),
            int(digits.replace("x", "").replace("/", "")),
            int(width or TILE_WIDTH),
        )
        if tile.path == path and 0 < tile.width <= TILE_WIDTH:  # no leading zeroes, no `.p/256`
            return tile
    raise BadUseError(
        "audit_path_invalid", "That is not the path of a tile.", "", "Use the layout of c2sp.org/tlog-tiles."
    )


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """The entries, each after its length as a big-endian uint16.

    Raises BadUseError `audit_entry_too_long` for one of more than 65,535 bytes.
    """
    if any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        raise BadUseError(
            "audit_entry_too_long",
            f"An audit entry has more than {MAX_ENTRY_BYTES} bytes.",
            "The log's format holds no longer ones.",
            "Log a hash of the long part.",
        )
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def split_bundle(bundle: bytes) -> tuple[list[bytes], int]:
    """The whole entries at the start of a bundle, and how many bytes they take; never raises."""
    entries: list[bytes] = []
    at = 0
    while at + 2 <= len(bundle):
        stop = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if stop > len(bundle):
            break
        entries.append(bundle[at + 2 : stop])
        at = stop
    return entries, at


def decode_bundle(bundle: bytes) -> list[bytes]:
    """The entries of a bundle, at most 256.

    Raises DamagedError `audit_bundle_malformed` if it ends within an entry or holds more.
    """
    entries, end = split_bundle(bundle)
    if end < len(bundle):
        raise _malformed("It ends within an entry.")
    if len(entries) > TILE_WIDTH:
        raise _malformed(f"It holds {len(entries)} entries.")
    return entries


def _malformed(why: str) -> DamagedError:
    return DamagedError("audit_bundle_malformed", "An entry bundle is malformed.", why, "Run facewarden audit verify.")


def trim(tile: Tile, wider: bytes) -> bytes:
    """The bytes of a tile or bundle, out of those of the same one when it was wider.

    Raises DamagedError `audit_bundle_malformed` where the wider one is malformed or too narrow.
    """
    if tile.level == ENTRIES_LEVEL:
        entries = decode_bundle(wider)
        if len(entries) < tile.width:
            raise _malformed(f"It holds {len(entries)} entries.")
        return encode_bundle(entries[: tile.width])
    return wider[: tile.width * HASH_SIZE_BYTES]


def tile_hashes(tile: bytes) -> list[bytes]:
    """The hashes in the bytes of a tile, 32 bytes each, in order."""
    return [tile[at : at + HASH_SIZE_BYTES] for at in range(0, len(tile), HASH_SIZE_BYTES)]


class TileNodes:
    """Reads the nodes of a tree out of its tiles: a `merkle.ReadNode`.

    `read_tile(level, index)` gives the bytes of that tile, as wide as the log has it now. Each tile is read once.
    """

    def __init__(self, read_tile: Callable[[int, int], bytes]) -> None:
        self._read_tile = read_tile
        self._tiles: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, first = divmod(index << height, TILE_WIDTH)
        place = (tile_level, tile_index)
        if place not in self._tiles:
            self._tiles[place] = self._read_tile(*place)
        start, stop = first * HASH_SIZE_BYTES, (first + (1 << height)) * HASH_SIZE_BYTES
        if stop > len(self._tiles[place]):
            raise DamagedError(
                "audit_tile_short",
                f"{Tile(*place).path} of the audit log is too short.",
                "A part of the log is missing.",
                "Run facewarden audit verify.",
            )
        return complete_root(tile_hashes(self._tiles[place][start:stop]))

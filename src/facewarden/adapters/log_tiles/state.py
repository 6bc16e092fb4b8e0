"""What a log holds in memory between two appends, and how it is read back from the folder.

A state is never changed: an append makes the next one. Reading back trusts only what a signature covers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from facewarden.adapters.log_tiles.disk import Disk, damaged, missing
from facewarden.adapters.log_tiles.folder_check import JOURNAL, fetch_tile
from facewarden.adapters.log_tiles.journal import Record, scan, split_header
from facewarden.audit.checkpoint import Checkpoint, open_checkpoint
from facewarden.audit.edge import Edge
from facewarden.audit.merkle import leaf_hash
from facewarden.audit.note import VerifierKey, signed_note
from facewarden.audit.tiles import (
    CHECKPOINT_PATH,
    ENTRIES_LEVEL,
    TILE_WIDTH,
    Tile,
    changed_tiles,
    decode_bundle,
    edge_tiles,
    encode_bundle,
    tile_widths,
)

Contents = dict[Tile, bytes]
"""Full tiles and bundles that were filled lately, by where they lie."""


@dataclass(frozen=True, slots=True)
class State:
    """The log at one size: `header` and `journal_bytes` (its valid length) of the journal, the tree's `edge`, the
    entries of the partial bundle, and the signed `checkpoint`. `base` is the size at which the journal begins."""

    header: bytes
    journal_bytes: int
    base: int
    edge: Edge
    bundle: tuple[bytes, ...]
    checkpoint: bytes

    @property
    def size(self) -> int:
        return self.edge.size

    def content(self, tile: Tile, filled: Contents) -> bytes:
        """The bytes of a tile of this state that is partial, or among the `filled`."""
        if tile.is_full:
            return filled[tile]
        return encode_bundle(self.bundle) if tile.level == ENTRIES_LEVEL else b"".join(self.edge.levels[tile.level])


def grow(edge: Edge, bundle: list[bytes], entries: Iterable[bytes]) -> Contents:
    """Takes entries into an edge and its partial bundle, both changed; returns what that filled."""
    filled: Contents = {}
    for entry in entries:
        bundle.append(entry)
        if len(bundle) == TILE_WIDTH:
            filled[Tile(ENTRIES_LEVEL, edge.size // TILE_WIDTH)] = encode_bundle(bundle)
            bundle.clear()
        filled.update(edge.append(leaf_hash(entry)))
    return filled


def advance(state: State, records: list[Record], end: int, key: VerifierKey) -> tuple[State, Contents]:
    """The state after more records of the same journal, which ends at byte `end`.

    The last record's signature covers the tree with all of them. Raises DamagedError if it does not verify.
    """
    edge, bundle = state.edge.copy(), list(state.bundle)
    filled: Contents = {}
    for record in records:
        filled |= grow(edge, bundle, record.entries)
    checkpoint = state.checkpoint
    if records:
        head = Checkpoint(key.name, edge.size, edge.root())
        if not key.verifies(head.text.encode(), records[-1].signature):
            raise damaged(
                "The journal of the audit log is damaged.",
                f"What it holds from entry {state.size} on was not signed by this log.",
            )
        checkpoint = signed_note(head.text, key, records[-1].signature)
    return State(state.header, end, state.base, edge, tuple(bundle), checkpoint), filled


def read_base(disk: Disk, header: bytes, note: bytes, key: VerifierKey) -> State:
    """The state at which the journal begins, out of the edge tiles, which must have the signed root."""
    head = open_checkpoint(note, key)
    edge = Edge.from_tiles(head.size, lambda tile: _read_edge(disk, tile))
    if edge.root() != head.root:
        raise damaged("The audit log's tiles are damaged.", f"They do not have the root signed at {head.size}.")
    bundle: tuple[bytes, ...] = ()
    tile = tile_widths(ENTRIES_LEVEL, head.size)
    if tile is not None:
        bundle = tuple(decode_bundle(_read_edge(disk, tile)))
        if [leaf_hash(entry) for entry in bundle] != edge.levels[0]:
            raise damaged("The audit log's entries are damaged.", f"{tile.path} does not have its hashes.")
    return State(header, len(header), head.size, edge, bundle, note)


def _read_edge(disk: Disk, tile: Tile) -> bytes:
    content = fetch_tile(disk, tile)
    if content is None or (tile.level != ENTRIES_LEVEL and len(content) != tile.width * 32):
        raise damaged("The audit log's tiles are damaged.", f"{tile.path} is missing or has the wrong length.")
    return content


def load(disk: Disk, key: VerifierKey) -> tuple[State, Contents, list[Tile], bool]:
    """Reads the log back: its state, what its journal filled, the tiles to write again, whether it needs anything.

    1. The journal's header: the signed size at which it begins, and the edge tiles there.
    2. Its records, the last one's signature.
    3. The published checkpoint: never ahead of the journal, never behind its beginning, never another tree.
    4. The tiles written since: as the journal has them, or, after a power cut, missing or torn.
    Raises DamagedError for a log that no crash can leave behind, UnavailableError where there is none.
    """
    journal = disk.read(JOURNAL)
    if journal is None:
        if disk.read(CHECKPOINT_PATH) is None and not disk.names("tile"):
            raise missing()
        raise damaged("The journal of the audit log is missing.", "No crash takes it away.")
    header, note = split_header(journal)
    base = read_base(disk, header, note, key)
    records, end = scan(journal, len(header), base.size)
    state, filled = advance(base, records, end, key)
    published = _published(disk, key, base, records, state)
    torn = [tile for tile in changed_tiles(base.size, state.size) if _is_torn(disk, tile, state.content(tile, filled))]
    return state, filled, torn, bool(torn) or published != state.size or end != len(journal)


def _published(disk: Disk, key: VerifierKey, base: State, records: list[Record], state: State) -> int | None:
    """The size of the published checkpoint; None where a power cut took or tore it."""
    content = disk.read(CHECKPOINT_PATH)
    if content == state.checkpoint:
        return state.size
    signed = _checkpoints(base, records, key)
    if content is None or any(_is_remnant(content, note) for note in signed):
        return None
    head = open_checkpoint(content, key)
    if head.size > state.size:
        raise damaged(
            "The audit log was cut off.",
            f"It was signed for {head.size} entries and has {state.size}.",
            "audit_log_truncated",
        )
    if head.size < base.size:
        why = f"It was signed for {head.size} entries; more were signed since."
        raise damaged("The audit log's checkpoint is an old one.", why)
    if content not in signed:
        raise damaged("The audit log was rewritten.", f"It has another tree than was signed at {head.size} entries.")
    return head.size


def _checkpoints(base: State, records: list[Record], key: VerifierKey) -> list[bytes]:
    """The signed checkpoint at the journal's beginning and after each of its records."""
    notes = [base.checkpoint]
    edge, bundle = base.edge.copy(), list(base.bundle)
    for record in records:
        grow(edge, bundle, record.entries)
        notes.append(signed_note(Checkpoint(key.name, edge.size, edge.root()).text, key, record.signature))
    return notes


def _is_torn(disk: Disk, tile: Tile, expected: bytes) -> bool:
    """Whether a tile must be written again. A power cut leaves a file missing, short, or with zeros in it."""
    content = disk.read(tile.path)
    if content == expected:
        return False
    if content is None or (
        len(content) <= len(expected) and all(own in (0, other) for own, other in zip(content, expected, strict=False))
    ):
        return True
    raise damaged("The audit log's tiles are damaged.", f"{tile.path} is not as the journal has it.")


def _is_remnant(content: bytes, expected: bytes) -> bool:
    """Whether `content` is what a power cut can leave of `expected`: not all of it, or zeros in its place."""
    return (
        content != expected
        and len(content) <= len(expected)
        and all(own in (0, other) for own, other in zip(content, expected, strict=False))
    )


def stale_tiles(old_size: int, new: State) -> list[Tile]:
    """The partial tiles of the log at `old_size` that no later step needs: not the newest, nor the journal's base."""
    needed = {*edge_tiles(new.size), *edge_tiles(new.base)}
    return [tile for tile in edge_tiles(old_size) if tile not in needed]

"""The log at one moment, to be read and proved from; appends that come later do not disturb it.

It never hands out a proof that it has not verified itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from facewarden.adapters.log_tiles.disk import Disk, damaged
from facewarden.adapters.log_tiles.state import State
from facewarden.audit.checkpoint import Checkpoint, open_checkpoint
from facewarden.audit.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_hash,
    verify_consistency,
    verify_inclusion,
)
from facewarden.audit.note import VerifierKey
from facewarden.audit.tiles import ENTRIES_LEVEL, TILE_HEIGHT, TILE_WIDTH, Tile, TileNodes, decode_bundle
from facewarden.errors import BadUseError


class Snapshot:
    """Reads full tiles from the folder, where they never change, and the edge from the state."""

    def __init__(self, disk: Disk, state: State) -> None:
        self._disk = disk
        self._state = state

    @property
    def size(self) -> int:
        return self._state.size

    @property
    def checkpoint(self) -> bytes:
        """The signed note of this size."""
        return self._state.checkpoint

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The stored bytes of the entries from `start` to before `stop`, which is not beyond the size."""
        while start < stop:
            index, at = divmod(start, TILE_WIDTH)
            if index == self.size // TILE_WIDTH:
                entries: Sequence[bytes] = self._state.bundle
            else:
                entries = decode_bundle(self._read_full(Tile(ENTRIES_LEVEL, index)))
            found = entries[at : at + stop - start]
            if not found:
                raise damaged("A part of the audit log is missing.", f"There is no entry {start} in its bundle.")
            yield from found
            start += len(found)

    def leaf(self, index: int) -> bytes:
        """The stored bytes of one entry. Raises BadUseError `audit_index_unknown` if the log has none there."""
        if not 0 <= index < self.size:
            raise BadUseError(
                "audit_index_unknown",
                f"The audit log of {self.size} entries has no entry {index}.",
                "Entries are counted from 0.",
                "Ask for an index below the log's size.",
            )
        return next(self.leaves(index, index + 1))

    def prove_inclusion(self, index: int) -> list[bytes]:
        """The proof that the entry's stored bytes are in the tree. Raises DamagedError if they are not."""
        leaf = leaf_hash(self.leaf(index))
        path = inclusion_proof(index, self.size, self._nodes())
        verify_inclusion(index, self.size, leaf, path, self._state.edge.root())
        return path

    def prove_consistency(self, old_size: int, new_size: int) -> list[bytes]:
        """The proof that the tree of `new_size` begins with that of `old_size`.

        Raises BadUseError `audit_size_unknown` unless 0 <= old_size <= new_size <= size, DamagedError if a tile is
        missing or does not fit.
        """
        if not 0 <= old_size <= new_size <= self.size:
            raise BadUseError(
                "audit_size_unknown",
                f"There is no proof from size {old_size} to size {new_size}.",
                f"The log has {self.size} entries.",
                "Give the smaller size first, and none beyond the log's.",
            )
        nodes = self._nodes()
        path = consistency_proof(old_size, new_size, nodes)
        new_root = self._state.edge.root() if new_size == self.size else root_hash(new_size, nodes)
        verify_consistency(old_size, new_size, root_hash(old_size, nodes), new_root, path)
        return path

    def check_remembered(self, note: bytes, key: VerifierKey) -> Checkpoint:
        """What a checkpoint kept elsewhere says, after the log was found to contain all that it was signed for.

        Raises DamagedError `audit_log_truncated` or `audit_log_rewritten` if it does not, or the code of a
        checkpoint that is not this log's.
        """
        head = open_checkpoint(note, key)
        if head.size > self.size:
            raise damaged(
                "The audit log was cut off.",
                f"It had {head.size} entries when it was last seen and has {self.size}.",
                "audit_log_truncated",
            )
        if root_hash(head.size, self._nodes()) != head.root:
            raise damaged(
                "The audit log was rewritten.",
                f"Its first {head.size} entries are not those that were signed.",
                "audit_log_rewritten",
            )
        return head

    def _nodes(self) -> TileNodes:
        def read_tile(level: int, index: int) -> bytes:
            if index == self.size >> TILE_HEIGHT * (level + 1):
                return b"".join(self._state.edge.levels[level])
            return self._read_full(Tile(level, index))

        return TileNodes(read_tile)

    def _read_full(self, tile: Tile) -> bytes:
        content = self._disk.read(tile.path)
        if content is None:
            raise damaged("A part of the audit log is missing.", f"There is no {tile.path}.")
        return content

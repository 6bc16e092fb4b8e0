"""The growing right edge of a log's tree: what is needed to append and to know the root, and no more.

It never reads a full tile again: memory is at most 255 hashes a level.
"""

from __future__ import annotations

from collections.abc import Callable

from facewarden.audit.merkle import complete_root, fold_peaks, node_hash
from facewarden.audit.tiles import MAX_TILE_LEVEL, TILE_HEIGHT, TILE_WIDTH, Tile, tile_hashes, tile_widths


class Edge:
    """The edge of a tree of `size` leaves; `Edge()` is the empty tree's.

    `levels[level]` holds the hashes of the partial tile at that level, empty where there is none.
    """

    def __init__(self) -> None:
        self.size = 0
        self.levels: list[list[bytes]] = [[] for _ in range(MAX_TILE_LEVEL + 1)]
        self._peaks: list[bytes] = []

    @classmethod
    def from_tiles(cls, size: int, read_tile: Callable[[Tile], bytes]) -> Edge:
        """The edge of a tree whose partial tiles `read_tile` gives (exactly as wide as asked for)."""
        edge = cls()
        edge.size = size
        for level in range(MAX_TILE_LEVEL + 1):
            tile = tile_widths(level, size)
            if tile is not None:
                edge.levels[level] = tile_hashes(read_tile(tile))
        for hashes in reversed(edge.levels):
            start = 0
            for bit in range(TILE_HEIGHT, -1, -1):
                if len(hashes) >> bit & 1:
                    edge._peaks.append(complete_root(hashes[start : start + (1 << bit)]))
                    start += 1 << bit
        return edge

    def copy(self) -> Edge:
        twin = Edge()
        twin.size, twin._peaks = self.size, list(self._peaks)
        twin.levels = [list(hashes) for hashes in self.levels]
        return twin

    def append(self, leaf: bytes) -> list[tuple[Tile, bytes]]:
        """Takes one leaf hash in; returns the tiles which that filled, with their bytes."""
        filled = [*self._push(0, leaf)]
        node, level = leaf, 0
        while self.size >> level & 1:
            node = node_hash(self._peaks.pop(), node)
            level += 1
            if level % TILE_HEIGHT == 0:
                filled += self._push(level // TILE_HEIGHT, node)
        self._peaks.append(node)
        self.size += 1
        return filled

    def _push(self, level: int, node: bytes) -> list[tuple[Tile, bytes]]:
        hashes = self.levels[level]
        hashes.append(node)
        if len(hashes) < TILE_WIDTH:
            return []
        index = self.size >> TILE_HEIGHT * (level + 1)  # size does not count the leaf being appended yet
        content = b"".join(hashes)
        hashes.clear()
        return [(Tile(level, index), content)]

    def root(self) -> bytes:
        """The root of the tree, 32 bytes."""
        return fold_peaks(self._peaks)

"""The checker: recomputes a whole log from its entries and names the first thing that does not hold.

It never trusts a stored hash, and never repairs: it reads files by their path in the tlog-tiles layout and reports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from facewarden.audit.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from facewarden.audit.edge import Edge
from facewarden.audit.entry import decode_entry
from facewarden.audit.merkle import HASH_SIZE_BYTES, leaf_hash
from facewarden.audit.note import VerifierKey
from facewarden.audit.tiles import (
    CHECKPOINT_PATH,
    ENTRIES_LEVEL,
    TILE_WIDTH,
    Tile,
    edge_tiles,
    split_bundle,
    tile_hashes,
)
from facewarden.errors import DamagedError

BACK_DATED_BY = timedelta(hours=1)
"""Processes write side by side, and a decision waits for its batch: less is no sign of anything."""
MAX_FAULTS = 100
"""The checker stops listing there: a log with that many faults is not repaired one by one."""


class FaultKind(StrEnum):
    """What kind of thing does not hold."""

    CHECKPOINT = "checkpoint"
    """The current checkpoint is missing, malformed, or not signed by the log's key."""
    ENTRY = "entry"
    """An entry is not the one that was logged, or is missing or cannot be read."""
    TILE = "tile"
    """A tile of hashes is missing or is not the hashes of its entries."""
    ROOT = "root"
    """The entries do not have the signed root: entries and tiles were changed together."""
    HISTORY = "history"
    """A checkpoint kept beside the log is damaged, or the log does not begin with what it signed."""
    TRUNCATED = "truncated"
    """A checkpoint that was given out is larger than the log: entries at the end are gone."""
    SPLIT_VIEW = "split_view"
    """A checkpoint that was given out shows other entries than the log does."""
    JOURNAL = "journal"
    """The journal of the newest entries is damaged or disagrees with the log."""


_OF_ONE_PLACE = frozenset({FaultKind.ENTRY, FaultKind.TILE})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold. `place` is a path in the log, `index` the entry concerned, where there is one."""

    kind: FaultKind
    place: str
    what: str
    index: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind.value, "place": self.place, "what": self.what, "index": self.index}


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a check found. `faults` come in the order of the log, those of entries and tiles first; empty: it holds.

    `size` and `root` (None where the checkpoint could not be read) are those of the current checkpoint; the counts
    say how much was recomputed.
    """

    size: int
    root: bytes | None
    entries_checked: int
    tiles_checked: int
    checkpoints_checked: int
    faults: tuple[Fault, ...]
    back_dated: tuple[int, ...] = ()
    """Entries dated more than an hour before one that the log already had: no fault of the log, but to be explained."""

    @property
    def ok(self) -> bool:
        return not self.faults

    @property
    def first_fault(self) -> Fault | None:
        return self.faults[0] if self.faults else None

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "size": self.size,
            "root": self.root.hex() if self.root is not None else None,
            "entries_checked": self.entries_checked,
            "tiles_checked": self.tiles_checked,
            "checkpoints_checked": self.checkpoints_checked,
            "faults": [fault.to_json() for fault in self.faults],
            "back_dated": list(self.back_dated),
        }


Fetch = Callable[[str], bytes | None]
"""The bytes at a path of the log, None where there is no such file; of a partial tile exactly that many hashes."""


def check_log(
    fetch: Fetch,
    key: VerifierKey,
    *,
    kept: Mapping[str, bytes] | None = None,
    remembered: Sequence[bytes] = (),
    read_entries: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> VerifyReport:
    """A report on the whole log, recomputed from its entries.

    `kept` maps the paths of older checkpoints that lie beside the log to their bytes; `remembered` are checkpoints
    of this log that the caller had from elsewhere: only they show that the end was cut off or that others saw
    another log. `read_entries=False` hashes entries without reading what they say, some 5 times faster.
    `progress(done, total)` is called after each bundle. Damage is reported, never raised.
    """
    return _Check(fetch, key, read_entries).run(kept or {}, remembered, progress)


class _Check:
    """One run. `by_entries` is the tree of the entries; `by_tiles`, once they differ, that of the stored hashes."""

    def __init__(self, fetch: Fetch, key: VerifierKey, read_entries: bool) -> None:
        self._fetch = fetch
        self._key = key
        self._read_entries = read_entries
        self._faults: list[Fault] = []
        self._mismatched: list[tuple[int, Tile]] = []  # entries whose stored hash is not theirs: blame comes last
        self._by_entries = Edge()
        self._by_tiles: Edge | None = None
        self._entries_checked = 0
        self._tiles_checked = 0
        self._roots: dict[int, set[bytes]] = {}
        self._newest = datetime.min.replace(tzinfo=UTC)
        self._back_dated: list[int] = []

    def run(
        self,
        kept: Mapping[str, bytes],
        remembered: Sequence[bytes],
        progress: Callable[[int, int], None] | None,
    ) -> VerifyReport:
        # 1. What is signed: the current checkpoint, those kept, those remembered.
        current = self._open(CHECKPOINT_PATH, self._fetch(CHECKPOINT_PATH), FaultKind.CHECKPOINT)
        older = [
            (FaultKind.HISTORY, path, self._open(path, note, FaultKind.HISTORY)) for path, note in sorted(kept.items())
        ]
        older += [(FaultKind.SPLIT_VIEW, "remembered checkpoint", self._open_remembered(note)) for note in remembered]
        if current is None:
            return self._report(None, len(older))
        # 2. Every entry, tile and the root at each signed size, from the left.
        sizes = sorted({current.size} | {head.size for _, _, head in older if head and head.size <= current.size})
        is_whole = self._walk(current.size, sizes, progress)
        # 3. The signatures against what was recomputed.
        if is_whole:
            self._compare_history(current, older)
            self._compare_root(current, older)
            self._blame(current)
        return self._report(current, len(older) + 1)

    def _report(self, current: Checkpoint | None, checkpoints: int) -> VerifyReport:
        faults = sorted(self._faults, key=lambda fault: (fault.kind not in _OF_ONE_PLACE, fault.index or 0))
        return VerifyReport(
            size=current.size if current else 0,
            root=current.root if current else None,
            entries_checked=self._entries_checked,
            tiles_checked=self._tiles_checked,
            checkpoints_checked=checkpoints,
            faults=tuple(faults),
            back_dated=tuple(self._back_dated),
        )

    def _add(self, kind: FaultKind, place: str, what: str, index: int | None = None) -> None:
        if len(self._faults) < MAX_FAULTS or kind not in _OF_ONE_PLACE:
            self._faults.append(Fault(kind, place, what, index))

    def _open(self, path: str, note: bytes | None, kind: FaultKind) -> Checkpoint | None:
        """What the checkpoint says, even if badly signed (which is a fault); None if it cannot be read."""
        if note is None:
            self._add(kind, path, "There is no checkpoint.")
            return None
        try:
            return open_checkpoint(note, self._key)
        except DamagedError as error:
            self._add(kind, path, f"{error.what} {error.why}")
        try:
            return read_checkpoint(note) if kind is FaultKind.CHECKPOINT else None
        except DamagedError:
            return None

    def _open_remembered(self, note: bytes) -> Checkpoint | None:
        return self._open("remembered checkpoint", note, FaultKind.SPLIT_VIEW)

    # -- the walk over the entries ---------------------------------------------------------------------------

    def _walk(self, size: int, sizes: Sequence[int], progress: Callable[[int, int], None] | None) -> bool:
        """Recomputes every bundle in turn; False where one is gone together with its hashes."""
        stops = iter(sizes)
        stop = next(stops)
        while stop == 0:  # the empty tree, and sizes are distinct
            self._note_roots(0)
            stop = next(stops, -1)
        for start in range(0, size, TILE_WIDTH):
            leaves = self._check_bundle(start // TILE_WIDTH, min(TILE_WIDTH, size - start))
            if leaves is None:
                return False
            for at, (entry_leaf, tile_leaf) in enumerate(leaves, start):
                self._append(entry_leaf, tile_leaf)
                if at + 1 == stop:
                    self._note_roots(stop)
                    stop = next(stops, -1)
            if progress is not None:
                progress(min(start + TILE_WIDTH, size), size)
        for tile in edge_tiles(size):
            if tile.level > 0:
                twin = self._by_tiles or self._by_entries
                self._check_tile(tile, b"".join(self._by_entries.levels[tile.level]), b"".join(twin.levels[tile.level]))
        return True

    def _note_roots(self, size: int) -> None:
        self._roots[size] = {edge.root() for edge in (self._by_entries, self._by_tiles) if edge is not None}

    def _append(self, entry_leaf: bytes, tile_leaf: bytes) -> None:
        if self._by_tiles is None and entry_leaf != tile_leaf:
            self._by_tiles = self._by_entries.copy()
        filled = self._by_entries.append(entry_leaf)
        twins = filled if self._by_tiles is None else self._by_tiles.append(tile_leaf)
        for (tile, content), (_, twin) in zip(filled, twins, strict=True):
            if tile.level > 0:  # level 0 was compared entry by entry
                self._check_tile(tile, content, twin)

    def _check_bundle(self, index: int, width: int) -> list[tuple[bytes, bytes]] | None:
        """For each entry of a bundle its own hash and the stored one; None if neither is there."""
        bundle, tile = Tile(ENTRIES_LEVEL, index, width), Tile(0, index, width)
        first = index * TILE_WIDTH
        stored = self._fetch_hashes(tile, first)
        entries = self._fetch_entries(bundle, first, stored)
        self._tiles_checked += 2
        if entries is None:
            return None if stored is None else [(leaf, leaf) for leaf in stored]
        leaves = [leaf_hash(entry) for entry in entries]
        if stored is None:
            return [(leaf, leaf) for leaf in leaves]
        for at, (own, other) in enumerate(zip(leaves, stored, strict=True), first):
            if own != other:
                self._mismatched.append((at, bundle))
        return list(zip(leaves, stored, strict=True))

    def _fetch_hashes(self, tile: Tile, first: int) -> list[bytes] | None:
        content = self._fetch(tile.path)
        if content is None or len(content) != tile.width * HASH_SIZE_BYTES:
            what = "The tile is missing." if content is None else "The tile has the wrong length."
            self._add(FaultKind.TILE, tile.path, what, first)
            return None
        return tile_hashes(content)

    def _fetch_entries(self, bundle: Tile, first: int, stored: list[bytes] | None) -> list[bytes] | None:
        content = self._fetch(bundle.path)
        if content is None:
            self._add(FaultKind.ENTRY, bundle.path, "The entry bundle is missing.", first)
            return None
        entries, end = split_bundle(content)
        if end != len(content) or len(entries) != bundle.width:
            pairs = zip(map(leaf_hash, entries[: bundle.width]), stored or (), strict=False)
            good = next((at for at, (own, other) in enumerate(pairs) if own != other), min(len(entries), bundle.width))
            what = (
                f"The entry bundle does not hold {bundle.width} entries; entry {first + good} is the first wrong one."
            )
            self._add(FaultKind.ENTRY, bundle.path, what, first + good)
            return None
        self._entries_checked += bundle.width
        if self._read_entries:
            for at, entry in enumerate(entries, first):
                try:
                    self._date(at, decode_entry(entry).at)
                except DamagedError as error:
                    self._add(FaultKind.ENTRY, bundle.path, f"Entry {at}: {error.what} {error.why}", at)
        return entries

    def _date(self, index: int, at: datetime) -> None:
        if self._newest - at > BACK_DATED_BY and len(self._back_dated) < MAX_FAULTS:
            self._back_dated.append(index)
        self._newest = max(self._newest, at)

    def _check_tile(self, tile: Tile, by_entries: bytes, by_tiles: bytes) -> None:
        """A tile above the leaves must hold the roots of the tiles below, as entries or stored hashes have them."""
        self._tiles_checked += 1
        span = TILE_WIDTH**tile.level
        stored = self._fetch_hashes(tile, tile.index * TILE_WIDTH * span)
        if stored is None:
            return
        expected = zip(tile_hashes(by_entries), tile_hashes(by_tiles), strict=True)
        for at, (hash_, pair) in enumerate(zip(stored, expected, strict=True), tile.index * TILE_WIDTH):
            if hash_ not in pair:
                what = f"Its hash of the entries {at * span} to {(at + 1) * span - 1} is not theirs."
                self._add(FaultKind.TILE, tile.path, what, at * span)

    # -- what was signed -------------------------------------------------------------------------------------

    def _compare_history(self, current: Checkpoint, older: Sequence[tuple[FaultKind, str, Checkpoint | None]]) -> None:
        for kind, place, head in older:
            if head is None:
                continue
            if head.size > current.size:
                what = f"It was signed for {head.size} entries; the log has {current.size}: its end was cut off."
                self._add(FaultKind.TRUNCATED, place, what, current.size)
            elif head.root not in self._roots[head.size]:
                what = f"The log does not begin with the {head.size} entries that were signed."
                self._add(kind, place, what)

    def _compare_root(self, current: Checkpoint, older: Sequence[tuple[FaultKind, str, Checkpoint | None]]) -> None:
        if current.root in self._roots[current.size]:
            return
        fitting = [head.size for _, _, head in older if head and head.root in self._roots.get(head.size, ())]
        since = max(fitting, default=0)
        what = (
            f"The entries do not have the signed root. The newest checkpoint that they fit has size {since}: "
            f"what was changed lies in the entries from {since} on."
        )
        self._add(FaultKind.ROOT, CHECKPOINT_PATH, what, since)

    def _blame(self, current: Checkpoint) -> None:
        """Entries and stored hashes that differ: the root says which of the two is as signed."""
        entries_fit = self._by_entries.root() == current.root
        tiles_fit = self._by_tiles is not None and self._by_tiles.root() == current.root
        for index, bundle in self._mismatched:
            tile = Tile(0, bundle.index, bundle.width)
            if entries_fit:
                self._add(FaultKind.TILE, tile.path, f"Its hash of entry {index} is not that entry's.", index)
            elif tiles_fit:
                self._add(FaultKind.ENTRY, bundle.path, f"Entry {index} is not the one that was logged.", index)
            else:
                what = f"Entry {index} does not have its stored hash; one of the two was changed."
                self._add(FaultKind.ENTRY, bundle.path, what, index)

"""The audit log: appends entries durably, signs every state, and proves what it holds.

It never forgets, never edits, and never tells a caller that an entry is in before it is on disk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from facewarden.adapters.log_tiles.disk import Disk
from facewarden.adapters.log_tiles.folder_check import (
    COSIGNED,
    JOURNAL,
    KEPT,
    WITNESSED,
    cosigned_notes,
    fetch,
    kept_path,
    verify_folder,
)
from facewarden.adapters.log_tiles.journal import encode_header, encode_record, scan
from facewarden.adapters.log_tiles.snapshot import Snapshot
from facewarden.adapters.log_tiles.state import Contents, State, advance, grow, load, stale_tiles
from facewarden.adapters.log_tiles.together import Together
from facewarden.audit.checker import VerifyReport
from facewarden.audit.checkpoint import Checkpoint
from facewarden.audit.entry import decode_entry, encode_entry
from facewarden.audit.merkle import EMPTY_ROOT
from facewarden.audit.note import NoteSigner, VerifierKey, signed_note
from facewarden.audit.proof import consistency_bundle, proof_bundle
from facewarden.audit.tiles import CHECKPOINT_PATH, Tile, changed_tiles
from facewarden.domain.audit import AuditEntry
from facewarden.errors import BadUseError, UnavailableError

JOURNAL_LIMIT_BYTES = 1 << 20
"""At this length the journal begins anew: opening replays it, in some 25 ms."""
BATCH_ENTRIES = 2048
"""One record of the journal holds at most so many entries."""
KEPT_NEWEST = 64
KEPT_BLOCK = 4096
"""Of the checkpoints kept, the newest 64 stay, and of the older ones the last in each 4,096 entries."""


class TileLog:
    """The log in `folder`, signed by `signer` (an Ed25519 private key or its 32-byte seed) under the name `origin`.

    Opening reads the edge of the tree and replays the journal: it repairs what a crash left half-done, and raises
    DamagedError for what no crash does. With `remembered`, a signed checkpoint that the caller kept elsewhere, it also
    raises when the log does not contain all that was signed then. Any number of threads and processes may use one
    folder at once. Every method raises UnavailableError where the disk fails; nothing was appended then.
    """

    def __init__(
        self,
        folder: Path,
        signer: Ed25519PrivateKey | bytes,
        origin: str,
        *,
        remembered: bytes | None = None,
        disk: Disk | None = None,
        journal_limit_bytes: int = JOURNAL_LIMIT_BYTES,
    ) -> None:
        self._disk = disk or Disk(folder)
        self._signer = NoteSigner(origin, signer)
        self._journal_limit_bytes = journal_limit_bytes
        self._threads = threading.RLock()
        self._together = Together(self._append, self._threads, BATCH_ENTRIES)
        self._state: State | None = None
        with self._locked(shared=False):
            state = self._load()
        if remembered is not None:
            Snapshot(self._disk, state).check_remembered(remembered, self.verifier_key)

    @classmethod
    def create(cls, folder: Path, signer: Ed25519PrivateKey | bytes, origin: str) -> TileLog:
        """A new, empty log in a folder, which is made. Raises BadUseError `audit_log_exists` if there is one."""
        disk = Disk(folder)
        note = Checkpoint(origin, 0, EMPTY_ROOT).sign(NoteSigner(origin, signer))
        disk.make()
        with disk.locked(shared=False):
            if disk.read(JOURNAL) is not None or disk.names("tile"):
                raise BadUseError(
                    "audit_log_exists", "There is an audit log already.", "", "Open it, or choose another folder."
                )
            disk.write(CHECKPOINT_PATH, note, durable=True)
            disk.write(JOURNAL, encode_header(note), durable=True)  # last: with it the log exists
        return cls(folder, signer, origin)

    @property
    def verifier_key(self) -> VerifierKey:
        """The public key that checks this log; `str()` of it is the line to publish."""
        return self._signer.verifier_key

    def size(self) -> int:
        """How many entries the log has, those of other processes included."""
        return self._snapshot().size

    # -- appending -------------------------------------------------------------------------------------------

    def append(self, entries: Sequence[AuditEntry]) -> list[int]:
        """The index of each entry, in order. All are on disk and signed when this returns.

        Up to BATCH_ENTRIES entries get in all together or not at all, even if the power fails. If this raises, act
        as if nothing was logged, though the entries may still be found in the log.
        """
        encoded = [encode_entry(entry) for entry in entries]
        indexes: list[int] = []
        for at in range(0, len(encoded), BATCH_ENTRIES):
            indexes += self._together.add(encoded[at : at + BATCH_ENTRIES])
        return indexes

    def _append(self, encoded: list[bytes]) -> int:
        with self._locked(shared=False):
            old = self._refresh() or self._load()
            # 1. The tree with the new entries, and its signature.
            edge, bundle = old.edge.copy(), list(old.bundle)
            filled = grow(edge, bundle, encoded)
            head = Checkpoint(self.verifier_key.name, edge.size, edge.root())
            signature = self._signer.sign(head.text)
            # 2. Entries and signature to disk: from here on they are in the log.
            record = encode_record(old.size, encoded, signature)
            self._state = None  # until all below is done, whoever comes next reads the folder
            self._disk.append(JOURNAL, old.journal_bytes, record)
            # 3. Tiles and checkpoint for all to see; a crash here is repaired out of the journal.
            note = signed_note(head.text, self.verifier_key, signature)
            new = State(old.header, old.journal_bytes + len(record), old.base, edge, tuple(bundle), note)
            self._publish(new, list(changed_tiles(old.size, new.size)), filled)
            self._remove(stale_tiles(old.size, new))
            self._state = new
            if new.journal_bytes > self._journal_limit_bytes:
                with suppress(UnavailableError):  # the entries are in and published; the next append tries again
                    self._begin_journal()
            return old.size

    def _publish(self, state: State, tiles: Sequence[Tile], filled: Contents) -> None:
        for tile in tiles:
            self._disk.write(tile.path, state.content(tile, filled))
        self._disk.write(CHECKPOINT_PATH, state.checkpoint)

    def _remove(self, tiles: Sequence[Tile]) -> None:
        for tile in tiles:
            self._disk.remove(tile.path)

    def _begin_journal(self) -> None:
        """Brings every tile to disk, after comparing it with the journal once more, and begins an empty journal."""
        state = self._load()
        self._disk.sync([tile.path for tile in changed_tiles(state.base, state.size)])
        self._disk.write(CHECKPOINT_PATH, state.checkpoint, durable=True)
        self._keep(state.size, state.checkpoint)
        header = encode_header(state.checkpoint)
        self._state = None
        self._disk.write(JOURNAL, header, durable=True)
        new = State(header, len(header), state.size, state.edge, state.bundle, state.checkpoint)
        self._remove(stale_tiles(state.base, new))
        self._state = new

    # -- following the folder --------------------------------------------------------------------------------

    @contextmanager
    def _locked(self, *, shared: bool) -> Iterator[None]:
        with self._threads, self._disk.locked(shared=shared):
            yield

    def _snapshot(self) -> Snapshot:
        """The log as it is now. What it says never changes, so that proofs are made without the lock."""
        with self._locked(shared=True):
            state = self._refresh()
        if state is None:
            with self._locked(shared=False):
                state = self._refresh() or self._load()
        return Snapshot(self._disk, state)

    def _refresh(self) -> State | None:
        """The state with what other processes appended; None where the folder must be read anew."""
        state = self._state
        size_bytes = self._disk.size_bytes(JOURNAL)
        if state is None or size_bytes is None or size_bytes < state.journal_bytes:
            return None
        if self._disk.read(JOURNAL, 0, len(state.header)) != state.header:
            return None  # another process began a new one
        if size_bytes == state.journal_bytes:
            return state
        tail = self._disk.read(JOURNAL, state.journal_bytes) or b""
        records, end = scan(tail, 0, state.size)
        if end != len(tail):
            return None  # a writer was killed in the middle of it
        new, _ = advance(state, records, state.journal_bytes + end, self.verifier_key)
        if self._disk.read(CHECKPOINT_PATH) != new.checkpoint:
            return None  # a writer was killed before it published
        self._state = new
        return new

    def _load(self) -> State:
        """The state as the folder has it, repaired; only under the lock that nobody shares."""
        self._state = None
        state, filled, torn, is_behind = load(self._disk, self.verifier_key)
        if is_behind:
            self._publish(state, torn, filled)
        self._state = state
        return state

    # -- reading ---------------------------------------------------------------------------------------------

    def entry(self, index: int) -> AuditEntry:
        """The entry at an index. Raises BadUseError `audit_index_unknown` if the log has none there."""
        return decode_entry(self._snapshot().leaf(index))

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[AuditEntry]:
        """The entries from `start` to before `stop`, or to the end as it is at the first one; lazily."""
        snapshot = self._snapshot()
        end = snapshot.size if stop is None else min(stop, snapshot.size)
        return map(decode_entry, snapshot.leaves(max(start, 0), end))

    def resource(self, path: str) -> bytes | None:
        """The bytes at a path of the tlog-tiles layout, to be served as they are; None where there is nothing."""
        return fetch(self._disk, path)

    # -- proving ---------------------------------------------------------------------------------------------

    def checkpoint(self) -> bytes:
        """The log's newest checkpoint as a signed note, to be given out; it is kept beside the log for later proofs."""
        snapshot = self._snapshot()
        if self._disk.size_bytes(kept_path(snapshot.size)) is None:
            with self._locked(shared=False):
                self._keep(snapshot.size, snapshot.checkpoint)
        return snapshot.checkpoint

    def _keep(self, size: int, note: bytes, folder: str = KEPT) -> None:
        self._disk.write(kept_path(size, folder), note, durable=True)
        kept = [int(name) for name in self._disk.names(folder) if name.isdecimal()]
        for at, old in enumerate(kept[:-KEPT_NEWEST]):
            if kept[at + 1] // KEPT_BLOCK == old // KEPT_BLOCK:
                self._disk.remove(kept_path(old, folder))

    def keep_cosigned(self, note: bytes, *, is_quorum: bool) -> None:
        """Keeps a checkpoint of this log with the cosignatures that it bears; with `is_quorum`, proofs begin from it.

        Raises DamagedError if this log did not sign it, or does not begin with what it was signed for.
        """
        head = self._snapshot().check_remembered(note, self.verifier_key)
        with self._locked(shared=False):
            self._keep(head.size, note, COSIGNED)
            if is_quorum:
                self._disk.write(WITNESSED, note, durable=True)

    def cosigned(self) -> list[bytes]:
        """The checkpoints with cosignatures that are kept, smallest first, as they were kept."""
        return list(cosigned_notes(self._disk).values())

    def prove_inclusion(self, index: int) -> list[bytes]:
        """The proof (RFC 9162) that the entry is in the log of the newest checkpoint, checked before it is given."""
        return self._snapshot().prove_inclusion(index)

    def prove_consistency(self, old_size: int, new_size: int | None = None) -> list[bytes]:
        """The proof (RFC 9162) that the log of `new_size` entries, or the newest, begins with that of `old_size`."""
        snapshot = self._snapshot()
        return snapshot.prove_consistency(old_size, snapshot.size if new_size is None else new_size)

    def prove(self, index: int) -> dict[str, Any]:
        """A bundle that proves the entry to a stranger: see `facewarden.audit.proof.verify_proof_bundle`."""
        snapshot = self._snapshot()
        path = snapshot.prove_inclusion(index)
        return proof_bundle(index, snapshot.leaf(index), path, snapshot.checkpoint, self.verifier_key)

    def prove_all(self, indexes: Sequence[int]) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        """Bundles that prove these entries, all under one checkpoint, and one that proves that it goes on from the
        newest checkpoint that a quorum of witnesses cosigned; None where there is none."""
        snapshot = self._snapshot()
        bundles = [
            proof_bundle(at, snapshot.leaf(at), snapshot.prove_inclusion(at), snapshot.checkpoint, self.verifier_key)
            for at in indexes
        ]
        witnessed = self._disk.read(WITNESSED)
        return bundles, None if witnessed is None else self._prove_since(snapshot, witnessed)

    def prove_since(self, old_checkpoint: bytes) -> dict[str, Any]:
        """A bundle that proves that the log begins with all that an older checkpoint of it was signed for.

        Raises DamagedError if that checkpoint is not this log's, or the log does not begin so.
        """
        return self._prove_since(self._snapshot(), old_checkpoint)

    def _prove_since(self, snapshot: Snapshot, old_checkpoint: bytes) -> dict[str, Any]:
        old = snapshot.check_remembered(old_checkpoint, self.verifier_key)
        path = snapshot.prove_consistency(old.size, snapshot.size)
        return consistency_bundle(old_checkpoint, snapshot.checkpoint, path, self.verifier_key)

    def verify(
        self,
        *,
        remembered: Sequence[bytes] = (),
        read_entries: bool = True,
        progress: Callable[[int, int], None] | None = None,
    ) -> VerifyReport:
        """A report on the whole log, recomputed from the files, with nothing taken from memory.

        `remembered`: signed checkpoints that the caller had from elsewhere; see `verify_folder`.
        """
        return verify_folder(
            self._disk.folder,
            self.verifier_key,
            remembered=remembered,
            read_entries=read_entries,
            progress=progress,
        )

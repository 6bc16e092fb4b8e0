"""The check of a log's folder, as the operator, an auditor or anybody with a copy and the verifier key runs it.

It never writes, never needs the signing key, and never uses what a running log holds in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from facewarden.adapters.log_tiles.disk import Disk, missing
from facewarden.adapters.log_tiles.journal import scan, split_header
from facewarden.audit.checker import Fault, FaultKind, VerifyReport, check_log
from facewarden.audit.checkpoint import open_checkpoint
from facewarden.audit.note import VerifierKey
from facewarden.audit.tiles import (
    CHECKPOINT_PATH,
    ENTRIES_LEVEL,
    TILE_WIDTH,
    Tile,
    decode_bundle,
    parse_tile_path,
    trim,
)
from facewarden.errors import DamagedError, Error

JOURNAL = "journal"
KEPT = "checkpoints"
COSIGNED = "cosigned"
WITNESSED = "witnessed"
FETCH_TRIES = 5
"""A running log replaces a partial tile by a wider one: whoever looks between the two looks again."""


def kept_path(size: int, folder: str = KEPT) -> str:
    """Where the checkpoint of that size is kept; names sort as sizes do."""
    return f"{folder}/{size:020d}"


def cosigned_notes(disk: Disk) -> dict[str, bytes]:
    """The checkpoints with cosignatures that lie beside the log, by path, smallest first; none of them verified."""
    paths = [f"{COSIGNED}/{name}" for name in disk.names(COSIGNED) if name.isdecimal()]
    found = {path: disk.read(path) for path in [*paths, WITNESSED]}
    return {path: note for path, note in found.items() if note is not None}


def fetch_tile(disk: Disk, tile: Tile) -> bytes | None:
    """The bytes of a tile, None where it is not there; out of a wider one where the log has grown since."""
    content = disk.read(tile.path)
    for _ in range(FETCH_TRIES):
        if content is not None or tile.is_full:
            return content
        folder = tile.path.rpartition("/")[0]
        widths = sorted(int(name) for name in disk.names(folder) if name.isdecimal())
        wider = [replace(tile, width=width).path for width in widths if tile.width <= width < TILE_WIDTH]
        for path in [tile.full.path, *wider]:
            found = disk.read(path)
            if found is not None:
                return trim(tile, found)
        content = disk.read(tile.path)
    return content


def fetch(disk: Disk, path: str) -> bytes | None:
    """The bytes at a path of the tlog-tiles layout, None where the log has no such thing.

    Also gives every partial tile that the log ever had, out of the wider one that replaced it.
    """
    if path == CHECKPOINT_PATH:
        return disk.read(path)
    tile = parse_tile_path(path)
    try:
        return fetch_tile(disk, tile)
    except DamagedError:  # the wider one is malformed: hand out what cannot pass for the narrower one
        return b""


def verify_folder(
    folder: Path,
    key: VerifierKey,
    *,
    remembered: Sequence[bytes] = (),
    read_entries: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> VerifyReport:
    """A report on the log in a folder, recomputed from its entries; see `facewarden.audit.checker.check_log`.

    A copy without a journal is complete up to its checkpoint. Raises UnavailableError where there is no log at all.
    """
    disk = Disk(folder)
    if disk.read(CHECKPOINT_PATH) is None and not disk.names("tile") and disk.read(JOURNAL) is None:
        raise missing()
    kept = {f"{KEPT}/{name}": disk.read(f"{KEPT}/{name}") or b"" for name in disk.names(KEPT) if name.isdecimal()}
    kept |= cosigned_notes(disk)
    journal = disk.read(JOURNAL)  # before the checkpoint: a running log only ever has more entries later
    report = check_log(
        lambda path: fetch(disk, path),
        key,
        kept=kept,
        remembered=remembered,
        read_entries=read_entries,
        progress=progress,
    )
    if journal is None or report.root is None:
        return report
    faults = _check_journal(disk, journal, key, report)
    return replace(report, faults=report.faults + tuple(faults))


def _check_journal(disk: Disk, journal: bytes, key: VerifierKey, report: VerifyReport) -> list[Fault]:
    """What does not hold in the journal, given a report on all else. It may be behind a running log, or ahead."""
    try:
        header, note = split_header(journal)
        base = open_checkpoint(note, key)
        records, _ = scan(journal, len(header), base.size)
    except Error as error:
        return [Fault(FaultKind.JOURNAL, JOURNAL, f"{error.what} {error.why}")]
    logged: dict[int, list[bytes]] = {}
    for record in records:
        for index, entry in enumerate(record.entries, record.start):
            bundle, at = divmod(index, TILE_WIDTH)
            if bundle not in logged:
                logged[bundle] = _logged_entries(disk, bundle, report.size)
            if index < report.size and logged[bundle][at : at + 1] != [entry]:
                what = f"Entry {index} is not the same in the journal and in the log."
                return [Fault(FaultKind.JOURNAL, JOURNAL, what, index)]
    size = records[-1].stop if records else base.size
    now = disk.read(JOURNAL)
    if size < report.size and now == journal:
        what = f"It ends at {size} entries; the log has {report.size}."
        return [Fault(FaultKind.JOURNAL, JOURNAL, what, size)]
    return []


def _logged_entries(disk: Disk, bundle: int, size: int) -> list[bytes]:
    width = min(TILE_WIDTH, size - bundle * TILE_WIDTH)
    content = fetch(disk, Tile(ENTRIES_LEVEL, bundle, width).path) if width > 0 else b""
    try:
        return decode_bundle(content or b"")
    except DamagedError:
        return []

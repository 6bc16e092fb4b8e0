"""The stores that an installation stands on: where they are, their keys, and the log checked without opening any of it.

Never makes a store that is missing, and never needs an installation that opens to say what is wrong with its log.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from facewarden.adapters.clock import SystemClock
from facewarden.adapters.decision_facts.store import DecisionFacts
from facewarden.adapters.identity_file import read_identity
from facewarden.adapters.keys.master import read_master_key
from facewarden.adapters.keys.vault import KeyVault
from facewarden.adapters.log_tiles.disk import Disk
from facewarden.adapters.log_tiles.folder_check import cosigned_notes, fetch, verify_folder
from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.audit.checker import VerifyReport
from facewarden.audit.checkpoint import open_checkpoint
from facewarden.audit.entry import decode_entry
from facewarden.audit.note import NoteSigner, VerifierKey
from facewarden.audit.report import left_out
from facewarden.audit.tiles import ENTRIES_LEVEL, TILE_WIDTH, Tile, decode_bundle
from facewarden.audit.witnesses import Witnessed, WitnessPolicy, weigh_notes
from facewarden.bootstrap.law import IDENTITY_FILE
from facewarden.errors import BadUseError, DamagedError, UnavailableError
from facewarden.settings import Settings

STORES = ("keys.db", "records.db", "log/journal")
"""Without one of these below the data folder there is no installation."""
OTHERS = stat.S_IRWXG | stat.S_IRWXO
EXPORT_TRIES = 3
LOG_PURPOSE = "log-signing"
"""The vault derives the log's signing key under this name."""
LEDGER = "ledger"
"""The folder of the erasure ledger below the data folder."""
LEDGER_PURPOSE = "erasure-ledger"
"""Its key is made when the installation first opens, so that every backup of keys has it."""
INDEX_PURPOSE = "index-file"
"""The purpose of the key that the index's file is under; it is made anew at each erasure."""


def log_folder(settings: Settings) -> Path:
    """Where the audit log is."""
    return settings.data_dir / "log"


def records_file(settings: Settings) -> Path:
    """Where the records are."""
    return settings.data_dir / "records.db"


def default_key_file(settings: Settings, installation_id: str) -> Path:
    """Where the master key is unless the settings name a file: in the account's configuration, not with the data."""
    return settings.config_dir / "keys" / f"{installation_id}.key"


def open_vault(
    settings: Settings, identity: Mapping[str, object], clock: SystemClock, stores: Sequence[str] = STORES
) -> KeyVault:
    """The keys of an installation that has all these stores; raises DamagedError where one is missing."""
    for name in stores:
        if not (settings.data_dir / name).exists():  # SQLite would begin an empty one
            raise DamagedError(
                "store_missing",
                f"{settings.data_dir / name} is missing.",
                "Something took it away: facewarden never does.",
                "Restore it from the newest backup.",
            )
    if settings.master_key:
        master = read_master_key(encoded=settings.master_key)
    else:
        key_file = settings.master_key_file or default_key_file(settings, str(identity["installation_id"]))
        master = read_master_key(key_file)
    return KeyVault(settings.data_dir / "keys.db", master, clock)


def check_free(folder: Path) -> None:
    """Nothing; raises BadUseError `data_dir_taken` unless the folder is absent or empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadUseError(
            "data_dir_taken",
            f"{folder} is not empty.",
            next_step="Name an empty or absent folder, or use the installation that is there.",
        )


def check_not_exposed(folder: Path) -> None:
    """Nothing; raises UnavailableError where other accounts of this machine may look into the folder or change it."""
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise UnavailableError(
            "data_dir_of_others",
            f"{folder} belongs to another account of this machine.",
            "Its owner may look into it and change it, and would no longer be let in by files that this account makes.",
            f"Run facewarden as that account, or: chown -R $(id -u) {folder}",
        )
    if found.st_mode & OTHERS:
        raise UnavailableError(
            "data_dir_exposed",
            f"{folder} can be read or changed by other accounts of this machine.",
            "Its mode grants rights to group or others: whoever writes there chooses the law packs.",
            f"Run: chmod 700 {folder}",
        )


@contextmanager
def folders_made(folder: Path) -> Iterator[None]:
    """What is done inside makes that folder; raises UnavailableError where the system does not let it."""
    try:
        yield
    except OSError as problem:
        raise UnavailableError(
            "folder_not_made",
            f"{folder} cannot be made.",
            f"The system says: {problem.strerror}.",
            "Name another folder, or have this account given the right to write there.",
        ) from problem


def check_log_is_newest(memory: DecisionFacts, log: TileLog) -> None:
    """Nothing; raises DamagedError where a decision is kept that the log, written first, does not hold."""
    newest = memory.newest()
    if newest is not None and newest >= log.size():
        raise DamagedError(
            "log_older_than_records",
            "The audit log is older than what it is about.",
            f"It ends before entry {newest}, whose decision is kept: an old copy lies in its place, or it was cut off.",
            "Keep the folder as it is for whoever examines it, and restore the newest backup as a whole.",
        )


def verify_own_log(settings: Settings, remembered: Sequence[bytes], copy: Path | None = None) -> VerifyReport:
    """A report on the installation's log or a copy of it, damaged or not, by its own key; see `verify_folder`."""
    return verify_folder(copy or log_folder(settings), own_log_key(settings), remembered=remembered)


def own_log_key(settings: Settings) -> VerifierKey:
    """The verifier key of the installation's log, though nothing else of it may open."""
    identity = read_identity(settings.data_dir / IDENTITY_FILE)
    with closing(open_vault(settings, identity, SystemClock(), stores=("keys.db",))) as vault:
        return NoteSigner(str(identity["name"]), vault.derive(LOG_PURPOSE)).verifier_key


def export_log(settings: Settings, to: Path) -> VerifyReport:
    """A copy of the log for strangers in that folder, and the report on it; BadUseError `data_dir_taken`.

    A server may run meanwhile: a copy that caught it in the middle of an entry is made anew. UnavailableError
    `log_busy` where that happened every time, or the folder cannot be written.
    """
    check_free(to)
    for _ in range(EXPORT_TRIES):
        with folders_made(to), suppress(shutil.Error):  # a file that went meanwhile: the check sees what is missing
            shutil.copytree(log_folder(settings), to, dirs_exist_ok=True)
        report = verify_own_log(settings, (), to)
        if report.ok or not verify_own_log(settings, ()).ok:
            return report
        shutil.rmtree(to)
    raise UnavailableError("log_busy", "The log grows too fast to be copied.", next_step="Try again when less is done.")


def verify_log_copy(folder: Path, key: str, remembered: Sequence[bytes]) -> VerifyReport:
    """A report on a copy of any installation's log, by the verifier key that its operator published; needs no other.

    Raises BadUseError `audit_key_invalid` for a key that is none, UnavailableError where there is no log.
    """
    return verify_folder(folder, VerifierKey.parse(key), remembered=remembered)


def check_left_out(folder: Path, key: str, bundle: Mapping[str, Any]) -> None:
    """Nothing; raises DamagedError where the log in that folder does not verify, is not the bundle's, or holds an entry
    about the bundle's case that the bundle leaves out. `bundle` was verified before."""
    log_key, disk = VerifierKey.parse(key), Disk(folder)
    head = str(bundle["log"][0]["checkpoint"]).encode()
    report = verify_folder(folder, log_key, remembered=[head])
    if report.first_fault is not None:
        fault = report.first_fault
        raise DamagedError("log_damaged", fault.what, f"At {fault.place}.", "Ask for a newer export of the log.")
    size = open_checkpoint(head, log_key).size
    tiles = (
        Tile(ENTRIES_LEVEL, at // TILE_WIDTH, min(TILE_WIDTH, report.size - at)) for at in range(0, size, TILE_WIDTH)
    )
    entries = [decode_entry(leaf) for tile in tiles for leaf in decode_bundle(fetch(disk, tile.path) or b"")]
    missing = left_out(bundle, entries[:size])
    if missing:
        raise DamagedError(
            "bundle_incomplete",
            "The bundle leaves out log entries about its case.",
            "; ".join(f"{index}: {entries[index].event.value}, {entries[index].at:%Y-%m-%d}" for index in missing),
            "Ask the agency for a whole one, and show the court both.",
        )


def witnessed_copy(folder: Path, key: str, policy: WitnessPolicy) -> Witnessed:
    """How far these witnesses cosigned the log in that folder, which verifies: see `verify_folder`."""
    return weigh_notes(cosigned_notes(Disk(folder)).values(), VerifierKey.parse(key), policy)

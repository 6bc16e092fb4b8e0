"""A data folder copied whole: databases by SQLite's own online backup, files byte by byte, each with its digest.

Never copies keys or the index beside the data, and never leaves half a copy under a finished one's name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from facewarden.adapters.durable import move_folder, sync, write_whole
from facewarden.errors import BadUseError, DamagedError, UnavailableError

MANIFEST = "backup.json"
FORMAT = "facewarden-backup/1"
LEFT_OUT = ("keys.db", "index", "backups.json", "outbox")
"""Keys are backed up apart; the index is a cache of templates, made anew from the records; letters hold addresses in
the clear, and a copy of them would outlive their time."""
FIRST, LAST = ("records.db", "facts.db"), ("log", "ledger")
"""What is copied before and after all else: the log holds whatever the records rest on, the ledger what went since."""
_PASSING = ("-wal", "-shm", "-journal", ".lock", ".part")
_CHUNK_BYTES = 1 << 20


def copy_data(data: Path, to: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of a copy of the data folder at `to`, which must not exist: `facts`, and every file's SHA-256.

    Photos that are erased while it runs may be in it or not; the ledger, copied last, names them. Raises BadUseError
    `backup_exists`, UnavailableError `backup_failed`.
    """
    if to.exists():
        raise BadUseError("backup_exists", f"{to} is there already.", next_step="Name another folder.")
    unfinished = to.with_name(f".{to.name}.part")
    with _explained():
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700, parents=True)
        try:
            digests = {str(name): _copied(data / name, unfinished / name) for name in _in_order(data)}
            manifest = {
                "format": FORMAT,
                **facts,
                "files": {name: digest for name, digest in digests.items() if digest is not None},
            }
            write_json(unfinished / MANIFEST, manifest)
            move_folder(unfinished, to)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    return manifest


def copy_keys(keys: Path, to: Path) -> None:
    """The key file copied as of one moment, by SQLite's online backup; `to` must not exist."""
    if to.exists():
        raise BadUseError("backup_exists", f"{to} is there already.", next_step="Name another file.")
    with _explained():
        to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _database_copied(keys, to)
        sync(to.parent)


def read_manifest(backup: Path) -> dict[str, Any]:
    """The manifest of a whole and unchanged backup.

    BadUseError `not_a_backup`; DamagedError `backup_damaged` if a file of it is missing, changed, or too many.
    """
    try:
        manifest = json.loads((backup / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or not isinstance(manifest["files"], dict):
        raise BadUseError("not_a_backup", f"{backup} is no backup of facewarden.", next_step="Name the folder it made.")
    found = {str(path.relative_to(backup)) for path in backup.rglob("*") if path.is_file()} - {MANIFEST}
    with _explained():
        if found != set(manifest["files"]) or any(
            _digest(backup / name) != digest for name, digest in manifest["files"].items()
        ):
            raise DamagedError(
                "backup_damaged",
                "The backup is not as it was made.",
                "A file of it is missing, changed, or was put in.",
                "Use another backup.",
            )
    return manifest


def put_back(backup: Path, to: Path, files: Sequence[str]) -> None:
    """The files of a backup in a data folder that does not exist yet."""
    with _explained():
        to.mkdir(mode=0o700, parents=True)
        for name in files:
            target = to / name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(backup / name, target)
            target.chmod(0o600)


def remove_file(path: Path) -> bool:
    """Whether the file is gone now: removed, or never there; False where it cannot be reached."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return path.parent.is_dir()


def write_json(path: Path, content: object) -> None:
    """The file whole and durable, or as it was; UnavailableError `backup_failed`."""
    with _explained():
        write_whole(path, json.dumps(content, indent=1).encode())


def _in_order(data: Path) -> list[Path]:
    files = [path.relative_to(data) for path in sorted(data.rglob("*")) if path.is_file() and not path.is_symlink()]
    kept = [p for p in files if p.parts[0] not in LEFT_OUT and not p.name.endswith(_PASSING) and ".part" not in p.name]
    first = [path for path in kept if path.parts[0] in FIRST]
    last = [path for path in kept if path.parts[0] in LAST]
    return [*first, *(path for path in kept if path not in {*first, *last}), *last]


def _copied(source: Path, to: Path) -> str | None:
    """The digest of the copy; None if the file was deleted meanwhile."""
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if source.suffix == ".db":
        _database_copied(source, to)
        return _digest(to)
    try:
        shutil.copyfile(source, to)
    except FileNotFoundError:
        return None
    to.chmod(0o600)
    return _digest(to)


def _database_copied(source: Path, to: Path) -> None:
    os.close(os.open(to, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=10.0)) as old,
        closing(sqlite3.connect(to)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise UnavailableError(
            "backup_failed",
            "The backup could not be written or read.",
            f"The system says: {reason_of(error)}.",
            "Check the folder, its owner and the space on its disk; nothing was left half done.",
        ) from error


def reason_of(error: OSError | sqlite3.Error) -> str:
    """What the system says, without a place; of a folder that was copied in part, what it says first."""
    if isinstance(error, shutil.Error):
        return str(error.args[0][0][2]).rpartition("] ")[2].partition(": ")[0]
    return getattr(error, "strerror", None) or str(error)

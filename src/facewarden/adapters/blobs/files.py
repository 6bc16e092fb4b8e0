"""Encrypted files in a folder: one a blob, written whole and durable or not at all.

Never writes plaintext to the disk, and never keeps a key: those come from the vault and die there.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facewarden.adapters.durable import sync
from facewarden.errors import BadUseError, DamagedError, Error, UnavailableError
from facewarden.ports import DataKeys

FORMAT = b"FWB\x01"  # file type and version; authenticated, so an old reader refuses a new format
NONCE_BYTES = 12
SYNC_THREADS = 8
"""Files flushed at a time: the file system joins them into few commits. 64 files took 53 ms, one by one 270 ms."""
UNFINISHED = ".part"
_BLOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class EncryptedBlobs:
    """Blobs in `folder`, AES-256-GCM, each under its own data key of `keys`. Safe for threads and processes.

    Blob ids are letters, digits, `_` and `-`, at most 64, and never used twice.
    """

    def __init__(self, folder: Path, keys: DataKeys) -> None:
        self._folder = folder
        self._keys = keys
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _explained(error) from error

    def put_many(self, blobs: Mapping[str, bytes]) -> None:
        """All of them durable at return; at an error none of them is there.

        UnavailableError `disk_full` if they do not fit; BadUseError `key_exists` if an id was used before.
        """
        for blob_id in blobs:
            _check_id(blob_id)
        if not blobs:
            return
        keys = self._keys.create_many(list(blobs))
        try:
            self._write(blobs, keys)
        except BaseException as error:
            for blob_id in blobs:
                for path in (self._path(blob_id), self._unfinished(blob_id)):
                    with contextlib.suppress(OSError):
                        path.unlink(missing_ok=True)
            # A disk too full for the keys' own log keeps keys without a file: `sweep_orphans` takes them later.
            with contextlib.suppress(Error):
                self._keys.destroy(blobs)
            if isinstance(error, OSError):
                raise _explained(error) from error
            raise

    def get(self, blob_id: str) -> bytes:
        """The blob's bytes. DamagedError `blob_missing` if it or its key is gone, `blob_damaged` if changed."""
        _check_id(blob_id)
        try:
            sealed = self._path(blob_id).read_bytes()
        except FileNotFoundError as error:
            raise _missing() from error
        except OSError as error:
            raise _explained(error) from error
        key = self._keys.get_many([blob_id]).get(blob_id)
        if key is None:
            raise _missing()
        start = len(FORMAT) + NONCE_BYTES
        try:
            if not sealed.startswith(FORMAT):
                raise InvalidTag
            return AESGCM(key).decrypt(sealed[len(FORMAT) : start], sealed[start:], _place(blob_id))
        except (InvalidTag, ValueError) as error:  # ValueError: cut too short for a nonce
            raise DamagedError(
                "blob_damaged",
                "A stored file does not open.",
                "It was changed outside facewarden, or cut short.",
                "Restore it from the newest backup that its key is not newer than.",
            ) from error

    def delete(self, blob_ids: Iterable[str]) -> None:
        """Destroys their keys, then unlinks the files; ids without a blob are no error."""
        wanted = list(blob_ids)
        for blob_id in wanted:
            _check_id(blob_id)
        if not wanted:
            return
        self._keys.destroy(wanted)
        try:
            for blob_id in wanted:
                self._path(blob_id).unlink(missing_ok=True)
            shards = {self._path(blob_id).parent for blob_id in wanted}
            self._flush({shard for shard in shards if shard.is_dir()})
        except OSError as error:
            raise _explained(error) from error

    def ids_written_before(self, moment: datetime) -> Iterator[str]:
        """The ids of all blobs whose file was written before `moment`; removes older unfinished files on its way."""
        try:
            for shard in sorted(self._folder.iterdir()):
                for entry in sorted(shard.iterdir()):
                    with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                        if datetime.fromtimestamp(entry.stat().st_mtime, UTC) >= moment:
                            continue
                        if entry.suffix == UNFINISHED:
                            entry.unlink()
                            continue
                        yield entry.name
        except OSError as error:
            raise _explained(error) from error

    def _write(self, blobs: Mapping[str, bytes], keys: Mapping[str, bytes]) -> None:
        """1. every file beside its place; 2. flushed; 3. moved into place; 4. the folders flushed."""
        for blob_id, content in blobs.items():  # 1
            unfinished = self._unfinished(blob_id)
            unfinished.parent.mkdir(mode=0o700, exist_ok=True)
            nonce = os.urandom(NONCE_BYTES)
            sealed = FORMAT + nonce + AESGCM(keys[blob_id]).encrypt(nonce, content, _place(blob_id))
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
                file.write(sealed)
        self._flush({self._unfinished(blob_id) for blob_id in blobs})  # 2
        for blob_id in blobs:  # 3
            self._unfinished(blob_id).rename(self._path(blob_id))
        self._flush({self._folder, *(self._path(blob_id).parent for blob_id in blobs)})  # 4

    @staticmethod
    def _flush(paths: set[Path]) -> None:
        if len(paths) <= 1:
            for path in paths:
                sync(path)
            return
        with ThreadPoolExecutor(min(SYNC_THREADS, len(paths))) as pool:
            for _ in pool.map(sync, sorted(paths)):
                pass

    def _path(self, blob_id: str) -> Path:
        return self._folder / hashlib.sha256(blob_id.encode()).hexdigest()[:2] / blob_id

    def _unfinished(self, blob_id: str) -> Path:
        return self._path(blob_id).with_name(blob_id + UNFINISHED)


def _place(blob_id: str) -> bytes:
    return FORMAT + blob_id.encode()


def _check_id(blob_id: str) -> None:
    if not _BLOB_ID.fullmatch(blob_id):
        raise BadUseError("blob_id_invalid", "This is no name of a stored file.", "", "Use the id the records give.")


def _missing() -> DamagedError:
    return DamagedError(
        "blob_missing",
        "A stored file or its key is gone.",
        "It was erased, or removed outside facewarden.",
        "If nobody erased it, restore it from the newest backup.",
    )


def _explained(fault: OSError) -> UnavailableError:
    if fault.errno in _NO_ROOM:
        return UnavailableError(
            "disk_full",
            "A file could not be written.",
            "The disk is full or at its limit.",
            "Free space on the disk of the data folder, then try again: nothing was half done.",
        )
    return UnavailableError(
        "blobs_not_accessible",
        "The folder of stored files cannot be used.",
        f"The system reported {errno.errorcode.get(fault.errno or 0, 'an error')}.",
        "Check that the data folder exists and belongs to the account that runs facewarden.",
    )

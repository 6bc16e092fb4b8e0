"""The newest checkpoint of a log that this account has seen, kept apart from the data: an old copy of the whole data
folder does not bring its own.

Never stops anybody where it cannot be kept, and holds nothing but a public checkpoint.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from facewarden.adapters.durable import write_whole
from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.errors import DamagedError, UnavailableError

_PLACE_CHARS = 16


class SeenCheckpoint:
    """What was seen of the log of one installation at one place: a copy that lies elsewhere is another's affair."""

    def __init__(self, folder: Path, installation_id: str, data_dir: Path) -> None:
        place = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:_PLACE_CHARS]
        self._path = folder / f"{installation_id}-{place}.checkpoint"

    def check(self, log: TileLog) -> None:
        """Nothing; raises DamagedError `data_older_than_seen` where the log does not go on from what was seen.

        UnavailableError `seen_unreadable` where something was seen and cannot be read.
        """
        try:
            seen = self._path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return  # nothing was seen, or it could not be kept
        except OSError as problem:
            raise UnavailableError(
                "seen_unreadable",
                "What was last seen of this installation's log cannot be read, so an old copy would not be noticed.",
                f"{self._path}: {problem.strerror}.",
                "Make it readable to this account again.",
            ) from problem
        try:
            log.prove_since(seen)
        except DamagedError as problem:
            raise DamagedError(
                "data_older_than_seen",
                "This data folder is older than what was served from here, or its log was rewritten.",
                "What was erased or decided since may be missing in it: an old copy lies in its place.",
                "Put the newest folder back. If it is lost, restore a backup (facewarden restore) with the newest"
                f" erasure ledger, which removes {self._path}.",
            ) from problem

    def keep(self, log: TileLog) -> None:
        """Keeps the newest checkpoint, durably; where that is not possible, the one before stays."""
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._path, log.checkpoint())

    def forget(self) -> None:
        """What was seen counts no more: a restore, which is on record, goes on from a backup."""
        self._path.unlink(missing_ok=True)

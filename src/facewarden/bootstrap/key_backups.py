"""The backups of keys that an installation made: each lives 30 days at most. Never opens one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from facewarden.adapters.backups import folders
from facewarden.errors import DamagedError
from facewarden.services.taking_out.receipts import KEY_BACKUP_DAYS

REGISTER = "backups.json"
"""Where backups of keys went, in the data folder: for their end, and for receipts."""


class KeyBackups:
    """The backups of keys that this installation made: each lives 30 days at most."""

    def __init__(self, register: Path) -> None:
        self._register = register

    def add(self, path: Path, made_at: datetime) -> None:
        """Remembers one that is about to be made."""
        self._write([*self._read(), {"path": str(path), "made_at": made_at.isoformat()}])

    def last_until(self, moment: datetime) -> datetime | None:
        """When the last one ends that was made by then and may still be there; None if there is none."""
        made = [datetime.fromisoformat(known["made_at"]) for known in self._read()]
        return max((at + timedelta(days=KEY_BACKUP_DAYS) for at in made if at <= moment), default=None)

    def end(self, moment: datetime) -> Mapping[str, int]:
        """How many were removed because their time is over, and how many could not be reached."""
        kept, removed, unreached = [], 0, 0
        for known in self._read():
            if datetime.fromisoformat(known["made_at"]) + timedelta(days=KEY_BACKUP_DAYS) > moment:
                kept.append(known)
            elif folders.remove_file(Path(known["path"])):
                removed += 1
            else:
                kept.append(known)
                unreached += 1
        if removed:
            self._write(kept)
        return {"removed": removed, "unreached": unreached}

    def _read(self) -> list[dict[str, str]]:
        try:
            found: list[dict[str, str]] = json.loads(self._register.read_text("utf-8"))["keys"]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError) as error:
            raise DamagedError(
                "backup_register_damaged",
                f"{self._register} cannot be read.",
                "It was changed outside facewarden.",
                "Restore it from the newest backup, or remove it and end old backups of keys by hand.",
            ) from error
        return found

    def _write(self, known: list[dict[str, str]]) -> None:
        folders.write_json(self._register, {"keys": known})

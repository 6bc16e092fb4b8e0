"""After a restore: everything that was erased since the backup, erased again before anything is served.

Never lets a restored installation serve before it is through, and needs no decision but those on record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from facewarden.domain.erasing import ErasureReason
from facewarden.domain.ids import FaceNumber, PhotoId
from facewarden.ports import ErasedPlaces, ErasureLedger, ReplayRecords
from facewarden.services.taking_out.erasing import Erasing


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to: lines of the ledger, photos erased whole, photos burnt, keys that were there again,
    faces that are kept out again."""

    lines: int
    photos: int
    burnt: int
    keys: int
    kept_out: int

    def counts(self) -> Mapping[str, int]:
        """The counts as the log and the command line state them."""
        return {
            "entries": self.lines,
            "photos": self.photos,
            "burnt": self.burnt,
            "keys": self.keys,
            "suppressed": self.kept_out,
        }


class Replaying:
    """Does again what the ledger says was done; may be repeated."""

    def __init__(self, ledger: ErasureLedger, records: ReplayRecords, erasing: Erasing, places: ErasedPlaces) -> None:
        self._ledger = ledger
        self._records = records
        self._erasing = erasing
        self._places = places

    def run(self) -> Replayed:
        """1. barred and kept out again; 2. photos and faces erased, by reason; 3. keys that came back destroyed."""
        lines = self._ledger.lines()
        kept_out = self._records.put_back(lines, self._ledger.suppressions())  # 1
        photos = burnt = 0
        for reason in ErasureReason:  # 2
            whole: list[PhotoId] = []
            faces: list[FaceNumber] = []
            for line in lines:
                if line.reason == reason.value:
                    left = self._records.left(line)
                    whole.extend(left[0])
                    faces.extend(left[1])
            if whole or faces:
                done = self._erasing.erase(None, whole, reason, face_numbers=faces, despite_holds=True)
                photos, burnt = photos + done.photos, burnt + done.burnt
        keys = self._records.destroy(lines)  # 3
        self._places.rotate_keys()
        return Replayed(len(lines), photos, burnt, keys, kept_out)

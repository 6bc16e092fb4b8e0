"""The daily round that ends what a hold had stopped: erasures owed of photos whose hold is over.

Never ends a hold, and never erases what is still held.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby

from facewarden.domain.erasing import ErasureReason, OwedErasure
from facewarden.ports import OwedErasures
from facewarden.services.taking_out.erasing import Erasing


class Owed:
    """Erasures that waited for a hold to end."""

    def __init__(self, owed: OwedErasures, erasing: Erasing) -> None:
        self._owed = owed
        self._erasing = erasing

    def run(self, moment: datetime) -> Mapping[str, int]:
        """How many photos and how many faces of other photos were erased because their hold is over; none again."""
        photos = faces = 0
        due = sorted(self._owed.due(), key=lambda owed: owed.reason.value)
        for reason, group in groupby(due, key=lambda owed: owed.reason):
            done = self._erase(reason, list(group))
            photos, faces = photos + done[0], faces + done[1]
        return {"photos": photos, "faces": faces}

    def _erase(self, reason: ErasureReason, owed: list[OwedErasure]) -> tuple[int, int]:
        whole = [item.photo_id for item in owed if item.faces is None]
        numbers = [number for item in owed for number in item.faces or ()]
        done = self._erasing.erase(None, whole, reason, face_numbers=numbers, despite_holds=True)
        return done.photos, done.burnt

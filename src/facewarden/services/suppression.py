"""The check that every new face passes before its template is stored: is it one that is kept out?

Never answers a search, never says whose face it was, and never lets a face pass that it could not check.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from facewarden.law.facts import Fact
from facewarden.matching.calibration import Calibration
from facewarden.matching.suppression import Thresholds, Zone, suppression_thresholds, zones
from facewarden.ports import SuppressionRecords, Turn

FACTS = {
    Zone.ADMITTED: Fact(False, "suppression vault: unlike every face in it"),
    # Nobody can tell, so it is undetermined, and the rule refuses what is undetermined.
    Zone.QUARANTINED: Fact(None, "suppression vault: like a face in it, not like enough to tell"),
    Zone.BARRED: Fact(True, "suppression vault: like a face in it"),
}


class SuppressionCheck:
    """Compares new faces with those that are kept out, and new files with those that were erased."""

    def __init__(self, records: SuppressionRecords, calibration: Calibration, pack_id: str, turn: Turn) -> None:
        self._records = records
        self._pack_id = pack_id
        self._turn = turn
        self._thresholds = lru_cache(maxsize=8)(lambda size: suppression_thresholds(calibration, size))

    def steady(self) -> AbstractContextManager[None]:
        """While it is held, nobody is taken out: what was checked under it is still right when it is stored."""
        return self._turn.enrolling()

    def needed(self) -> bool:
        """Whether anybody is kept out at all."""
        return self._records.size() > 0

    def thresholds(self, vault_size: int) -> Thresholds:
        """The thresholds for a vault of that size."""
        return self._thresholds(vault_size)

    def zones(self, templates: NDArray[np.float32]) -> list[Zone]:
        """The zone of each template (N, dimension). Error where the vault cannot be read: then nothing may pass."""
        vault = self._records.templates(self._pack_id)
        if not len(vault) or not len(templates):
            return [Zone.ADMITTED] * len(templates)
        return zones(templates, vault, self.thresholds(len(vault)))

    def barred(self, content_hashes: Sequence[bytes]) -> set[bytes]:
        """Which of these files (keyed hashes) were erased and may not come back."""
        return self._records.barred(content_hashes)

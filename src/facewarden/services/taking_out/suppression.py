"""The check that every new face passes before its template is stored: is it one that is kept out?

Never answers a search, never says whose face it was, and never lets a face pass that it could not check.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.faces import DetectedFace
from facewarden.domain.ids import SourceId
from facewarden.law.facts import Fact
from facewarden.matching.calibration import Calibration
from facewarden.matching.perceptual import NEAR_BITS, as_words, distances, perceptual_hash
from facewarden.matching.suppression import Thresholds, Zone, suppression_thresholds, zones
from facewarden.ports import FaceEngine, SetAside, SuppressionRecords, Turn

FACTS = {
    Zone.ADMITTED: Fact(False, "suppression vault: unlike every face in it"),
    Zone.CLEARED: Fact(False, "a privacy officer: somebody else than in the suppression vault"),
    # Nobody can tell, so it is undetermined, and the rule refuses what is undetermined.
    Zone.QUARANTINED: Fact(None, "suppression vault: like a face in it, not like enough to tell"),
    Zone.BARRED: Fact(True, "suppression vault: like a face in it"),
}
_SEVERITY = (Zone.ADMITTED, Zone.QUARANTINED, Zone.BARRED)

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class KnownPack:
    """A face pack that the vault's templates may be of: its models, and what its similarities mean."""

    engine: FaceEngine
    calibration: Calibration


class SuppressionCheck:
    """Compares new faces with those that are kept out, and new files with those that were erased.

    `pack_of` gives the pack of an id, and raises UnavailableError for one that is not there any more: a face that was
    kept out with the models of its time is compared by these, for as long as it is kept out.
    """

    def __init__(
        self, records: SuppressionRecords, aside: SetAside, pack_of: Callable[[str], KnownPack], turn: Turn
    ) -> None:
        self._records = records
        self._aside = aside
        self._turn = turn
        self._pack_of = lru_cache(maxsize=8)(pack_of)
        self._thresholds = lru_cache(maxsize=32)(
            lambda pack_id, size: suppression_thresholds(self._pack_of(pack_id).calibration, size)
        )

    def steady(self) -> AbstractContextManager[None]:
        """While it is held, nobody is taken out: what was checked under it is still right when it is stored."""
        return self._turn.enrolling()

    def needed(self) -> bool:
        """Whether anybody is kept out at all."""
        return self._records.size() > 0

    def check_ready(self) -> tuple[int, Sequence[str]]:
        """How many faces are kept out, and the packs of their templates, each of which opens with its calibration.

        Error where one does not: a new face could not be compared with everybody, so nothing may be enrolled.
        """
        size, packs = self._records.size(), self._records.pack_ids()
        for pack in packs:
            self.thresholds(pack, size)
        return size, packs

    def thresholds(self, pack_id: str, vault_size: int) -> Thresholds:
        """The thresholds of that pack for a vault of that size."""
        limits: Thresholds = self._thresholds(pack_id, vault_size)
        return limits

    def zones(
        self, pack_id: str, templates: NDArray[np.float32], images: Sequence[Image], faces: Sequence[DetectedFace]
    ) -> list[Zone]:
        """The zone of each of faces[i] in images[i], whose templates (N, dimension) were made by that pack.

        Beside faces that were kept out with another pack, templates of that pack are made here and dropped. Error where
        the vault or a pack cannot be read: then nothing may pass.
        """
        found = [Zone.ADMITTED] * len(faces)
        if not len(faces):
            return found
        vault_size = self._records.size()
        for pack in self._records.pack_ids():
            vault = self._records.templates(pack)
            if not len(vault):
                continue
            if pack != pack_id:
                engine = self._pack_of(pack).engine
                made = engine.templates(images, faces, engine.card.enrol_views)
            else:
                made = templates
            seen = zones(made, vault, self.thresholds(pack, vault_size))
            found = [max(pair, key=_SEVERITY.index) for pair in zip(found, seen, strict=True)]
        return found

    def barred(self, content_hashes: Sequence[bytes]) -> set[bytes]:
        """Which of these files (keyed hashes) were erased and may not come back."""
        return self._records.barred(content_hashes)

    def set_aside(self, source_id: SourceId, content_hashes: Sequence[bytes]) -> set[bytes]:
        """Which of these files of that source wait in the quarantine."""
        return self._aside.waiting_of(source_id, content_hashes)

    def near_copies(self, images: Sequence[Image | None]) -> list[bool]:
        """For each picture whether it is a near copy, mirrored or not, of a photo that was erased; None: False."""
        known = self._records.erased_prints()
        if not known:
            return [False] * len(images)
        words = as_words(list(known))
        return [image is not None and _near(image, words) for image in images]


def _near(image: Image, words: NDArray[np.uint64]) -> bool:
    views = as_words([perceptual_hash(image), perceptual_hash(np.ascontiguousarray(image[:, ::-1]))])
    return any(int(distances(view, words).min()) <= NEAR_BITS for view in views)

"""The gallery as the law of this moment lets it be shown: a photo that a rule in force bars today is not there.

Never shows a photo because it was lawful when it came in, and never hides one for a fact that nobody asked for then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.decisions import KeptDecision
from facewarden.domain.gallery import GalleryFace, JobLease, NewPhoto, Refusal, Stored
from facewarden.domain.ids import FaceNumber, PhotoId, SourceId
from facewarden.domain.provenance import Origin, Standing
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.decision import Decision
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Facts, Value
from facewarden.law.loading import Pack
from facewarden.ports import Clock, DecisionMemory, GalleryRecords
from facewarden.services.law.remembering import decision_of

MEMO_KEPT = 50_000
"""Answers kept within one day: most photos carry no metadata and ask the same, and candidates come again."""


class StandingLaw:
    """What today's rules say of photos that were admitted on another day, from the facts that were kept of them."""

    def __init__(self, law: LawEngine, memory: DecisionMemory, clock: Clock) -> None:
        self._law = law
        self._memory = memory
        self._clock = clock
        self._days: tuple[date, ...] = ()
        self._packs: tuple[Pack, ...] = ()
        self._memo: dict[frozenset[tuple[str, Value]], bool] = {}

    def barred(self, photo_ids: Iterable[PhotoId]) -> set[PhotoId]:
        """Which of these photos the rules in force bar from being collected, in every way in which they came.

        A rule bars by what is known, or by what was looked for and not found where it says so; a fact that no rule
        asked for when the photo came bars nothing. Photos whose facts nobody kept are left out: nothing is known.
        """
        self._forget_old()
        return {photo_id for photo_id in photo_ids if self._barred(photo_id)}

    def _barred(self, photo_id: PhotoId) -> bool:
        ways = [item for item in self._memory.about(photo_id) if item.of_photo and item.action == Action.COLLECT.value]
        return bool(ways) and all(self._bars(item) for item in ways)

    def _bars(self, way: KeptDecision) -> bool:
        try:
            facts = decision_of(way, self._law).facts
        except BadUseError:  # written with another vocabulary: what it says of today's rules nobody can tell
            return True
        key = frozenset((name, fact.value) for name, fact in facts.items())
        known = self._memo.get(key)
        if known is None:
            known = self._memo[key] = _speaks(self._law.decide(Action.COLLECT, facts, self._clock.now()), facts)
        return known

    def _forget_old(self) -> None:
        days, packs = self._law.days(self._clock.now()), self._law.packs
        if days != self._days or packs is not self._packs or len(self._memo) >= MEMO_KEPT:
            self._memo.clear()
            self._days, self._packs = days, packs


class LawfulGallery:
    """The GalleryRecords port, without what the law of this moment bars."""

    def __init__(self, gallery: GalleryRecords, standing: StandingLaw) -> None:
        self._gallery = gallery
        self._standing = standing

    def known(self, source_id: SourceId, offered: Sequence[tuple[bytes, Origin]]) -> Sequence[Standing]:
        """As the records say."""
        return self._gallery.known(source_id, offered)

    def add(self, photos: Sequence[NewPhoto], refusals: Sequence[Refusal], job: JobLease | None) -> Stored:
        """As the records do."""
        return self._gallery.add(photos, refusals, job)

    def showable(self, face_numbers: Sequence[FaceNumber]) -> Mapping[FaceNumber, GalleryFace]:
        """Those that may be shown at this moment and whose photo no rule in force bars."""
        found = self._gallery.showable(face_numbers)
        barred = self._standing.barred({face.photo.photo_id for face in found.values()})
        return {number: face for number, face in found.items() if face.photo.photo_id not in barred}

    def templates(self, face_numbers: Sequence[FaceNumber]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """As the records say: what is compared is joined with the law when it is shown."""
        return self._gallery.templates(face_numbers)

    def photo_content(self, photo_id: PhotoId) -> bytes:
        """The file as collected; BadUseError if there is none that may be shown."""
        if self._standing.barred([photo_id]):
            raise BadUseError(
                "photo_barred",
                "This photo may not be shown.",
                "A rule in force bars it.",
                "See which: facewarden law explain, with its entry in the log.",
            )
        return self._gallery.photo_content(photo_id)


def _speaks(decision: Decision, facts: Facts) -> bool:
    """True if a rule speaks against the photo by more than facts that nobody looked for when it came."""
    return any(
        not ground.undetermined or any(name in facts for name in ground.undetermined) for ground in decision.grounds
    )

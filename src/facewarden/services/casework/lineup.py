"""The set that a second examiner compares: the candidate among those of the gallery who look most like them, shuffled.

Never puts a photo into it that may not be shown, and never the candidate's own person twice.
"""

from __future__ import annotations

import secrets

import numpy as np

from facewarden.domain.examinations import LineupPlace
from facewarden.domain.gallery import GalleryFace
from facewarden.domain.searches import Candidate, SearchRecord
from facewarden.errors import BadUseError
from facewarden.matching.calibration import Calibration
from facewarden.matching.grouping import same_level
from facewarden.ports import GalleryRecords
from facewarden.services.casework.viewing import gone
from facewarden.services.collecting.index import IndexKeeper

LURES = 5  # with the candidate six faces: enough to be wrong by chance in five of six, few enough to compare with care
LURES_MIN = 2
NEIGHBOURS = 60  # how many of the candidate's nearest are looked at for lures


class Lineups:
    """Sets for second examiners."""

    def __init__(self, gallery: GalleryRecords, index: IndexKeeper, calibration: Calibration) -> None:
        self._gallery = gallery
        self._index = index
        self._calibration = calibration

    def of(self, candidate: Candidate, record: SearchRecord) -> tuple[LineupPlace, ...]:
        """The candidate among up to LURES look-alikes, in random order.

        Raises BadUseError where the candidate is gone, or fewer than LURES_MIN others may be shown.
        """
        real = self._gallery.showable([candidate.face_number]).get(candidate.face_number)
        lures = self._lures(candidate, record)
        if real is None:
            raise gone()
        if len(lures) < LURES_MIN:
            raise BadUseError(
                "too_few_lures",
                "This gallery holds too few other people for a blind examination.",
                f"The second examiner sees the candidate among at least {LURES_MIN} look-alikes.",
                "Conclude without a lead, or search a larger gallery.",
            )
        places = [(face, False) for face in lures] + [(real, True)]
        secrets.SystemRandom().shuffle(places)
        return tuple(
            LineupPlace(place, face.face_number, face.photo.photo_id, is_real)
            for place, (face, is_real) in enumerate(places, start=1)
        )

    def _lures(self, candidate: Candidate, record: SearchRecord) -> list[GalleryFace]:
        """The candidate's nearest neighbours who seem to be others, one photo of each."""
        _, own = self._gallery.templates([candidate.face_number])
        if not len(own):
            raise gone()
        level = same_level(self._calibration)
        same = {known.face_number for known in record.candidates if known.group == candidate.group}
        near = [
            hit.face_number
            for hit in self._index.scan(np.asarray(own[0], np.float32), NEIGHBOURS)
            if hit.face_number not in same | {candidate.face_number} and (level is None or hit.similarity < level)
        ]
        shown = self._gallery.showable(near)
        taken = {candidate.photo_id}
        lures: list[GalleryFace] = []
        for number in near:
            face = shown.get(number)
            if face is not None and face.photo.photo_id not in taken and len(lures) < LURES:
                taken.add(face.photo.photo_id)
                lures.append(face)
        return lures

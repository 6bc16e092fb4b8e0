"""What a privacy officer is shown of a request: the faces that may be the person's, held ones and open cases with them.

Never shows a photo that is held, and never lets an averaged face pass for one person's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.ids import FaceNumber, PhotoId
from facewarden.domain.requests import OpenCase, PersonRequest, RequestCandidate
from facewarden.matching.calibration import Calibration
from facewarden.matching.similarity import similarity_matrix
from facewarden.ports import GalleryRecords, HeldFaces
from facewarden.services.collecting.index import IndexKeeper

CANDIDATES_MAX = 500
PEOPLE_LEAST = 3
"""So many different people one face may meet whatever the calibration says: a person and two who look alike."""
SURPRISE = 1e-3
"""A number of look-alikes that would come about less often than this by chance is suspect."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Similarities: from `shown` an officer sees a face, from `same` two faces count as one person's."""

    shown: float
    same: float


@dataclass(frozen=True, slots=True)
class Review:
    """What an officer sees of a request.

    `people` is how many different people the face meets at or above `same`, `people_allowed` how many the calibration
    allows one face to meet in a gallery of this size. `cases` are the open cases to ask first, by candidate.
    """

    request: PersonRequest
    candidates: tuple[RequestCandidate, ...]
    gallery_size: int
    people: int
    people_allowed: int
    cases: tuple[OpenCase, ...]

    @property
    def suspect(self) -> bool:
        """True for a face that meets more different people than one face should."""
        return self.people > self.people_allowed

    @property
    def stopped(self) -> bool:
        """True while it is suspect and nobody has lifted the suspicion."""
        return self.suspect and self.request.cleared_by is None

    @property
    def held(self) -> int:
        """How many candidates lie on photos that are held."""
        return sum(candidate.held for candidate in self.candidates)


class Reviewing:
    """Finds the candidates of a request."""

    def __init__(
        self,
        gallery: GalleryRecords,
        index: IndexKeeper,
        matters: HeldFaces,
        calibration: Calibration,
        levels: Levels,
    ) -> None:
        self._gallery = gallery
        self._index = index
        self._matters = matters
        self._calibration = calibration
        self._levels = levels

    def review(self, request: PersonRequest, template: NDArray[np.float32]) -> Review:
        """The request with the faces that may be the requester's, best first, those on held photos among them."""
        size = self._index.size()
        hits = [hit for hit in self._index.scan(template, CANDIDATES_MAX) if hit.similarity >= self._levels.shown]
        shown = self._gallery.showable([hit.face_number for hit in hits])
        found = [
            (hit.face_number, hit.similarity, shown[hit.face_number].photo.photo_id, shown[hit.face_number].source_name)
            for hit in hits
            if hit.face_number in shown
        ]
        held = self._held(template)
        cases = self._matters.open_cases([number for number, *_ in found] + [number for number, *_ in held])
        candidates = [
            self._candidate(*face, size=size, held=kept, cases=cases.get(face[0], []))
            for faces, kept in ((found, False), (held, True))
            for face in faces
        ]
        ranked = tuple(sorted(candidates, key=lambda candidate: -candidate.similarity))
        near = [number for number, similarity, *_ in found if similarity >= self._levels.same]
        asked = {case.case_id: case for cases_of in cases.values() for case in cases_of}
        return Review(request, ranked, size, self._people(near), self._allowed(size), tuple(asked.values()))

    def _candidate(
        self,
        number: FaceNumber,
        similarity: float,
        photo_id: PhotoId,
        source: str,
        *,
        size: int,
        held: bool,
        cases: Sequence[OpenCase],
    ) -> RequestCandidate:
        return RequestCandidate(
            number,
            photo_id,
            round(similarity, 4),
            self._calibration.fmr_range(similarity),
            self._calibration.expected_lookalikes(similarity, size),
            source,
            held,
            tuple(case.number for case in cases),
        )

    def _held(self, template: NDArray[np.float32]) -> list[tuple[FaceNumber, float, PhotoId, str]]:
        """Held faces are in no index: they are few, and compared one by one."""
        numbers, templates = self._matters.held()
        if not len(numbers):
            return []
        similarities = similarity_matrix(template[np.newaxis], templates)[0]
        near = [
            (FaceNumber(int(number)), float(similarity))
            for number, similarity in zip(numbers, similarities, strict=True)
            if similarity >= self._levels.shown
        ]
        sources = self._matters.sources_of([number for number, _ in near])
        return [
            (number, similarity, PhotoId(sources[number][0]), sources[number][1])
            for number, similarity in near
            if number in sources
        ]

    def _people(self, face_numbers: Sequence[FaceNumber]) -> int:
        """How many different people these seem to be: each face is the first's whom it is like, or a new one."""
        _, templates = self._gallery.templates(face_numbers)
        firsts: list[NDArray[np.float32]] = []
        for template in templates:
            if not firsts or similarity_matrix(template[np.newaxis], np.stack(firsts)).max() < self._levels.shown:
                firsts.append(template)
        return len(firsts)

    def _allowed(self, gallery_size: int) -> int:
        expected = self._calibration.expected_lookalikes(self._levels.same, gallery_size)
        return people_allowed(None if expected is None else expected[1])


def people_allowed(lookalikes: float | None) -> int:
    """How many different people one face may meet: itself, and the look-alikes that chance allows.

    `lookalikes`: how many are expected in the cohort that is hardest to tell apart; None where nobody can tell. The
    count is the first that a Poisson variable of that mean passes with less than SURPRISE, and at least PEOPLE_LEAST.
    """
    mean = lookalikes or 0.0
    count, term = 0, math.exp(-mean)
    total = term
    while 1.0 - total > SURPRISE and count < CANDIDATES_MAX:
        count += 1
        term *= mean / count
        total += term
    return max(PEOPLE_LEAST, 1 + count)

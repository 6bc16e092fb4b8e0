"""Made-up accounts, cases, sources, photos and faces for tests, and a clock that stands still until it is told.

Never draws a picture: a photo here is a few random bytes with a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.accounts import AccountState, GovernmentLevel, Organisation, Role, Sector, Session, User
from facewarden.domain.cases import Case, CaseState, Purpose
from facewarden.domain.faces import Box, DetectedFace, FaceQuality
from facewarden.domain.gallery import NewFace, NewPhoto, Refusal
from facewarden.domain.ids import CaseId, OrganisationId, PhotoId, SessionId, SourceId, UserId, random_id
from facewarden.domain.photos import Photo, PhotoFormat, PhotoState
from facewarden.domain.sources import LegalBasis, Source, SourceState

NOON = datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)
DIMENSION = 16


@dataclass
class SettableClock:
    """Says what it was set to, until `advance`."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment

    def advance(self, by: timedelta) -> None:
        self.moment += by


@dataclass
class Builder:
    """Makes valid things, each different from all before; what matters to a test is given by name."""

    seed: int = 1
    _random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)

    def organisation(self, name: str = "Harbour Police") -> Organisation:
        return Organisation(
            OrganisationId(random_id("or")),
            name,
            Sector.GOVERNMENT,
            GovernmentLevel.LOCAL,
            "US-IL",
            AccountState.ACTIVE,
            NOON,
        )

    def user(self, organisation: Organisation, sign_in_name: str = "ada") -> User:
        return User(
            UserId(random_id("us")),
            organisation.organisation_id,
            sign_in_name,
            "Ada Example",
            frozenset({Role.INVESTIGATOR, Role.EXAMINER}),
            AccountState.ACTIVE,
            NOON + timedelta(days=100),
            NOON,
        )

    def session(self, user: User, started_at: datetime = NOON) -> Session:
        ends = started_at + timedelta(hours=12)
        return Session(SessionId(random_id("se")), user.user_id, started_at, started_at, ends)

    def case(self, user: User) -> Case:
        return Case(
            CaseId(random_id("ca")),
            user.organisation_id,
            "2026/17",
            Purpose.INVESTIGATE_CRIME,
            "robbery",
            CaseState.OPEN,
            frozenset({user.user_id}),
            user.user_id,
            NOON,
        )

    def source(self, name: str = "County records") -> Source:
        return Source(
            SourceId(random_id("so")),
            name,
            LegalBasis.OWN_RECORDS,
            None,
            "records@county.example",
            "US",
            ("county.example", "www.county.example"),
            SourceState.ACTIVE,
            NOON,
        )

    def detected(self) -> DetectedFace:
        left, top = (float(value) for value in self._random.uniform(0, 100, 2))
        return DetectedFace(
            Box(left, top, left + 81.25, top + 92.5),
            float(self._random.uniform(0.5, 1.0)),
            tuple((float(x), float(y)) for x, y in self._random.uniform(0, 200, (5, 2))),
            FaceQuality(81.25, 0.1, -3.5, 2.25, 0.5),
        )

    def template(self) -> NDArray[np.float32]:
        vector = self._random.standard_normal(DIMENSION).astype(np.float32)
        scaled: NDArray[np.float32] = vector / np.float32(np.linalg.norm(vector))
        return scaled

    def face(self) -> NewFace:
        return NewFace(self.detected(), self.template(), "test-pack")

    def photo(
        self, source: Source, faces: int = 1, state: PhotoState = PhotoState.ACTIVE, content: bytes | None = None
    ) -> NewPhoto:
        content = self._random.bytes(300) if content is None else content
        photo = Photo(
            PhotoId(random_id("ph")),
            source.source_id,
            self._random.bytes(32),
            "IMG 0001.jpg",
            "https://county.example/photo?id=1",
            PhotoFormat.JPEG,
            400,
            300,
            len(content),
            NOON - timedelta(days=3, microseconds=5),
            NOON,
            state,
            17,
        )
        return NewPhoto(photo, content, tuple(self.face() for _ in range(faces)))

    def photos(self, source: Source, count: int, faces: int = 1) -> Sequence[NewPhoto]:
        return [self.photo(source, faces) for _ in range(count)]

    def refusal(self, source: Source, ground: str = "no_face") -> Refusal:
        return Refusal(source.source_id, ground, "2026.1", self._random.bytes(32), NOON)

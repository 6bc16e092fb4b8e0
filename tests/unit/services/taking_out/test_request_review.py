"""An averaged face meets many people and is suspect; one person's face is not, nor one with chance look-alikes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest

from facewarden.domain.requests import Behalf, Channel, PersonRequest, RequestKind, RequestState
from facewarden.services.collecting.index import Scored
from facewarden.services.taking_out.request_review import PEOPLE_LEAST, Levels, Reviewing, people_allowed

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
REQUEST = PersonRequest(
    "req_1", RequestKind.TAKE_OUT, RequestState.WAITING, None, None, Behalf.SELF, "en", Channel.WEB, "1", NOON, NOON,
    "house",
)  # fmt: skip


def _unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@dataclass
class _World:
    """A gallery of different people, two photos each, and the average of their faces."""

    people: int
    lookalikes: float | None = None

    def __post_init__(self) -> None:
        each = np.eye(self.people, 64, dtype=np.float32) * 0.5 + np.eye(1, 64, 63, dtype=np.float32) * 3.0
        self.faces = _unit(np.repeat(each, 2, axis=0))
        self.average = _unit(each.mean(axis=0, keepdims=True))[0]

    def scan(self, probe: np.ndarray, count: int) -> list[Scored]:
        return [Scored(at + 1, float(face @ probe)) for at, face in enumerate(self.faces)]

    def size(self) -> int:
        return len(self.faces)

    def showable(self, numbers: list[int]) -> dict[int, object]:
        return {n: SimpleNamespace(photo=SimpleNamespace(photo_id=f"ph_{n}"), source_name="s") for n in numbers}

    def templates(self, face_numbers: list[int]) -> object:
        numbers = np.array(face_numbers, dtype=np.int64)
        return numbers, self.faces[numbers - 1] if len(numbers) else np.zeros((0, 0), np.float32)

    def held(self) -> object:
        return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)

    def open_cases(self, face_numbers: list[int]) -> dict[int, object]:
        return {}

    def fmr_range(self, similarity: float) -> None: ...

    def expected_lookalikes(self, similarity: float, size: int) -> tuple[float, float] | None:
        return None if self.lookalikes is None else (0.0, self.lookalikes)

    def review(self) -> object:
        parts = [self] * 4
        return Reviewing(*parts, Levels(shown=0.98, same=0.97)).review(REQUEST, self.average)  # type: ignore[arg-type]


def test_one_persons_photos_are_one_person() -> None:
    review = _World(1).review()
    assert (len(review.candidates), review.people, review.suspect) == (2, 1, False)


def test_an_averaged_face_is_suspect() -> None:
    review = _World(PEOPLE_LEAST + 3).review()
    assert (review.people, review.suspect, review.stopped) == (PEOPLE_LEAST + 3, True, True)


def test_where_the_calibration_expects_look_alikes_as_many_are_no_suspicion() -> None:
    assert not _World(PEOPLE_LEAST + 3, lookalikes=5.0).review().suspect


@pytest.mark.parametrize(("lookalikes", "people"), [(None, 3), (0.0, 3), (0.01, 3), (0.1, 3), (1.0, 6), (5.0, 14)])
def test_a_face_may_meet_itself_and_as_many_as_chance_allows(lookalikes: float | None, people: int) -> None:
    assert people_allowed(lookalikes) == people


def test_the_people_allowed_rise_with_the_look_alikes() -> None:
    allowed = [people_allowed(mean) for mean in np.linspace(0.0, 40.0, 81)]
    assert allowed == sorted(allowed)

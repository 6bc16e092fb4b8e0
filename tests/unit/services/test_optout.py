"""A request that meets many people is suspect: nobody is erased in bulk by an averaged face."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest

from facewarden.domain.accounts import Actor
from facewarden.domain.erasing import OptOutRequest, RequestState
from facewarden.domain.ids import SessionId, random_id
from facewarden.domain.photos import DecodedPhoto, PhotoFormat, PhotoMetadata
from facewarden.errors import BadUseError
from facewarden.services.index import Scored
from facewarden.services.optout import PEOPLE_MAX, Levels, OptOut
from facewarden.testing.gallery import Builder

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FACE = object()


def _unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@dataclass
class _Erased:
    photos: list[str]


class _World:
    """A gallery of `people` different people, two photos each, and a request whose face is the average of them."""

    def __init__(self, people: int) -> None:
        each = np.eye(people, 64, dtype=np.float32) * 0.5 + np.eye(1, 64, 63, dtype=np.float32) * 3.0
        self.faces = _unit(np.repeat(each, 2, axis=0))
        self.average = _unit(each.mean(axis=0, keepdims=True))[0]

    def scan(self, probe: np.ndarray, count: int) -> list[Scored]:
        return [Scored(at + 1, float(face @ probe)) for at, face in enumerate(self.faces)]

    def size(self) -> int:
        return len(self.faces)

    def showable(self, numbers: list[int]) -> dict[int, object]:
        return {n: SimpleNamespace(photo=SimpleNamespace(photo_id=f"ph_{n}"), source_name="s") for n in numbers}

    def templates(self, *given: object) -> object:
        if len(given) == 3:  # as the engine
            return self.average[np.newaxis]
        numbers = np.array(given[0], dtype=np.int64)
        return numbers, self.faces[numbers - 1] if len(numbers) else np.zeros((0, 0), np.float32)

    card = SimpleNamespace(probe_views=1, pack_id="p")

    def fmr_range(self, similarity: float) -> None: ...

    def expected_lookalikes(self, similarity: float, size: int) -> None: ...

    def decode(self, files: list[bytes]) -> list[DecodedPhoto]:
        return [DecodedPhoto(np.zeros((9, 9, 3), np.uint8), PhotoFormat.JPEG, PhotoMetadata())]

    def find(self, request_id: str) -> OptOutRequest:
        return OptOutRequest(request_id, RequestState.WAITING, FACE, None, "self", NOON, NOON, None, None)  # type: ignore[arg-type]

    def content(self, request_id: str) -> bytes:
        return b""

    def erase(self, actor: object, photos: list[str], *_: object, **__: object) -> _Erased:
        return _Erased(photos)

    def enter(self, *_: object, **__: object) -> None: ...

    def now(self) -> datetime:
        return NOON


def _officer() -> Actor:
    make = Builder()
    organisation = make.organisation()
    return Actor(make.user(organisation, "olga"), organisation, SessionId(random_id("ses")))


def _opt_out(people: int) -> OptOut:
    world = _World(people)
    parts = [world] * 6
    return OptOut(*parts, Levels(shown=0.98, same=0.97), world, world, world)  # type: ignore[arg-type]


def test_one_persons_photos_may_all_be_confirmed_at_once() -> None:
    erased = _opt_out(1).approve(_officer(), "req_1", [], above=0.98)
    assert erased.photos == ["ph_1", "ph_2"]


def test_an_averaged_face_is_suspect_and_confirmed_by_number_alone() -> None:
    opt_out = _opt_out(PEOPLE_MAX + 3)
    review = opt_out.review(_officer(), "req_1")
    assert (review.people, review.suspect) == (PEOPLE_MAX + 3, True)
    with pytest.raises(BadUseError) as refused:
        opt_out.approve(_officer(), "req_1", [], above=0.98)
    assert refused.value.code == "request_suspect"
    assert opt_out.approve(_officer(), "req_1", [1]).photos == ["ph_1"]

"""Made-up templates and changes for the index's tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from facewarden.adapters.index_faiss.index import FaissIndex, IndexOptions
from facewarden.domain.gallery import IndexChange
from facewarden.domain.ids import FaceNumber
from facewarden.matching.similarity import normalised

DIMENSION = 32
KEY = bytes(range(32))

MakeIndex = Callable[..., FaissIndex]


class World:
    """Templates by face number, always the same for a number, and the changes that bring or take faces."""

    dimension = DIMENSION
    key = KEY

    def __init__(self) -> None:
        self.sequence = 0

    def template(self, number: int, version: int = 0) -> np.ndarray:
        # All lie in one direction from the origin, as real templates do: the mean matters.
        offset = np.full(DIMENSION, 0.5)
        return normalised((offset + np.random.default_rng((number, version)).standard_normal(DIMENSION))[None])[0]

    def templates(self, numbers: Sequence[int]) -> np.ndarray:
        return np.stack([self.template(n) for n in numbers])

    def came(self, numbers: Sequence[int], version: int = 0) -> list[IndexChange]:
        return [self._change(n, self.template(n, version)) for n in numbers]

    def went(self, numbers: Sequence[int]) -> list[IndexChange]:
        return [self._change(n, None) for n in numbers]

    def _change(self, number: int, template: np.ndarray | None) -> IndexChange:
        self.sequence += 1
        return IndexChange(self.sequence, FaceNumber(number), template)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def make_index(tmp_path: Path) -> MakeIndex:
    def make(plain_up_to: int = 20_000, key: bytes = KEY) -> FaissIndex:
        return FaissIndex(tmp_path / "faces.index", key, DIMENSION, IndexOptions(plain_up_to=plain_up_to))

    return make

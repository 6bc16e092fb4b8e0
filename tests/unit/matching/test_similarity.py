"""Cosine and exact re-rank."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from facewarden.errors import BadUseError
from facewarden.matching.rerank import rerank
from facewarden.matching.similarity import checked_templates, normalised, similarities, similarity_matrix


def templates(count: int, dimension: int = 16, seed: int = 0) -> np.ndarray:
    return normalised(np.random.default_rng(seed).standard_normal((count, dimension)))


def test_a_template_is_most_similar_to_itself():
    rows = templates(20)
    for i in range(20):
        order, scores = rerank(rows[i], rows, 1)
        assert order[0] == i
        assert scores[0] == pytest.approx(1.0, abs=1e-6)


def test_similarity_rises_with_closeness():
    probe = normalised(np.array([[1.0, 0.0]]))[0]
    rows = normalised(np.array([[-1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]))
    assert similarities(probe, rows).tolist() == pytest.approx([-1.0, 0.0, 0.5**0.5, 1.0], abs=1e-6)


def test_a_template_scores_the_same_alone_and_among_others():
    rows = templates(333, 128)
    among = similarities(rows[0], rows)
    for i in (0, 1, 7, 332):
        assert similarities(rows[0], rows[i : i + 1])[0] == among[i]


@given(st.integers(0, 40), st.integers(0, 50))
def test_rerank_equals_sorting_everything(size, count):
    rows, probe = templates(size, seed=1), templates(1, seed=2)[0]
    order, scores = rerank(probe, rows, count)
    everything = similarities(probe, rows)
    assert len(order) == len(scores) == min(size, count)
    assert scores.tolist() == sorted(everything.tolist(), reverse=True)[:count]
    assert scores.tolist() == everything[order].tolist()


def test_equal_similarities_keep_their_order():
    row = templates(1)
    order, _ = rerank(row[0], np.repeat(row, 9, axis=0), 9)
    assert order.tolist() == list(range(9))


def test_the_matrix_holds_the_same_cosines():
    rows, probes = templates(30, 128), templates(4, 128, seed=3)
    matrix = similarity_matrix(probes, rows)
    for i in range(4):
        assert matrix[i] == pytest.approx(similarities(probes[i], rows), abs=1e-6)


@given(arrays(np.float64, (3, 8), elements=st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6)))
def test_normalised_vectors_are_accepted_and_others_told_apart(vectors):
    if not np.all(np.any(vectors != 0.0, axis=1)):
        with pytest.raises(BadUseError):
            normalised(vectors)
    else:
        assert checked_templates(normalised(vectors)).dtype == np.float32


@pytest.mark.parametrize(
    "bad",
    [
        np.ones((2, 4), dtype=np.float32),
        np.full((2, 4), np.nan, dtype=np.float32),
        np.full((2, 4), np.inf, dtype=np.float32),
        np.zeros((2, 4), dtype=np.float32),
        np.full((2, 4), 0.5, dtype=np.float64),
        np.ones(4, dtype=np.float32),
    ],
    ids=["length 2", "nan", "infinite", "zero", "float64", "one-dimensional"],
)
def test_what_is_no_template_is_refused(bad):
    with pytest.raises(BadUseError):
        checked_templates(bad)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(BadUseError):
        similarities(templates(1, 8)[0], templates(3, 16))
    with pytest.raises(BadUseError):
        similarity_matrix(templates(2, 8), templates(3, 16))
    with pytest.raises(BadUseError):
        checked_templates(templates(3, 16), dimension=8)
    with pytest.raises(BadUseError):
        rerank(templates(1)[0], templates(3), -1)

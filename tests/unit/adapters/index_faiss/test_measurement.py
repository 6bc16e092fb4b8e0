"""The measurement counts right: ranks by definition, losses where there are some, nothing left behind."""

from __future__ import annotations

import json

import numpy as np
import pytest

from facewarden.adapters.index_faiss import measurement
from facewarden.adapters.index_faiss.measurement import MadeUpGallery, measure_index
from facewarden.matching.population import assumed_population

POPULATION = assumed_population(32)


def test_exact_ranks_are_what_sorting_gives(monkeypatch, tmp_path):
    monkeypatch.setattr(measurement, "CHUNK", 250)  # several chunks, so that mates lie in more than one
    gallery = MadeUpGallery(POPULATION, 1000, 400, tmp_path)
    rows = gallery.templates(np.arange(1, 1001))
    scores = gallery.probes @ rows.T
    ranks = gallery.exact_ranks(gallery.probes)
    for i in range(400):
        assert ranks[i] == 1 + np.sum(np.delete(scores[i], i) > scores[i, i])
    assert ranks.max() > 1  # some mates are not the nearest: else nothing was tested


def test_chunks_and_single_templates_are_the_same_faces(tmp_path):
    gallery = MadeUpGallery(POPULATION, 300, 10, tmp_path)
    numbers, rows = next(gallery.chunks())
    assert numbers.tolist() == list(range(1, 301))
    assert np.array_equal(rows[[4, 2]], gallery.templates(np.array([5, 3])))


@pytest.mark.parametrize("size", [500, 9_000])
def test_a_measurement_is_whole_and_leaves_nothing_behind(tmp_path, size):
    found = measure_index(size, POPULATION, mates=200, plain_up_to=5_000, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
    document = json.loads(json.dumps(found.as_json()))
    assert document["faces"] == size
    assert document["exact"] == (size == 500)
    assert document["mates"] == 200
    for loss in found.losses:
        assert list(loss.kept.values()) == sorted(loss.kept.values())
        assert loss.kept[2000] > 0.99


def test_a_loss_is_seen():
    """Positive control: a scan that brings others than the nearest keeps fewer mates."""

    class Blind:
        def search(self, probes: np.ndarray, count: int):
            return [(np.arange(1, count + 1), np.zeros(count, np.float32)) for _ in probes]

    gallery = MadeUpGallery(POPULATION, 4000, 3000)
    losses = measurement._losses(Blind(), gallery, gallery.probes)
    assert losses[0].kept[50] < 0.1

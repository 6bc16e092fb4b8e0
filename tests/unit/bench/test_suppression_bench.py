"""The bench of keeping out, on made-up templates: its counting, and that a larger vault never lets its people in."""

from __future__ import annotations

import numpy as np
import pytest

from facewarden.adapters.faces_onnx.pack import default_calibration
from facewarden.bench.suppression import WAYS, altered, made_up, measure, shares
from facewarden.matching.population import assumed_population
from facewarden.matching.suppression import Zone


@pytest.fixture(scope="module")
def curve():
    setting = made_up(50, 2_000, 450, assumed_population(128))
    return list(measure(setting, default_calibration(), sizes=(10, 50, 100, 500, 5_000)))


def test_sizes_that_cannot_be_filled_are_left_out(curve) -> None:
    assert [row["vault_size"] for row in curve] == [50, 100, 500]


def test_the_thresholds_lean_to_keeping_people_out_as_the_vault_grows(curve) -> None:
    assert all(row["own"]["caught"] >= 0.9 for row in curve), "made-up mates spread as real ones, so most are caught"
    barred = [row["barred_from"] for row in curve]
    assert max(barred) - min(barred) < 0.2


def test_every_share_has_an_interval_around_it(curve) -> None:
    for row in curve:
        for found in (row["own"], *row["others"].values()):
            for name in ("barred", "quarantined", "caught"):
                low, high = found[f"{name}_interval"]
                assert low <= found[name] <= high
            assert found["caught"] == pytest.approx(found["barred"] + found["quarantined"])


def test_shares_count_each_zone_once() -> None:
    found = shares([Zone.BARRED, Zone.QUARANTINED, Zone.ADMITTED, Zone.ADMITTED])
    assert (found["faces"], found["barred"], found["quarantined"], found["caught"]) == (4, 0.25, 0.25, 0.5)
    assert shares([])["caught_interval"] == (0.0, 1.0)


def test_every_way_of_altering_gives_another_picture() -> None:
    import io

    from PIL import Image

    out = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (100, 80, 3), dtype=np.uint8)
    Image.fromarray(noise).save(out, "JPEG", quality=95)
    made = [altered(out.getvalue(), way) for way in WAYS]
    assert len(set(made)) == len(WAYS)
    assert [Image.open(io.BytesIO(content)).size for content in made] == [
        (80, 100), (72, 88), (80, 100), (80, 100), (48, 60),
    ]  # fmt: skip

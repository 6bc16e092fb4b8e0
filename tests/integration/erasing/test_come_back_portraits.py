"""Fifty people taken out with one picture, their other pictures altered in five ways among 20,000 others' faces.

Real portraits, where they are at hand, and two minutes of a processor: FACEWARDEN_COME_BACK=1 asks for it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from facewarden.adapters.faces_onnx.pack import default_calibration
from facewarden.bench.suppression import from_portraits, measure
from facewarden.bootstrap import faces as bootstrap_faces

PORTRAITS = Path(__file__).parents[4] / "shared" / "portraits"
pytestmark = [
    pytest.mark.portraits,
    pytest.mark.slow,
    pytest.mark.skipif(not PORTRAITS.is_dir(), reason="the portraits are not at hand"),
    pytest.mark.skipif(not os.environ.get("FACEWARDEN_COME_BACK"), reason="FACEWARDEN_COME_BACK=1 asks for it"),
]


def test_a_vault_of_fifty_keeps_its_people_out_and_lets_others_in(models_dir: Path) -> None:
    with bootstrap_faces.face_parts(models_dir) as (decoder, engine):
        setting = from_portraits(
            PORTRAITS / "probes", PORTRAITS / "gallery", decoder, engine, lambda done, total: None, sizes=(50,)
        )
    (found,) = measure(setting, default_calibration(), sizes=(50,))
    assert found["own"]["faces"] + found["own_without_a_face"] == 250
    assert found["own"]["caught"] >= 0.99
    assert found["own"]["barred"] >= 0.95
    for origin, others in found["others"].items():
        assert others["barred"] <= 0.005, origin
        assert others["quarantined"] <= 0.05, origin

"""The tables that ship with the packs that are built here: readable, made of counts, and as cautious as it says."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from facewarden.adapters.faces_onnx.recipes import RECIPES, Recipe
from facewarden.matching.calibration import LEAST_ERRORS, Calibration


@pytest.fixture(scope="module", params=RECIPES.values(), ids=RECIPES)
def recipe(request) -> Recipe:
    return request.param


@pytest.fixture(scope="module")
def text(recipe) -> str:
    return (files("facewarden") / f"adapters/faces_onnx/calibration/{recipe.calibration}").read_text(encoding="utf-8")


def test_the_shipped_table_is_read_and_names_its_set(text):
    table = Calibration.from_json(text)
    assert "portraits" in table.set_name
    assert [cohort.name for cohort in table.cohorts] == [
        "probe x gallery",
        "gallery x gallery",
        "before 1907",
        "after 1947",
    ]
    assert any("not measured" in limit for limit in table.limits)


def test_the_shipped_table_is_of_the_pack_that_ships(text, recipe):
    """Another version of the pack makes other scores: its table is to be measured again."""
    card = recipe.card
    views = f"probe views {card.probe_views}, enrolment views {card.enrol_views}"
    assert Calibration.from_json(text).pack == f"{card.pack_id}/{card.version}, {views}"


def test_the_shipped_table_tells_no_more_than_its_pairs_hold(text):
    table = Calibration.from_json(text)
    for cohort in table.cohorts:
        assert cohort.finest_fmr == LEAST_ERRORS / cohort.scores.pairs
        assert table.threshold(cohort.finest_fmr * 0.9, cohort.name) is None
    assert table.threshold(1e-3, "before 1907") > table.threshold(1e-3, "probe x gallery")


def test_the_shipped_table_holds_no_long_list_but_whole_counts(text):
    """A template is 128 fractions, a picture a long string: neither can hide here."""

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            assert all(isinstance(part, (int, str, dict)) for part in value)
            for part in value:
                walk(part)
        elif isinstance(value, str):
            assert len(value) < 200

    walk(json.loads(text))

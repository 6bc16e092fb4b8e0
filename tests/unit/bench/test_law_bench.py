"""The bench of the law decides every kind of act anew and never counts an error as a decision."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from facewarden.bench import law as bench
from facewarden.errors import UnavailableError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.services.law.lawshelf import LawShelf

PACKS = LawShelf().packs
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_every_kind_of_act_is_decided_and_all_verdicts_are_counted():
    found = bench.measure(PACKS, NOON, 0.3)
    assert sum(found["verdicts"].values()) == found["decisions"] > 0
    assert {action for action, _ in bench.acts(PACKS, NOON)} == set(Action)
    assert found["p50_ms"] <= found["p99_ms"] <= found["worst_ms"]
    assert found["packs"] == len(PACKS)


def test_an_error_of_the_law_ends_the_bench(monkeypatch):
    broken = [(Action.SEARCH, {"no_such_fact": Fact(True, "bench")})]
    monkeypatch.setattr(bench, "acts", lambda packs, moment: broken)
    with pytest.raises(UnavailableError) as raised:
        bench.measure(PACKS, NOON, 0.1)
    assert raised.value.code == "bench_law_error"

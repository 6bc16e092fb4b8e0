"""The latency bench, end to end: a demo of its own, filled up, served, searched, deleted."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from facewarden.bench import latency
from facewarden.cli.demonstration import PROBE_FOLDER
from facewarden.cli.filled_demo import filled_demo
from facewarden.settings import SEARCHES_VARIABLE

AT_ONCE = 8
WARM_UP = 5
BUDGETS_MS = {"alone": (150.0, 500.0), "together": (400.0, 1_200.0)}
START_BUDGET_S = 5.0


def measured(
    models_dir: Path, faces: int, people: int, alone: int, together: int, folder: Path | None
) -> dict[str, Any]:
    """Start of the server in seconds, and the times of both rounds, beside their budgets."""
    # One person asks more often here than anybody may.
    with filled_demo(models_dir, folder, people, faces, **{SEARCHES_VARIABLE: "100000"}) as demo:
        demo.context.close()
        os.sync()  # a disk that still writes the gallery out would be measured along with the searches
        photo = latency.megapixel(min((demo.data / PROBE_FOLDER).iterdir()).read_bytes())
        with latency.served(demo.environment, demo.data) as (port, start_s):
            token, case_id = latency.signed_in(port, "investigator", demo.passwords["investigator"])
            clients = [latency.Client(port, token, case_id, photo) for _ in range(AT_ONCE)]
            first_ms, _ = clients[0].search()
            rounds = {}
            for name, who, searches in (("alone", clients[:1], alone), ("together", clients, together)):
                latency.measure(who, WARM_UP * len(who))
                rounds[name] = latency.measure(who, searches)
            for client in clients:
                client.close()
    kept = start_s <= START_BUDGET_S and all(
        times.p50_ms <= BUDGETS_MS[name][0] and times.p99_ms <= BUDGETS_MS[name][1] and not times.errors
        for name, times in rounds.items()
    )
    return {
        "gallery": demo.gallery,
        "probe_bytes": len(photo),
        "processors": len(os.sched_getaffinity(0)),
        "start_s": round(start_s, 2),
        "first_ms": round(first_ms, 1),
        **{name: asdict(times) for name, times in rounds.items()},
        "budgets_ms": {name: {"p50": p50, "p99": p99} for name, (p50, p99) in BUDGETS_MS.items()},
        "within_budget": kept,
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The measurement for a person."""
    told = [
        f"{found['gallery']:,} faces, {found['processors']} processors shared with the client, a probe of one megapixel"
        f" ({found['probe_bytes'] / 1e3:.0f} kB). Ready {found['start_s']} s after its start (budget"
        f" {START_BUDGET_S:.0f}); first search {found['first_ms']} ms.",
    ]
    for name, words in (("alone", "one after another"), ("together", f"{AT_ONCE} at a time")):
        times, budget = found[name], found["budgets_ms"][name]
        told.append(
            f"  {words:<18} p50 {times['p50_ms']:.0f} ms (budget {budget['p50']:.0f}), p99 {times['p99_ms']:.0f}"
            f" ({budget['p99']:.0f}), worst {times['worst_ms']:.0f}; {times['searches_per_s']:.1f} searches a second,"
            f" {times['errors']} errors of {times['searches']}"
        )
    return told

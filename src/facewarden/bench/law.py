"""How many decisions a second the law makes on one core, and how long the slowest take.

Never counts a decision that ended in an error of the law, and never reuses one: each is evaluated anew.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import cycle, islice
from typing import Any

from facewarden.errors import UnavailableError
from facewarden.law.actions import Action
from facewarden.law.check import ASSUMED
from facewarden.law.decision import LAW_ERROR
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Fact, Facts, Value
from facewarden.law.loading import Pack
from facewarden.law.photo import PhotoEvidence, PhotoReader

DECISIONS_PER_S_FLOOR = 1_000
P99_CEILING_MS = 3.0
ROUND = 200
"""Decisions between two looks at the whole time: the share of the slowest hundredth needs some thousands in all."""
_POINTS = ((41.8917, -87.6043), (38.6270, -90.1994), (41.6156, -87.5450), (48.8566, 2.3522), (None, None))
_URLS = (
    None,
    "https://photos.example.org/a.jpg",
    "https://www.facebook.com/x.jpg",
    "https://chicago.example.com/b.png",
)
_PLACES = ("US-IL", "US-WA", "FR", None)
_LEVELS = ("federal", "state", "local")


def acts(packs: Sequence[Pack], moment: datetime) -> list[tuple[Action, Facts]]:
    """Acts of every kind that the rules in force read facts for: photos of many places, searches and accounts."""
    engine, reader = LawEngine(packs), PhotoReader.load()
    photos = [
        reader.read(PhotoEvidence(tags={}, latitude_deg=latitude, longitude_deg=longitude, file_url=url))
        for latitude, longitude in _POINTS
        for url in _URLS
    ]
    bodies: list[dict[str, Value]] = [
        {"org_sector": "government", "org_level": level, "org_place": place, "office_place": place}
        for level in _LEVELS
        for place in _PLACES
    ]
    made: list[tuple[Action, Facts]] = []
    for action in Action:
        about = photos if action in (Action.COLLECT, Action.ENROL) else [_facts(body) for body in bodies]
        needed = engine.needs(action, moment.date())
        for facts in about:
            whole = {name: Fact(None, "bench") for name in needed} | _facts(ASSUMED.get(action, {})) | facts
            made.append((action, {name: fact for name, fact in whole.items() if name in needed}))
    return made


def measure(packs: Sequence[Pack], moment: datetime, seconds: float) -> dict[str, Any]:
    """Decisions a second, their median and 99th percentile in ms, and verdicts; on the one core of this thread.

    Raises UnavailableError where a decision ended in an error of the law.
    """
    engine = LawEngine(packs)
    asked = acts(packs, moment)
    verdicts = {"allow": 0, "refuse": 0, "quarantine": 0}
    for action, facts in asked:  # compiles each act's rules of the day; not part of the time
        if LAW_ERROR in engine.decide(action, facts, moment).rules:
            raise UnavailableError("bench_law_error", f"The law could not decide the act {action.value}.")
    took_ms: list[float] = []
    used_ms: list[float] = []  # of processor time: what other work on the machine cannot lengthen
    endless = cycle(asked)
    cpu_started, started = time.thread_time(), time.perf_counter()
    while time.perf_counter() - started < seconds:
        for action, facts in islice(endless, ROUND):
            used_before, before = time.thread_time(), time.perf_counter()
            decision = engine.decide(action, facts, moment)
            took_ms.append((time.perf_counter() - before) * 1e3)
            used_ms.append((time.thread_time() - used_before) * 1e3)
            verdicts[decision.verdict.value] += 1
    wall_s, cpu_s = time.perf_counter() - started, time.thread_time() - cpu_started
    ordered = sorted(took_ms)
    per_s, p99_ms = len(ordered) / wall_s, ordered[int(len(ordered) * 0.99)]
    return {
        "packs": len(packs),
        "rules": sum(len(pack.rules) for pack in packs),
        "acts": len(asked),
        "decisions": len(ordered),
        "decisions_per_s": round(per_s),
        "decisions_per_cpu_s": round(len(ordered) / cpu_s),
        "p50_ms": round(ordered[len(ordered) // 2], 3),
        "p99_ms": round(p99_ms, 3),
        "p99_cpu_ms": round(sorted(used_ms)[int(len(used_ms) * 0.99)], 3),
        "worst_ms": round(ordered[-1], 3),
        "verdicts": verdicts,
        "within_budget": per_s >= DECISIONS_PER_S_FLOOR and p99_ms <= P99_CEILING_MS,
    }


def _facts(values: Mapping[str, Value]) -> dict[str, Fact]:
    return {name: Fact(value, "bench") for name, value in values.items()}

"""Scenarios: what a lawyer writes to try a pack: these facts, on this day, this verdict by these rules.

They never change anything and never count as facts: a pack's scenarios are not part of its version.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from facewarden.errors import UnavailableError
from facewarden.law.actions import Action
from facewarden.law.decision import Verdict
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Fact
from facewarden.law.loading import Pack, select_packs
from facewarden.law.schema import FACT_BY_NAME

SCENARIOS = "scenarios*.toml"
"""The files beside a pack: one, or several for a pack with much to try, each with [facts] of its own."""
_FIELDS = frozenset({"name", "action", "day", "facts", "unknown", "absent", "expect", "rules"})


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario. `day` is a date or an aware instant; `rules` are all those of the pack that must speak."""

    pack_id: str
    name: str
    action: Action
    day: date | datetime
    facts: Mapping[str, Fact]
    expect: Verdict
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a scenario: the verdict and the rules of its pack that spoke."""

    scenario: Scenario
    verdict: Verdict
    rules: frozenset[str]

    @property
    def passed(self) -> bool:
        """True if the verdict and the rules are those expected."""
        return self.verdict is self.scenario.expect and self.rules == self.scenario.rules

    def to_json(self) -> dict[str, Any]:
        """Plain data, as `law test --json` prints it."""
        return {
            "pack": self.scenario.pack_id,
            "name": self.scenario.name,
            "passed": self.passed,
            "expected": {"verdict": self.scenario.expect.value, "rules": sorted(self.scenario.rules)},
            "got": {"verdict": self.verdict.value, "rules": sorted(self.rules)},
        }


def read_scenarios(text: str, pack_id: str) -> tuple[Scenario, ...]:
    """The scenarios of one file. Its [facts] hold for all; a scenario's own win; `unknown` and `absent` names take
    them away. Raises ValueError with the scenario's name and what is wrong."""
    document = tomllib.loads(text)
    if unknown := document.keys() - {"facts", "scenario"}:
        raise ValueError(f"the file has the unknown field {min(unknown)!r}")
    shared = document.get("facts", {})
    return tuple(_read_scenario(fields, shared, pack_id) for fields in document.get("scenario", ()))


def load_scenarios(pack: Pack) -> tuple[Scenario, ...]:
    """The scenarios beside a pack, none without a file (`SCENARIOS`). Raises UnavailableError where one is invalid."""
    pack_id = pack.pack_id
    try:
        files = sorted(pack.folder.glob(SCENARIOS)) if pack.folder else []
        return tuple(item for path in files for item in read_scenarios(path.read_text(encoding="utf-8"), pack_id))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UnavailableError(
            "law_scenarios_invalid",
            f"The scenarios of the law pack {pack_id} are not valid.",
            f"{error}.",
            "Repair the file.",
        ) from error


def run_scenarios(packs: Iterable[Pack], scenarios: Iterable[Scenario] | None = None) -> tuple[Outcome, ...]:
    """What each scenario comes to, decided by its pack and those that the pack requires.

    `scenarios` None runs those that lie beside the packs.
    """
    known = {pack.pack_id: pack for pack in packs}
    if scenarios is None:
        scenarios = [scenario for pack in known.values() for scenario in load_scenarios(pack)]
    engines: dict[str, LawEngine] = {}
    outcomes = []
    for scenario in scenarios:
        pack_id = scenario.pack_id
        if pack_id not in engines:
            engines[pack_id] = LawEngine(select_packs(known.values(), {pack_id: known[pack_id].binds}))
        decision = engines[pack_id].decide(scenario.action, scenario.facts, scenario.day)
        spoken = frozenset(ground.rule for ground in decision.grounds if ground.pack in (pack_id, ""))
        outcomes.append(Outcome(scenario, decision.verdict, spoken))
    return tuple(outcomes)


def _read_scenario(fields: Mapping[str, Any], shared: Mapping[str, Any], pack_id: str) -> Scenario:
    name = fields.get("name", "?")
    if unknown := fields.keys() - _FIELDS:
        raise ValueError(f"scenario {name!r} has the unknown field {min(unknown)!r}")
    for needed in ("name", "action", "day", "expect"):
        if needed not in fields:
            raise ValueError(f"scenario {name!r} lacks the field {needed!r}")
    values = {**shared, **fields.get("facts", {}), **dict.fromkeys(fields.get("unknown", ()))}
    for gone in fields.get("absent", ()):
        values.pop(gone, None)
    facts = {}
    for fact, value in values.items():
        given = frozenset(value) if isinstance(value, list) else value
        if fact not in FACT_BY_NAME or not FACT_BY_NAME[fact].accepts(given):
            raise ValueError(f"scenario {name!r}: there is no fact {fact!r} of that value")
        facts[fact] = Fact(given, "scenario")
    return Scenario(
        pack_id=pack_id,
        name=name,
        action=Action(fields["action"]),
        day=fields["day"],
        facts=facts,
        expect=Verdict(fields["expect"]),
        rules=frozenset(fields.get("rules", ())),
    )
